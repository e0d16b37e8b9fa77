"""What belongs in the record system is taken out of here, and noted as taken; nothing of a knock is
purged before. This is no record: patientdatalagen (2008:355) 3 kap. asks for one elsewhere.
Nothing here commits.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    SQLColumnExpression,
    column,
    exists,
    or_,
    select,
    table,
)
from sqlalchemy.sql.elements import SQLCoreOperations

from elevhalsa import work
from elevhalsa.core import clock, labels
from elevhalsa.core.columns import UtcDateTime
from elevhalsa.core.errors import NotAllowed
from elevhalsa.core.i18n import _, day_and_time
from elevhalsa.core.walls import KEEPS_RECORDS
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.rows import lock
from elevhalsa.domain.serving import queries as serving
from elevhalsa.extensions import db

from . import concern, danger, queries
from .models import Attempt, DangerNote, JournalMark, Knock
from .words import Author, Journal

REASON = "journal"


@dataclass(frozen=True)
class Section:
    heading: str
    lines: Sequence[str]


@dataclass(frozen=True)
class Extract:
    """What a knock holds, in the order of a record."""

    title: str
    sections: Sequence[Section]

    def as_text(self) -> str:
        parts = [self.title]
        for section in self.sections:
            parts.append("\n".join([section.heading.upper(), *section.lines]))
        return "\n\n".join(parts) + "\n"


def of(knock: Knock) -> JournalMark | None:
    return db.session.get(JournalMark, knock.id)


def is_due(knock: Knock) -> bool:
    """Has somebody who must keep records been in contact since it was noted last?"""
    return bool(db.session.scalar(select(exists().where(Knock.id == knock.id, waits()))))


# Of a package that comes after this one: only its names are known here.
_proposals = table(
    "meeting_proposal",
    column("id"), column("knock_id"), column("staff_id"), column("cancelled_at"),
)  # fmt: skip
_slots = table(
    "meeting_slot",
    column("proposal_id"), column("starts_at", UtcDateTime()), column("picked", Boolean()),
)  # fmt: skip
Column = SQLColumnExpression[Any]
Condition = Callable[[Column, Column], Sequence[SQLCoreOperations[bool]]]
"""Who was in contact (an id of the staff) and when -> conditions."""


def _contacts() -> Iterator[tuple[Column, Column, Sequence[SQLCoreOperations[bool]]]]:
    """Of each way to have been in contact: who, when, and what makes it one with a knock. What was
    done in danger to life is one, and so is a meeting whose time has come."""
    yield Attempt.staff_id, Attempt.at, [Attempt.knock_id == Knock.id]
    yield DangerNote.staff_id, DangerNote.at, [DangerNote.knock_id == Knock.id]
    yield (
        _proposals.c.staff_id,
        _slots.c.starts_at,
        [
            _proposals.c.knock_id == Knock.id,
            _proposals.c.cancelled_at.is_(None),
            _slots.c.proposal_id == _proposals.c.id,
            _slots.c.picked,
            _slots.c.starts_at <= clock.now(),
        ],
    )


def contact(conditions: Condition) -> ColumnElement[bool]:
    """As a condition on a knock: somebody who must keep records was in contact, and of that
    these conditions hold."""
    return or_(
        *(
            exists()
            .where(
                Staff.id == who,
                Staff.profession.in_(KEEPS_RECORDS),
                *of_knock,
                *conditions(who, at),
            )
            .correlate(Knock)
            for who, at, of_knock in _contacts()
        )
    )


def who_made_contact(*of_knock: ColumnElement[bool]) -> set[str]:
    """Ids of the staff who were in contact with any of those knocks."""
    found: set[str] = set()
    for who, _at, mine in _contacts():
        found.update(db.session.scalars(select(who).select_from(Knock).where(*mine, *of_knock)))
    return found


def waits() -> ColumnElement[bool]:
    """As a condition on a knock: something of it may have to be recorded, so that it stays."""
    return contact(
        lambda _who, at: [
            ~exists()
            .where(JournalMark.knock_id == Knock.id, JournalMark.at >= at)
            .correlate_except(JournalMark)  # of this knock, and not of any that there is
        ]
    )


def has_reader() -> ColumnElement[bool]:
    """As a condition on a knock: somebody who must keep records and was in contact works, and may
    still read it: she has not stepped aside, nor has it gone to another part or school."""
    today = clock.today()
    return contact(
        lambda who, _at: [
            Staff.works_on(today),
            serving.reads(queries.COLUMNS, today),
            ~queries.avoids(who),
        ]
    )


def may_note(staff: Staff, knock: Knock) -> bool:
    """Whoever must keep records themselves; where nobody who was in contact can any more, whoever
    reads it."""
    if staff.keeps_records:
        return True
    return not db.session.scalar(select(exists().where(Knock.id == knock.id, has_reader())))


def note(staff: Staff, knock: Knock, what: Journal) -> None:
    """That it is in the record system, or that nothing belongs there. The last word stands.

    Raises NotAllowed for one who has no record to keep, while somebody who has can say it.
    """
    lock(knock)
    if not may_note(staff, knock):
        raise NotAllowed(_("Bara den som för journal kan säga om det är journalfört."))
    fresh = JournalMark(knock_id=knock.id, what=what, staff_id=staff.id, at=clock.now())
    db.session.merge(fresh)
    audit.record(
        Action.JOURNAL_NOTED,
        by=work.staff(staff.id),
        municipality_id=knock.municipality_id,
        about=knock.about,
        reason=what.value,
    )


def extract(staff: Staff, knock: Knock) -> Extract:
    """What was said and done, for the record system. It is an event."""
    audit.record(
        Action.EXPORTED,
        by=work.staff(staff.id),
        municipality_id=knock.municipality_id,
        about=knock.about,
        reason=REASON,
    )
    sections = [
        Section(_("Eleven"), _of_pupil(knock)),
        Section(_("Kontakten"), _of_contact(knock)),
        Section(_("Samtalet"), _of_thread(knock)),
        Section(_("Försök att nå eleven"), _of_attempts(knock)),
        Section(_("Möten"), _of_meetings(knock)),
        Section(_("Flyttar"), _of_moves(knock)),
        Section(_("Fara för liv"), _of_danger(knock)),
        Section(_("Oro"), _of_concern(knock)),
    ]
    return Extract(_("Utdrag för journal"), [one for one in sections if one.lines])


def _of_pupil(knock: Knock) -> list[str]:
    facts = (
        (_("Skyddade uppgifter"), _("Ja") if knock.is_protected else None),
        (_("Skola"), knock.school.name),
        (_("Namn"), knock.name or _("Har inte sagts")),
        *([(knock.identity.vouched_for, knock.identity.name)] if knock.identity else []),
        (_("Klass"), knock.school_class),
        (_("Telefon"), knock.phone),
        (_("E-post"), knock.email),
        (_("Säkra tider"), knock.safe_times),
        (_("Tolk"), knock.interpreter),
    )
    return [f"{name}: {value}" for name, value in facts if value]


def _of_contact(knock: Knock) -> list[str]:
    lines = [
        _("Knackade %(when)s", when=day_and_time(knock.knocked_at)),
        _("Ville bli kontaktad: %(way)s", way=labels.of(knock.way)),
    ]
    if knock.taken_by:
        lines.append(_("Har tagit emot: %(who)s", who=knock.taken_by.name))
    if knock.closed_at and knock.outcome:
        lines.append(
            _("Avslutad %(when)s: %(how)s",
              when=day_and_time(knock.closed_at), how=labels.of(knock.outcome))
        )  # fmt: skip
    return lines


def _of_thread(knock: Knock) -> list[str]:
    lines = []
    for message in knock.messages:
        is_pupil = message.author is Author.PUPIL
        who = _("Eleven") if is_pupil or not message.staff else message.staff.name
        lines.append(f"{day_and_time(message.created_at)}, {who}:")
        lines += message.text.splitlines()
    return lines


def _of_attempts(knock: Knock) -> list[str]:
    return [
        f"{day_and_time(one.at)}, {one.staff.name}: {labels.of(one.kind)}"
        for one in sorted(knock.attempts, key=lambda attempt: attempt.at)
    ]


def _of_danger(knock: Knock) -> list[str]:
    return [
        ". ".join(
            filter(
                None,
                [
                    f"{day_and_time(one.done_at)}, {one.staff.name}",
                    *[labels.of(measure) for measure in one.done],
                    one.text,
                ],
            )
        )
        for one in reversed(danger.notes_of(knock))
    ]


def _of_concern(knock: Knock) -> list[str]:
    lines = []
    for one in reversed(concern.reports_of(knock)):
        lines.append(_("Anmält %(day)s av %(who)s", day=str(one.reported_on), who=one.staff.name))
        told = [labels.of(one.way), labels.of(one.told), one.reference]
        lines.append(". ".join(filter(None, told)))
        lines += concern.ticked(one)
    return lines


def _of_meetings(knock: Knock) -> list[str]:
    """Those that were agreed on: when, with whom, and whether they were called off."""
    query = (
        select(_slots.c.starts_at, _proposals.c.cancelled_at, Staff)
        .join_from(_proposals, _slots, _slots.c.proposal_id == _proposals.c.id)
        .join(Staff, Staff.id == _proposals.c.staff_id)
        .where(_proposals.c.knock_id == knock.id, _slots.c.picked)
        .order_by(_slots.c.starts_at)
    )
    return [
        ". ".join(
            [f"{day_and_time(starts_at)}, {staff.name}", *([_("Avbokat")] if cancelled_at else [])]
        )
        for starts_at, cancelled_at, staff in db.session.execute(query)
    ]


def _of_moves(knock: Knock) -> list[str]:
    moved = [
        (one.at, _("Flyttad till %(part)s", part=labels.of(one.to_wall)))
        for one in queries.crossings_of(knock)
    ]
    moved += [
        (one.at, _("Flyttad till %(part)s", part=one.to_school.name))
        for one in queries.transfers_of(knock)
    ]
    return [f"{day_and_time(at)}: {what}" for at, what in sorted(moved)]
