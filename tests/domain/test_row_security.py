"""PostgreSQL's own walls, met as the web's role meets them: no query here asks for anything but all
there is."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import flask_migrate
import pytest
from flask import Flask, current_app
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, event, func, insert, make_url, select, text, update
from sqlalchemy.exc import DBAPIError

from elevhalsa import work
from elevhalsa.config import ROOT
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.database import SEPARATOR, SIGNATURE, WALLS, walls_of
from elevhalsa.domain.audit.models import AuditEvent
from elevhalsa.domain.knocks import devices, queries
from elevhalsa.domain.knocks.models import Avoided, DeviceKnock, Knock
from elevhalsa.domain.knocks.words import State, Way
from elevhalsa.domain.operations import health, row_security
from elevhalsa.domain.operations.health import Health
from elevhalsa.domain.operations.row_security import LOOKUP, NO_POLICY, POLICIES, Missing
from elevhalsa.domain.people import service as people
from elevhalsa.domain.people.models import Assignment, Staff
from elevhalsa.domain.places.models import Municipality, School
from elevhalsa.domain.serving.models import Cover
from elevhalsa.extensions import db
from tests import postgres
from tests.conftest import app_for, settings_for
from tests.domain.helpers import at
from tests.domain.test_migrations import a_whole_story
from tests.factories import Make
from tests.pages.browser import Browser
from tests.shell_blocks import postgresql_tools

pytestmark = pytest.mark.both

MONDAY = at("2026-11-23 09:30")


@pytest.fixture
def app(postgres_url: str) -> Iterator[Flask]:
    """As the web is connected on a deployment."""
    worker = postgres.as_role(postgres_url, postgres.WORKER)
    web = postgres.as_role(postgres_url, postgres.WEB)
    app = app_for(settings_for(web, worker_database_url=worker))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@contextmanager
def acting(actor: work.Actor, home: str | None = None, wall: Wall | None = None) -> Iterator[None]:
    """In a unit that is undone, and whose session knows nothing from before."""
    db.session.expunge_all()
    with suppress(Undone), work.unit(actor):
        if home:
            work.act_as(actor, municipality_id=home, wall=wall)
        yield
        raise Undone


class Undone(Exception):
    pass


def acting_as(staff: Staff) -> AbstractContextManager[None]:
    return acting(work.staff(staff.id), staff.municipality_id, staff.wall)


def counts() -> dict[str, int]:
    """All the rows that can be met, by table."""
    every = [select(func.count()).select_from(db.metadata.tables[name]).scalar_subquery()
             for name in sorted(POLICIES)]  # fmt: skip
    return dict(zip(sorted(POLICIES), db.session.execute(select(*every)).one(), strict=True))


# --- every table ----------------------------------------------------------------------------------


def test_each_table_is_behind_the_walls_or_said_to_hold_nothing_of_anybodys():
    assert POLICIES.keys() | NO_POLICY.keys() == db.metadata.tables.keys()
    assert not POLICIES.keys() & NO_POLICY.keys()
    points_at_somebody = {"knock", "staff", "device"}
    for name in NO_POLICY:
        points_at = {key.column.table.name for key in db.metadata.tables[name].foreign_keys}
        assert not points_at & points_at_somebody, name


def another_make() -> Make:
    """Whose names are others than those of the story."""
    return Make(after=100)


@pytest.fixture
def story(app: Flask) -> Knock:
    return a_whole_story()


def test_of_each_table_nothing_is_seen_where_nobody_acts_nor_from_another_municipality(
    app, story, monkeypatch
):
    other = another_make()
    stranger = other.counsellor(other.school())
    coordinator = other.coordinator()
    somebody = [acting_as(stranger), acting_as(coordinator)]
    with acting(work.SYSTEM):
        every = counts()
    theirs = {"staff", "assignment"}  # their own
    assert sum(number > 0 for number in every.values()) >= 15
    db.session.expunge_all()
    monkeypatch.setattr(work, "outside", work.Scope(is_unit=False))
    work.end()
    try:
        db.session.rollback()
        assert set(counts().values()) == {0}
        with pytest.raises(DBAPIError, match="row-level security"):
            db.session.execute(insert(AuditEvent).values(at=clock.now(), actor=work.SYSTEM.kind,
                                                         action="read"))  # fmt: skip
    finally:
        monkeypatch.undo()
        work.end()
        db.session.rollback()
    for as_one in somebody:
        with as_one:
            assert {name for name, number in counts().items() if number} <= theirs


OF_A_KNOCK = (
    "knock", "message", "knock_pin", "meeting_proposal", "meeting_slot", "wait", "transfer",
    "reminder_address", "reveal", "device_knock", "device", "audit_event", "notice",
)  # fmt: skip


def test_whoever_stands_behind_the_other_wall_or_is_avoided_or_coordinates_meets_nothing_of_it(
    app, story
):
    holder, home = story.taken_by, story.municipality_id
    make = another_make()
    of_all = [story.school]
    nurse = make.staff(Profession.NURSE, of_all, municipality_id=home)
    avoided = make.staff(Profession.COUNSELLOR, of_all, municipality_id=home)
    db.session.add(Avoided(knock_id=story.id, staff_id=avoided.id))
    coordinator = make.staff(None, municipality_id=home)
    db.session.commit()
    holds = acting_as(holder)
    for as_one in [acting_as(one) for one in (nurse, avoided, coordinator)]:
        with as_one:
            seen = counts()
        assert {name: seen[name] for name in OF_A_KNOCK} == dict.fromkeys(OF_A_KNOCK, 0)
    with holds:
        seen = counts()
    assert all(seen[name] for name in OF_A_KNOCK), seen


def test_who_a_pupil_is_and_hides_is_met_by_whoever_opened_it_and_no_colleague(app, story):
    """Whatever a query forgets to ask."""
    holder, home = story.taken_by, story.municipality_id
    make = another_make()
    colleague = make.staff(Profession.COUNSELLOR, [story.school], municipality_id=home)
    nurse = make.staff(Profession.NURSE, [story.school], municipality_id=home)
    as_each = [acting_as(one) for one in (holder, colleague, nurse)]
    seen = []
    for as_one in as_each:
        with as_one:
            found = counts()
            seen.append((found["identity"], found["reveal"]))
    assert seen == [(1, 1), (0, 1), (0, 0)]
    db.session.execute(update(Knock).values(hides_identity=False))
    db.session.commit()
    with acting_as(colleague):
        assert counts()["identity"] == 1


def test_what_is_in_hand_can_be_finished_though_it_goes_out_of_sight(app, make):
    school, elsewhere = make.school(), make.school()
    nurse = make.nurse(school)
    there, knock_id = elsewhere.id, make.knock(school, wanted=Profession.NURSE).knock.id
    with acting_as(nurse):
        mine = db.session.scalars(select(Knock)).one()
        mine.school_id = there
        with pytest.raises(DBAPIError, match="row-level security"):
            db.session.flush()
    with acting_as(nurse):
        queries.get_for(nurse, knock_id).school_id = there
        db.session.flush()
        assert db.session.scalars(select(Knock.id)).all() == [knock_id]
    with acting(work.SYSTEM):
        db.session.execute(update(Knock).values(school_id=there))
        work.act_as(work.staff(nurse.id), municipality_id=nurse.municipality_id, wall=nurse.wall)
        assert db.session.scalars(select(Knock.id)).all() == []


# --- the one rule, twice --------------------------------------------------------------------------


def a_world(dice: Any) -> list[Staff]:
    """Written straight to the tables."""
    homes = [Municipality(id=new_id(), slug=f"exempel-{n}", name="Exempel") for n in range(2)]
    schools = [
        School(
            id=new_id(), municipality_id=homes[n % 2].id, slug=f"skola-{n}", name="Exempelskolan"
        )
        for n in range(5)
    ]
    staff = [
        Staff(
            id=new_id(),
            municipality_id=dice.choice(homes).id,
            profession=dice.choice([*Profession, None]),
            coordinates=dice.random() < 0.3,
            name="Person",
            email="person@exempel.invalid",
            email_hash=new_id(),
        )
        for _n in range(8)
    ]
    db.session.add_all([*homes, *schools, *staff])
    db.session.flush()
    for one in staff:
        for school in schools:
            if school.municipality_id == one.municipality_id and dice.random() < 0.3:
                db.session.add(Assignment(staff_id=one.id, school_id=school.id))
    today = clock.today()
    for _n in range(12):
        absent, cover = dice.sample(staff, 2)
        first = today + timedelta(days=dice.randint(-3, 2))
        db.session.add(
            Cover(
                id=new_id(),
                absent_id=absent.id,
                cover_id=cover.id,
                school_id=dice.choice([None, dice.choice(schools).id]),
                starts_on=first,
                ends_on=first + timedelta(days=dice.randint(0, 3)),
                accepted_at=dice.choice([None, MONDAY, MONDAY]),
                ended_at=dice.choice([None, None, MONDAY]),
            )
        )
    for _n in range(20):
        school = dice.choice(schools)
        taker = dice.choice([None, dice.choice(staff)])
        knock = Knock(
            id=new_id(), municipality_id=school.municipality_id, school_id=school.id,
            form_hash=new_id(), form_print="", code_hash=new_id(), way=Way.APP, knocked_at=MONDAY,
            due_at=MONDAY, deadline_at=MONDAY, wall=dice.choice([*Wall, None]),
            opened_wide_at=dice.choice([None, None, MONDAY]), state=dice.choice(list(State)),
            taken_by_id=taker.id if taker else None, locked_at=dice.choice([*[None] * 5, MONDAY]),
        )  # fmt: skip
        db.session.add(knock)
        db.session.flush()
        for one in dice.sample(staff, dice.randint(0, 2)):
            db.session.add(Avoided(knock_id=knock.id, staff_id=one.id))
    db.session.flush()
    return staff


def test_the_policy_lets_each_of_the_staff_read_what_the_queries_do_and_nothing_else(app):
    met = set()

    @settings(max_examples=settings.default.max_examples // 12, deadline=None)
    @given(dice=st.randoms())
    def agree(dice: Any) -> None:
        with clock.frozen(MONDAY), acting(work.SYSTEM):
            for one in a_world(dice):
                asked = set(db.session.scalars(select(Knock.id).where(queries.visible_to(one))))
                home, actor = one.municipality_id, work.staff(one.id)
                work.act_as(actor, municipality_id=home, wall=one.wall)
                let_through = set(db.session.scalars(select(Knock.id)))
                work.act_as(work.SYSTEM, municipality_id=None, wall=None)
                assert let_through == asked
                met.add(bool(asked))

    agree()
    assert met == {True, False}


def test_a_pupil_meets_what_the_device_has_opened_and_a_code_what_it_opens(app, make):
    school = make.school()
    mine, others = make.knock(school, text="hej"), make.knock(school, text="hej")
    device, token = devices.make()
    devices.show(device, mine.knock, pin_given=False)
    db.session.commit()
    ids = mine.knock.id, others.knock.id
    with acting(work.PUPIL):
        assert not any(counts().values())
        assert devices.find(token)
        seen = counts()
        assert (seen["knock"], seen["message"], seen["device"]) == (1, 1, 1)
        assert devices.find_by_code(others.code).id == ids[1]
        assert set(db.session.scalars(select(Knock.id))) == set(ids)
    with acting(work.PUPIL):
        assert devices.find("another") is None
        assert db.session.scalars(select(DeviceKnock)).all() == []


# --- how it is set --------------------------------------------------------------------------------


def test_what_one_transaction_was_told_the_next_is_not(app, make):
    make.knock(make.school())
    with acting(work.SYSTEM):
        assert counts()["knock"] == 1
    with acting(work.PUPIL):
        assert counts()["knock"] == 0
    with acting(work.PUPIL):
        with work.beyond(work.Beyond.COUNTS):
            assert counts()["knock"] == 1
        assert counts()["knock"] == 0
        with suppress(Undone), work.beyond(work.Beyond.COUNTS), db.session.begin_nested():
            assert counts()["knock"] == 1
            raise Undone
        assert counts()["knock"] == 0


def test_it_is_told_with_the_begin_and_once_more_when_it_is_known_who_acts(app, make, client):
    school = make.school()
    nurse = make.nurse(school)
    knock = make.knock(school, wanted=Profession.NURSE).knock
    browser = Browser(client)
    browser.sign_in(nurse)
    db.session.commit()
    told: list[str] = []

    def note(_conn, _cursor, statement, _parameters, _context, _many) -> None:
        if statement.startswith("SELECT set_config"):
            told.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    browser.get("/personal/inkorg")
    assert len(told) <= 2, told
    told.clear()
    browser.get(f"/personal/arende/{knock.id}")
    assert len(told) <= 3, told


def test_no_text_of_anybodys_can_be_put_into_a_setting(app):
    with acting(work.PUPIL):
        work.show("x', true), set_config('elevhalsa.actor', 'system")
        with pytest.raises(ValueError, match="setting"):
            counts()


# --- the roles ------------------------------------------------------------------------------------


def refused(address: str, statement: str) -> bool:
    engine = create_engine(address)
    try:
        with engine.begin() as connection:
            connection.execute(text(statement))
    except DBAPIError:
        return True
    finally:
        engine.dispose()
    return False


def test_neither_the_web_nor_the_worker_can_take_the_walls_away_and_nobody_is_the_lookup(
    app, postgres_url
):
    web = postgres.as_role(postgres_url, postgres.WEB)
    worker = postgres.as_role(postgres_url, postgres.WORKER)
    for address in (web, worker):
        for statement in (
            "ALTER TABLE knock DISABLE ROW LEVEL SECURITY",
            "DROP POLICY walls ON knock",
            "TRUNCATE knock CASCADE",
            "UPDATE audit_event SET action = 'read'",
            "UPDATE schema_mark SET oldest_code = '0001'",
            f"SET ROLE {LOOKUP}",
            "CREATE TABLE more (id int)",
            "SET row_security = off; SELECT * FROM knock",
            "SELECT * FROM elevhalsa_walls.key",
            "DROP FUNCTION elevhalsa_told() CASCADE",
            "CREATE OR REPLACE FUNCTION elevhalsa_told() RETURNS boolean RETURN true",
        ):
            assert refused(address, statement), statement
    assert refused(postgres.as_role(postgres_url, LOOKUP), "SELECT 1")
    assert refused(postgres_url, f"SET ROLE {LOOKUP}; SELECT phone FROM knock")
    assert not refused(postgres_url, f"SET ROLE {LOOKUP}; SELECT id FROM knock")


def met_by(address: str, told: Mapping[str, str]) -> tuple[int, ...]:
    """How many knocks, pupils' words and staff, by whoever runs statements of their own."""
    engine = create_engine(address)
    try:
        with engine.begin() as connection:
            for name, value in told.items():
                connection.execute(text("SELECT set_config(:n, :v, true)"), {"n": name, "v": value})
            tables = ("knock", "message", "staff", "staff_session", "notice", "audit_event")
            return tuple(connection.execute(text(f"SELECT count(*) FROM {one}")).scalar_one()
                         for one in tables)  # fmt: skip
    finally:
        engine.dispose()


@pytest.mark.parametrize("role", [postgres.WEB, postgres.WORKER])
def test_whoever_runs_statements_of_their_own_cannot_say_who_they_are(
    app, make, postgres_url, role
):
    """Not as the system, nor as one of the staff; what we have said of one holds for no other."""
    school = make.school()
    nurse, other = make.nurse(school), make.counsellor(school)
    make.knock(school, wanted=Profession.NURSE, text="hej")
    people.redeem(people.make_link(nurse))
    db.session.commit()
    address, another = postgres.as_role(postgres_url, role), other.id
    with acting_as(nurse):
        ours = walls_of(work.scope(), clock.today())
    assert met_by(address, ours)[:3] == (1, 1, 2)  # what we have told the database itself
    nothing = (0,) * 6
    alone = {name: value for name, value in ours.items() if name != SIGNATURE}
    forged = [{}, alone, {WALLS[0]: "system"}, {WALLS[0]: "operator", SIGNATURE: "0" * 64}]
    changed = {
        "elevhalsa.actor": "system",
        "elevhalsa.municipality": new_id(),
        "elevhalsa.staff": another,
        "elevhalsa.wall": "psychosocial",
        "elevhalsa.day": "2001-01-01",
        "elevhalsa.shown": "a" * 64,
        "elevhalsa.held": new_id(),
    }
    assert changed.keys() == set(WALLS)
    forged += [ours | {name: value} for name, value in changed.items()]
    # The same letters, parted otherwise.
    both = SEPARATOR.join((ours[WALLS[0]], ours[WALLS[1]]))
    forged += [ours | {WALLS[0]: both, WALLS[1]: ""}, ours | {WALLS[0]: "", WALLS[1]: both}]
    for told in forged:
        assert met_by(address, told) == nothing, told


def test_check_says_when_the_database_no_longer_knows_that_it_is_we_who_ask(
    app, make, postgres_url
):
    make.knock(make.school())
    assert missing() == ()
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE elevhalsa_walls.key SET inner_pad = outer_pad"))
    assert missing() == (Missing.SIGNATURE,)
    assert "HASH_KEY" in health.walls(app.config["SETTINGS"], health.database()).line
    db.session.rollback()
    with acting(work.SYSTEM):
        assert counts()["knock"] == 0
    with engine.begin() as connection:
        row_security.put_up(connection, app.config["SETTINGS"])
    engine.dispose()
    assert missing() == ()
    with acting(work.SYSTEM):
        assert counts()["knock"] == 1


def test_check_says_that_all_stands_or_what_is_missing(app, postgres_url):
    here = app.config["SETTINGS"]
    answers = health.database()
    assert health.walls(here, answers).health is Health.OK
    as_owner = app_for(settings_for(postgres_url))
    with as_owner.app_context():
        said = health.walls(as_owner.config["SETTINGS"], answers)
        db.session.remove()
        db.engine.dispose()
    assert said.health is Health.DEGRADED
    assert "egen" in said.line
    assert "WORKER_DATABASE_URL" in said.line


@pytest.mark.parametrize(
    "statement",
    [
        "DROP POLICY walls ON message; CREATE POLICY walls ON message USING (true)",
        "ALTER TABLE message NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY lookup ON knock",
    ],
)
def test_check_finds_a_wall_that_is_not_the_one_described(app, postgres_url, statement):
    postgres.execute(postgres_url, statement)
    assert missing() == (Missing.WALLS,)


def test_check_finds_a_worker_who_can_become_the_owner(app, postgres_url):
    here = app.config["SETTINGS"]
    owner = make_url(postgres_url).username
    as_worker = here.model_copy(update={"worker_database_url": postgres_url})
    assert owner != postgres.WORKER
    found = row_security.missing(db.session.connection(), as_worker)
    db.session.rollback()
    assert found == [Missing.OWN_ROLE]


@dataclass(frozen=True)
class Platform:
    """What a platform lets the owner of a database do, and who is connected to it."""

    may: str
    web: str
    missing: tuple[Missing, ...]
    owns: bool = True
    """The database, so that a schema can be made in it."""


PLATFORMS = {
    "one role": Platform("", "alone", (Missing.OWN_ROLE, Missing.WORKER, Missing.LOOKUP)),
    "more": Platform("CREATEROLE", "its_web", ()),
    "no schema": Platform("", "its_web", (Missing.SIGNATURE, Missing.LOOKUP), owns=False),
}


@pytest.fixture(params=["one role", "more", pytest.param("no schema", marks=pytest.mark.trial)])
def platform(request: pytest.FixtureRequest, postgres_server: str) -> Iterator[Platform]:
    postgres.execute(postgres_server, f"ALTER ROLE {LOOKUP} RENAME TO of_the_others")
    found = PLATFORMS[request.param]
    postgres.execute(postgres_server, f"CREATE ROLE alone LOGIN {found.may}")
    postgres.execute(
        postgres_server, f"CREATE DATABASE alone {'OWNER alone' if found.owns else ''}"
    )
    there = postgres_server.replace("/postgres?", "/alone?")
    postgres.execute(there, "GRANT CREATE ON SCHEMA public TO alone")
    if not found.owns:
        for role in ("its_web", "its_worker"):
            postgres.execute(postgres_server, f"CREATE ROLE {role} LOGIN")
    yield found
    postgres.execute(postgres_server, "DROP DATABASE alone WITH (FORCE)")
    for role in ("its_web", "its_worker", LOOKUP, "alone"):
        postgres.execute(postgres_server, f"DROP ROLE IF EXISTS {role}")
    postgres.execute(postgres_server, f"ALTER ROLE of_the_others RENAME TO {LOOKUP}")


def run(program: str, *words: str) -> None:
    environment = os.environ | {"PGOPTIONS": "-c elevhalsa.actor=operator"}
    command = [str(postgresql_tools() / program), *words]
    subprocess.run(command, check=True, env=environment, capture_output=True)


def test_the_owner_is_bound_too_makes_what_roles_it_may_and_can_copy_everything(
    platform, postgres_server, tmp_path
):
    server = postgres_server.replace("/postgres?", "/alone?")
    owner = postgres.as_role(server, "alone")
    roles = {}
    if platform.web != "alone":
        worker = postgres.as_role(server, "its_worker")
        roles = {"owner_database_url": owner, "worker_database_url": worker}
    app = app_for(settings_for(postgres.as_role(server, platform.web), **roles))
    with app.app_context():
        flask_migrate.upgrade()
        make = Make()
        school = make.school()
        seen = [(acting_as(make.nurse(school)), 1), (acting_as(make.counsellor(school)), 0)]
        make.knock(school, wanted=Profession.NURSE, avoid_staff_ids=[make.nurse(school).id])
        for as_one, number in seen:
            with as_one:
                assert counts()["knock"] == number
        assert missing() == platform.missing
        db.session.remove()

        copy, plain = str(tmp_path / "copy"), owner.replace("+psycopg", "")
        run("pg_dump", "--enable-row-security", "--format=custom", f"--file={copy}", plain)
        run("pg_restore", "--clean", "--if-exists", "--no-owner", "--no-privileges",
            "--single-transaction", f"--dbname={plain}", copy)  # fmt: skip
        flask_migrate.upgrade()
        assert missing() == platform.missing
        with acting(work.SYSTEM):
            assert counts()["knock"] == 1
        db.session.remove()

        flask_migrate.downgrade()
        assert Missing.WALLS in missing(), "what is older knows of none"
        flask_migrate.upgrade()
        runner = app.test_cli_runner()
        db.session.remove()
        assert runner.invoke(args=["walls", "up"]).exit_code == 0
        assert missing() == platform.missing
        db.session.remove()
        assert runner.invoke(args=["walls", "down"]).exit_code == 0
        assert Missing.WALLS in missing()
        db.session.remove()
        db.engine.dispose()


def missing() -> tuple[Missing, ...]:
    here = current_app.config["SETTINGS"]
    found = row_security.missing(db.session.connection(), here)
    db.session.rollback()
    return tuple(found)


# --- past them ------------------------------------------------------------------------------------


def test_only_the_domain_goes_past_the_walls_and_for_each_reason_that_there_is():
    """No page does, for it would show what it finds; and no reason is left over."""
    found = {
        path.relative_to(ROOT): re.findall(r"work\.beyond\(work\.Beyond\.(\w+)\)", path.read_text())
        for path in (ROOT / "elevhalsa").rglob("*.py")
        if "work.beyond(" in path.read_text()
    }
    assert {path.parts[1] for path in found} == {"domain"}
    assert {word for words in found.values() for word in words} == {one.name for one in work.Beyond}
