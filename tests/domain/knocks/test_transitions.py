"""No change of a knock's state but those in the table, whatever anybody does in any order."""

import ast
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import ElevhalsaError
from elevhalsa.core.walls import Wall
from elevhalsa.domain.knocks import (
    answering,
    asking,
    departures,
    floods,
    passing,
    queries,
    rungs,
    transferring,
    undoing,
)
from elevhalsa.domain.knocks.floods import Flood
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.transitions import TRANSITIONS, Step, after, before
from elevhalsa.domain.knocks.words import AttemptKind, Outcome, State, TakeOverReason, Triage, Way
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.promise.service import open_about
from elevhalsa.extensions import db
from tests.domain.helpers import at

MONDAY = at("2026-11-23 09:30")
FLOOD = "a-random-number-000000"
KNOCKS = Path(__file__).resolve().parents[3] / "elevhalsa" / "domain" / "knocks"
CHANGES = {(start, end) for (start, _step), end in TRANSITIONS.items()}

VERBS = {
    "take": answering.take,
    "release": answering.release,
    "answer": lambda staff, knock: answering.answer(staff, knock, "hej", form_id=new_id()),
    "no answer": lambda staff, knock: answering.log_attempt(
        staff, knock, AttemptKind.CALLED_NO_ANSWER
    ),
    "talked": lambda staff, knock: answering.log_attempt(staff, knock, AttemptKind.TALKED),
    "urgent": lambda staff, knock: answering.triage(staff, knock, Triage.URGENT),
    "read": answering.read,
    "cross": lambda staff, knock: answering.cross_wall(
        staff,
        knock,
        Wall.PSYCHOSOCIAL if knock.wall is Wall.MEDICAL else Wall.MEDICAL,
        consent=True,
        reason=None,
        shown=knock.newest,
    ),
    "close": lambda staff, knock: answering.close(staff, knock, Outcome.MET, shown=knock.newest),
    "transfer": lambda staff, knock: transferring.transfer(
        staff, knock, transferring.schools_for(knock)[0], shown=knock.newest
    ),
    "transfer own": lambda _staff, knock: transferring.transfer_own(
        knock, transferring.schools_for(knock)[0]
    ),
    "protect": lambda staff, knock: answering.protect(staff, knock, is_protected=True),
    "write": lambda _staff, knock: asking.write(knock, "hej igen", form_id=new_id()),
    "needs no answer": lambda staff, knock: answering.needs_no_answer(
        staff, knock, shown=knock.newest
    ),
    "withdraw": lambda _staff, knock: asking.withdraw(knock, shown=knock.newest),
    "saw": lambda _staff, knock: asking.saw(knock),
    "dismiss": lambda staff, knock: floods.dismiss(staff, FLOOD, newest=knock.id),
    "take back": lambda staff, _knock: [
        floods.take_back(staff, one.row.id) for one in floods.dismissed(staff)[:1]
    ],
    "climb": lambda _staff, knock: rungs.climb(knock, clock.now()),
    "step aside": passing.step_aside,
    "take over": lambda staff, knock: passing.take_over(staff, knock, TakeOverReason.AGREED),
    "undo": lambda staff, _knock: undo_latest(staff),
    "let go": lambda staff, _knock: departures.let_go(staff),
}
FROM_ELSEWHERE = ("write", "withdraw", "saw", "climb", "undo", "let go", "transfer own")
"""Not done on a page that staff who may see the knock are shown."""


def does(verb: str, staff: Staff, knock: Knock, *, colleague: Staff) -> None:
    if verb not in FROM_ELSEWHERE:
        queries.get_for(staff, knock.id)
    if verb == "hand over":
        passing.hand_over(staff, knock, colleague, shown=knock.newest)
    else:
        VERBS[verb](staff, knock)


def undo_latest(staff: Staff) -> None:
    for one in undoing.open_to(staff)[:1]:
        undoing.undo(staff, one.id)


def test_each_step_leads_where_the_table_says_and_nowhere_else():
    for state in State:
        for step in Step:
            if (state, step) in TRANSITIONS:
                assert after(state, step) is TRANSITIONS[state, step]
                assert state in before(step)
            else:
                with pytest.raises(ValueError, match=step):
                    after(state, step)
                assert state not in before(step)


@pytest.fixture
def people(make):
    school = make.school()
    make.school()
    nurses = [make.nurse(school), make.nurse(school)]
    return school, [*nurses, make.counsellor(school), make.counsellor(school)]


@given(
    way=st.sampled_from([Way.APP, Way.CALL]),
    done=st.lists(
        st.tuples(st.sampled_from([*VERBS, "hand over"]), st.integers(0, 3), st.integers(0, 30)),
        max_size=12,
    ),
)
@settings(
    max_examples=settings.default.max_examples // 4,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
def test_no_other_change_of_state_exists(make, people, way, done):
    school, staff = people
    now = MONDAY
    with clock.frozen(now):
        asked = make.asked(way=way, phone="0701740605", wanted=None)
        flood = Flood(FLOOD, [], begins=False)
        knock = asking.knock(school, asked, flood=flood).knock
    for verb, who, hours in done:
        now += timedelta(hours=hours)
        start = knock.state
        with clock.frozen(now):
            with suppress(ElevhalsaError):
                does(verb, staff[who], knock, colleague=staff[who ^ 1])
            db.session.flush()
            db.session.refresh(knock)
        assert start is knock.state or (start, knock.state) in CHANGES, verb
        assert (knock.taken_by_id is not None) is (knock.taken_at is not None)
        if knock.state is State.WAITING:
            assert knock.taken_by_id is None
        if knock.state is State.TAKEN:
            assert knock.taken_by_id is not None
            assert knock.wall is not None
        assert knock.taken_by_id not in queries.avoided_by([knock.id])[knock.id], verb
        assert (knock.closed_at is not None) is not knock.is_open
        assert (knock.purge_at is not None) is not knock.is_open
        waits = list(db.session.scalars(open_about(knock.about)))
        assert knock.awaits is (waits[0].awaited if waits else None), verb
        if waits:
            assert knock.is_open
            assert knock.deadline_at == waits[0].due_at, verb
        if knock.state is State.WAITING:
            assert waits, f"after {verb} nobody answers for it by any date"
        if verb == "write":
            assert waits, "who writes is answered by a date"
    db.session.rollback()


def test_only_one_file_changes_the_state():
    changing = {
        path.name
        for path in KNOCKS.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.Attribute) and node.attr in ("state", "taken_by", "taken_by_id")
            and isinstance(node.ctx, ast.Store))
        or (isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("values", "Knock"))
            and {"state", "taken_by_id"} & {keyword.arg for keyword in node.keywords})
    }  # fmt: skip
    assert changing == {"moves.py"}


@pytest.mark.parametrize("kept", [None, -1, 0, 1])
@pytest.mark.parametrize("reached", [None, -1, 0, 1])
@pytest.mark.parametrize("state", [State.WAITING, State.CLOSED])
def test_late_and_kept_are_the_same_in_python_and_in_a_query(make, kept, reached, state):
    """Hours from the promise's date; None: never."""
    with clock.frozen(MONDAY):
        knock = make.knock(make.school()).knock
    knock.kept_at = None if kept is None else knock.due_at + timedelta(hours=kept)
    knock.reached_at = None if reached is None else knock.due_at + timedelta(hours=reached)
    knock.state = state
    db.session.commit()
    for moment in (knock.due_at, knock.due_at + timedelta(seconds=1), knock.due_at + timedelta(2)):
        found = db.session.execute(
            db.select(
                Knock.contacted_at, Knock.was_kept, Knock.is_late(moment), Knock.came_late(moment)
            ).where(Knock.id == knock.id)
        ).one()
        assert tuple(found) == (
            knock.contacted_at, knock.was_kept, knock.is_late(moment), knock.came_late(moment)
        )  # fmt: skip
        assert knock.was_kept is (kept in (-1, 0))
        waits = kept is None and reached is None and state is State.WAITING
        assert knock.is_late(moment) is (waits and moment > knock.due_at)
