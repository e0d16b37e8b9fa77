"""What in a text seems to point somebody out: identity numbers, dates of birth, initials, names.

Pure. It is said before a text is sent, and whoever wrote it decides: to miss one is worse than to
ask once too often, but who is asked about every sentence reads none of it. So a capital at the
beginning of a sentence is asked about only where the word is a common first name and nothing else
in Swedish.
"""

import hashlib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .words import Sign

DATA = Path(__file__).resolve().parents[2] / "data"
NAMES, NOT_NAMES = DATA / "first_names.txt", DATA / "not_names.txt"
LOOKED_BACK = 60
"""Characters before a word that say whether a sentence begins there: more would cost the cube."""
CUT = "a"
"""Stands for all that was written before them."""
MOST = 12
"""So many are pointed out at a time."""

NUMBER = re.compile(
    r"(?<!\d)(?:(?:18|19|20)\d\d|\d\d)[ .-]?(?:0\d|1[0-2])[ .-]?(?:[0-2]\d|3[01]|[6-8]\d|9[01])"
    r"[ ]?[-+–−]?[ ]?(?:\d{4}|[A-Za-z]\d{3}|[Xx*]{4})(?!\d)"
)
"""Of a person (also a samordningsnummer, whose day has 60 added, and one whose last four are
hidden)."""
DATE = re.compile(
    r"(?<![\d-])(?:(?:19|20)\d\d[-/. ]?(?:0[1-9]|1[0-2])[-/. ]?(?:0[1-9]|[12]\d|3[01])"
    r"|\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])[/. ](?:0?[1-9]|1[0-2])[/. -](?:19|20)?\d\d)(?![\d-])"
    r"|(?i:\bfödd(?:es)?\s+(?:den\s+)?\d{1,2}\s*[/: ]?\s*(?:\d{1,2}|[a-zåäö]{3,9})\b)"
)
CONTACT = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.-]+|(?<!\d)(?:\+46|0)[ -]?7[02369](?:[ -]?\d){7}(?!\d)|(?<!\w)@\w{3,}"
)
INITIALS = re.compile(r"(?<![\w.])(?:[A-ZÅÄÖ]\.[ ]?){2,3}(?!\w)|(?<!\w)[A-ZÅÄÖ]{2}(?![\w-])")
ONE_LETTER = re.compile(
    r"(?i:\b(?:elev(?:en)?|barnet|pojken|flickan|killen|tjejen|om)\s+)([A-ZÅÄÖ])\b"
)
CLASS = re.compile(
    r"(?<![\w.,-])(?:[1-9](?:[A-Fa-f]| [A-F])\b"
    r"|(?i:åk|årskurs|klass)\s?(?:[1-9]\s?[A-Fa-f]?\b|[A-F]\b))"
)
WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
ENDS_A_SENTENCE = re.compile(
    r"(?:[.!?:;•*>\n\t(\"”“»«–—]|(?:^|\n)\s*(?:-|\d+[.)]|[a-z]\)))[\s\"”“»«'’(\[*_>•-]*$|^\W*$"
)
ABBREVIATED = re.compile(
    r"(?i:\b(?:t\.ex|bl\.a|d\.v\.s|m\.m|o\.s\.v|m\.fl|ca|kl|nr|tex|ev|resp|s\.k)\.\s*$)"
)
"""After these no sentence begins."""


@dataclass(frozen=True)
class Found:
    sign: Sign
    start: int
    """Where in the text, in characters."""
    end: int
    said: str
    """What stands there."""

    @property
    def mark(self) -> str:
        """By which a form says that this was seen: leads back to nothing but a guess of it."""
        return hashlib.sha256(f"{self.sign} {self.said.casefold()}".encode()).hexdigest()[:12]


@cache
def first_names() -> dict[str, bool]:
    """Common ones, in lower case -> can a Swedish sentence begin with it as another word?"""
    lines = NAMES.read_text("utf-8").splitlines()
    return {line.removesuffix(" *"): line.endswith(" *") for line in lines}


@cache
def _known() -> frozenset[str]:
    """Of no person, whatever their capital says."""
    return frozenset(NOT_NAMES.read_text("utf-8").split())


def look(text: str, known: Collection[str] = ()) -> list[Found]:
    """All that is found, in the order of the text; nothing twice.

    known: words that are no person's here, in any case: the school's name, the municipality's.
    """
    ours = _known() | {part.casefold() for one in known for part in WORD.findall(one)}
    taken: list[Found] = []
    for found in _in_turn(text, ours):
        if not any(found.start < other.end and other.start < found.end for other in taken):
            taken.append(found)
    unique: dict[str, Found] = {}
    for found in sorted(taken, key=lambda one: one.start):
        unique.setdefault(found.mark, found)
    return list(unique.values())[:MOST]


def unseen(found: Collection[Found], marks: str) -> list[Found]:
    """Those that nobody has said yes to. marks: of those that were shown, with dots between."""
    known = set(marks.split("."))
    return [one for one in found if one.mark not in known]


def marks_of(found: Collection[Found]) -> str:
    return ".".join(one.mark for one in found)


def _in_turn(text: str, ours: Collection[str]) -> Iterator[Found]:
    """The surest first: what is one thing is not another too."""
    for sign, pattern in ((Sign.NUMBER, NUMBER), (Sign.CONTACT, CONTACT), (Sign.DATE, DATE),
                          (Sign.CLASS, CLASS)):  # fmt: skip
        for match in pattern.finditer(text):
            yield _found(sign, match)
    for match in INITIALS.finditer(text):
        if match[0].casefold() not in ours:
            yield _found(Sign.INITIALS, match)
    for match in ONE_LETTER.finditer(text):
        yield Found(Sign.INITIALS, match.start(1), match.end(1), match[1])
    yield from _names(text, ours)


def _names(text: str, ours: Collection[str]) -> Iterator[Found]:
    for match in WORD.finditer(text):
        word, low = match[0], match[0].casefold()
        if not word[0].isupper() or len(word) < 2 or _is_ours(low, ours):
            continue
        if word.isupper() and low not in first_names():
            continue  # an abbreviation, or somebody who shouts
        if begins_a_sentence(text, match.start()) and not _is_name(low):
            continue
        yield _found(Sign.NAME, match)


def begins_a_sentence(text: str, at: int) -> bool:
    """Would a word there have a capital whatever it is?"""
    before = text[max(0, at - LOOKED_BACK) : at]
    if at > LOOKED_BACK:
        before = f"{CUT}{before}"
    return bool(ENDS_A_SENTENCE.search(before)) and not ABBREVIATED.search(before)


def _is_ours(low: str, ours: Collection[str]) -> bool:
    return (
        low in ours
        or low.removesuffix("s") in ours
        or any(part in ours for part in re.split(r"[-'’]", low)[:1] if part != low)
    )


def _is_name(low: str) -> bool:
    """A common first name, also as an owner ("Saras"), and no other word."""
    stem, names = re.split(r"[-'’]", low)[0], first_names()
    bare = stem if stem in names else stem.removesuffix("s")
    return bare in names and not names[bare]


def _found(sign: Sign, match: re.Match[str]) -> Found:
    said = match[0].strip()
    start = match.start() + match[0].index(said) if said else match.start()
    return Found(sign, start, start + len(said), said)
