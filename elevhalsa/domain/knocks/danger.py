"""Fara för liv: what is known of a pupil whose life is in danger, and what staff did about it.

Only a person judges that it is: texts are never scanned by a machine. Nothing here commits.
"""

import csv
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

from sqlalchemy import select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _
from elevhalsa.core.walls import IN_DATA, Wall
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.rows import insert_once, lock
from elevhalsa.extensions import db

from . import answering, floods, ladder, queries, thread
from .models import DangerNote, Knock, Message
from .receivers import Receivers, When, Whom
from .words import Author, Measure, Triage

FEWEST_TEXTS = 3
"""Of the pupil's last texts, that are always among what is known."""
LAW = Path(__file__).resolve().parents[2] / "data" / "danger_law.csv"


@dataclass(frozen=True)
class Ground:
    """A law that staff may lean on, as data: who keeps the service in order can change it."""

    law: str
    says: str
    wall: Wall | None
    """Behind which it holds; None: behind any."""
    source: str
    verified_on: date | None
    """When somebody saw the source say so; None: nobody has."""


@cache
def _law() -> tuple[Ground, ...]:
    with LAW.open(encoding="utf-8", newline="") as file:
        return tuple(
            Ground(
                row["lag"],
                row["säger"],
                IN_DATA.get(row["sekretessområde"]),
                row["källa"],
                date.fromisoformat(row["kontrollerad"]) if row["kontrollerad"] else None,
            )
            for row in csv.DictReader(file, delimiter=";")
        )


def grounds(wall: Wall | None) -> list[Ground]:
    """What may be said to 112 and the social services, behind one wall; with None, behind any."""
    return [ground for ground in _law() if wall is None or ground.wall in (None, wall)]


def latest_texts(knock: Knock) -> list[Message]:
    """What the pupil wrote last, the newest first: all since the last answer, and never fewer than
    ``FEWEST_TEXTS`` where there are so many."""
    since = max((m.created_at for m in knock.messages if m.author is Author.STAFF), default=None)
    written = [m for m in reversed(knock.messages) if m.author is Author.PUPIL]
    unanswered = [m for m in written if since is None or m.created_at > since]
    return written[: max(len(unanswered), FEWEST_TEXTS)]


def last_seen(knock: Knock) -> datetime:
    """When the pupil last did something here, or had an answer on a screen."""
    read = [m.seen_at for m in knock.messages if m.author is Author.STAFF]
    moments = (knock.knocked_at, knock.pupil_wrote_at, knock.contact_changed_at, *read)
    return max(filter(None, moments))


def notes_of(knock: Knock) -> list[DangerNote]:
    """What has been done, the newest first. Read by whoever may read the knock."""
    query = select(DangerNote).where(DangerNote.knock_id == knock.id)
    return list(db.session.scalars(query.order_by(DangerNote.at.desc(), DangerNote.id)))


def note(
    staff: Staff,
    knock: Knock,
    measures: Collection[Measure],
    text: str,
    *,
    done_at: datetime,
    tells: bool,
    form_id: str,
) -> int:
    """Keep what was done, and mark the knock as urgent while it is open. The same form again adds
    nothing.

    tells: those who may read it at the school hear of it, each when she is next at work. Returns
    how many hear of it now.
    Raises InvalidInput when neither a measure nor a text says what was done, or for a too long one.
    """
    if not measures and not text.strip():
        raise InvalidInput(_("Kryssa i vad du gjorde, eller skriv det."))
    words = thread.checked(text) if text.strip() else None
    lock(knock)
    row = DangerNote(
        id=new_id(),
        knock_id=knock.id,
        form_hash=thread.hash_form(form_id),
        staff_id=staff.id,
        measures=" ".join(measure for measure in Measure if measure in measures),
        text=words,
        done_at=done_at,
        at=clock.now(),
    )
    if not insert_once(row):
        return 0
    reasons: list[Measure | None] = [*row.done] or [None]
    for reason in reasons:
        audit.record(
            Action.DANGER_NOTED,
            by=work.staff(staff.id),
            municipality_id=knock.municipality_id,
            about=knock.about,
            reason=reason,
        )
    if knock.is_open:
        floods.stand_alone(knock)
        if knock.triage is not Triage.URGENT:
            answering.triage(staff, knock, Triage.URGENT)
    return _tell(staff, knock, row) if tells else 0


def _tell(staff: Staff, knock: Knock, row: DangerNote) -> int:
    now, avoided = clock.now(), queries.avoided_by([knock.id])[knock.id]
    hears = Whom(Receivers(now), knock, avoided, besides=staff.id).behind(When.now(now))
    cause = f"danger:{row.id}"
    notices.post_all(ladder.telling(Kind.DANGER, knock, hears, [], cause=cause))
    return sum(one.at <= now for one in hears)
