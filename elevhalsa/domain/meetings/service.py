"""The verbs of a meeting. Who acts is an argument; nothing here commits.

What a knock's end takes with it is not done here: it follows from how the knock stands (``rules``).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from elevhalsa import work
from elevhalsa.core import clock, labels, phones, typed
from elevhalsa.core.crypto import keyring, new_id
from elevhalsa.core.errors import Conflict, InvalidInput, NotFound
from elevhalsa.core.i18n import _, day_and_time
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.knocks import answering, asking, ladder, moves, thread
from elevhalsa.domain.knocks import queries as knocks
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import Author
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.promise.policy import policy_of
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.domain.rows import lock
from elevhalsa.domain.serving import service as serving
from elevhalsa.domain.serving.rules import Days
from elevhalsa.extensions import db

from . import queries, rules, standing
from .models import Proposal, Slot
from .queries import proposals_of
from .words import MOST_SLOTS, MeetingWay, ProposalState, Standing

__all__ = [
    "NotFree",
    "OddTimes",
    "Offer",
    "ask_to_move",
    "book",
    "call_off",
    "cancel",
    "cannot_come",
    "count_while_away",
    "none_fits",
    "pick",
    "proposals_of",
    "propose",
    "while_away",
]  # fmt: skip


@dataclass(frozen=True)
class Offer:
    """A time to propose: aware start, length in minutes, way, and where or by which link."""

    starts_at: datetime
    minutes: int
    way: MeetingWay
    place: str | None

    @property
    def span(self) -> rules.Span:
        return rules.Span(self.starts_at, self.minutes)


class OddTimes(InvalidInput):
    """Times that are asked about before they are proposed."""

    def __init__(self, odd: Sequence[rules.OddTime]) -> None:
        super().__init__(_("Titta en gång till. Kryssa i att du vill föreslå tiderna ändå."))
        self.said = [labels.of(one.odd) % {"when": day_and_time(one.starts_at)} for one in odd]
        self.yes = keyring.keyed_hash("odd-times", " ".join(self.said))[:16]
        """What a yes to just this says."""


# --- staff ---------------------------------------------------------------------------------------


def propose(
    staff: Staff,
    knock: Knock,
    offers: Sequence[Offer],
    *,
    yes_to: str | None = None,
    shown: str | thread.Everything | None = thread.Everything.SHOWN,
) -> Proposal:
    """Propose one to three times; an open proposal of before is replaced. A meeting that has been
    agreed stands until the pupil picks another time.

    yes_to: the ``yes`` of the OddTimes that the person has seen and wants all the same. shown: as
    in ``answering.answer``. Raises InvalidInput when a time has passed, a video link is not https,
    or a place is missing; OddTimes; NewText when the pupil has written since; Conflict when the
    knock is not this person's.
    """
    if not 1 <= len(offers) <= MOST_SLOTS:
        raise InvalidInput(_("Föreslå en, två eller tre tider."))
    for offer in offers:
        _check(offer)
    lock(knock)
    thread.require_shown(knock, shown, of=Author.PUPIL)
    standing.hold(staff)
    _ask_about(staff, knock, offers, yes_to)
    answering.take(staff, knock)
    _replace_open(knock)
    proposal = Proposal(id=new_id(), knock_id=knock.id, staff_id=staff.id, created_at=clock.now())
    db.session.add(proposal)
    db.session.flush()
    db.session.add_all(
        Slot(
            proposal_id=proposal.id,
            starts_at=offer.starts_at,
            minutes=offer.minutes,
            way=offer.way,
            place=offer.place,
        )
        for offer in offers
    )
    db.session.flush()
    answering.contacted_in_app(staff, knock)
    _record(Action.MEETING_PROPOSED, knock, work.staff(staff.id))
    ladder.tell_pupil(knock, Kind.MEETING_PROPOSED, cause=f"proposed:{proposal.id}")
    return proposal


def _replace_open(knock: Knock) -> None:
    db.session.execute(
        update(Proposal)
        .where(Proposal.knock_id == knock.id, Proposal.state == ProposalState.OPEN)
        .values(state=ProposalState.REPLACED)
    )


def _check(offer: Offer) -> None:
    if offer.starts_at <= clock.now():
        raise InvalidInput(_("Välj en tid som inte har varit."))
    if not rules.LEAST_MINUTES <= offer.minutes <= rules.MOST_MINUTES:
        raise InvalidInput(_("Ett möte är 5 till 240 minuter."))
    lacking = rules.lacks(offer.way, offer.place)
    if lacking:
        raise InvalidInput(labels.of(lacking))


def _ask_about(staff: Staff, knock: Knock, offers: Sequence[Offer], yes_to: str | None) -> None:
    times = [offer.span for offer in offers]
    busy = queries.busy(
        staff, knock, min(t.starts_at for t in times), max(t.ends_at for t in times)
    )
    found = rules.odd_times(
        times,
        agreed=busy.agreed,
        offered=busy.offered,
        is_closed=policy_of(knock.municipality).is_closed,
    )
    if found:
        odd = OddTimes(found)
        if odd.yes != yes_to:
            raise odd


def call_off(
    staff: Staff, knock: Knock, proposal_id: str, *, text: str = "", form_id: str = ""
) -> None:
    """Staff cancel the agreed meeting, with a text to the pupil or without (form_id: as of any text
    of the thread). The pupil then waits for new times, by a date, unless there are some to pick
    already. Twice is once.

    Raises NotFound, Conflict when it is no longer agreed or the knock is not this person's,
    InvalidInput for a text that is too long.
    """
    lock(knock)
    proposal = _proposal(knock, proposal_id)
    if proposal.state is ProposalState.CANCELLED:
        return
    _require_agreed(proposal)
    written = thread.checked(text) if text else None
    answering.take(staff, knock)
    if written:
        thread.add(knock, Author.STAFF, written, form_id=form_id, staff=staff)
    _call_off(staff, knock, proposal)


def _call_off(staff: Staff, knock: Knock, proposal: Proposal) -> None:
    _cancelled(proposal, Author.STAFF, work.staff(staff.id))
    if not queries.meetings_of(knock).can_pick:
        moves.await_answer(knock)
    ladder.tell_pupil(knock, Kind.MEETING_CANCELLED, cause=f"cancelled:{proposal.id}")


def while_away(staff: Staff) -> list[Slot]:
    """The person's agreed meetings on days of absence, from now on, in order."""
    now = clock.now()
    absences = serving.absences_of(staff)
    if not absences:
        return []
    away = [Days(one.starts_on, one.ends_on) for one in absences]
    first = now - timedelta(minutes=rules.MOST_MINUTES)
    last = max(one.ends_on for one in absences)
    return [
        slot
        for slot in queries.agreed_of(staff, first, clock.day_begins(last + timedelta(days=1)))
        if slot.span.ends_at > now
        and any(clock.local(slot.starts_at).date() in days for days in away)
    ]


def count_while_away(by: Staff, staff: Staff) -> int:
    """How many there are in ``while_away``. What a pupil keeps from whoever asks does not count.
    Raises NotAllowed unless ``by`` may say when ``staff`` is away."""
    serving.require_arranges(by, staff)
    with work.beyond(work.Beyond.AWAY):
        return _seen_by(by, while_away(staff))


def cannot_come(by: Staff, staff: Staff, proposal_ids: Collection[str] | None = None) -> int:
    """Meetings in ``while_away`` are called off: each pupil is told, and books a new time or waits
    for one by a date. Nobody is given a knock by it. Returns how many there were, counted as in
    ``count_while_away``; what another has changed meanwhile is left as it is.

    proposal_ids: None: all, since a coordinator does not know which they are. Raises NotAllowed.
    """
    serving.require_arranges(by, staff)
    done = []
    with work.beyond(work.Beyond.AWAY):
        for slot in while_away(staff):
            if proposal_ids is not None and slot.proposal_id not in proposal_ids:
                continue
            knock = slot.proposal.knock
            lock(knock)
            proposal = _proposal(knock, slot.proposal_id)
            if _is_agreed(proposal) and knock.taken_by_id in (None, staff.id):
                _call_off(by, knock, proposal)
                done.append(slot)
        db.session.flush()
        return _seen_by(by, done)


def _seen_by(by: Staff, slots: Collection[Slot]) -> int:
    avoided = knocks.avoided_by([slot.proposal.knock_id for slot in slots])
    return sum(by.id not in avoided[slot.proposal.knock_id] for slot in slots)


# --- the pupil -----------------------------------------------------------------------------------


def pick(knock: Knock, proposal_id: str, slot_id: str, *, phone: str | None = None) -> Slot:
    """The pupil picks a time; a meeting that was agreed before is moved to it. Picking the same
    again changes nothing.

    phone: where to call, for a meeting by phone of one who has given no number. Raises NotFound for
    a slot that is not of this knock, Conflict when it can no longer be picked, InvalidInput for a
    number that is missing or cannot be called.
    """
    proposal = _held(knock, proposal_id)
    slot = next((slot for slot in proposal.slots if slot.id == slot_id), None)
    if slot is None:
        raise NotFound(_("Tiden finns inte längre."))
    if proposal.picked and proposal.picked.id == slot.id and _is_agreed(proposal):
        return slot
    _require_open(proposal)
    if slot.starts_at <= clock.now():
        raise Conflict(_("Den tiden har redan varit. Välj en annan."))
    if slot.way is MeetingWay.PHONE:
        proposal.phone = _number(knock, phone)
    proposal.meeting_id = _takes_the_place_of(knock) or proposal.id
    slot.picked = True
    _answered(knock, proposal, ProposalState.PICKED, Action.MEETING_PICKED)
    return slot


class NotFree(Conflict):
    """Another was first, or the time is not there any more."""


def book(knock: Knock, key: str, *, phone: str | None = None) -> Slot:
    """The pupil books one of the times in ``standing.free_for``, by its key. A meeting that was
    agreed before is moved to it; what was offered and not answered is replaced. Booking the same
    again changes nothing.

    A knock that nobody has is given to whoever has the time. What the pupil waits for is waited for
    as before: a booked time is no contact. phone: as in ``pick``. Raises NotFree, Conflict when the
    knock has ended, InvalidInput.
    """
    lock(knock)
    moves.require_open(knock)
    chosen = standing.free_for(knock, key, hold=True)
    has = _booked_already(knock, key, chosen)
    if has:
        return has
    if not chosen:
        raise NotFree(_("Den tiden är inte ledig längre. Välj en annan."))
    return _book(knock, chosen[0], phone)


def _booked_already(knock: Knock, key: str, chosen: Sequence[standing.Free]) -> Slot | None:
    agreed = queries.meetings_of(knock).agreed
    slot = agreed.picked if agreed else None
    if slot is None or slot.starts_at != standing.moment_of(key):
        return None
    is_other = any((one.standing.way, one.standing.place) != (slot.way, slot.place)
                   for one in chosen)  # fmt: skip
    return None if is_other else slot


def _book(knock: Knock, chosen: standing.Free, phone: str | None) -> Slot:
    now, time = clock.now(), chosen.standing
    number = _number(knock, phone) if time.way is MeetingWay.PHONE else None
    if knock.taken_by_id is None and not ladder.take(knock, time.staff):
        raise NotFree(_("Den tiden är inte ledig längre. Välj en annan."))
    _replace_open(knock)
    replaces = _takes_the_place_of(knock)
    proposal = Proposal(
        id=new_id(),
        knock_id=knock.id,
        staff_id=time.staff_id,
        state=ProposalState.PICKED,
        created_at=now,
        answered_at=now,
        phone=number,
    )
    proposal.meeting_id = replaces or proposal.id
    db.session.add(proposal)
    db.session.flush()
    slot = Slot(
        proposal_id=proposal.id,
        starts_at=chosen.span.starts_at,
        minutes=chosen.span.minutes,
        way=time.way,
        place=time.place,
        picked=True,
    )
    db.session.add(slot)
    db.session.flush()
    knock.pupil_wrote_at = now
    _record(Action.MEETING_BOOKED, knock, work.PUPIL, to=time.staff_id)
    _tell_staff(knock, Kind.MEETING_ANSWER, cause=f"meet:{proposal.id}")
    return slot


def _number(knock: Knock, given: str | None) -> str:
    known = queries.known_number(knock)
    if not typed.line(given) and known:
        return known
    try:
        return phones.read(given)
    except typed.Refused as fault:
        raise InvalidInput(fault.why, "phone") from None


def _takes_the_place_of(knock: Knock) -> str | None:
    """The id of the meeting that the new time is of: one whose time has not been, agreed or called
    off, so that no calendar has two. One that was agreed is moved by this."""
    found = None
    for one in proposals_of(knock):
        if one.picked is None or one.picked.span.ends_at <= clock.now():
            continue
        found = found or one.meeting_id or one.id
        if _is_agreed(one):
            one.state = ProposalState.MOVED
    return found


def none_fits(knock: Knock, proposal_id: str, *, text: str = "", form_id: str = "") -> None:
    """The pupil says that none of the times fits, and when would, and waits for new ones by a date.
    A meeting that was agreed before stands. Saying it twice is saying it once."""
    proposal = _held(knock, proposal_id)
    is_new = proposal.state is not ProposalState.NONE_FITS
    if is_new:
        _require_open(proposal)
    said = _say(knock, text, form_id)
    if is_new:
        _answered(knock, proposal, ProposalState.NONE_FITS, Action.MEETING_DECLINED)
    if is_new or said:
        moves.await_answer(knock)


def ask_to_move(knock: Knock, proposal_id: str, *, text: str = "", form_id: str = "") -> None:
    """The pupil wants another time than the agreed one, which stands meanwhile, and waits for an
    answer by a date."""
    proposal = _held(knock, proposal_id)
    _require_agreed(proposal)
    is_waiting = proposal.move_asked_at is not None and knock.awaits is not None
    said = _say(knock, text, form_id)
    if is_waiting and said is None:
        return
    proposal.move_asked_at = knock.pupil_wrote_at = clock.now()
    moves.await_answer(knock)
    _record(Action.MEETING_MOVE_ASKED, knock, work.PUPIL)
    _tell_staff(knock, Kind.MEETING_ANSWER, cause=f"mv:{said or new_id()}")


def cancel(knock: Knock, proposal_id: str, *, text: str = "", form_id: str = "") -> None:
    """The pupil cancels the agreed meeting, with a text or without, and waits for an answer by a
    date. Cancelling twice is cancelling once."""
    proposal = _held(knock, proposal_id)
    is_new = proposal.state is not ProposalState.CANCELLED
    if is_new:
        _require_agreed(proposal)
    _say(knock, text, form_id)
    if is_new:
        _cancelled(proposal, Author.PUPIL, work.PUPIL)
        knock.pupil_wrote_at = clock.now()
        moves.await_answer(knock)
        _tell_staff(knock, Kind.MEETING_CANCELLED, cause=f"off:{proposal.id}")


def _say(knock: Knock, text: str, form_id: str) -> str | None:
    """What the pupil writes about a meeting stands in the thread, so that nothing is closed over it
    unseen. Staff are told of the meeting, and so of it. As ``asking.say``; None of no text."""
    return asking.say(knock, text, form_id=form_id) if text else None


# --- both ----------------------------------------------------------------------------------------


def _held(knock: Knock, proposal_id: str) -> Proposal:
    """The proposal of an open knock, held until the transaction ends, so that of two answers one is
    first."""
    lock(knock)
    moves.require_open(knock)
    return _proposal(knock, proposal_id)


def _proposal(knock: Knock, proposal_id: str) -> Proposal:
    proposal = db.session.scalar(
        select(Proposal)
        .where(Proposal.id == proposal_id, Proposal.knock_id == knock.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if proposal is None:
        raise NotFound(_("Förslaget finns inte längre."))
    return proposal


def _require_open(proposal: Proposal) -> None:
    """Times that have passed, too, can be answered with that none fits."""
    if proposal.stands(clock.now()) not in (Standing.PROPOSED, Standing.PASSED_BY):
        raise Conflict(_("Förslaget har ändrats. Titta en gång till."))


def _is_agreed(proposal: Proposal) -> bool:
    return proposal.stands(clock.now()) is Standing.AGREED


def _require_agreed(proposal: Proposal) -> None:
    if not _is_agreed(proposal):
        raise Conflict(_("Mötet har ändrats. Titta en gång till."))


def _answered(knock: Knock, proposal: Proposal, state: ProposalState, action: Action) -> None:
    proposal.state = state
    proposal.answered_at = clock.now()
    knock.pupil_wrote_at = clock.now()
    if knock.reached_at is None:
        knock.reached_at = clock.now()
    _record(action, knock, work.PUPIL)
    _tell_staff(knock, Kind.MEETING_ANSWER, cause=f"meet:{proposal.id}")


def _cancelled(proposal: Proposal, by: Author, actor: work.Actor) -> None:
    proposal.state = ProposalState.CANCELLED
    proposal.cancelled_at = clock.now()
    proposal.cancelled_by = by
    db.session.flush()
    _record(Action.MEETING_CANCELLED, proposal.knock, actor)


def _tell_staff(knock: Knock, kind: Kind, *, cause: str) -> None:
    """Whoever has the knock; of one that nobody has and that waits for an answer, those who may
    take it."""
    if knock.taken_by:
        notices.post(
            kind, [knock.taken_by], cause=cause, about=knock.about, due_at=knock.deadline_at
        )
    elif knock.awaits is not Awaited.FIRST_CONTACT:
        ladder.tell_of_new(knock, cause=cause)


def _record(action: Action, knock: Knock, by: work.Actor, *, to: str | None = None) -> None:
    audit.record(
        action,
        by=by,
        municipality_id=knock.municipality_id,
        about=knock.about,
        to_staff_id=to,
    )
