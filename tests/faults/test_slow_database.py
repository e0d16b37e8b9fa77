"""Somebody holds what others wait for: a page gets an end, the crisis page is open meanwhile, and a
change of the tables waits for its turn without holding up those who come after it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import create_engine, func, select, text

from elevhalsa import database
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.extensions import db
from tests.conftest import app_for, settings_for
from tests.factories import Make

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def app(postgres_url: str) -> Iterator[Flask]:
    app = app_for(settings_for(postgres_url))
    app.config["PROPAGATE_EXCEPTIONS"] = False  # as it is served
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@contextmanager
def another(url: str, *statements: str) -> Iterator[None]:
    """Somebody else's transaction, in which these have been done."""
    engine = create_engine(url)
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
        yield
        connection.rollback()
    engine.dispose()


def test_a_knock_that_waits_too_long_gets_an_answer_and_can_be_sent_again(
    app: Flask, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PAGE_SECONDS", 1)
    make = Make()
    make.nurse(make.school(slug="norra"))
    db.session.remove()
    client = app.test_client()
    form = {"skola": "norra", "form_id": "x" * 22, "who": "nurse", "way": "app", "text": "hej"}
    assert client.get("/knacka?skola=norra").status_code == 200
    with another(postgres_url, "LOCK TABLE knock IN ACCESS EXCLUSIVE MODE"):
        began = time.monotonic()
        assert client.post("/knacka", data=form, headers=SAME_ORIGIN).status_code >= 500
        assert 0.9 < time.monotonic() - began < 4
        assert client.get("/hjalp-nu").status_code == 200
    for _time in range(2):
        assert client.post("/knacka", data=form, headers=SAME_ORIGIN).status_code == 303
    assert db.session.scalar(select(func.count()).select_from(Knock)) == 1


def test_who_comes_after_every_connection_was_dropped_notices_nothing(
    app: Flask, postgres_url: str
) -> None:
    make = Make()
    make.nurse(make.school(slug="norra"))
    db.session.remove()
    client = app.test_client()
    for number in range(3):
        with another(postgres_url, EVERYBODY_ELSE_IS_THROWN_OUT):
            pass
        form = {"skola": "norra", "form_id": f"{number}" * 22, "who": "nurse", "way": "app"}
        answer = client.post("/knacka", data=form, headers=SAME_ORIGIN)
        assert answer.status_code == 303
        assert client.get(answer.location).status_code == 200
    assert db.session.scalar(select(func.count()).select_from(Knock)) == 3


EVERYBODY_ELSE_IS_THROWN_OUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid != pg_backend_pid()
"""
EVERY_TABLE = """
DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('LOCK TABLE %I IN ACCESS SHARE MODE', name);
  END LOOP;
END $$
"""
"""As somebody has who has read each and not ended the transaction."""


class Downgrade(threading.Thread):
    """``flask db downgrade base`` meanwhile."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self._app = app
        self.came_to: object = None
        self.start()

    def run(self) -> None:
        with self._app.app_context():
            try:
                flask_migrate.downgrade(revision="base")
                self.came_to = "done"
            except SystemExit as end:
                self.came_to = end.code


def test_a_change_of_the_tables_holds_nobody_up_for_long_and_is_made_when_it_can_be(
    app: Flask, postgres_url: str
) -> None:
    longest = 0.0
    with another(postgres_url, EVERY_TABLE):
        change = Downgrade(app)
        until = time.monotonic() + 7
        while time.monotonic() < until:
            for table in db.metadata.sorted_tables:
                began = time.monotonic()
                db.session.execute(select(func.count()).select_from(table))
                db.session.rollback()
                longest = max(longest, time.monotonic() - began)
        assert change.is_alive()
    change.join(60)
    assert change.came_to == "done"
    assert 0.5 < longest < 5


@pytest.mark.trial
def test_a_change_of_the_tables_that_never_gets_its_turn_ends_in_one_line(
    app: Flask, postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with another(postgres_url, EVERY_TABLE):
        change = Downgrade(app)
        change.join(120)
    assert change.came_to == 1
    (line,) = [record.message for record in caplog.records if "Error" in record.message]
    assert "ingenting är ändrat" in line
    assert db.session.scalar(select(func.count()).select_from(Knock)) == 0
