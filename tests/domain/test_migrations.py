"""Migrations run forward and back on both databases, with data, and agree with the models."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import SQLAlchemyError

from elevhalsa import create_app
from elevhalsa.config import ROOT
from elevhalsa.core import clock
from elevhalsa.core.crypto import keyring, new_id
from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.walls import Profession
from elevhalsa.domain.audit import sealing
from elevhalsa.domain.consents import law as consent_law
from elevhalsa.domain.consents import service as consents
from elevhalsa.domain.disclosure import words as disclosing
from elevhalsa.domain.disclosure.models import Disclosure
from elevhalsa.domain.identity import service as logins
from elevhalsa.domain.identity.rules import Said
from elevhalsa.domain.identity.words import AgeBand
from elevhalsa.domain.knocks import ages, answering, asking, devices, handoff, pins, transferring
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import AttemptKind, Outcome, Way
from elevhalsa.domain.meetings import service as meetings
from elevhalsa.domain.meetings.service import Offer
from elevhalsa.domain.meetings.words import MeetingWay
from elevhalsa.domain.method import glossary, steps
from elevhalsa.domain.notices.models import About, Notice
from elevhalsa.domain.operations import queries
from elevhalsa.domain.operations.health import newest_revision
from elevhalsa.domain.people.models import SpentChallenge, Staff
from elevhalsa.domain.places import service
from elevhalsa.domain.places.models import Guarantee
from elevhalsa.domain.places.words import Unit
from elevhalsa.domain.promise.models import Wait
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.domain.reminders import service as reminders
from elevhalsa.domain.reminders.models import PushSubscription
from elevhalsa.domain.reveals import service as reveals
from elevhalsa.domain.reveals.words import Ground, Hidden
from elevhalsa.extensions import db
from tests.authenticator import a_key
from tests.conftest import settings_for
from tests.domain.consents.helpers import all_say_yes, found_out
from tests.domain.helpers import everything_stored, propose
from tests.factories import Make

TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname",
}
EXPECTED_TRIGGERS = {
    "sqlite": ["audit_event_no_delete", "audit_event_no_update"],
    "postgresql": ["audit_event_append_only", "audit_event_no_truncate"],
}


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An app on a database without a single table."""
    if request.param == "sqlite":
        app = create_app(settings_for(f"sqlite:///{tmp_path / 'empty.db'}"))
    else:
        app = create_app(settings_for(request.getfixturevalue("postgres_url")))
    with app.app_context():
        if request.param == "postgresql":  # the copied template has everything
            with db.engine.begin() as connection:
                connection.execute(text("DROP SCHEMA public CASCADE"))
                connection.execute(text("CREATE SCHEMA public"))
        yield app
        db.session.remove()
        db.engine.dispose()


def tables() -> set[str]:
    with db.engine.connect() as connection:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}


def triggers() -> list[str]:
    with db.engine.connect() as connection:
        return list(connection.execute(text(TRIGGERS[db.engine.dialect.name])).scalars())


def a_whole_story() -> Knock:
    make = Make()
    school = make.school()
    staff = make.counsellor(school)
    staff.ends_on = clock.today() + timedelta(days=30)
    service.put_guarantee(
        None, "Garantin", None, clock.today(), amount=3, unit=Unit.WEEKDAYS, ends_on=None,
        verified_on=clock.today(), source="Beslut", url=None,
    )  # fmt: skip
    asked = make.asked(text="hej", name="Kim", is_protected=True)
    some = db.session.scalars(select(Guarantee)).all()
    said = Said("bankid", "BankID", "201301010000", "Kim", "201301010000", AgeBand.FROM_12)
    who = logins.note(said, school.municipality_id)
    who.hides = True
    knock = asking.knock(school, asked, guarantees=some, identity=who).knock
    answering.answer(staff, knock, "hej på dig", form_id=new_id())
    offer = Offer(clock.now() + timedelta(days=1), 30, MeetingWay.ROOM, "rum 7")
    proposal = propose(staff, knock, [offer])
    meetings.pick(knock, proposal.id, proposal.slots[0].id)
    meetings.call_off(staff, knock, proposal.id)
    transferring.transfer(staff, knock, make.school(), keeps=True, shown=knock.newest)
    pins.choose(knock, "4711")
    reminders.set_fallback(knock, phone="0701740605", email=None)
    reason = "Hen svarar inte längre."
    reveals.reveal(staff, knock, [Hidden.NAME], Ground.ILLNESS, reason, form_id=new_id())
    ages.say(make.coordinator(), "hemma_18", "Du bestämmer.")
    basis = found_out(school.municipality)
    all_say_yes(basis)
    consents.share(
        basis.about, basis.what, told="Allt", to_whom="Öppna hjälpen", cause="x", by=staff
    )
    consent_law.say(make.coordinator(), "vuxen", "Du bestämmer.")
    glossary.say(
        make.coordinator(), "insats", word="insats", school="", social="", care="", we_say="Hjälp."
    )
    steps.say(make.coordinator(), None, what="Ring.", who="Kuratorn", by_when="")
    device, _token = devices.make()
    devices.show(device, knock, pin_given=False)
    handoff.make(device, forget=True)
    db.session.add(a_key(staff))
    db.session.add(
        Disclosure(
            knock_id=knock.id, form_hash="x", staff_id=staff.id, asker=disclosing.Asker.GUARDIAN,
            outcome=disclosing.Outcome.REFUSED, ground="vardnad", reason="Nej.", pupil_sees=False,
            at=clock.now(),
        )
    )  # fmt: skip
    db.session.add(SpentChallenge(challenge_hash="x", expires_at=clock.now()))
    db.session.commit()
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        assert sealing.seal(knock.municipality_id) > 1
    return knock


def test_the_tables_can_be_made_filled_taken_away_and_made_again(empty_app):
    for _time in range(2):
        flask_migrate.upgrade()
        assert tables() == set(db.metadata.tables)
        assert triggers() == EXPECTED_TRIGGERS[db.engine.dialect.name]
        knock = a_whole_story()
        assert [message.text for message in knock.messages] == ["hej", "hej på dig"]
        assert len(everything_stored()) > 100
        db.session.remove()
        flask_migrate.downgrade(revision="base")
        assert tables() == set()
        assert triggers() == []


def test_the_models_and_the_migrations_agree(empty_app):
    flask_migrate.upgrade()
    flask_migrate.check()  # raises when a migration is missing


def test_the_migrations_are_one_line_numbered_in_its_order(empty_app):
    from alembic.script import ScriptDirectory

    config = empty_app.extensions["migrate"].migrate.get_config()
    scripts = ScriptDirectory.from_config(config)
    line = list(scripts.walk_revisions())  # newest first
    numbers = [Path(script.path).name.partition("_")[0] for script in line]
    assert [script.revision for script in line] == numbers == sorted(numbers, reverse=True)
    assert newest_revision() == scripts.get_current_head()  # raises when there are two


def test_the_database_says_which_code_can_work_with_its_tables(empty_app):
    flask_migrate.upgrade()
    flask_migrate.upgrade()
    oldest = queries.oldest_code()
    assert oldest is not None
    assert int(oldest) <= int(newest_revision())
    db.session.remove()
    flask_migrate.downgrade(revision="0021")
    with pytest.raises(SQLAlchemyError):
        queries.oldest_code()
    db.session.remove()
    flask_migrate.upgrade()
    assert queries.oldest_code() == oldest


HARMFUL = re.compile(
    r"op\.(drop_|alter_|rename_)|\b(DROP|ALTER COLUMN|RENAME)\b|nullable=False(?!.*server_default)"
)
"""In a change of a table: what the code before may not survive."""


def test_a_change_that_the_code_before_may_not_survive_says_which_code_does():
    """A table that is new harms nobody."""
    for path in sorted((ROOT / "migrations" / "versions").glob("*.py")):
        source = path.read_text("utf-8")
        change = source.partition("def upgrade")[2].partition("def downgrade")[0]
        change = re.sub(r"op\.create_table\(.*?\n    \)\n", "", change, flags=re.DOTALL)
        if path.name >= "0023" and HARMFUL.search(change):
            assert re.search(r"^oldest_code = '\d{4}'$", source, re.MULTILINE), path.name


def test_every_foreign_key_and_constraint_has_a_name(empty_app):
    flask_migrate.upgrade()
    with db.engine.connect() as connection:
        found = inspect(connection)
        for table in found.get_table_names():
            assert all(key["name"] for key in found.get_foreign_keys(table)), table
            assert all(key["name"] for key in found.get_unique_constraints(table)), table


def test_going_back_to_the_first_tables_and_forward_loses_no_knock(empty_app):
    """Only what the tables of before cannot hold goes: reminders, and what was told by them."""
    flask_migrate.upgrade()
    knock_id = a_whole_story().id
    told = "SELECT count(*) FROM notice WHERE staff_id IS NOT NULL AND channel IN ('app', 'email')"
    with db.engine.begin() as connection:
        before = connection.execute(text(told)).scalar()
        of_municipality = connection.execute(text("SELECT id FROM municipality")).scalar()
        for channel, suffix in (("app", "a"), ("push", "b"), ("sms", "c")):
            connection.execute(
                text(
                    "INSERT INTO notice (id, municipality_id, kind, channel, knock_id, cause, "
                    "created_at, not_before, attempts) VALUES (:id, :m, 'answer', :channel, "
                    ":knock, :id, '2026-11-23 09:30:00', '2026-11-23 09:30:00', 0)"
                ),
                {"id": suffix, "m": of_municipality, "channel": channel, "knock": knock_id},
            )
    db.session.remove()
    flask_migrate.downgrade(revision="0001")
    with db.engine.connect() as connection:
        counts = {
            table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar()
            for table in ("knock", "message", "attempt", "meeting_slot", "device_knock", "notice")
        }
    assert before
    assert counts == {
        "knock": 1, "message": 2, "attempt": 2, "meeting_slot": 1, "device_knock": 1,
        "notice": before,
    }  # fmt: skip
    flask_migrate.upgrade()
    knock = db.session.get_one(Knock, knock_id)
    assert [message.text for message in knock.messages] == ["hej", "hej på dig"]
    flask_migrate.check()


def test_a_notice_keeps_what_it_is_about_back_and_forward(empty_app):
    """Of what the tables of before know nothing of, the notice goes when they come back."""
    flask_migrate.upgrade()
    knock = a_whole_story()
    about = About.knock(knock.id)
    first, *rest = db.session.scalars(select(Notice).where(Notice.is_about(about)))
    other = first.id
    with db.engine.begin() as connection:
        connection.execute(
            text("UPDATE notice SET about_kind = 'referral' WHERE id = :id"), {"id": other}
        )
    db.session.remove()
    flask_migrate.downgrade(revision="0004")
    flask_migrate.upgrade()
    assert rest
    found = {row.id: row.about for row in db.session.scalars(select(Notice))}
    assert found.pop(other, None) is None
    assert about in found.values()
    assert list(found.values()).count(about) == len(rest)


FIGURES = "SELECT month, hours_to_contact, kept{new} FROM knock_figure ORDER BY id"


def test_figures_of_before_are_kept_and_those_of_now_can_go_back(empty_app):
    """Of a month that is known to be one; whether it was late only where that can be told."""
    flask_migrate.upgrade(revision="0006")
    with db.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO municipality (id, slug, name, promise_hours, eves_closed, "
                "show_names, retention_days) VALUES ('m', 'm', 'M', 24, true, false, 9)"
            )
        )
        connection.execute(
            text(
                "INSERT INTO school (id, municipality_id, slug, name, form, active)"
                " VALUES ('s', 'm', 's', 'S', 'grundskola', true)"
            )
        )
        for kept, hours in (("true", "3.2"), ("false", "30.5"), ("false", "NULL")):
            connection.execute(
                text(
                    "INSERT INTO knock_figure (municipality_id, school_id, month, "
                    "way, kept, reached, hours_to_contact) VALUES "
                    f"('m', 's', '2026-11-01', 'app', {kept}, false, {hours})"
                )
            )
    flask_migrate.upgrade()
    with db.engine.begin() as connection:
        rows = connection.execute(text(FIGURES.format(new=", late, last_day, told")))
        assert [(str(row[0]), *row[1:2], *map(_known, row[2:])) for row in rows] == [
            ("2026-11-01", 3.2, True, False, None, None),
            ("2026-11-01", 30.5, False, True, None, None),
            ("2026-11-01", None, False, None, None, None),
        ]
        connection.execute(
            text(
                "UPDATE knock_figure SET month = '2026-10-26', "
                "last_day = '2026-11-01', told = true WHERE hours_to_contact IS NULL"
            )
        )
    flask_migrate.downgrade(revision="0006")
    with db.engine.connect() as connection:
        rows = connection.execute(text(FIGURES.format(new="")))
        assert [(str(row[0]), *row[1:2], _known(row[2])) for row in rows] == [
            ("2026-11-01", 3.2, True),
            ("2026-11-01", 30.5, False),
            ("2026-10-01", None, False),
        ]


def _known(value: object) -> object:
    """A yes or no, whichever way the database says it."""
    return value if value is None else bool(value)


def test_a_pin_and_an_address_for_reminders_survive_going_back_and_forward(empty_app):
    flask_migrate.upgrade()
    knock = a_whole_story()
    knock_id = knock.id
    db.session.remove()
    flask_migrate.downgrade(revision="0008")
    with db.engine.connect() as connection:
        stored = connection.execute(
            text("SELECT pin_hash, pin_failures, remind_phone, remind_email FROM knock")
        ).one()
    assert stored.pin_hash.startswith("scrypt:")
    assert stored.pin_failures == 0
    assert keyring.read_older(stored.remind_phone) == "0701740605"
    assert stored.remind_email is None
    flask_migrate.upgrade()
    knock = db.session.get_one(Knock, knock_id)
    pins.check(knock, "4711")
    with pytest.raises(InvalidInput):
        pins.check(knock, "4712")
    assert reminders.address_of(knock_id).phone == "0701740605"


def test_going_back_to_one_task_a_person_and_forward_keeps_everybody(empty_app):
    """The tables of before hold one municipality an address and one task a person."""
    flask_migrate.upgrade()
    make = Make()
    school = make.school(slug="norra")
    abroad = make.municipality(host="dorr.exempel.invalid")
    same_slug = make.school(slug="norra", municipality_id=abroad.id)
    both = make.staff(Profession.COUNSELLOR, [school], coordinates=True)
    abroad_too = make.staff(
        Profession.COUNSELLOR, [same_slug], municipality_id=abroad.id, email_hash=both.email_hash
    )
    only = make.coordinator()
    make.knock(school)
    ids = [both.id, abroad_too.id, only.id]
    db.session.remove()
    flask_migrate.downgrade(revision="0004")
    with db.engine.connect() as connection:
        roles = dict(connection.execute(text("SELECT id, role FROM staff")).all())  # type: ignore[var-annotated]
        doors = connection.execute(text("SELECT slug FROM school ORDER BY slug")).scalars().all()
        let_in = connection.execute(
            text("SELECT count(*) FROM staff WHERE active AND email_hash = :hash"),
            {"hash": both_hash(ids, connection)},
        ).scalar()
    assert [roles[staff_id] for staff_id in ids] == ["professional", "professional", "coordinator"]
    assert list(doors) == ["norra", "norra-2"]
    assert let_in == 1
    flask_migrate.upgrade()
    found = [db.session.get_one(Staff, staff_id) for staff_id in ids]
    assert [staff.coordinates for staff in found] == [False, False, True]
    assert [staff.is_professional for staff in found] == [True, True, False]
    with db.engine.connect() as connection:
        printed = connection.execute(text("SELECT space, slug FROM school_address")).all()
    # Each was reached at the shared host, and the one with a host name of its own there as well.
    assert sorted(slug for space, slug in printed if not space) == ["norra", "norra-2"]
    assert len(printed) == 3


def both_hash(ids: list[str], connection) -> str:
    """The hash that one of the first two has kept."""
    query = text("SELECT email_hash FROM staff WHERE id IN (:a, :b) AND active")
    [kept] = connection.execute(query, {"a": ids[0], "b": ids[1]}).scalars().all()
    return kept


def test_what_was_waited_for_survives_going_back_and_forward(empty_app):
    flask_migrate.upgrade()
    make = Make()
    school = make.school()
    staff = make.counsellor(school)
    called = {"way": Way.CALL, "phone": "0701740605"}
    waiting, unanswered, contacted, closed = (make.knock(school, **called).knock for _ in range(4))
    answering.log_attempt(staff, unanswered, AttemptKind.CALLED_NO_ANSWER)
    answering.log_attempt(staff, contacted, AttemptKind.TALKED)
    answering.take(staff, closed)
    answering.close(staff, closed, Outcome.MET, shown=closed.newest)
    db.session.commit()
    ids = [knock.id for knock in (waiting, unanswered, contacted, closed)]
    before = _waits()
    assert len(before) == 2
    db.session.remove()
    flask_migrate.downgrade(revision="0010")
    with db.engine.connect() as connection:
        stored = {
            row.id: (row.next_rung_at is not None, row.rung_hours, bool(row.retry_due))
            for row in connection.execute(
                text("SELECT id, next_rung_at, rung_hours, retry_due FROM knock")
            )
        }
    assert [stored[knock_id] for knock_id in ids] == [
        (True, 0, False), (True, 0, True), (False, 0, False), (False, 0, False),
    ]  # fmt: skip
    flask_migrate.upgrade()
    assert _waits() == before
    awaits = [db.session.get_one(Knock, knock_id).awaits for knock_id in ids]
    assert awaits == [Awaited.FIRST_CONTACT, Awaited.NEW_ATTEMPT, None, None]


def _waits() -> set[tuple[object, ...]]:
    """What is waited for now, without what is made anew."""
    found = db.session.scalars(select(Wait).where(Wait.ended_at.is_(None)))
    return {
        (
            wait.about,
            wait.awaited,
            wait.staff_id,
            wait.due_at,
            wait.rung_hours,
            bool(wait.next_rung_at),
        )
        for wait in found
    }


def test_who_is_reminded_of_meetings_is_told_when_one_is_cancelled(empty_app):
    """What was chosen before there was such a kind."""
    flask_migrate.upgrade()
    wanted: list[list[str]] = [["answer", "meeting_soon", "meeting_cancelled"], ["answer"], []]
    now = clock.now()
    for number, kinds in enumerate(wanted):
        device, _token = devices.make()
        db.session.add(
            PushSubscription(
                id=f"{number}", device_id=device.id, endpoint="x", endpoint_hash=f"{number}",
                p256dh="x", auth="x", vapid_key_id="x", host="x", origin="x",
                kinds=kinds, created_at=now, checked_at=now,
            )
        )  # fmt: skip
    db.session.commit()
    db.session.remove()
    flask_migrate.downgrade(revision="0027")
    with db.engine.connect() as connection:
        before = connection.execute(text("SELECT kinds FROM push_subscription")).scalars().all()
    assert "meeting_cancelled" not in str(before)
    assert "meeting_soon" in str(before)
    flask_migrate.upgrade()
    rows = db.session.scalars(select(PushSubscription).order_by(PushSubscription.id))
    assert [row.kinds for row in rows] == wanted
