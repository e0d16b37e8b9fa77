"""A meeting is moved, called off, asked to be moved, and ends with its knock, by either side."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict, ElevhalsaError, InvalidInput
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import answering, asking, passing, thread, undoing
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.rules import Contact
from elevhalsa.domain.knocks.words import Author, Outcome, Way
from elevhalsa.domain.meetings import queries, service
from elevhalsa.domain.meetings.models import Proposal
from elevhalsa.domain.meetings.queries import Meetings, entry_of, meetings_of
from elevhalsa.domain.meetings.service import OddTimes, Offer
from elevhalsa.domain.meetings.words import MeetingWay, ProposalState, Standing
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.domain.reminders import lines, soon
from elevhalsa.domain.reminders import service as reminders
from elevhalsa.extensions import db
from tests.domain.helpers import at, everything_stored, propose

MONDAY = at("2026-11-23 09:30")
TUESDAY = at("2026-11-24 09:30")


@pytest.fixture(autouse=True)
def _monday():
    with clock.frozen(MONDAY):
        yield


@pytest.fixture
def town(make):
    class Town:
        school = make.school()
        mine = make.counsellor(school)
        colleague = make.counsellor(school)

        def knock(self, **asked: Any) -> Knock:
            return make.knock(self.school, **asked).knock

        def proposes(self, knock: Knock, *hours: float, way=MeetingWay.ROOM, by=None) -> Proposal:
            place = "rum 7" if way is MeetingWay.ROOM else None
            offers = [Offer(MONDAY + timedelta(hours=h), 30, way, place) for h in hours]
            return service.propose(by or self.mine, knock, offers)

        def agrees(self, knock: Knock, hours: float = 48) -> Proposal:
            proposal = self.proposes(knock, hours)
            service.pick(knock, proposal.id, proposal.slots[0].id)
            return proposal

    return Town()


@pytest.fixture
def knock(town) -> Knock:
    return town.knock()


def told(kind: Kind) -> list[str | None]:
    """In the app; None is the pupil."""
    query = select(Notice.staff_id).where(Notice.kind == kind, Notice.channel == Channel.APP)
    return list(db.session.scalars(query))


# --- called off ----------------------------------------------------------------------------------


def test_staff_call_it_off_and_the_pupil_is_told_and_waits_for_new_times_by_a_date(town, knock):
    reminders.set_fallback(knock, phone="0701740605", email=None)
    proposal = town.agrees(knock)
    service.call_off(town.mine, knock, proposal.id, text="Jag är sjuk.", form_id=new_id())
    assert proposal.stands(clock.now()) is Standing.CANCELLED
    assert (knock.awaits, knock.deadline_at) == (Awaited.ANSWER, TUESDAY)
    assert told(Kind.MEETING_CANCELLED) == [None]
    assert [(m.author, m.text) for m in knock.messages] == [(Author.STAFF, "Jag är sjuk.")]
    service.call_off(town.mine, knock, proposal.id, text="Jag är sjuk.", form_id=new_id())
    assert len(knock.messages) == 1
    town.proposes(knock, 72)
    assert knock.awaits is None


def test_the_pupil_cancels_with_a_word_or_without_and_staff_answer_by_a_date(town, knock):
    proposal = town.agrees(knock)
    form_id = new_id()
    for _press in range(2):
        service.cancel(knock, proposal.id, text="Jag orkar inte.", form_id=form_id)
    assert proposal.cancelled_by is Author.PUPIL
    assert (knock.awaits, knock.deadline_at) == (Awaited.ANSWER, TUESDAY)
    assert told(Kind.MEETING_CANCELLED) == [town.mine.id]
    assert len(knock.messages) == 1
    assert "orkar" not in everything_stored()
    with pytest.raises(thread.NewText):  # nothing is closed over what was said with it
        answering.close(town.mine, knock, Outcome.MET, shown=None)
    actions = db.session.scalars(select(AuditEvent.action)).all()
    assert actions.count(Action.MEETING_CANCELLED) == 1

    other = town.knock()
    service.cancel(other, town.agrees(other, 50).id)
    assert (other.messages, other.awaits) == ([], Awaited.ANSWER)


def test_what_is_not_agreed_any_more_can_be_neither_cancelled_nor_moved(town, knock):
    proposal = town.agrees(knock)
    service.call_off(town.mine, knock, proposal.id)
    with pytest.raises(Conflict, match="ändrats"):
        service.ask_to_move(knock, proposal.id, text="hej", form_id=new_id())
    assert knock.newest is None
    old = town.agrees(town.knock(), 3)
    with clock.frozen(MONDAY + timedelta(hours=4)):
        for verb in (service.cancel, service.ask_to_move):
            with pytest.raises(Conflict, match="ändrats"):
                verb(old.knock, old.id)
        with pytest.raises(Conflict, match="ändrats"):
            service.call_off(town.mine, old.knock, old.id)


def test_who_does_not_have_the_knock_calls_nothing_off(town, knock):
    proposal = town.agrees(knock)
    with pytest.raises(Conflict, match=town.mine.name):
        service.call_off(town.colleague, knock, proposal.id)
    passing.hand_over(town.mine, knock, town.colleague, shown=knock.newest)
    service.call_off(town.colleague, knock, proposal.id)


def test_a_cancelling_of_what_nobody_has_is_told_to_those_who_may_take_it(town, knock):
    proposal = town.agrees(knock)
    answering.release(town.mine, knock)
    service.cancel(knock, proposal.id)
    assert knock.awaits is Awaited.ANSWER
    assert town.mine.id in told(Kind.WAITS_FOR_ANSWER)


# --- moved ---------------------------------------------------------------------------------------


def test_what_was_agreed_stands_until_the_pupil_picks_another_time(town, knock):
    first = town.agrees(knock)
    second = town.proposes(knock, 72, 96)
    assert (meetings_of(knock).agreed, meetings_of(knock).offered) == (first, second)
    service.pick(knock, second.id, second.slots[1].id)
    assert meetings_of(knock) == Meetings(second, None, False, None, None)
    assert first.stands(clock.now()) is Standing.MOVED


def test_when_none_of_the_new_times_fits_the_old_one_stands(town, knock):
    first = town.agrees(knock)
    second = town.proposes(knock, 72)
    with clock.frozen(MONDAY + timedelta(hours=1)):
        service.none_fits(knock, second.id, text="Onsdag efter 13.", form_id=new_id())
    now = meetings_of(knock)
    assert (now.agreed, now.offered, now.last) == (first, None, second)
    assert knock.awaits is Awaited.ANSWER


def test_a_pupil_asks_for_another_time_in_own_words_and_is_answered_by_a_date(town, knock):
    proposal = town.agrees(knock)
    for text in ("Jag har prov då.", "", "Fredag går bra."):
        service.ask_to_move(knock, proposal.id, text=text, form_id=new_id())
    assert proposal.move_asked_at == MONDAY
    assert [m.text for m in knock.messages] == ["Jag har prov då.", "Fredag går bra."]
    assert (knock.awaits, knock.deadline_at) == (Awaited.ANSWER, TUESDAY)
    assert proposal.stands(clock.now()) is Standing.AGREED
    # of picking, and of asking: what lies beside an unread text is not told of
    assert told(Kind.MEETING_ANSWER) == [town.mine.id] * 2


def test_called_off_while_new_times_are_offered_there_is_something_to_pick(town, knock):
    first = town.agrees(knock)
    second = town.proposes(knock, 72)
    service.call_off(town.mine, knock, first.id)
    assert (meetings_of(knock).agreed, meetings_of(knock).offered) == (None, second)
    assert knock.awaits is None


# --- none fits -----------------------------------------------------------------------------------


def test_none_fits_in_own_words_is_answered_by_a_date(town, knock):
    proposal = town.proposes(knock, 24)
    service.none_fits(knock, proposal.id, text="Onsdag efter 13.", form_id=new_id())
    assert [m.text for m in knock.messages] == ["Onsdag efter 13."]
    assert (knock.awaits, knock.deadline_at) == (Awaited.ANSWER, TUESDAY)
    assert told(Kind.MEETING_ANSWER) == [town.mine.id]
    assert told(Kind.PUPIL_WROTE) == []


def test_times_that_have_been_can_still_be_answered(town, knock):
    proposal = town.proposes(knock, 2)
    with clock.frozen(MONDAY + timedelta(hours=3)):
        assert proposal.stands(clock.now()) is Standing.PASSED_BY
        service.none_fits(knock, proposal.id, text="Jag såg det nyss.", form_id=new_id())
    assert knock.awaits is Awaited.ANSWER


# --- by phone ------------------------------------------------------------------------------------


def test_a_meeting_by_phone_asks_for_a_number_and_keeps_it_encrypted(town, knock):
    proposal = town.proposes(knock, 24, way=MeetingWay.PHONE)
    slot = proposal.slots[0]
    for wrong in (None, "", "070-12", "hemma"):
        with pytest.raises(InvalidInput) as error:
            service.pick(knock, proposal.id, slot.id, phone=wrong)
        assert error.value.field == "phone"
        assert not slot.picked
    service.pick(knock, proposal.id, slot.id, phone="+46 (0)70 174 06 05")
    assert (proposal.phone, proposal.phone_to_call, knock.phone) == ("0701740605",) * 2 + (None,)
    assert "0701740605" not in everything_stored()


def test_who_has_given_a_number_is_called_there_and_where_it_is_changed_later(town):
    knock = town.knock(way=Way.SMS, phone="0701740605")
    proposal = town.proposes(knock, 24, way=MeetingWay.PHONE)
    service.pick(knock, proposal.id, proposal.slots[0].id)
    assert proposal.phone_to_call == "0701740605"
    with clock.frozen(MONDAY + timedelta(hours=1)):
        asking.change_contact(knock, Contact(Way.APP))
        assert proposal.phone_to_call == "0701740605"
        asking.change_contact(knock, Contact(Way.CALL, phone="0701740606"))
    assert proposal.phone_to_call == "0701740606"


# --- odd times -----------------------------------------------------------------------------------


def test_odd_times_are_asked_about_and_proposed_when_that_is_what_one_wants(town, knock):
    town.agrees(town.knock(), 24)
    with pytest.raises(OddTimes) as asked:
        town.proposes(knock, 24.25)
    assert asked.value.said == ["tisdag 24 november kl. 09.45 krockar med ett möte som du har."]
    assert knock.taken_by_id is None
    saturday = MONDAY + timedelta(days=5)
    offers = [Offer(saturday, 30, MeetingWay.PHONE, None)]
    with pytest.raises(OddTimes) as other:
        service.propose(town.mine, knock, offers, yes_to=asked.value.yes)
    service.propose(town.mine, knock, offers, yes_to=other.value.yes)


def test_only_what_one_has_oneself_and_still_has_is_in_the_way(town, knock):
    """A colleague's meetings are not told of, nor what has been called off or ended."""
    theirs = town.knock()
    one = town.proposes(theirs, 24, by=town.colleague)
    service.pick(theirs, one.id, one.slots[0].id)
    town.proposes(knock, 24)
    town.proposes(knock, 24)  # instead of its own
    cancelled, closed, declined = town.knock(), town.knock(), town.knock()
    service.cancel(cancelled, town.agrees(cancelled, 30).id)
    town.agrees(closed, 31)
    answering.close(town.mine, closed, Outcome.TALKED, shown=closed.newest)
    service.none_fits(declined, town.proposes(declined, 32).id)
    town.proposes(town.knock(), 30, 31, 32)
    with pytest.raises(OddTimes) as asked:
        town.proposes(town.knock(), 24)
    assert "föreslagit en annan elev" in asked.value.said[0]


# --- ends with its knock -------------------------------------------------------------------------


def end_by_closing(town, knock):
    answering.close(town.mine, knock, Outcome.TALKED, shown=knock.newest)


def end_by_withdrawing(town, knock):
    asking.withdraw(knock, shown=knock.newest)


@pytest.mark.parametrize("end", [end_by_closing, end_by_withdrawing])
def test_a_meeting_ends_with_its_knock_and_does_not_come_back_when_it_is_opened_again(
    town, knock, end
):
    proposal, offered = town.agrees(knock), town.proposes(knock, 96)
    with clock.frozen(MONDAY + timedelta(hours=1)):
        end(town, knock)
        assert proposal.stands(clock.now()) is Standing.FELL_AWAY
        assert offered.stands(clock.now()) is Standing.FELL_AWAY
        assert entry_of(knock).is_cancelled
        for verb in (service.cancel, service.ask_to_move, service.none_fits):
            with pytest.raises(Conflict):
                verb(knock, proposal.id)
    with clock.frozen(MONDAY + timedelta(hours=2)):
        asking.write(knock, "En sak till.", form_id=new_id())
        assert meetings_of(knock).agreed is None
        with pytest.raises(Conflict):
            service.pick(knock, offered.id, offered.slots[0].id)


def test_undoing_a_close_gives_meetings_back_as_they_were(town, knock):
    proposal, offered = town.agrees(knock), town.proposes(knock, 96)
    before = meetings_of(knock)
    with clock.frozen(MONDAY + timedelta(hours=1)):
        end_by_closing(town, knock)
        [row] = undoing.open_to(town.mine)
        undoing.undo(town.mine, row.id)
        assert meetings_of(knock) == before == Meetings(proposal, offered, True, None, None)
        assert not entry_of(knock).is_cancelled


# --- in calendars --------------------------------------------------------------------------------


def test_what_takes_the_place_of_a_meeting_is_the_same_in_a_calendar(town, knock):
    assert entry_of(knock) is None
    entries = []
    for minutes, hours in enumerate((48, 72, None, 96)):
        with clock.frozen(MONDAY + timedelta(minutes=minutes)):
            if hours:
                town.agrees(knock, hours)
            else:
                service.cancel(knock, meetings_of(knock).agreed.id)
            entries.append(entry_of(knock))
    first, again = entries[0], entries[-1]
    assert {entry.uid for entry in entries} == {first.uid}
    starts = [entry.span.starts_at - MONDAY for entry in entries]
    assert starts == [timedelta(hours=hours) for hours in (48, 72, 72, 96)]
    assert [entry.is_cancelled for entry in entries] == [False, False, True, False]
    with clock.frozen(MONDAY + timedelta(hours=97)):
        assert entry_of(knock) == again
        town.agrees(knock, 168)
        assert entry_of(knock).uid != first.uid, "the one before has been held"


# --- whatever anybody does -----------------------------------------------------------------------


def _of(knock: Knock, *standings: Standing) -> Proposal:
    found = service.proposals_of(knock)
    return next((p for p in found if p.stands(clock.now()) in standings), Proposal(id="none"))


def _undo(town, knock: Knock) -> None:
    for row in undoing.open_to(town.mine):
        if row.knock_id == knock.id:
            undoing.undo(town.mine, row.id)


def _pick(town, knock: Knock) -> None:
    offered = _of(knock, Standing.PROPOSED)
    service.pick(knock, offered.id, offered.slots[-1].id if offered.slots else "")


def _propose(hours: int) -> Callable[..., None]:
    def proposes(town, knock: Knock) -> None:
        start = clock.now().replace(minute=0) + timedelta(hours=hours)
        propose(town.mine, knock, [Offer(start, 30, MeetingWay.WALK, "grinden")])

    return proposes


VERBS: dict[str, Callable[..., None]] = {
    "propose soon": _propose(2),
    "propose": _propose(26),
    "propose far": _propose(50),
    "pick": _pick,
    "none fits": lambda _town, knock: service.none_fits(
        knock, _of(knock, Standing.PROPOSED, Standing.PASSED_BY).id
    ),
    "ask to move": lambda _town, knock: service.ask_to_move(knock, _of(knock, Standing.AGREED).id),
    "cancel": lambda _town, knock: service.cancel(knock, _of(knock, Standing.AGREED).id),
    "call off": lambda town, knock: service.call_off(
        town.mine, knock, _of(knock, Standing.AGREED).id
    ),
    "close": end_by_closing,
    "withdraw": end_by_withdrawing,
    "undo": _undo,
    "write": lambda _town, knock: asking.write(knock, "hej", form_id=new_id()),
    "answer": lambda town, knock: answering.answer(town.mine, knock, "hej", form_id=new_id()),
}
NEEDS_A_STEP = ("none fits", "ask to move", "cancel", "call off")


def coming(knock: Knock) -> list[Proposal]:
    """As a query finds them, for reminders and for what is in the way."""
    return list(
        db.session.scalars(
            select(Proposal)
            .join(Proposal.slots)
            .join(Proposal.knock)
            .where(queries.IS_AGREED, Proposal.knock_id == knock.id)
        )
    )


@given(
    st.lists(
        st.tuples(st.sampled_from([*VERBS, "pick", "propose"]), st.sampled_from([0, 0.05, 3, 20])),
        max_size=14,
    )
)
@settings(
    max_examples=settings.default.max_examples // 4,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
def test_whatever_is_done_one_meeting_stands_and_is_reminded_of_and_somebody_has_the_next_step(
    town, done
):
    for table in (Notice, Proposal):  # of the tries before
        db.session.execute(delete(table))
    knock = town.knock()
    reminders.set_fallback(knock, phone="0701740605", email=None)
    now = MONDAY
    for verb, hours in done:
        now += timedelta(hours=hours, seconds=1)
        with clock.frozen(now):
            try:
                VERBS[verb](town, knock)
                fine = True
            except ElevhalsaError:
                fine = False
            db.session.flush()
            db.session.refresh(knock)
            found = service.proposals_of(knock)
            agreed = [p for p in found if p.stands(now) is Standing.AGREED]
            assert len(agreed) <= 1, verb
            assert len([p for p in found if p.state is ProposalState.OPEN]) <= 1
            over = [p for p in coming(knock) if p.stands(now) is Standing.PAST]
            assert sorted(p.id for p in coming(knock)) == sorted(p.id for p in agreed + over)
            if not knock.is_open:
                assert not agreed
            if fine and verb in NEEDS_A_STEP:
                assert knock.awaits is not None or meetings_of(knock).can_pick, verb
            if hours:
                soon.remind_of_meetings()
            reminded = select(Notice).where(Notice.kind == Kind.MEETING_SOON)
            starts = {p.picked.starts_at for p in agreed}
            for notice in db.session.scalars(reminded):
                says = lines.to_pupil(notice)
                if notice.useful_until > now:
                    assert (says is not None) is (notice.useful_until in starts), verb
    db.session.rollback()
