"""No text is passed by unseen, and whoever writes is answered by a date: closed, left or taken."""

import inspect
import typing
from collections.abc import Callable, Sequence
from types import FunctionType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict
from elevhalsa.core.walls import Wall
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import answering, asking, passing, thread, transferring
from elevhalsa.domain.knocks.models import Avoided, Knock
from elevhalsa.domain.knocks.rules import ended_by, missed_a_text
from elevhalsa.domain.knocks.words import AttemptKind, Author, Outcome, State, Way
from elevhalsa.domain.meetings import service as meetings
from elevhalsa.domain.meetings.service import Offer
from elevhalsa.domain.meetings.words import MeetingWay
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.domain.rows import Gone
from elevhalsa.domain.serving.models import Absence
from elevhalsa.extensions import db
from tests.domain.helpers import at, sweep, together

from .waits import next_rung_of, wait_of

MONDAY = at("2026-11-23 09:30")
TUESDAY = at("2026-11-24 09:30")
THURSDAY = at("2026-11-26 10:00")
FRIDAY = at("2026-11-27 10:00")
LATER = at("2026-11-23 10:30")
SOON = at("2026-11-24 10:00")

THREADS = st.lists(st.sampled_from(Author), max_size=8).map(
    lambda authors: [(f"text {number}", author) for number, author in enumerate(authors)]
)


# --- the rules -----------------------------------------------------------------------------------


@given(THREADS, st.integers(0, 8))
def test_a_text_is_missed_when_the_other_side_wrote_after_what_was_shown(texts, seen):
    shown = texts[seen - 1][0] if 0 < seen <= len(texts) else None
    later = texts[seen:] if seen <= len(texts) else texts
    for author in Author:
        missed = author in [who for _id, who in later]
        assert missed_a_text(texts, shown, of=author) is missed


@given(THREADS, st.sampled_from(Author))
def test_who_saw_the_whole_thread_has_missed_nothing_and_who_saw_another_has_seen_nothing(
    texts, author
):
    assert not missed_a_text(texts, texts[-1][0] if texts else None, of=author)
    assert missed_a_text(texts, "of another thread", of=author) is (
        author in [who for _id, who in texts]
    )


@pytest.mark.parametrize("way", Way)
def test_an_answer_in_the_app_always_ends_the_waiting_for_one(way):
    assert Awaited.ANSWER in ended_by(AttemptKind.ANSWERED_IN_APP, way)
    assert (Awaited.FIRST_CONTACT in ended_by(AttemptKind.ANSWERED_IN_APP, way)) is (way is Way.APP)


# --- not past a text -----------------------------------------------------------------------------


@pytest.fixture
def town(make):
    class Town:
        school = make.school()
        other = make.school()
        mine = make.counsellor(school)
        colleague = make.counsellor(school)
        nurse = make.nurse(school)
        coordinator = make.coordinator()

        def knock(self, **asked) -> Knock:
            with clock.frozen(MONDAY):
                return make.knock(self.school, **{"text": "hej"} | asked).knock

        def contacted(self) -> Knock:
            """A counsellor has it and has answered."""
            knock = self.knock()
            with clock.frozen(MONDAY):
                answering.answer(self.mine, knock, "hej på dig", form_id=new_id())
                db.session.commit()
            return knock

    return Town()


def verbs_that_ask_what_was_shown() -> dict[str, Callable[..., None]]:
    """All that staff can do with a knock and that is told what was on the page."""
    found: dict[str, Callable[..., None]] = {}
    for module in (answering, passing, transferring, meetings):
        for name, verb in vars(module).items():
            if isinstance(verb, FunctionType) and verb.__module__ == module.__name__:
                names = list(inspect.signature(verb).parameters)
                shown = typing.get_type_hints(verb).get("shown")
                if names[:2] == ["staff", "knock"] and str in typing.get_args(shown):
                    found[name] = verb
    return found


PAST = verbs_that_ask_what_was_shown()


def filled(town, verb: Callable[..., None]) -> dict[str, object]:
    """What else a verb wants, by what it is."""
    of_kind: dict[object, Callable[[], object]] = {
        Staff: lambda: town.colleague,
        School: lambda: town.other,
        Wall: lambda: Wall.MEDICAL,
        Outcome: lambda: Outcome.TALKED,
        AttemptKind: lambda: AttemptKind.TALKED,
        Sequence[Offer]: lambda: [Offer(SOON, 30, MeetingWay.PHONE, None)],
        bool: lambda: True,
        str: new_id,
    }
    hints = typing.get_type_hints(verb)
    names = set(inspect.signature(verb).parameters) - {"staff", "knock", "shown"}
    return {name: of_kind.get(hints[name], lambda: None)() for name in names}


def test_all_that_ends_answers_or_passes_on_is_told_what_was_shown():
    assert {"close", "answer", "log_attempt", "hand_over", "cross_wall", "needs_no_answer",
            "transfer", "propose"} <= set(PAST)  # fmt: skip


@pytest.mark.parametrize("verb", PAST)
def test_nothing_is_done_past_a_text_that_was_not_on_the_page(town, verb):
    knock = town.contacted()
    shown = knock.newest
    with clock.frozen(LATER):
        asking.write(knock, "Nej, vänta!", form_id=new_id())
        for seen in (shown, None, "of another"):
            with pytest.raises(thread.NewText):
                PAST[verb](town.mine, knock, shown=seen, **filled(town, PAST[verb]))
        assert (knock.state, knock.taken_by_id) == (State.TAKEN, town.mine.id)
        assert knock.awaits is Awaited.ANSWER
        PAST[verb](town.mine, knock, shown=knock.newest, **filled(town, PAST[verb]))


def test_ones_own_later_text_is_nothing_to_miss(town):
    knock = town.contacted()
    shown = knock.newest
    answering.answer(town.mine, knock, "en sak till", form_id=new_id())
    answering.close(town.mine, knock, Outcome.TALKED, shown=shown)
    assert knock.state is State.CLOSED


def test_the_pupil_does_not_take_it_back_past_an_answer(town):
    knock = town.knock()
    shown = knock.newest
    answering.answer(town.mine, knock, "Jag kommer nu.", form_id=new_id())
    with pytest.raises(thread.NewText, match="skrivit till dig"):
        asking.withdraw(knock, shown=shown)
    assert not knock.closed_at
    asking.withdraw(knock, shown=knock.newest)
    assert knock.state is State.WITHDRAWN


def test_of_a_text_and_a_closing_at_once_neither_is_lost(app, town):
    knock_id, staff_id = town.contacted().id, town.mine.id
    shown = db.session.get(Knock, knock_id).newest

    def write(meet):
        row = db.session.get(Knock, knock_id)
        meet()
        asking.write(row, "vänta", form_id=new_id())

    def close(meet):
        row = db.session.get(Knock, knock_id)
        meet()
        answering.close(db.session.get(Staff, staff_id), row, Outcome.TALKED, shown=shown)

    _written, closed = together(app, write, close)
    row = db.session.get(Knock, knock_id)
    assert closed is None or isinstance(closed, thread.NewText)
    assert (row.state, row.awaits) == (State.TAKEN, Awaited.ANSWER)
    assert [m.text for m in row.messages][-1] == "vänta"


# --- a text after the first contact --------------------------------------------------------------


def told(kind: Kind) -> set[str | None]:
    query = select(Notice.staff_id).where(Notice.kind == kind, Notice.channel == Channel.APP)
    return set(db.session.scalars(query))


def test_a_text_after_the_first_contact_is_answered_within_the_promised_hours(town):
    knock = town.contacted()
    assert knock.awaits is None
    with clock.frozen(THURSDAY):
        asking.write(knock, "en sak till", form_id=new_id())
    assert (knock.awaits, knock.deadline_at) == (Awaited.ANSWER, FRIDAY)
    assert next_rung_of(knock) is not None
    assert (wait_of(knock).staff_id, knock.due_at) == (town.mine.id, TUESDAY)
    with clock.frozen(at("2026-11-26 12:00")):
        asking.write(knock, "och en till", form_id=new_id())
    assert knock.deadline_at == FRIDAY, "what was told first stands"
    with clock.frozen(at("2026-11-26 13:00")):
        answering.answer(town.mine, knock, "ja", form_id=new_id())
    assert (knock.awaits, next_rung_of(knock)) == (None, None)


def test_an_answer_that_does_not_come_climbs_the_ladder_as_the_first_contact_does(town):
    knock = town.contacted()
    with clock.frozen(THURSDAY):
        asking.write(knock, "en sak till", form_id=new_id())
        db.session.commit()
        assert sweep() == 0
    with clock.frozen(FRIDAY):
        assert sweep() == 3
        assert sweep() == 0
        assert knock.is_overdue(at("2026-11-27 10:01"))
        assert not knock.is_late(clock.now())
    assert (knock.state, knock.taken_by_id, knock.opened_wide_at) == (State.WAITING, None, FRIDAY)
    assert told(Kind.PROMISE_LATE) == {town.mine.id, town.colleague.id, town.coordinator.id}
    assert (knock.awaits, knock.deadline_at) == (Awaited.ANSWER, FRIDAY)


def test_a_municipalitys_rungs_before_the_end_remind_of_an_answer_too(town, make):
    make.home.ladder = [
        {"hours": 0, "audience": ["staff"]},
        {"hours": 12, "audience": ["taker"]},
        {"hours": 24, "audience": ["coordinator"], "opens_wide": True},
    ]
    knock = town.contacted()
    with clock.frozen(THURSDAY):
        asking.write(knock, "en sak till", form_id=new_id())
        db.session.commit()
        assert sweep() == 0
    with clock.frozen(at("2026-11-26 16:00")):
        assert sweep() == 1
    assert told(Kind.STILL_WAITS) == {town.mine.id}
    assert told(Kind.PROMISE_LATE) == set()
    assert next_rung_of(knock) == FRIDAY


def test_a_call_that_nobody_answers_is_no_answer_to_a_text_in_the_app(town):
    knock = town.contacted()
    with clock.frozen(THURSDAY):
        asking.write(knock, "en sak till", form_id=new_id())
    with clock.frozen(at("2026-11-26 11:00")):
        answering.log_attempt(town.mine, knock, AttemptKind.CALLED_NO_ANSWER)
    assert (knock.awaits, knock.deadline_at) == (Awaited.ANSWER, FRIDAY)


def test_a_text_before_the_first_contact_leaves_the_promise_as_it_is(town):
    knock = town.knock()
    with clock.frozen(at("2026-11-23 12:00")):
        asking.write(knock, "en sak till", form_id=new_id())
    assert (knock.awaits, knock.deadline_at) == (Awaited.FIRST_CONTACT, TUESDAY)


def test_thanks_need_no_answer_when_staff_say_so(town):
    knock = town.contacted()
    asking.write(knock, "tack!", form_id=new_id())
    answering.needs_no_answer(town.mine, knock, shown=knock.newest)
    assert (knock.state, knock.awaits) == (State.TAKEN, None)
    with pytest.raises(Conflict):
        answering.needs_no_answer(town.colleague, knock, shown=knock.newest)


# --- what has been left --------------------------------------------------------------------------


def test_a_contacted_knock_that_is_given_back_waits_for_somebody_by_a_date(town):
    knock = town.contacted()
    with clock.frozen(THURSDAY):
        answering.release(town.mine, knock)
        db.session.commit()
    assert (knock.state, knock.awaits, knock.deadline_at) == (
        State.WAITING, Awaited.ANSWER, FRIDAY
    )  # fmt: skip
    assert told(Kind.WAITS_FOR_ANSWER) == {town.colleague.id}
    with clock.frozen(FRIDAY):
        assert sweep() == 3
    assert town.coordinator.id in told(Kind.PROMISE_LATE)


def test_what_was_waited_for_keeps_its_date_when_it_is_given_back(town):
    knock = town.contacted()
    with clock.frozen(THURSDAY):
        asking.write(knock, "en sak till", form_id=new_id())
    with clock.frozen(at("2026-11-26 15:00")):
        answering.release(town.mine, knock)
    assert knock.deadline_at == FRIDAY


# --- opened again --------------------------------------------------------------------------------


def closed(town) -> Knock:
    knock = town.contacted()
    answering.close(town.mine, knock, Outcome.TALKED, shown=knock.newest)
    db.session.commit()
    return knock


def test_who_writes_to_a_closed_knock_opens_it_for_whoever_had_it(town):
    knock = closed(town)
    with clock.frozen(THURSDAY):
        asking.write(knock, "Det hände igen.", form_id=new_id())
        db.session.commit()
    assert (knock.state, knock.taken_by_id) == (State.TAKEN, town.mine.id)
    assert (knock.awaits, knock.deadline_at) == (Awaited.ANSWER, FRIDAY)
    assert (knock.closed_at, knock.outcome, knock.purge_at) == (None, None, None)
    assert knock.reopened_at == THURSDAY
    assert told(Kind.PUPIL_WROTE) == {town.mine.id}
    [event] = db.session.scalars(select(AuditEvent).where(AuditEvent.action == Action.REOPENED))
    assert (event.about_id, event.to_staff_id) == (knock.id, town.mine.id)


@pytest.mark.parametrize("gone", ["away", "left", "avoided"])
def test_where_the_holder_is_not_there_it_waits_for_whoever_may_take_it(town, gone):
    knock = closed(town)
    if gone == "away":
        day = THURSDAY.date()
        db.session.add(Absence(staff_id=town.mine.id, starts_on=day, ends_on=day))
    elif gone == "avoided":
        db.session.add(Avoided(knock_id=knock.id, staff_id=town.mine.id))
    else:
        town.mine.active = False
    with clock.frozen(THURSDAY):
        asking.write(knock, "Det hände igen.", form_id=new_id())
        db.session.commit()
    assert (knock.state, knock.taken_by_id, knock.wall) == (
        State.WAITING, None, Wall.PSYCHOSOCIAL
    )  # fmt: skip
    assert knock.deadline_at == FRIDAY
    back_in_time = {town.mine.id} if gone == "away" else set()
    assert told(Kind.WAITS_FOR_ANSWER) == {town.colleague.id} | back_in_time


def test_what_was_taken_back_before_any_contact_can_be_asked_for_again(town):
    knock = town.knock()
    with clock.frozen(MONDAY):
        asking.withdraw(knock, shown=knock.newest)
        db.session.commit()
    with clock.frozen(THURSDAY):
        asking.write(knock, "Jag ångrade mig.", form_id=new_id())
        db.session.commit()
        assert not knock.is_overdue(clock.now())
    assert (knock.state, knock.awaits, knock.deadline_at) == (
        State.WAITING, Awaited.ANSWER, FRIDAY
    )  # fmt: skip
    with clock.frozen(at("2026-11-26 11:00")):
        answering.answer(town.mine, knock, "vad bra", form_id=new_id())
        db.session.commit()
    assert not knock.came_late(clock.now()), "it had ended before the promise's date"


def test_the_same_form_twice_opens_it_once(town):
    knock = closed(town)
    form_id = new_id()
    for _time in range(2):
        asking.write(knock, "Det hände igen.", form_id=form_id)
    db.session.commit()
    reopened = select(AuditEvent).where(AuditEvent.action == Action.REOPENED)
    assert len(db.session.scalars(reopened).all()) == 1


def test_of_a_text_and_a_purge_at_once_the_text_is_never_half_kept(app, town):
    from elevhalsa.domain.purging import purge

    knock = closed(town)
    knock_id, moment = knock.id, knock.purge_at
    db.session.commit()

    def write(meet):
        row = db.session.get(Knock, knock_id)
        meet()
        if row:
            asking.write(row, "igen", form_id=new_id())

    def purging(meet):
        meet()
        purge()

    with clock.frozen(moment):
        written, purged = together(app, write, purging)
    row = db.session.get(Knock, knock_id)
    assert purged is None
    if row:
        assert (row.purge_at, row.awaits, row.messages[-1].text) == (None, Awaited.ANSWER, "igen")
    else:
        assert written is None or isinstance(written, Gone)
