"""A knock's state in words, for the list and the knock's own page. Never what the pupil wrote."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from elevhalsa.core import labels
from elevhalsa.core.i18n import _, _l, by_when, day_and_time, duration, when
from elevhalsa.core.walls import SCHOOL_WALLS, Wall, across
from elevhalsa.domain.knocks import passing, queries
from elevhalsa.domain.knocks.models import Knock, Passing, Transfer
from elevhalsa.domain.knocks.queries import Given
from elevhalsa.domain.knocks.rules import HURRY, needs_word_from_staff
from elevhalsa.domain.knocks.words import How, State, Triage, Urgency, Way
from elevhalsa.domain.meetings.rules import Span
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places import areas
from elevhalsa.domain.promise.words import Awaited

labels.give(
    Way,
    {
        Way.SMS: _l("Eleven valde ett annat sätt: sms."),
        Way.CALL: _l("Eleven valde ett annat sätt: samtal."),
        Way.EMAIL: _l("Eleven valde ett annat sätt: e-post."),
        Way.MEET: _l("Eleven valde ett annat sätt: möte på skolan."),
    },
    group="another",
    only=[way for way in Way if way is not Way.APP],
)


labels.give(
    Wall,
    {
        Wall.MEDICAL: _l(
            "Den medicinska delen (%(mine)s) och den psykosociala (%(others)s) har sekretess mot "
            "varandra. Flyttar du knackningen får kurator, psykolog och specialpedagog läsa allt "
            "i den, och du kan inte längre göra det."
        ),
        Wall.PSYCHOSOCIAL: _l(
            "Den psykosociala delen (%(mine)s) och den medicinska (%(others)s) har sekretess mot "
            "varandra. Flyttar du knackningen får skolsköterska och skolläkare läsa allt i den, "
            "och du kan inte längre göra det."
        ),
    },
    group="crossing",
    only=SCHOOL_WALLS,
)


def crossing(knock: Knock) -> str | None:
    """What it means to move it over the wall. None where there is no other side to move it to."""
    if knock.wall is None or not (others := across(knock.wall)):
        return None
    laws = areas.every(knock.municipality_id)
    return labels.of(knock.wall, "crossing") % {
        "mine": laws[knock.wall].law, "others": laws[others[0]].law,
    }  # fmt: skip


SAYS_THE_PUPIL = "says the pupil"
labels.give(
    Urgency,
    {
        Urgency.URGENT: _l("Bråttom, säger eleven"),
        Urgency.CAN_WAIT: _l("Kan vänta, säger eleven"),
    },
    group=SAYS_THE_PUPIL,
)


class Tone(StrEnum):
    """The colour of a state; the words beside it say the same."""

    LATE = "late"
    SOON = "soon"
    KEPT = "kept"
    DONE = "done"


@dataclass(frozen=True)
class Clock:
    """How a knock stands to its promise: '40 min sen', and the moment as a person says it."""

    tone: Tone
    text: str
    exact: str


def clock_of(knock: Knock, now: datetime) -> Clock:
    """Until contact is made, time left to the promise; after it, to the next attempt or answer
    where one is waited for."""
    if not knock.is_open and knock.closed_at:
        return Clock(Tone.DONE, _ended(knock), when(knock.closed_at))
    contact = knock.contacted_at
    if contact and not knock.awaits:
        text = _("Löftet hållet") if knock.was_kept else _("Kontakt tagen")
        return Clock(Tone.KEPT if knock.was_kept else Tone.DONE, text, when(contact))
    left = knock.deadline_at - now
    exact = _by(knock)
    if left <= timedelta():
        return Clock(Tone.LATE, _("%(time)s sen", time=duration(left)), exact)
    tone = Tone.SOON if left < HURRY else Tone.KEPT
    return Clock(tone, _("%(time)s kvar", time=duration(left)), exact)


def _by(knock: Knock) -> str:
    if knock.retry_due:
        return _("nytt försök %(by)s", by=by_when(knock.deadline_at))
    if knock.awaits is Awaited.GUARANTEE:
        return _("garanti %(by)s", by=by_when(knock.deadline_at))
    if knock.awaits is Awaited.ANSWER:
        return _("svar %(by)s", by=by_when(knock.deadline_at))
    return by_when(knock.deadline_at)


def _ended(knock: Knock) -> str:
    return labels.of(knock.state)


def title_of(knock: Knock, given: Given) -> str:
    """Whom the pupil asked for, how, and whether without a name: 'Kurator · Sms · anonym'."""
    parts = [labels.of(knock.wanted), labels.of(knock.way, "staff")]
    if not given.name:
        parts.append(_("anonym"))
    return " · ".join(parts)


def state_of(knock: Knock, me: Staff) -> str:
    """What has been done: 'Ej påbörjad', 'Läst', 'Mottagen av dig' …"""
    if knock.state is State.WITHDRAWN:
        return _("Eleven tog tillbaka den")
    if knock.was_dismissed:
        return _("Borttagen, en av många liknande")
    if knock.state is State.CLOSED:
        return labels.of(knock.outcome) if knock.outcome else labels.of(knock.state)
    if knock.retry_due:
        return _("Nytt försök väntar")
    return _taken(knock, me) if knock.state is State.TAKEN else _waiting(knock)


def _taken(knock: Knock, me: Staff) -> str:
    if knock.taken_by_id == me.id:
        return _("Nytt från eleven") if is_unanswered(knock) else _("Mottagen av dig")
    taker = knock.taken_by.name if knock.taken_by else "–"
    return _("Mottagen av %(who)s", who=taker)


def _waiting(knock: Knock) -> str:
    if knock.awaits is Awaited.ANSWER:
        return _("Väntar på svar igen")
    return _("Läst") if knock.read_at else _("Ej påbörjad")


def handled_of(knock: Knock, me: Staff) -> str:
    """Who has it and since when: 'Mottagen av dig i dag 10.15'."""
    if knock.state is not State.TAKEN or not knock.taken_at or not knock.taken_by:
        state = state_of(knock, me)
        return f"{state} · {when(knock.closed_at)}" if knock.closed_at else state
    taken = when(knock.taken_at)
    if knock.taken_by_id == me.id:
        return _("Mottagen av dig %(when)s", when=taken)
    return _("Mottagen av %(who)s %(when)s", who=knock.taken_by.name, when=taken)


def news_of(knock: Knock, me: Staff) -> str | None:
    """What may have happened while the page was open, or None."""
    if knock.state is State.WAITING:
        return None
    if knock.is_open and knock.taken_by_id == me.id:
        return _("Nytt från eleven") if is_unanswered(knock) else None
    return state_of(knock, me)


def is_unanswered(knock: Knock) -> bool:
    """The pupil wrote again after knocking, and staff have not been in touch since."""
    ours = max(filter(None, (knock.knocked_at, knock.staff_wrote_at, knock.kept_at)))
    return needs_word_from_staff(knock.pupil_wrote_at, ours)


@dataclass(frozen=True)
class Arrival:
    """How a knock came to whoever has it, and what came with it."""

    line: str
    text: str | None
    """What the other wrote."""


def arrivals_of(knock: Knock, me: Staff) -> list[Arrival]:
    """What the receiving side may know: the ground on which it crossed to this wall; the note of
    the colleague who handed it over, to these two alone; who took it over and why."""
    found = []
    crossings = queries.crossings_of(knock)
    if crossings and crossings[-1].to_wall is me.wall:
        last = crossings[-1]
        line = _("%(who)s flyttade hit knackningen över sekretessgränsen %(when)s.",
                 who=last.staff.name, when=when(last.at))  # fmt: skip
        ground = _("Eleven samtyckte.") if last.consent else _("Utan samtycke, av det här skälet:")
        found.append(Arrival(f"{line} {ground}", last.reason))
    found += [Arrival(_transferred(one), None) for one in queries.transfers_of(knock)[-1:]]
    passed = passing.latest(knock)
    if passed and passed.from_staff and passed.to_staff and knock.taken_by_id == passed.to_id:
        found += _passed(passed, me, passed.from_staff.name, passed.to_staff.name)
    return found


def _transferred(transfer: Transfer) -> str:
    left, moment = transfer.from_school.name, when(transfer.at)
    if transfer.staff is None:
        return _("Eleven flyttade hit knackningen från %(school)s %(when)s.",
                 school=left, when=moment)  # fmt: skip
    return _("%(who)s flyttade hit knackningen från %(school)s %(when)s.",
             who=transfer.staff.name, school=left, when=moment)  # fmt: skip


def _passed(passed: Passing, me: Staff, giver: str, receiver: str) -> list[Arrival]:
    moment = when(passed.at)
    if passed.how is How.TAKEN_OVER:
        line = _(
            "%(who)s tog över från %(giver)s %(when)s.", who=receiver, giver=giver, when=moment
        )
        return [Arrival(line, labels.of(passed.reason) if passed.reason else None)]
    is_between = me.id in (passed.from_id, passed.to_id)
    if passed.how is How.CAME_BACK:
        line = _("%(who)s fick tillbaka den från ersättaren %(giver)s %(when)s.",
                 who=receiver, giver=giver, when=moment)  # fmt: skip
        return [Arrival(line, None)]
    if passed.how is How.COVERED:
        line = _("%(who)s svarar som ersättare för %(giver)s sedan %(when)s.",
                 who=receiver, giver=giver, when=moment)  # fmt: skip
        return [Arrival(line, passed.note if is_between else None)]
    line = _(
        "%(giver)s lämnade över till %(who)s %(when)s.", who=receiver, giver=giver, when=moment
    )
    return [Arrival(line, passed.note if is_between else None)]


def marks_of(knock: Knock, me: Staff, given: Given) -> list[str]:
    """What else must be known before it is opened."""
    marks = []
    if knock.urgency:
        marks.append(labels.of(knock.urgency, SAYS_THE_PUPIL))
    if knock.triage is Triage.URGENT and knock.urgency is not Urgency.URGENT:
        marks.insert(0, labels.of(knock.triage))
    if knock.triage is Triage.CAN_WAIT:
        marks.append(_("Kan vänta"))
    marks += _wishes(knock, me, given)
    if knock.is_protected:
        marks.append(_("Skyddade uppgifter"))
    if knock.opened_wide_at and knock.is_open:
        marks.append(_("Öppen för hela kommunen"))
    return marks


def _wishes(knock: Knock, me: Staff, given: Given) -> list[str]:
    wishes = []
    if knock.wanted_staff_id == me.id:
        wishes.append(_("Frågade efter dig"))
    elif knock.wanted_staff:
        wishes.append(_("Frågade efter %(who)s", who=knock.wanted_staff.name))
    if knock.wished_gender:
        wish = labels.of(knock.wished_gender, "wished, to staff")
        wishes.append(_("%(wish)s, som du", wish=wish) if passing.is_wished(knock, me) else wish)
    if given.interpreter:
        wishes.append(_("Önskar tolk"))
    return wishes


def meeting_marks(meeting: Span | None, now: datetime) -> list[str]:
    """meeting: that was agreed, and has not been called off."""
    if meeting is None:
        return []
    moment = day_and_time(meeting.starts_at)
    if meeting.ends_at <= now:
        return [_("Mötet %(when)s har varit", when=moment)]
    return [_("Möte %(when)s", when=moment)]
