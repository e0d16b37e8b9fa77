"""The made-up municipality. Loaded once, on SQLite, because it plays sixty days."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from elevhalsa import create_app
from elevhalsa.cli.demo import history, setting
from elevhalsa.core import clock
from elevhalsa.core.walls import Profession
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.cover import queries as batons
from elevhalsa.domain.knocks.asking import hash_code
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import Outcome, State
from elevhalsa.domain.meetings import standing
from elevhalsa.domain.meetings.models import Proposal
from elevhalsa.domain.meetings.words import ProposalState
from elevhalsa.domain.notices import outbox
from elevhalsa.domain.notices.words import Channel
from elevhalsa.domain.people import service as people
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.domain.serving import service as serving
from elevhalsa.domain.serving.words import Standing
from elevhalsa.extensions import db
from tests.conftest import settings_for


@pytest.fixture(scope="module")
def loaded(
    sqlite_template: object, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Flask, str]]:
    """An app with the demo loaded, and what the command said."""
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    path.write_bytes(sqlite_template.read_bytes())  # type: ignore[attr-defined]
    app = create_app(settings_for(f"sqlite:///{path}"))
    result = app.test_cli_runner().invoke(args=["demo", "load"])
    assert result.exit_code == 0, f"{result.output} {result.exception!r}"
    yield app, result.output
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def demo(loaded: tuple[Flask, str]) -> Iterator[tuple[Flask, str]]:
    with loaded[0].app_context():
        yield loaded
        db.session.remove()


def test_the_demo_says_what_it_made(demo: tuple[Flask, str]) -> None:
    assert "Exempelkommun är laddad: 10 skolor" in demo[1]


def test_a_second_load_adds_nothing(demo: tuple[Flask, str]) -> None:
    before = db.session.scalar(select(func.count()).select_from(AuditEvent))
    db.session.rollback()
    result = demo[0].test_cli_runner().invoke(args=["demo", "load"])
    assert result.exit_code == 0
    assert "finns redan" in result.output
    assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == before


def test_every_school_has_both_professions_and_nobody_is_at_one_school_only(
    demo: tuple[Flask, str],
) -> None:
    at_school = defaultdict(set)
    for staff in db.session.scalars(select(Staff).where(Staff.profession.is_not(None))):
        assert len(staff.assignments) > 1
        for assignment in staff.assignments:
            at_school[assignment.school_id].add(staff.profession)
    assert set(at_school) == set(db.session.scalars(select(School.id)))
    assert all(who == {Profession.NURSE, Profession.COUNSELLOR} for who in at_school.values())


def test_everybody_has_a_week_and_one_has_handed_the_baton_to_another(
    demo: tuple[Flask, str],
) -> None:
    for staff in db.session.scalars(select(Staff).where(Staff.profession.is_not(None))):
        assert {place.weekday for place in serving.places_of(staff)} == set(range(5))
    (baton,) = batons.of_municipality(db.session.scalars(select(Staff)).first().municipality_id)
    assert baton.standing is Standing.ACCEPTED
    assert baton.first > clock.today()


def test_every_time_that_pupils_can_book_is_when_and_where_somebody_is(
    demo: tuple[Flask, str],
) -> None:
    professionals = list(db.session.scalars(select(Staff).where(Staff.profession.is_not(None))))
    assert any(standing.of(staff) for staff in professionals)
    assert not any(standing.never_there(staff) for staff in professionals)


def test_most_promises_were_kept_and_some_were_not(demo: tuple[Flask, str]) -> None:
    closed = list(db.session.scalars(select(Knock).where(Knock.state == State.CLOSED)))
    assert 100 < len(closed) < 260
    kept = sum(row.kept_at is not None and row.kept_at <= row.due_at for row in closed)
    assert 0.85 < kept / len(closed) < 1
    assert {row.outcome for row in closed} >= {Outcome.TALKED, Outcome.MET, Outcome.REFERRED}
    assert all(row.kept_at for row in closed)
    withdrawn = select(Knock).where(Knock.state == State.WITHDRAWN)
    assert list(db.session.scalars(withdrawn))


def test_right_now_one_is_late_some_wait_and_one_has_a_meeting_to_choose(
    demo: tuple[Flask, str],
) -> None:
    now = clock.now()
    waiting = list(db.session.scalars(select(Knock).where(Knock.state == State.WAITING)))
    late = [row for row in waiting if row.due_at < now]
    assert len(late) == 1
    assert late[0].opened_wide_at
    assert len(waiting) > 3
    thread = db.session.scalars(
        select(Knock).where(Knock.code_hash == hash_code(history.open_code()))
    ).one()
    assert thread.state is State.TAKEN
    assert len(thread.messages) == 3
    proposal = db.session.scalars(select(Proposal).where(Proposal.knock_id == thread.id)).one()
    assert proposal.state is ProposalState.OPEN
    assert all(slot.starts_at > now for slot in proposal.slots)


def test_nothing_happened_in_the_future_and_every_step_is_in_the_audit(
    demo: tuple[Flask, str],
) -> None:
    now = clock.now()
    assert db.session.scalar(select(func.max(AuditEvent.at))) <= now
    actions = set(db.session.scalars(select(AuditEvent.action).distinct()))
    assert actions >= {
        Action.KNOCKED, Action.READ, Action.TAKEN, Action.ANSWERED, Action.ATTEMPTED,
        Action.CLOSED, Action.WITHDRAWN, Action.OPENED_WIDE, Action.MEETING_PICKED,
    }  # fmt: skip


def test_no_letter_waits_to_be_sent(demo: tuple[Flask, str]) -> None:
    assert outbox.claim_next(Channel.EMAIL) is None


def test_each_person_gets_a_link_that_works(demo: tuple[Flask, str]) -> None:
    db.session.rollback()
    result = demo[0].test_cli_runner().invoke(args=["demo", "people"])
    assert result.exit_code == 0, result.output
    links = [word for word in result.output.split() if "/logga-in/lank/" in word]
    assert len(links) == 7
    assert all(people.redeem(link.rpartition("/")[2]) for link in links)
    db.session.commit()
    assert "Samordnare, alla skolor" in result.output
    assert history.open_code() in result.output


def test_the_demo_stays_out_of_daily_use(sqlite_url: str) -> None:
    settings = settings_for(sqlite_url, app_env="production")
    result = create_app(settings).test_cli_runner().invoke(args=["demo", "load"])
    assert result.exit_code == 1
    assert "inte i skarp drift" in result.output


def test_the_breaks_of_a_school_year_are_where_they_usually_are() -> None:
    breaks = {name: (first, last) for name, first, last in setting.breaks(2026)}
    assert breaks == {
        "Höstlov": (date(2026, 10, 26), date(2026, 10, 30)),
        "Jullov": (date(2026, 12, 21), date(2027, 1, 8)),
        "Sportlov": (date(2027, 3, 1), date(2027, 3, 5)),
        "Påsklov": (date(2027, 3, 22), date(2027, 3, 29)),
        "Sommarlov": (date(2027, 6, 21), date(2027, 8, 20)),
    }
    assert setting.school_year(date(2026, 7, 1)) == setting.school_year(date(2027, 6, 30)) == 2026
