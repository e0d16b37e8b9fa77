"""Readers of one cell: text in, value out, ValueError that says in Swedish what is wrong.

The same readers serve a column of a CSV file and an option of a command.
"""

import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import click

from elevhalsa.core import labels
from elevhalsa.core.i18n import _
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.knocks.rules import phone_number
from elevhalsa.domain.people import staffing
from elevhalsa.domain.places import hours, rules
from elevhalsa.domain.places.models import SchoolForm

Read = Callable[[str], Any]

slug = rules.slug
host = rules.host
email = staffing.email_address


def text(most: int, *, lines: bool = False) -> Read:
    """At most ``most`` characters; no control characters, and line breaks only with ``lines``."""

    def read(typed: str) -> str:
        if len(typed) > most:
            raise ValueError(_("är %(length)s tecken; högst %(most)s får plats",
                               length=len(typed), most=most))  # fmt: skip
        if not lines and "\n" in typed:
            raise ValueError(_("ska vara en enda rad"))
        if any(unicodedata.category(letter) == "Cc" and letter != "\n" for letter in typed):
            raise ValueError(_("innehåller ett tecken som inte syns"))
        return typed

    return read


def day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise ValueError(_("”%(text)s” är inget datum; skriv till exempel 2026-10-26",
                           text=typed)) from None  # fmt: skip


def yes(typed: str) -> bool:
    word = typed.casefold()
    if word not in ("ja", "nej"):
        raise ValueError(_("”%(text)s” ska vara ja eller nej", text=typed))
    return word == "ja"


def number(least: int, most: int) -> Read:
    def read(typed: str) -> int:
        if not (typed.isascii() and typed.isdigit() and least <= int(typed) <= most):
            raise ValueError(_("”%(text)s” ska vara ett heltal från %(least)s till %(most)s",
                               text=typed, least=least, most=most))  # fmt: skip
        return int(typed)

    return read


def phone(typed: str) -> str:
    """A number as it should be shown. Short national numbers such as 112 and 90101 are allowed."""
    digits = "".join(letter for letter in typed if letter.isdigit())
    if not phone_number(typed) and not (3 <= len(digits) <= 7 and digits == typed.replace(" ", "")):
        raise ValueError(_("”%(text)s” är inget telefonnummer", text=typed))
    return text(40)(typed)  # type: ignore[no-any-return]


def address(typed: str) -> str:
    parts = urlsplit(typed)
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError(_("”%(text)s” ska börja med https://", text=typed))
    return text(300)(typed)  # type: ignore[no-any-return]


def opening_hours(typed: str) -> str:
    hours.parse(typed)
    return text(120)(typed)  # type: ignore[no-any-return]


def school_form(typed: str) -> SchoolForm:
    try:
        return SchoolForm(typed.casefold())
    except ValueError:
        forms = ", ".join(SchoolForm)
        raise ValueError(_("”%(text)s” är ingen skolform; skriv %(forms)s",
                           text=typed, forms=forms)) from None  # fmt: skip


def profession(typed: str) -> Profession | None:
    """A profession, or None for the word samordnare."""
    words: dict[str, Profession | None] = {labels.of(p).casefold(): p for p in Profession}
    words[_("samordnare")] = None
    if typed.casefold() not in words:
        raise ValueError(_("”%(text)s” är inget yrke här; skriv %(words)s",
                           text=typed, words=", ".join(words)))  # fmt: skip
    return words[typed.casefold()]


def wall(typed: str) -> Wall:
    words = {_("medicinsk"): Wall.MEDICAL, _("psykosocial"): Wall.PSYCHOSOCIAL}
    if typed.casefold() not in words:
        raise ValueError(_("”%(text)s” ska vara %(words)s eller tomt",
                           text=typed, words=" eller ".join(words)))  # fmt: skip
    return words[typed.casefold()]


def slugs(typed: str) -> tuple[str, ...]:
    """Slugs with | between them, each once, in order."""
    found = (part.strip() for part in typed.split("|"))
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
        value = value.strip()
        if not value and self._may_be_empty:
            return ""
        if not value:
            self.fail(_("får inte vara tomt"), param, ctx)
        try:
            return self._read(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
