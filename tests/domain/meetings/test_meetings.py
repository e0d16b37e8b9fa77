"""Staff propose up to three times; the pupil picks one or says that none fits."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from elevhalsa.core import clock
from elevhalsa.core.errors import Conflict, InvalidInput, NotFound
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import answering
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import Outcome, State
from elevhalsa.domain.meetings import service
from elevhalsa.domain.meetings.models import Proposal, Slot
from elevhalsa.domain.meetings.service import Offer
from elevhalsa.domain.meetings.words import MeetingWay, ProposalState
from elevhalsa.domain.notices.models import Kind, Notice
from elevhalsa.domain.people.models import Staff
from elevhalsa.extensions import db
from tests.domain.helpers import at, together

MONDAY = at("2026-11-23 09:30")


@pytest.fixture(autouse=True)
def _monday():
    with clock.frozen(MONDAY):
        yield


def offer(hours: float = 24, **values: Any) -> Offer:
    given: dict[str, Any] = {
        "starts_at": MONDAY + timedelta(hours=hours),
        "minutes": 30,
        "way": MeetingWay.ROOM,
        "place": "rum 7",
    }
    return Offer(**given | values)


@pytest.fixture
def knock(make) -> Knock:
    school = make.school()
    make.counsellor(school)
    return make.knock(school).knock


@pytest.fixture
def staff(knock):
    return db.session.scalars(select(Staff)).one()


def told(kind: Kind) -> int:
    return db.session.scalar(select(func.count()).where(Notice.kind == kind))


def test_up_to_three_times_are_proposed_in_their_order_and_the_place_is_encrypted(knock, staff):
    proposal = service.propose(staff, knock, [offer(72), offer(24), offer(48)])
    db.session.commit()
    db.session.expire_all()
    assert [slot.starts_at for slot in proposal.slots] == [
        MONDAY + timedelta(hours=hours) for hours in (24, 48, 72)
    ]
    assert proposal.slots[0].place == "rum 7"
    stored = db.session.execute(text("SELECT place FROM meeting_slot")).scalars().all()
    assert not any("rum" in place for place in stored)
    assert (knock.state, knock.taken_by_id) == (State.TAKEN, staff.id)
    assert knock.staff_wrote_at == MONDAY


@pytest.mark.parametrize("offers", [[], [offer()] * 4])
def test_none_or_more_than_three_are_refused(knock, staff, offers):
    with pytest.raises(InvalidInput, match="en, två eller tre"):
        service.propose(staff, knock, offers)
    assert knock.state is State.WAITING


@pytest.mark.parametrize(
    "bad",
    [
        offer(0),
        offer(-1),
        offer(minutes=4),
        offer(minutes=241),
        offer(place=None),
        offer(way=MeetingWay.WALK, place=""),
        offer(way=MeetingWay.VIDEO, place=None),
        offer(way=MeetingWay.VIDEO, place="http://exempel.invalid/rum"),
        offer(way=MeetingWay.VIDEO, place="javascript:alert(1)"),
    ],
)
def test_a_time_that_cannot_be_kept_is_refused(knock, staff, bad):
    with pytest.raises(InvalidInput):
        service.propose(staff, knock, [offer(), bad])
    assert service.proposals_of(knock) == []


def test_a_call_needs_no_place_and_a_video_meeting_a_link(knock, staff):
    service.propose(
        staff,
        knock,
        [
            offer(way=MeetingWay.PHONE, place=None),
            offer(25, way=MeetingWay.VIDEO, place="https://exempel.invalid/rum"),
        ],
    )


def test_who_has_not_taken_it_cannot_propose(make, knock, staff):
    colleague = make.counsellor(knock.school)
    answering.take(staff, knock)
    with pytest.raises(Conflict, match=staff.name):
        service.propose(colleague, knock, [offer()])


def test_a_new_proposal_replaces_the_open_one(knock, staff):
    first = service.propose(staff, knock, [offer()])
    second = service.propose(staff, knock, [offer(48)])
    db.session.commit()
    assert (first.state, second.state) == (ProposalState.REPLACED, ProposalState.OPEN)
    assert service.proposals_of(knock) == [second]
    with pytest.raises(Conflict):
        service.pick(knock, first.id, first.slots[0].id)


def test_the_pupil_picks_once_and_staff_are_told_once(knock, staff):
    proposal = service.propose(staff, knock, [offer(), offer(48)])
    first, second = proposal.slots
    with clock.frozen(MONDAY + timedelta(hours=1)):
        assert service.pick(knock, proposal.id, second.id) is second
        assert service.pick(knock, proposal.id, second.id) is second
        with pytest.raises(Conflict):
            service.pick(knock, proposal.id, first.id)
        with pytest.raises(Conflict):
            service.none_fits(knock, proposal.id)
    db.session.commit()
    assert proposal.picked is second
    assert proposal.answered_at == MONDAY + timedelta(hours=1)
    assert told(Kind.MEETING_ANSWER) == 2  # one receiver, two channels


def test_none_fits_is_told_once_and_new_times_can_be_proposed(knock, staff):
    proposal = service.propose(staff, knock, [offer()])
    service.none_fits(knock, proposal.id)
    service.none_fits(knock, proposal.id)
    with pytest.raises(Conflict):
        service.pick(knock, proposal.id, proposal.slots[0].id)
    again = service.propose(staff, knock, [offer(48)])
    db.session.commit()
    assert again.state is ProposalState.OPEN
    assert told(Kind.MEETING_ANSWER) == 2
    declined = select(func.count()).where(AuditEvent.action == Action.MEETING_DECLINED)
    assert db.session.scalar(declined) == 1


def test_a_time_that_has_been_cannot_be_picked(knock, staff):
    proposal = service.propose(staff, knock, [offer(1), offer(48)])
    gone, ahead = proposal.slots
    with clock.frozen(MONDAY + timedelta(hours=2)):
        with pytest.raises(Conflict, match="redan varit"):
            service.pick(knock, proposal.id, gone.id)
        assert service.pick(knock, proposal.id, ahead.id) is ahead


def test_another_knocks_times_cannot_be_picked(make, knock, staff):
    other = make.knock(knock.school).knock
    mine = service.propose(staff, knock, [offer()])
    theirs = service.propose(staff, other, [offer(25)])
    with pytest.raises(NotFound):
        service.pick(knock, theirs.id, theirs.slots[0].id)
    with pytest.raises(NotFound):
        service.pick(knock, mine.id, theirs.slots[0].id)
    with pytest.raises(NotFound):
        service.none_fits(knock, "x")


def test_a_closed_knock_has_no_more_meetings(knock, staff):
    proposal = service.propose(staff, knock, [offer()])
    answering.close(staff, knock, Outcome.TALKED, shown=knock.newest)
    with pytest.raises(Conflict):
        service.propose(staff, knock, [offer()])
    with pytest.raises(Conflict):
        service.pick(knock, proposal.id, proposal.slots[0].id)
    with pytest.raises(Conflict):
        service.none_fits(knock, proposal.id)


def test_of_two_times_picked_at_once_one_is_agreed(app, knock, staff):
    proposal = service.propose(staff, knock, [offer(), offer(48)])
    db.session.commit()
    knock_id, proposal_id = knock.id, proposal.id
    slot_ids = [slot.id for slot in proposal.slots]

    def picking(slot_id):
        def work(meet):
            row = db.session.get(Knock, knock_id)
            shown = db.session.get(Proposal, proposal_id)
            assert shown.picked is None
            meet()
            picked = service.pick(row, proposal_id, slot_id)
            assert shown.picked is picked
            return picked.id  # type: ignore[attr-defined]

        return work

    if db.engine.dialect.name == "sqlite":
        return  # one transaction at a time: the second would read what the first wrote
    answers = together(app, *map(picking, slot_ids))
    assert sorted(isinstance(answer, Conflict) for answer in answers) == [False, True]
    db.session.expire_all()
    agreed = db.session.scalars(select(Slot.id).where(Slot.picked)).all()
    assert agreed == [answer for answer in answers if isinstance(answer, str)]
    assert told(Kind.MEETING_ANSWER) == 2


def test_the_same_time_picked_twice_at_once_is_agreed_once(app, knock, staff):
    proposal = service.propose(staff, knock, [offer()])
    db.session.commit()
    knock_id, proposal_id, slot_id = knock.id, proposal.id, proposal.slots[0].id

    def pick(meet):
        row = db.session.get(Knock, knock_id)
        meet()
        return service.pick(row, proposal_id, slot_id).id

    assert together(app, pick, pick) == [slot_id] * 2
    picked = select(func.count()).where(AuditEvent.action == Action.MEETING_PICKED)
    assert db.session.scalar(picked) == 1
    assert told(Kind.MEETING_ANSWER) == 2
