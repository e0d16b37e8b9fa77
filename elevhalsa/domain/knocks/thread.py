"""Texts in the thread between the pupil and staff, whoever writes them."""

from enum import Enum

from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict
from elevhalsa.core.i18n import _
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.rows import insert_once
from elevhalsa.domain.threads import service as threads
from elevhalsa.domain.threads.service import Shown, checked, hash_form
from elevhalsa.extensions import db

from .models import Knock, Message
from .rules import missed_a_text
from .words import Author

__all__ = [
    "Everything", "NewText", "Shown", "add", "checked", "hash_form", "holds", "mark_seen",
    "require_shown", "unread",
]  # fmt: skip


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


def add(
    knock: Knock, author: Author, text: str, *, form_id: str, staff: Staff | None = None
) -> Message | None:
    """None when the same form has added it already."""
    message = Message(
        id=new_id(),
        knock_id=knock.id,
        form_hash=hash_form(form_id),
        author=author,
        staff_id=staff.id if staff else None,
        text=text,
        created_at=threads.next_moment(knock.messages),
    )
    if not insert_once(message):
        return None
    db.session.expire(knock, ["messages"])
    return message


def holds(knock: Knock, form_id: str) -> bool:
    """Has a form of that id added its text already?"""
    return threads.holds(knock.messages, form_id)


def unread(knock: Knock) -> list[Message]:
    """What the pupil has written since the last answer and nobody has had on a screen, the oldest
    first."""
    db.session.expire(knock, ["messages"])
    return threads.unread(knock.messages, answers={Author.STAFF})


def mark_seen(knock: Knock, author: Author, shown: Shown | None = None) -> bool:
    """Note when the other side first had each text on a screen. True if any was new to it.

    shown: what was on it; None: all that ``knock.messages`` holds.
    """
    return threads.mark_seen(Message, knock.messages, {author}, shown)
