"""Texts in the thread between the pupil and staff, whoever writes them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import update

from elevhalsa.core import clock
from elevhalsa.core.crypto import keyring, new_id
from elevhalsa.core.errors import Conflict, InvalidInput
from elevhalsa.core.i18n import _
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.rows import insert_once
from elevhalsa.extensions import db

from .models import Knock, Message
from .rules import MOST_TEXT, missed_a_text
from .words import Author


@dataclass(frozen=True)
class Shown:
    """What a person had on a screen."""

    newest: str | None
    """The id of the last text; None: there was none."""
    at: datetime
    """When the page was drawn."""


class Everything(Enum):
    """For ``shown``: who acts has the whole thread before them, however it stands."""

    SHOWN = "shown"


class NewText(Conflict):
    """The other side has written something that was not on the page when its form was sent."""


def require_shown(knock: Knock, shown: str | Everything | None, *, of: Author) -> None:
    """Raises NewText when ``of`` has written after the last text shown, which has the id ``shown``.

    The caller holds the knock (``lock``), so that nothing is written meanwhile.
    """
    if isinstance(shown, Everything):
        return
    db.session.expire(knock, ["messages"])
    if missed_a_text([(m.id, m.author) for m in knock.messages], shown, of=of):
        raise NewText(
            _("Eleven har skrivit något nytt. Läs det först.")
            if of is Author.PUPIL
            else _("Vi har skrivit till dig. Läs det först.")
        )


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


def add(
    knock: Knock, author: Author, text: str, *, form_id: str, staff: Staff | None = None
) -> Message | None:
    """None when the same form has added it already."""
    now = clock.now()
    latest = max((message.created_at for message in knock.messages), default=None)
    if latest and latest >= now:
        now = latest + timedelta(microseconds=1)  # the thread is shown in the order of its times
    message = Message(
        id=new_id(),
        knock_id=knock.id,
        form_hash=hash_form(form_id),
        author=author,
        staff_id=staff.id if staff else None,
        text=text,
        created_at=now,
    )
    if not insert_once(message):
        return None
    db.session.expire(knock, ["messages"])
    return message


def holds(knock: Knock, form_id: str) -> bool:
    """Has a form of that id added its text already?"""
    return hash_form(form_id) in {message.form_hash for message in knock.messages}


def unread(knock: Knock) -> list[Message]:
    """What the pupil has written since the last answer and nobody has had on a screen, the oldest
    first."""
    db.session.expire(knock, ["messages"])
    found: list[Message] = []
    for message in knock.messages:
        if message.author is Author.STAFF:
            found = []
        elif message.seen_at is None:
            found.append(message)
    return found


def mark_seen(knock: Knock, author: Author, shown: Shown | None = None) -> bool:
    """Note when the other side first had each text on a screen. True if any was new to it.

    shown: what was on it; None: all that ``knock.messages`` holds.
    """
    texts = knock.messages
    if shown:
        ids = [m.id for m in texts]
        texts = texts[: ids.index(shown.newest) + 1] if shown.newest in ids else []
    unseen = [m.id for m in texts if m.author is author and m.seen_at is None]
    if unseen:
        db.session.execute(
            update(Message)
            .where(Message.id.in_(unseen), Message.seen_at.is_(None))
            .values(seen_at=clock.now())
        )
    return bool(unseen)
