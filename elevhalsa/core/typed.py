"""What people type and paste, as it was meant: text, names, addresses, times, days and numbers.

Pure: a text goes in, what it says comes out, or ``Refused`` with a sentence of what is wrong. Never
is anything that can be seen taken away. Phone numbers are read in ``phones``, receipt codes in
``codes``.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, time
from typing import Any
from urllib.parse import unquote

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from email_validator.rfc_constants import (
    DNS_LABEL_LENGTH_LIMIT,
    DOMAIN_MAX_LENGTH,
    DOT_ATOM_TEXT,
    DOT_ATOM_TEXT_HOSTNAME,
)
from flask_babel import LazyString

from .i18n import _l

SEEN_AS_NOTHING = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks by their category that no font draws: a name of them would be invisible."""
JOINERS = frozenset("\u200c\u200d")
KEYCAP = "\u20e3"
NEVER_MEANT = frozenset(
    "\u00ad\u180e\u200b\ufeff\u202d\u202e\u2060\u2061\u2062\u2063\u2064\ufff9\ufffa\ufffb"
    "\u206a\u206b\u206c\u206d\u206e\u206f"
)
"""Marks that come along with what is copied and that nobody writes: soft hyphens, spaces of no
width, byte order marks, and the two that turn letters round. Joiners within emoji and marks of
direction in a text stay."""
LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")


class Refused(ValueError):
    """What was typed cannot be used. The text is one whole sentence that says why."""

    def __init__(self, why: LazyString) -> None:
        super().__init__(why)
        self.why = why

    def __str__(self) -> str:
        return str(self.why)


# --- what people write ---------------------------------------------------------------------------


def text(typed: str | None) -> str:
    """A text of several lines in one normal form: LF, NFC, without marks that nobody wrote and
    without space around it. Never longer than what was typed, as a browser counts (``maxlength``
    counts a new line once)."""
    return _again_and_again(_clean_text, typed or "").strip()


def _clean_text(typed: str) -> str:
    typed = LINE_ENDS.sub("\n", typed)
    kept = "".join(letter for letter in typed if letter in "\n\t" or not _is_noise(letter))
    return _composed(kept) if any(map(_is_seen, kept)) else ""


def _is_noise(letter: str) -> bool:
    return letter in NEVER_MEANT or unicodedata.category(letter) in ("Cc", "Cs")


def has_control(typed: str) -> bool:
    """True when a control character is in it that is no line break, as no keyboard gives."""
    return any(unicodedata.category(letter) == "Cc" for letter in LINE_ENDS.sub(" ", typed)
               if letter not in "\n\t")  # fmt: skip


def line(typed: str | None) -> str:
    """One line, a name for example: as ``text``, with single spaces, and without any mark that is
    not seen where it stands, so that nothing can look like something else."""
    return _again_and_again(_clean_line, typed or "")


def _clean_line(typed: str) -> str:
    spaced = LINE_ENDS.sub(" ", typed).replace("\t", " ").replace("\n", " ")
    kept: list[str] = []
    for index, letter in enumerate(spaced):
        before = kept[-1] if kept else ""
        after = spaced[index + 1 : index + 2]
        if _stays(letter, before, after):
            kept.append(letter)
    joined = " ".join(_composed("".join(kept)).split())
    return joined if any(map(_is_seen, joined)) else ""


def _stays(letter: str, before: str, after: str) -> bool:
    if letter in JOINERS:
        return _is_joined(before) and _is_joined(after)
    if _chooses_a_look(letter):
        return after == KEYCAP or (before != "" and _category(before) in ("So", "Lo"))
    return letter not in SEEN_AS_NOTHING and _category(letter) not in ("Cc", "Cf", "Cs")


def _is_joined(letter: str) -> bool:
    """Of a script that joins its letters, or of an emoji."""
    return letter != "" and _category(letter) in ("Lo", "Mn", "Mc", "So", "Sk")


def _chooses_a_look(letter: str) -> bool:
    """A variation selector (Unicode 23.4)."""
    return "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef"


def _is_seen(letter: str) -> bool:
    return letter not in SEEN_AS_NOTHING and (
        _category(letter)[0] in "LNPS" or _category(letter) in ("Mc", "Co")
    )


def _category(letter: str) -> str:
    """As ``unicodedata``; what it does not know yet counts as a symbol: an emoji of next year."""
    found = unicodedata.category(letter)
    return "So" if found == "Cn" else found


def _composed(typed: str) -> str:
    """NFC, but never longer than it was: what fits in the field fits here."""
    composed = unicodedata.normalize("NFC", typed)
    return composed if len(composed) <= len(typed) else typed


def _again_and_again(clean: Callable[[str], str], typed: str) -> str:
    """Until nothing changes: what stood apart may belong together once a mark is gone."""
    while (cleaned := clean(typed)) != typed:
        typed = cleaned
    return typed


# --- in digits -----------------------------------------------------------------------------------


def plain(typed: str | None) -> str:
    """A line for a machine: any script's digits as 0 to 9, wide letters and signs as plain ones."""
    return _again_and_again(_clean_plain, typed or "")


def _clean_plain(typed: str) -> str:
    wide = unicodedata.normalize("NFKC", line(typed))
    return line("".join(_digit(letter) for letter in wide))


def _digit(letter: str) -> str:
    return str(unicodedata.decimal(letter, letter))


DASHES = "\u2212\u2043\u30fc\u02d7"
"""Those that Unicode has elsewhere than among its dashes."""


def is_dash(letter: str) -> bool:
    return unicodedata.category(letter) == "Pd" or letter in DASHES


def told() -> dict[str, Any]:
    """The signs that ``text``, ``line`` and ``plain`` go by, as data: static/js/check.js reads
    alike with them."""
    return {
        "unseen": "".join(sorted(SEEN_AS_NOTHING)),
        "never": "".join(sorted(NEVER_MEANT)),
        "joiners": "".join(sorted(JOINERS)),
        "keycap": KEYCAP,
        "line_ends": LINE_ENDS.pattern,
        "dashes": DASHES,
    }


def pin(typed: str | None) -> str:
    """Digits that are kept in mind, however they were grouped."""
    return _again_and_again(_clean_pin, typed or "")


def _clean_pin(typed: str) -> str:
    return "".join(letter for letter in plain(typed) if letter not in " ." and not is_dash(letter))


def token(typed: str | None) -> str:
    """What a machine made and a person may have copied: no space in it."""
    return _again_and_again(lambda said: line(said).replace(" ", ""), typed or "")


def number(typed: str | None) -> int:
    """A whole number, with or without the word for minutes. Raises Refused."""
    found = re.fullmatch(r"(\d[\d ]{0,11})(?: ?min(?:\.|uter)?)?", plain(typed).casefold())
    if not found:
        raise Refused(_l("Skriv ett tal med siffror."))
    return int(found[1].replace(" ", ""))


CLOCK = re.compile(
    r"(?:kl\.? ?|klockan )?"
    r"(?:(?P<hour>\d{1,2})(?: ?[.:,] ?(?P<minute>\d{2})(?:[.:]\d{2}(?:[.,]\d+)?)?)?"
    r"|(?P<hours>\d{1,2})(?P<minutes>\d{2}))"
)


def time_of_day(typed: str | None) -> time:
    """'16.20', '16:20', '1620', '16:20:00', 'kl 16'. Raises Refused for what is no time of day."""
    found = CLOCK.fullmatch(plain(typed).casefold())
    hour, minute = (0, 60) if not found else (
        int(found["hour"] or found["hours"]), int(found["minute"] or found["minutes"] or 0)
    )  # fmt: skip
    if hour > 23 or minute > 59:
        raise Refused(_l("Skriv klockslaget så här: 16.20"))
    return time(hour, minute)


MONTHS = ("jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
_AFTER = r"(?:[t ]00:00(?::00)?(?:\.0+)?)?"
DAYS = (
    re.compile(rf"(?P<year>\d{{4}})[-/. ](?P<month>\d{{1,2}})[-/. ](?P<day>\d{{1,2}}){_AFTER}"),
    re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"),
    re.compile(r"(?P<day>\d{1,2})[-/. ](?P<month>\d{1,2})[-/. ] ?(?P<year>\d{4})"),
    re.compile(
        r"(?:\w+dag(?:en)?,? )?(?:den )?(?P<day>\d{1,2})(?::?e)?\.? (?P<word>[a-z]{3})[a-z]*\.? "
        r"(?P<year>\d{4})"
    ),
)


def day(typed: str | None) -> date:
    """'2026-10-26', '26/10 2026', '26.10.2026', '20261026', '26 oktober 2026'. Raises Refused for
    what is no day; one without its year is none."""
    said = "".join("-" if is_dash(letter) else letter for letter in plain(typed).casefold())
    for shape in DAYS:
        found = shape.fullmatch(said)
        if found:
            try:
                return date(int(found["year"]), _month(found), int(found["day"]))
            except ValueError:
                break
    raise Refused(_l("Skriv dagen så här: 2026-10-26"))


def _month(found: re.Match[str]) -> int:
    """Raises ValueError for what is no month."""
    parts = found.groupdict()
    return MONTHS.index(parts["word"]) + 1 if parts.get("word") else int(parts["month"])


# --- e-mail --------------------------------------------------------------------------------------

MOST_EMAIL = 254
"""RFC 5321 4.5.3.1.3, without the angle brackets."""
AROUND = " ;,.\"'”’<>"
"""What a list of addresses, or a sentence, leaves around one."""
WIDE = {"\uff20": "@", "\uff0e": ".", "\u3002": "."}
ONLY_ONE = _l("Skriv bara en adress.")
NO_AT = _l("Det saknas ett @ i den.")
A_SPACE = _l("Det är ett mellanslag i den.")
NOTHING_BEFORE = _l("Det saknas något före @.")
NOTHING_AFTER = _l("Det saknas något efter @, som exempel.se.")
TOO_LONG = _l("Den är för lång.")
A_WRONG_SIGN = _l("Någon bokstav eller något tecken är fel.")


def email(typed: str | None, *, anywhere: bool = False) -> str:
    """An address in its normal form (RFC 5321/5322, by email-validator; no look-up is made), also
    of 'mailto:…', 'Namn <…>' and what a list of addresses leaves behind it. Raises Refused.

    anywhere: one that no letter can reach will do, for what is only looked up.
    """
    found = "".join(WIDE.get(letter, letter) for letter in line(typed))
    bracketed = re.search(r"<([^<>]*)>[\s;,.]*$", found)
    found = bracketed[1] if bracketed else found
    found = found.strip(AROUND)
    if found.casefold().startswith("mailto:"):
        found = unquote(found[len("mailto:") :].partition("?")[0]).strip()
    if found.count("@") > 1:
        raise Refused(ONLY_ONE)
    if "@" not in found:
        raise Refused(NO_AT)
    if " " in found:
        raise Refused(A_SPACE)
    try:
        return validate_email(found, check_deliverability=False).normalized
    except EmailNotValidError:
        # The package's own text is in English and may repeat the address.
        if anywhere and all(found.partition("@")):
            return found
        raise Refused(_why_not(found)) from None


def in_ascii(address: str) -> str:
    """The address as every mail server takes it: its domain as xn--… (RFC 5891). One with other
    letters before the @ stays as it is, as does what is no address."""
    try:
        read = validate_email(address, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        return address
    return read.ascii_email or address


def _why_not(address: str) -> LazyString:
    name, _at, domain = address.partition("@")
    if not name:
        return NOTHING_BEFORE
    if "." not in domain:
        return NOTHING_AFTER
    if len(address) > MOST_EMAIL:
        return TOO_LONG
    return A_WRONG_SIGN


def told_of_email() -> dict[str, Any]:
    """What ``email`` goes by, as data, for addresses of a to z: what others are is for the server
    to say."""
    says = {
        "only_one": ONLY_ONE,
        "no_at": NO_AT,
        "a_space": A_SPACE,
        "nothing_before": NOTHING_BEFORE,
        "nothing_after": NOTHING_AFTER,
        "too_long": TOO_LONG,
        "a_wrong_sign": A_WRONG_SIGN,
    }
    return {
        "around": AROUND,
        "wide": WIDE,
        "name": DOT_ATOM_TEXT.pattern.removesuffix(r"\Z"),
        "domain": DOT_ATOM_TEXT_HOSTNAME.pattern.removesuffix(r"\Z"),
        "most": MOST_EMAIL,
        "most_domain": DOMAIN_MAX_LENGTH,
        "most_label": DNS_LABEL_LENGTH_LIMIT,
        "nobodys": SPECIAL_USE_DOMAIN_NAMES,
        **{name: str(text) for name, text in says.items()},
    }
