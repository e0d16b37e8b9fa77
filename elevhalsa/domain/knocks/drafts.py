"""What somebody had typed about a knock and not sent when something came in the way: a session's
end, an expired device. It waits in its form for a day, encrypted, for whoever typed it alone.

Must never send anything, and never be shown to anybody else.
"""

import json
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, exists, select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.errors import NotFound
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.rows import changed, insert_once
from elevhalsa.extensions import db

from . import queries, thread
from .models import Device, Draft, Knock, Message

LIFE = timedelta(days=1)
MOST = 100_000
"""Characters of a form that are kept."""

Fields = Sequence[tuple[str, str]]
Owner = Staff | Device


def keep(owner: Owner, knock_id: str, form: str, fields: Fields) -> bool:
    """Keep a form's fields in the place of what was kept of it before.

    form: its name on the knock's page, e.g. 'answer'. False when it cannot be kept: there is no
    such knock in the person's municipality, or it is far too long.
    """
    with work.beyond(work.Beyond.DRAFT):  # the session may have ended: nobody is signed in
        knock = db.session.get(Knock, knock_id)
    text = json.dumps(list(fields), ensure_ascii=False)
    if knock is None or len(text) > MOST:
        return False
    if isinstance(owner, Staff) and owner.municipality_id != knock.municipality_id:
        return False
    drop(owner, knock_id, form)
    if _was_sent(knock_id, dict(fields).get("form_id")):
        return True  # the press of the button was faster
    now = clock.now()
    insert_once(
        Draft(
            staff_id=owner.id if isinstance(owner, Staff) else None,
            device_id=owner.id if isinstance(owner, Device) else None,
            knock_id=knock_id,
            form=form,
            fields=text,
            saved_at=now,
            expires_at=now + LIFE,
        )
    )
    return True


def _was_sent(knock_id: str, form_id: str | None) -> bool:
    if not form_id:
        return False
    sent = exists().where(
        Message.knock_id == knock_id, Message.form_hash == thread.hash_form(form_id)
    )
    with work.beyond(work.Beyond.DRAFT):
        return bool(db.session.scalar(select(sent)))


def of(owner: Owner, knock: Knock) -> dict[str, list[tuple[str, str]]]:
    """What waits of a knock: a form's name -> its fields."""
    rows = db.session.scalars(
        select(Draft).where(
            _owned(owner), Draft.knock_id == knock.id, Draft.expires_at > clock.now()
        )
    )
    return {row.form: [(name, value) for name, value in json.loads(row.fields)] for row in rows}


def newest(staff: Staff) -> tuple[str, str] | None:
    """The id of the knock that the person last left a text at, and the form's name; None when there
    is none that she may still see."""
    rows = db.session.execute(
        select(Draft.knock_id, Draft.form)
        .where(_owned(staff), Draft.expires_at > clock.now())
        .order_by(Draft.saved_at.desc())
    )
    for knock_id, form in rows.all():
        try:
            return queries.get_for(staff, knock_id).id, form
        except NotFound:
            continue
    return None


def drop(owner: Owner, knock_id: str, form: str) -> None:
    """It has been sent, or emptied."""
    db.session.execute(
        delete(Draft).where(_owned(owner), Draft.knock_id == knock_id, Draft.form == form)
    )


def forget_expired() -> int:
    """Delete what has waited for a day. Returns how many."""
    return changed(delete(Draft).where(Draft.expires_at <= clock.now()))


def _owned(owner: Owner) -> ColumnElement[bool]:
    if isinstance(owner, Staff):
        return Draft.staff_id == owner.id
    return Draft.device_id == owner.id
