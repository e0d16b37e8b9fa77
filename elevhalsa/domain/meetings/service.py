"""The verbs of a meeting. Who acts is an argument; nothing here commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import select, update

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict, InvalidInput, NotFound
from elevhalsa.core.i18n import _
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.knocks import answering, ladder, moves
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.rows import lock
from elevhalsa.extensions import db

from .models import Proposal, Slot
from .words import MOST_SLOTS, MeetingWay, ProposalState


@dataclass(frozen=True)
class Offer:
    """A time to propose: aware start, length in minutes, way, and where or by which link."""

    starts_at: datetime
    minutes: int
    way: MeetingWay
    place: str | None


def propose(staff: Staff, knock: Knock, offers: Sequence[Offer]) -> Proposal:
    """Propose one to three times; an open proposal of before is replaced.

    Raises InvalidInput when a time has passed, a video link is not https, or a place is missing;
    Conflict when the knock is not this person's.
    """
    if not 1 <= len(offers) <= MOST_SLOTS:
        raise InvalidInput(_("Föreslå en, två eller tre tider."))
    for offer in offers:
        _check(offer)
    lock(knock)
    answering.take(staff, knock)
    db.session.execute(
        update(Proposal)
        .where(Proposal.knock_id == knock.id, Proposal.state == ProposalState.OPEN)
        .values(state=ProposalState.REPLACED)
    )
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
    _record(Action.MEETING_PROPOSED, knock, staff)
    ladder.tell_pupil(knock, Kind.MEETING_PROPOSED, cause=f"proposed:{proposal.id}")
    return proposal


def _check(offer: Offer) -> None:
    if offer.starts_at <= clock.now():
        raise InvalidInput(_("Välj en tid som inte har varit."))
    if not 5 <= offer.minutes <= 240:
        raise InvalidInput(_("Ett möte är 5 till 240 minuter."))
    if offer.way is MeetingWay.VIDEO and urlsplit(offer.place or "").scheme != "https":
        raise InvalidInput(_("Skriv länken till videomötet. Den börjar med https://"))
    if offer.way in (MeetingWay.ROOM, MeetingWay.WALK) and not offer.place:
        raise InvalidInput(_("Skriv var ni ska ses."))


def pick(knock: Knock, proposal_id: str, slot_id: str) -> Slot:
    """The pupil picks a time. Picking the same again changes nothing.

    Raises NotFound for a slot that is not of this knock, Conflict when it can no longer be picked.
    """
    proposal = _open_proposal(knock, proposal_id)
    slot = next((slot for slot in proposal.slots if slot.id == slot_id), None)
    if slot is None:
        raise NotFound(_("Tiden finns inte längre."))
    if proposal.picked and proposal.picked.id == slot.id:
        return slot
    if proposal.state is not ProposalState.OPEN:
        raise Conflict(_("Förslaget har ändrats. Titta en gång till."))
    if slot.starts_at <= clock.now():
        raise Conflict(_("Den tiden har redan varit. Välj en annan."))
    slot.picked = True
    _answered(knock, proposal, ProposalState.PICKED, Action.MEETING_PICKED)
    return slot


def none_fits(knock: Knock, proposal_id: str) -> None:
    """The pupil says that none of the times fits; staff are told and may propose again."""
    proposal = _open_proposal(knock, proposal_id)
    if proposal.state is ProposalState.NONE_FITS:
        return
    if proposal.state is not ProposalState.OPEN:
        raise Conflict(_("Förslaget har ändrats. Titta en gång till."))
    _answered(knock, proposal, ProposalState.NONE_FITS, Action.MEETING_DECLINED)


def _open_proposal(knock: Knock, proposal_id: str) -> Proposal:
    """The proposal, held until the transaction ends, so that of two answers one is first."""
    lock(knock)
    moves.require_open(knock)
    proposal = db.session.scalar(
        select(Proposal)
        .where(Proposal.id == proposal_id, Proposal.knock_id == knock.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if proposal is None:
        raise NotFound(_("Förslaget finns inte längre."))
    return proposal


def _answered(knock: Knock, proposal: Proposal, state: ProposalState, action: Action) -> None:
    proposal.state = state
    proposal.answered_at = clock.now()
    knock.pupil_wrote_at = clock.now()
    if knock.reached_at is None:
        knock.reached_at = clock.now()
    audit.record(action, by=work.PUPIL, municipality_id=knock.municipality_id, knock_id=knock.id)
    if knock.taken_by:
        notices.post(
            Kind.MEETING_ANSWER,
            [knock.taken_by],
            cause=f"meeting:{proposal.id}:{state}",
            about=knock.about,
        )


def proposals_of(knock: Knock) -> list[Proposal]:
    """All proposals of a knock that were not replaced, newest first."""
    return list(
        db.session.scalars(
            select(Proposal)
            .where(Proposal.knock_id == knock.id, Proposal.state != ProposalState.REPLACED)
            .order_by(Proposal.created_at.desc(), Proposal.answered_at.desc().nulls_first())
        )
    )


def _record(action: Action, knock: Knock, staff: Staff) -> None:
    audit.record(
        action,
        by=work.staff(staff.id),
        municipality_id=knock.municipality_id,
        knock_id=knock.id,
    )
