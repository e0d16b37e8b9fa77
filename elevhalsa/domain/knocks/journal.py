"""What belongs in the record system is taken out of here, and noted as taken; nothing of a knock is
purged before. This is no record: patientdatalagen (2008:355) 3 kap. asks for one elsewhere.
Nothing here commits.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, select

from elevhalsa import work
from elevhalsa.core import clock, labels
from elevhalsa.core.i18n import _, day_and_time
from elevhalsa.core.walls import KEEPS_RECORDS
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.rows import lock
from elevhalsa.extensions import db

from . import concern, danger
from .models import Attempt, JournalMark, Knock
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


def waits() -> ColumnElement[bool]:
    """As a condition on a knock: something of it may have to be recorded, so that it stays."""
    noted = exists().where(JournalMark.knock_id == Attempt.knock_id, JournalMark.at >= Attempt.at)
    return exists().where(
        Attempt.knock_id == Knock.id,
        Staff.id == Attempt.staff_id,
        Staff.profession.in_(KEEPS_RECORDS),
        ~noted,
    )


def note(staff: Staff, knock: Knock, what: Journal) -> None:
    """That it is in the record system, or that nothing belongs there. The last word stands."""
    lock(knock)
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
    return [
        _("Anmält %(day)s av %(who)s", day=str(one.reported_on), who=one.staff.name)
        for one in reversed(concern.reports_of(knock))
    ]
