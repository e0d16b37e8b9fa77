"""What a knock holds, part by part, in the order in which it is read. What two colleagues wrote to
each other when it went from one to the other is theirs (``Passing``), and whom the pupil avoids is
said to nobody: neither is a part.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from elevhalsa.core import clock, labels
from elevhalsa.core.i18n import _, clock_time
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import concern, danger, journal, log, thread
from elevhalsa.domain.knocks import queries as knocks
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import Author
from elevhalsa.domain.meetings import queries as meetings
from elevhalsa.domain.people.models import Staff
from elevhalsa.extensions import db

from . import queries
from .rules import Part

NOT_TOLD = (
    Action.SHOWN, Action.EXPORTED, Action.DISCLOSED,
    Action.REVEALED, Action.REVEAL_REVIEWED, Action.REVEAL_POSTPONED,
)  # fmt: skip
"""Of the log: who read it is there, what was decided stands by itself, and that something hidden
was opened is told to the pupil when that is safe, and to nobody by this way."""


def parts_of(knock: Knock, form_id: str) -> list[Part]:
    """For whoever may disclose it. form_id: of the form by which it is decided now."""
    found = [
        *_facts(knock),
        *_messages(knock),
        *_attempts(knock),
        *_meetings(knock),
        *_moves(knock),
        *_danger(knock),
        *_concern(knock),
        *_journal(knock),
        *_earlier(knock, thread.hash_form(form_id)),
        *_events(knock),
    ]
    return [part for part in found if part.text.strip()]


def _when(moment: datetime) -> str:
    """With its year: what is given is kept elsewhere."""
    return f"{clock.local(moment).date()} {clock_time(moment)}"


def _facts(knock: Knock) -> Iterator[Part]:
    group = _("Eleven")
    age = labels.of(knock.age_band) if knock.age_band else None
    who = (
        ("name", _("Namn"), knock.name),
        ("identity", _("Legitimerad som"), knock.identity.name if knock.identity else None),
        ("age", _("Ålder enligt e-legitimation"), age),
        ("school", _("Skola"), knock.school.name),
        ("class", _("Klass"), knock.school_class),
        ("phone", _("Telefon"), knock.phone),
        ("email", _("E-post"), knock.email),
        ("safe_times", _("Säkra tider"), knock.safe_times),
        ("interpreter", _("Tolk"), knock.interpreter),
    )
    for key, heading, value in who:
        is_name = key in ("name", "identity")
        yield Part(key, group, heading, value or "", is_fact=True, is_name=is_name)
    about = [
        _("Knackade %(when)s", when=_when(knock.knocked_at)),
        _("Ville bli kontaktad: %(way)s", way=labels.of(knock.way)),
    ]
    if knock.urgency:
        about.append(labels.of(knock.urgency))
    if knock.wished_gender:
        about.append(labels.of(knock.wished_gender, "wished"))
    if knock.taken_by:
        about.append(_("Har tagit emot: %(who)s", who=knock.taken_by.name))
    if knock.closed_at and knock.outcome:
        about.append(
            _("Avslutad %(when)s: %(how)s",
              when=_when(knock.closed_at), how=labels.of(knock.outcome))
        )  # fmt: skip
    yield Part("contact", _("Kontakten"), _("Om knackningen"), "\n".join(about))


def _messages(knock: Knock) -> Iterator[Part]:
    for message in knock.messages:
        is_pupil = message.author is Author.PUPIL or not message.staff
        who = _("Eleven") if is_pupil or not message.staff else message.staff.name
        heading = f"{_when(message.created_at)}, {who}"
        yield Part(f"message-{message.id}", _("Samtalet"), heading, message.text)


def _attempts(knock: Knock) -> Iterator[Part]:
    for one in sorted(knock.attempts, key=lambda attempt: attempt.at):
        heading = f"{_when(one.at)}, {one.staff.name}"
        group = _("Försök att nå eleven")
        yield Part(f"attempt-{one.id}", group, heading, labels.of(one.kind))


def _meetings(knock: Knock) -> Iterator[Part]:
    for proposal in reversed(meetings.proposals_of(knock)):
        said = [
            " · ".join(filter(None, [
                _when(slot.starts_at), labels.of(slot.way), slot.place,
                _("valdes") if slot.picked else None,
            ]))
            for slot in sorted(proposal.slots, key=lambda one: one.starts_at)
        ]  # fmt: skip
        heading = _("Förslag %(when)s", when=_when(proposal.created_at))
        text = "\n".join(filter(None, [*said, proposal.phone]))
        yield Part(f"meeting-{proposal.id}", _("Möten"), heading, text)


def _moves(knock: Knock) -> Iterator[Part]:
    for one in knocks.crossings_of(knock):
        heading = f"{_when(one.at)}, {one.staff.name}"
        to = _("Flyttad till %(part)s", part=labels.of(one.to_wall))
        why = _("Eleven sa ja.") if one.consent else one.reason or ""
        yield Part(f"crossing-{one.id}", _("Flyttar"), heading, f"{to}\n{why}".strip())
    for move in knocks.transfers_of(knock):
        to = _("Flyttad till %(part)s", part=move.to_school.name)
        yield Part(f"transfer-{move.id}", _("Flyttar"), _when(move.at), to)


def _danger(knock: Knock) -> Iterator[Part]:
    for one in reversed(danger.notes_of(knock)):
        heading = f"{_when(one.done_at)}, {one.staff.name}"
        said = [*(labels.of(measure) for measure in one.done), one.text or ""]
        yield Part(f"danger-{one.id}", _("Fara för liv"), heading, "\n".join(filter(None, said)))


def _concern(knock: Knock) -> Iterator[Part]:
    for one in reversed(concern.reports_of(knock)):
        heading = f"{_when(one.at)}, {one.staff.name}"
        said = [
            _("Anmält %(day)s av %(who)s", day=str(one.reported_on), who=one.staff.name),
            *concern.ticked(one),
            one.reference or "",
        ]
        yield Part(f"concern-{one.id}", _("Oro"), heading, "\n".join(filter(None, said)))


def _journal(knock: Knock) -> Iterator[Part]:
    mark = journal.of(knock)
    if mark:
        yield Part("journal", _("Journal"), _when(mark.at), labels.of(mark.what))


def _earlier(knock: Knock, form_hash: str) -> Iterator[Part]:
    for one in reversed(queries.of(knock)):
        if one.form_hash != form_hash:
            heading = f"{_when(one.at)}, {one.staff.name}"
            said = f"{labels.of(one.asker)}: {labels.of(one.outcome)}"
            yield Part(f"disclosure-{one.id}", _("Prövat förut"), heading, said)


def _events(knock: Knock) -> Iterator[Part]:
    """Who did what."""
    query = (
        select(AuditEvent, Staff)
        .outerjoin(Staff, Staff.id == AuditEvent.staff_id)
        .where(AuditEvent.is_about(knock.about), AuditEvent.action.not_in(NOT_TOLD))
        .order_by(AuditEvent.at, AuditEvent.id)
    )
    told = [
        f"{_when(event.at)}, {staff.name if staff else labels.of(event.actor, log.LABELS)}:"
        f" {labels.of(event.action, log.LABELS)}"
        for event, staff in db.session.execute(query)
    ]
    yield Part("events", _("Händelser"), _("Loggen"), "\n".join(told))
