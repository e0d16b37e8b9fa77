"""What is done with the texts of a thread, whatever it is about and whoever writes."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from sqlalchemy import update

from elevhalsa.core import clock
from elevhalsa.core.crypto import keyring
from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _
from elevhalsa.extensions import db

from .rules import MOST_TEXT


class Written(Protocol):
    """A row of a table with ``models.TextRow``."""

    id: Any
    form_hash: Any
    author: Any
    created_at: Any
    seen_at: Any


Text = TypeVar("Text", bound=Written)


@dataclass(frozen=True)
class Shown:
    """What a person had on a screen."""

    newest: str | None
    """The id of the last text; None: there was none."""
    at: datetime
    """When the page was drawn."""


def hash_form(form_id: str) -> str:
    """The keyed hash of a form's client-made id, by which a second post of it is known."""
    return keyring.keyed_hash("form-id", form_id)


def checked(text: str) -> str:
    """The text without space around it. Raises InvalidInput for an empty or too long one."""
    text = text.strip()
    if not text:
        raise InvalidInput(_("Skriv något först."))
    if len(text) > MOST_TEXT:
        raise InvalidInput(
            _("Texten är för lång. Högst %(most)s tecken får plats.", most=MOST_TEXT)
        )
    return text


def next_moment(texts: Iterable[Written]) -> datetime:
    """Of a text that is added to those: now, or after the last of them, since a thread is shown in
    the order of its times."""
    now = clock.now()
    latest = max((one.created_at for one in texts), default=None)
    return latest + timedelta(microseconds=1) if latest and latest >= now else now


def holds(texts: Iterable[Written], form_id: str) -> bool:
    """Has a form of that id added its text already?"""
    return hash_form(form_id) in {one.form_hash for one in texts}


def unread(texts: Iterable[Text], *, answers: Container[StrEnum]) -> list[Text]:
    """What has been written since the last text by one of those who answer, and nobody has had on a
    screen; the oldest first."""
    found: list[Text] = []
    for one in texts:
        if one.author in answers:
            found = []
        elif one.seen_at is None:
            found.append(one)
    return found


def mark_seen(
    table: type[Any], texts: Sequence[Written], by: Container[StrEnum], shown: Shown | None = None
) -> bool:
    """Note when each text of one of ``by`` was first on a screen of the other side's. True if any
    was new to it. shown: what was on it; None: all of them."""
    if shown:
        ids = [one.id for one in texts]
        texts = texts[: ids.index(shown.newest) + 1] if shown.newest in ids else []
    unseen = [one.id for one in texts if one.author in by and one.seen_at is None]
    if unseen:
        db.session.execute(
            update(table)
            .where(table.id.in_(unseen), table.seen_at.is_(None))
            .values(seen_at=clock.now())
        )
    return bool(unseen)
