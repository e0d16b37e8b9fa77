"""Readers of one cell: text in, value out, ValueError that says in Swedish what is wrong.

The same readers serve a column of a CSV file and an option of a command.
"""

import re
from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import click

from elevhalsa.core import labels, phones, typed
from elevhalsa.core.i18n import _
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.people.rules import Seat
from elevhalsa.domain.people.words import Duty
from elevhalsa.domain.places import hours, rules
from elevhalsa.domain.places.models import SchoolForm
from elevhalsa.domain.places.words import OrganisationKind, Unit

Read = Callable[[str], Any]


def text(most: int, *, lines: bool = False) -> Read:
    """At most ``most`` characters; no control characters, and line breaks only with ``lines``."""

    def read(said: str) -> str:
        if typed.has_control(said):
            raise ValueError(_("innehåller ett tecken som inte syns"))
        said = typed.text(said)
        if not lines and "\n" in said:
            raise ValueError(_("ska vara en enda rad"))
        said = said if lines else typed.line(said)
        if not said:
            raise ValueError(_("får inte vara tom"))
        if len(said) > most:
            raise ValueError(_("är %(length)s tecken; högst %(most)s får plats",
                               length=len(said), most=most))  # fmt: skip
        return said

    return read


def email(said: str) -> str:
    try:
        return typed.email(said)
    except typed.Refused as fault:
        raise ValueError(_("är ingen e-postadress: %(why)s", why=fault)) from None


def day(said: str) -> date:
    try:
        return typed.day(said)
    except typed.Refused:
        raise ValueError(_("”%(text)s” är inget datum; skriv till exempel 2026-10-26",
                           text=said)) from None  # fmt: skip


def yes(said: str) -> bool:
    word = typed.plain(said).casefold()
    if word not in ("ja", "nej"):
        raise ValueError(_("”%(text)s” ska vara ja eller nej", text=said))
    return word == "ja"


def number(least: int, most: int) -> Read:
    def read(said: str) -> int:
        digits = typed.plain(said)
        if not (digits.isdecimal() and least <= int(digits) <= most):
            raise ValueError(_("”%(text)s” ska vara ett heltal från %(least)s till %(most)s",
                               text=said, least=least, most=most))  # fmt: skip
        return int(digits)

    return read


def countries(said: str) -> str:
    """Country codes as they are kept: '46 47'."""
    codes = [code.lstrip("+") for code in re.split(r"[\s,;]+", typed.plain(said)) if code]
    for code in codes:
        if phones.country_of(f"+{code}") != code:
            raise ValueError(_("”%(text)s” är inget lands nummer; skriv till exempel 46,47",
                               text=code))  # fmt: skip
    if not codes:
        raise ValueError(_("får inte vara tom"))
    return " ".join(dict.fromkeys(codes))


def phone(said: str) -> str:
    """A number as it should be shown. Short national numbers such as 112 and 90101 are allowed."""
    shown = typed.plain(said)
    digits = shown.replace(" ", "")
    if not (digits.isdecimal() and 3 <= len(digits) <= 7):
        try:
            phones.read(shown)
        except typed.Refused as fault:
            raise ValueError(_("”%(text)s” är inget telefonnummer: %(why)s",
                               text=said, why=fault)) from None  # fmt: skip
    return text(40)(shown)  # type: ignore[no-any-return]


def address(said: str) -> str:
    parts = urlsplit(typed.line(said))
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError(_("”%(text)s” ska börja med https://", text=said))
    return text(300)(said)  # type: ignore[no-any-return]


def opening_hours(said: str) -> str:
    said = typed.line(said)
    hours.parse(said)
    return text(120)(said)  # type: ignore[no-any-return]


def unit(said: str) -> Unit:
    """'vardagar'. Raises ValueError for a word that is none."""
    found = rules.UNITS.get(said.casefold())
    if found is None:
        raise ValueError(
            _("”%(text)s” är ingen enhet; skriv %(words)s", text=said, words=", ".join(rules.UNITS))
        )
    return found


def needs(said: str) -> str:
    """What a crisis line helps with, as it is stored."""
    try:
        return " ".join(rules.needs(typed.plain(said)))
    except KeyError as unknown:
        words = ", ".join(rules.NEEDS)
        raise ValueError(_("”%(text)s” är inget behov här; skriv %(words)s",
                           text=unknown.args[0], words=words)) from None  # fmt: skip


def school_form(said: str) -> SchoolForm:
    try:
        return SchoolForm(typed.plain(said).casefold())
    except ValueError:
        forms = ", ".join(SchoolForm)
        raise ValueError(_("”%(text)s” är ingen skolform; skriv %(forms)s",
                           text=said, forms=forms)) from None  # fmt: skip


def profession(said: str) -> Profession | None:
    """A profession, or None for the word samordnare."""
    words: dict[str, Profession | None] = {labels.of(p).casefold(): p for p in Profession}
    words[_("samordnare")] = None
    word = typed.plain(said).casefold()
    if word not in words:
        raise ValueError(_("”%(text)s” är inget yrke här; skriv %(words)s",
                           text=said, words=", ".join(words)))  # fmt: skip
    return words[word]


def organisation_kind(said: str) -> OrganisationKind:
    """'Förskola'. Raises ValueError for a word that is none."""
    words = {labels.of(one).casefold(): one for one in OrganisationKind}
    word = typed.plain(said).casefold()
    if word not in words:
        raise ValueError(_("”%(text)s” är inget slag av organisation; skriv %(words)s",
                           text=said, words=", ".join(words)))  # fmt: skip
    return words[word]


def professional(said: str) -> Profession:
    """A profession. Raises ValueError for anything else."""
    found = profession(said)
    if found is None:
        raise ValueError(_("en samordnare är inget yrke som en garanti kan gälla"))
    return found


def wall(said: str) -> Wall:
    words = {_("medicinsk"): Wall.MEDICAL, _("psykosocial"): Wall.PSYCHOSOCIAL}
    word = typed.plain(said).casefold()
    if word not in words:
        raise ValueError(_("”%(text)s” ska vara %(words)s eller tomt",
                           text=said, words=" eller ".join(words)))  # fmt: skip
    return words[word]


SEATS = {
    "logg": Seat(Duty.OVERSIGHT),
    "utlämnande-medicinsk": Seat(Duty.DISCLOSURE, Wall.MEDICAL),
    "utlämnande-psykosocial": Seat(Duty.DISCLOSURE, Wall.PSYCHOSOCIAL),
}


def seat(said: str) -> Seat:
    """What somebody can be named to. Raises ValueError for a word that is none."""
    found = SEATS.get(typed.plain(said).casefold())
    if found is None:
        raise ValueError(_("”%(text)s” är inget uppdrag; skriv %(words)s",
                           text=said, words=", ".join(SEATS)))  # fmt: skip
    return found


def slug(said: str) -> str:
    return rules.slug(typed.plain(said))


def host(said: str) -> str:
    return rules.host(typed.plain(said))


def slugs(said: str) -> tuple[str, ...]:
    """Slugs with | between them, each once, in order."""
    found = (part.strip() for part in said.split("|"))
    return tuple(dict.fromkeys(slug(part) for part in found if part))


class Cell(click.ParamType[Any]):
    """An option read by one of the readers above."""

    name = "text"

    def __init__(self, read: Read, *, may_be_empty: bool = False) -> None:
        self._read = read
        self._may_be_empty = may_be_empty

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        value = value.strip() if typed.has_control(value) else typed.text(value)
        if not value and self._may_be_empty:
            return ""
        if not value:
            self.fail(_("får inte vara tomt"), param, ctx)
        try:
            return self._read(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
