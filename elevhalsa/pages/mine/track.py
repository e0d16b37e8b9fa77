"""What has happened with a knock, as the steps that its pupil sees."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from elevhalsa.core import clock, labels
from elevhalsa.core.crypto import keyring
from elevhalsa.core.i18n import _, day_and_time, deadline
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.disclosure import queries as disclosures
from elevhalsa.domain.knocks import log, moves, passing, queries
from elevhalsa.domain.knocks.models import Crossing, Knock, Message, Passing, Transfer
from elevhalsa.domain.knocks.rules import who_answers
from elevhalsa.domain.knocks.words import AttemptKind, Author, How, State
from elevhalsa.domain.meetings.models import Proposal
from elevhalsa.domain.meetings.queries import Meetings
from elevhalsa.domain.meetings.words import Standing
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.promise.rules import Audience
from elevhalsa.domain.promise.service import climbed_of
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.domain.reveals.models import Reveal
from elevhalsa.web import tenant
from elevhalsa.web.answers import ANYBODY_DOES, GETS_IN_TOUCH, Answers, answers

from . import texts


@dataclass(frozen=True)
class Step:
    """One line: what, when (None when it has no time of its own), and whether it has happened."""

    text: str
    at: datetime | None
    done: bool


@dataclass(frozen=True)
class Track:
    steps: list[Step]
    late: bool
    """A date that was told has passed: of the first contact, or of an answer."""
    done: "Done | None"
    """When it is late: what we have done."""
    contacted: bool
    contacted_late_at: datetime | None
    """When contact was made, if that was later than was promised."""
    awaited: bool
    """Something is waited for, by the knock's nearest date."""
    answer_by: datetime | None
    """When an answer to a text written now comes at the latest."""
    who: Profession | None
    """The profession that has it or was asked for; None for any."""
    answers: Answers
    """Who is said to be in touch."""


@dataclass(frozen=True)
class Done:
    """What the ladder has done for one whom we are late to answer."""

    reminded_at: datetime | None
    """When we were last reminded before the date had passed."""
    is_open_wide: bool
    """More of us can answer now."""
    chief_knows: bool
    again_at: datetime | None
    """The new date."""


@dataclass(frozen=True)
class Said:
    """One thing in the thread: a text, or what happened with the knock meanwhile."""

    at: datetime
    message: Message | None = None
    news: str | None = None


def thread_of(knock: Knock) -> list[Said]:
    """The texts, the crossings, the schools and the covers, in the order of their times."""
    said = [Said(message.created_at, message=message) for message in knock.messages]
    said += [Said(one.at, news=_crossed(one)) for one in queries.crossings_of(knock)]
    said += [Said(one.at, news=_transferred(one)) for one in queries.transfers_of(knock)]
    said += [Said(one.at, news=_carried(knock, one)) for one in passing.carried(knock)]
    return sorted(said, key=lambda one: one.at)


def readers_of(knock: Knock) -> list[tuple[str, datetime, bool]]:
    """Who has read it, or opened it and no more is known; each once, and when last: by name where
    the municipality shows names."""
    return [(_reader(knock, one.staff), one.at, one.has_read) for one in log.readers_of(knock)]


def disclosed_of(knock: Knock) -> list[tuple[str, datetime]]:
    """What others than we were given to read, or were not."""
    return [
        (f"{labels.of(one.asker, texts.ASKED)} {labels.of(one.outcome, texts.GOT)}", one.at)
        for one in disclosures.for_pupil(knock)
    ]


def _reader(knock: Knock, staff: Staff) -> str:
    profession = labels.of(staff.profession, "with") if staff.profession else _("elevhälsan")
    if knock.municipality.show_names:
        return _("%(name)s, %(profession)s", name=staff.name, profession=profession)
    return profession


def _transferred(transfer: Transfer) -> str:
    school = transfer.to_school.name
    if transfer.staff_id is None:
        return _("Du flyttade din knackning till %(school)s. Tiden är densamma.", school=school)
    return _("Vi flyttade din knackning till %(school)s. Tiden är densamma.", school=school)


def _carried(knock: Knock, passed: Passing) -> str:
    """Who is there now: by name where the municipality shows names."""
    came_back, now = passed.how is How.CAME_BACK, passed.to_staff
    if now and knock.municipality.show_names:
        if came_back:
            return _("%(name)s är tillbaka och svarar dig igen.", name=now.name)
        return _("%(name)s svarar dig nu. Den du hade är borta en tid.", name=now.name)
    group = texts.IS_BACK if came_back else texts.COVERS
    return labels.of(now.profession if now else None, group)


def _crossed(crossing: Crossing) -> str:
    why = _("Du sa ja till det.") if crossing.consent else _("Vi såg att det behövdes.")
    reads = labels.of(crossing.to_wall, texts.READS_NOW)
    return f"{labels.of(crossing.to_wall, texts.CROSSED)}. {why} {reads}"


# Who first of all answers behind a wall that the pupil did not ask for.
_FIRST_OF = {Wall.MEDICAL: Profession.NURSE, Wall.PSYCHOSOCIAL: Profession.COUNSELLOR}


def _answers(knock: Knock, now: datetime) -> Answers:
    """As the form said it, by the same rule, as long as that holds."""
    wanted = knock.wanted
    if wanted and knock.wall and wanted.wall is not knock.wall:
        wanted = _FIRST_OF[knock.wall]
    if knock.taken_by or not knock.is_open:
        who = knock.taken_by.profession if knock.taken_by else wanted
        return Answers(who, GETS_IN_TOUCH)
    if knock.opened_wide_at is None:
        since = knock.knocked_at if knock.awaits is Awaited.FIRST_CONTACT else now
        prospect = replace(queries.prospect_of(knock, now, since=since), wanted=wanted)
        if not prospect.is_nobody:
            return answers(
                prospect, tenant.place(knock.municipality_id), now, knock.wanted_staff_id
            )
    return Answers(who_answers(wanted, queries.can_answer(knock, now)), ANYBODY_DOES)


def track_of(knock: Knock, meetings: Meetings) -> Track:
    said = _answers(knock, clock.now())
    profession = said.who
    contact = knock.contacted_at
    steps = [Step(_("Du knackade på"), knock.knocked_at, True)]
    read = labels.of(knock.read_by or profession, texts.HAS_READ)
    steps.append(Step(read, knock.read_at, knock.read_at is not None))
    taken = labels.of(profession, texts.HAS_TAKEN)
    steps.append(Step(taken, knock.taken_at, knock.taken_by_id is not None))
    steps += _reminders(knock)
    steps.append(_contact_step(knock, contact))
    steps += [
        Step(labels.of(one.to_wall, texts.CROSSED), one.at, True)
        for one in queries.crossings_of(knock)
    ]
    steps += [
        Step(_("Flyttad till %(school)s", school=one.to_school.name), one.at, True)
        for one in queries.transfers_of(knock)
    ]
    steps += [Step(_("En annan av oss tar över"), at, True) for at in passing.asides(knock)]
    steps += [Step(_carried(knock, one), one.at, True) for one in passing.carried(knock)]
    if knock.reopened_at:
        steps.append(Step(_("Du skrev igen, så vi öppnade den"), knock.reopened_at, True))
    if knock.unlocked_at:
        steps.append(Step(_("Vi tog bort dina siffror"), knock.unlocked_at, True))
    steps += _meeting_steps(meetings)
    return Track(
        steps=steps,
        late=knock.is_overdue(clock.now()),
        done=_done(knock) if knock.is_overdue(clock.now()) else None,
        contacted=contact is not None,
        contacted_late_at=contact if contact and knock.came_late(clock.now()) else None,
        awaited=knock.is_open and knock.awaits is not None,
        answer_by=moves.answer_by(knock, clock.now()),
        who=profession,
        answers=said,
    )


def _reminders(knock: Knock) -> list[Step]:
    """Of what is late the first time and the last: between them the same was done."""
    rows = [row for row, _wait in climbed_of(knock.about) if row.told]
    late = [row for row in rows if row.is_late]
    steps = [Step(_("Vi fick en påminnelse om dig"), row.at, True) for row in rows[-4:]
             if not row.is_late]  # fmt: skip
    if late:
        more = (
            _("Vi är sena. Nu kan fler av oss svara") if knock.opened_wide_at else _("Vi är sena")
        )
        steps.append(Step(more, late[0].at, True))
    if len(late) > 1:
        steps.append(Step(_("Vi fick en påminnelse till om dig"), late[-1].at, True))
    return steps


def _done(knock: Knock) -> Done:
    now = clock.now()
    climbed = [(row, wait) for row, wait in climbed_of(knock.about)
               if row.told and wait.ended_at is None and wait.due_at <= now]  # fmt: skip
    before = [row.at for row, _wait in climbed if not row.is_late]
    again = [wait.again_at for _row, wait in climbed if wait.again_at and wait.again_at > now]
    return Done(
        reminded_at=max(before, default=None),
        is_open_wide=knock.opened_wide_at is not None,
        chief_knows=any(Audience.COORDINATOR in row.told for row, _wait in climbed),
        again_at=min(again, default=None),
    )


def _contact_step(knock: Knock, contact: datetime | None) -> Step:
    last = knock.attempts[-1] if knock.attempts else None
    if knock.retry_due and last and last.kind is AttemptKind.CALLED_NO_ANSWER:
        return Step(_("Vi ringde men fick inget svar. Vi försöker igen"), last.at, True)
    if contact and knock.came_late(clock.now()):
        return Step(_("Kontakt, senare än vi lovade"), contact, True)
    return Step(_("Kontakt"), contact, contact is not None)


def _meeting_steps(meetings: Meetings) -> list[Step]:
    if meetings.agreed and meetings.agreed.picked:
        when = day_and_time(meetings.agreed.picked.starts_at)
        return [Step(_("Möte %(when)s", when=when), None, False)]
    last, stands = meetings.last, meetings.last_stands
    steps = []
    if last and last.picked and stands is Standing.PAST:
        steps.append(Step(_("Möte"), last.picked.starts_at, True))
    elif last and last.picked and stands is Standing.CANCELLED:
        steps.append(Step(_("Mötet är avbokat"), last.cancelled_at, True))
    return [*steps, Step(_("Möte, om du vill"), None, False)]


@dataclass(frozen=True)
class Next:
    """How a knock stands, in the list of a pupil's own."""

    text: str
    """What happens next, and when."""
    is_new: bool
    """Staff have said something that the pupil has not seen."""


def next_of(knock: Knock, meetings: Meetings) -> Next:
    unseen = any(m.author is Author.STAFF and m.seen_at is None for m in knock.messages)
    return Next(_next(knock, meetings), knock.is_open and unseen)


def _next(knock: Knock, meetings: Meetings) -> str:
    if not knock.is_open:
        return _ended(knock)
    if knock.is_overdue(clock.now()):
        return _late(_done(knock).again_at)
    if knock.awaits is None:
        return _about_meeting(meetings) or _("Vi har hört av oss.")
    due = deadline(knock.deadline_at)
    if due.time is None:
        return _("Vi hör av oss senast %(day)s.", day=due.day)
    return _("Vi hör av oss senast %(day)s kl. %(time)s.", day=due.day, time=due.time)


def _late(again_at: datetime | None) -> str:
    if again_at is None:
        return _("Vi är sena. Det är vårt fel, inte ditt.")
    by = deadline(again_at)
    if by.time is None:
        return _("Vi är sena. Ny tid: %(day)s.", day=by.day)
    return _("Vi är sena. Ny tid: %(day)s kl. %(time)s.", day=by.day, time=by.time)


def _ended(knock: Knock) -> str:
    if knock.state is State.WITHDRAWN:
        return _("Du tog tillbaka den.")
    if knock.was_dismissed:
        return _("Den är bortlagd. Behöver du oss? Skriv i den.")
    return _("Vi är klara med det här.")


def _about_meeting(meetings: Meetings) -> str | None:
    if meetings.can_pick and meetings.agreed:
        return _("Välj om du vill flytta mötet.")
    if meetings.agreed and meetings.agreed.picked:
        return _("Ni ses %(when)s.", when=day_and_time(meetings.agreed.picked.starts_at))
    return _("Välj en tid att ses.") if meetings.can_pick else None


def version_of(
    knock: Knock,
    track: Track,
    proposals: list[Proposal],
    code: str | None,
    *,
    can_book: bool,
    opened: Sequence[Reveal],
) -> str:
    """Changes when something on the pupil's page does, or when today becomes yesterday."""
    facts = [
        clock.today(),
        knock.state,
        knock.deadline_at,
        knock.awaits,
        replace(track, answer_by=None),  # changes with every look
        code,
        can_book,
    ]
    facts += [(m.id, m.author is Author.PUPIL and m.seen_at is not None) for m in knock.messages]
    facts += [knock.contact_changed_at, knock.name, knock.identity_id, knock.hides_identity]
    facts += [(one.id, one.verdict) for one in opened]
    now = clock.now()
    facts += [(p.id, p.stands(now), p.move_asked_at, p.phone_to_call) for p in proposals]
    return keyring.keyed_hash("page-version", repr(facts))[:16]
