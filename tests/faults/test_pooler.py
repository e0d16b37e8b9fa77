"""Behind PgBouncer in transaction mode each transaction may be on another connection, and there are
fewer connections than people."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.engine import make_url

from elevhalsa import work
from elevhalsa.core.walls import Wall
from elevhalsa.database import WALLS
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.extensions import db
from tests.conftest import app_for, settings_for
from tests.factories import Make
from tests.running import environment, eventually, free_port, listens, running
from workers import jobs

AT_ONCE = 6
KNOCKS = 36
CONNECTIONS = 3

INI = """
[databases]
* = host={host} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {size}
"""


class Pooler:
    """PgBouncer before the test's database."""

    def __init__(self, postgres_url: str, folder: Path) -> None:
        url = make_url(postgres_url)
        host = str(url.query["host"])
        self.port = free_port()
        self.url = f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{url.database}"
        self._log = folder / "log"
        settings = folder / "pgbouncer.ini"
        settings.write_text(INI.format(host=host, port=self.port, size=CONNECTIONS))
        program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
        assert Path(program).exists(), "tests/pgbouncer.sh installs it"
        # It refuses to be root, and only PostgreSQL's own user can open PostgreSQL's socket.
        user = ["-u", Path(host).owner()] if os.getuid() == 0 else []
        self._command = [program, *user, str(settings)]

    @contextmanager
    def runs(self) -> Iterator[None]:
        with running(self._command, environment(), self._log):
            eventually(lambda: listens(self.port))
            yield


@pytest.fixture
def pooler(postgres_url: str) -> Iterator[Pooler]:
    folder = Path(tempfile.mkdtemp(prefix="elevhalsa-pooler-"))  # which its user can reach
    folder.chmod(0o755)
    yield Pooler(postgres_url, folder)
    shutil.rmtree(folder)


@pytest.fixture
def pooled_url(pooler: Pooler) -> Iterator[str]:
    with pooler.runs():
        yield pooler.url


@pytest.fixture
def pooled(pooled_url: str) -> Iterator[Flask]:
    app = app_for(settings_for(pooled_url))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_a_class_knocks_at_once_and_every_knock_is_stored_and_told(pooled: Flask) -> None:
    make = Make()
    school = make.school(slug="norra")
    make.nurse(school)
    make.counsellor(school)
    db.session.remove()

    def knocks(number: int) -> int:
        form = {"skola": "norra", "who": "nurse", "way": "app", "text": "hej"}
        headers = {"Sec-Fetch-Site": "same-origin", "X-Forwarded-For": "192.0.2.1"}
        client = pooled.test_client()
        sent = client.post("/knacka", data=form | {"form_id": f"{number:022}"}, headers=headers)
        if sent.status_code != 303:
            return sent.status_code
        return client.get(sent.location).status_code

    with ThreadPoolExecutor(AT_ONCE) as people:
        answers = list(people.map(knocks, range(KNOCKS)))
    assert answers == [200] * KNOCKS
    assert db.session.scalar(select(func.count()).select_from(Knock)) == KNOCKS
    db.session.rollback()
    jobs.sweep()
    jobs.flush_outbox()
    assert pooled.test_client().get("/readyz").status_code == 200


def test_the_tables_change_through_it(pooled: Flask) -> None:
    flask_migrate.downgrade()
    flask_migrate.upgrade()
    assert db.session.scalar(select(func.count()).select_from(Knock)) == 0


def test_what_one_transaction_sets_the_next_one_does_not_have(pooled: Flask) -> None:
    """On whichever connection that is."""
    plain = db.engine.raw_connection()
    try:
        with db.engine.connect() as connection:
            within = connection.execute(text("SHOW statement_timeout")).scalar()
        for _time in range(CONNECTIONS * 2):
            cursor = plain.cursor()
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("0",)
            plain.rollback()
    finally:
        plain.close()
    assert within == "1min"


def test_who_acts_and_what_was_shown_goes_along_with_no_connection_to_the_next(
    pooled: Flask,
) -> None:
    """Two people in turn, and somebody who says nothing, on as few connections as there are."""
    make = Make()
    school = make.school(slug="norra")
    nurse = make.nurse(school)
    actor, home = work.staff(nurse.id), school.municipality_id
    db.session.remove()
    asked = text("SELECT " + ", ".join(f"current_setting('{name}', true)" for name in WALLS))
    for _time in range(CONNECTIONS * 2):
        with work.unit(work.PUPIL):
            work.show("a hash of hers".replace(" ", "-"))
            told = db.session.execute(asked).one()
        assert (told[0], told[1] or "", told[5]) == ("pupil", "", "a-hash-of-hers")
        with work.unit(work.PUPIL):
            db.session.execute(asked).one()
            work.act_as(actor, municipality_id=home, wall=Wall.MEDICAL)
            told = db.session.execute(asked).one()
        assert (told[0], told[1], told[5] or "") == ("staff", home, "")
        plain = db.engine.raw_connection()
        cursor = plain.cursor()
        cursor.execute(str(asked))
        assert not any(cursor.fetchone())
        plain.close()


def test_only_on_a_connection_of_its_own_is_anything_prepared(
    pooled: Flask, postgres_url: str
) -> None:
    assert _prepared_after(10) == 0
    with app_for(settings_for(postgres_url)).app_context():
        assert _prepared_after(10) == 1
        db.session.remove()
        db.engine.dispose()


def _prepared_after(times: int) -> int:
    """How many statements the server has prepared when one has been run again and again, each time
    in a transaction that is rolled back, as one that only read is."""
    for _time in range(times):
        with db.engine.connect() as connection:
            connection.execute(select(func.count()).select_from(Knock))
    with db.engine.connect() as connection:
        asked = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE :like")
        return int(connection.execute(asked, {"like": "SELECT count(*) %FROM knock"}).scalar_one())


def test_when_it_is_gone_the_crisis_page_stays_and_when_it_is_back_all_is_open(
    pooler: Pooler,
) -> None:
    app = app_for(settings_for(pooler.url))
    app.config["PROPAGATE_EXCEPTIONS"] = False  # as it is served
    client = app.test_client()
    with app.app_context():
        with pooler.runs():
            Make().school(slug="norra")
            db.session.remove()
            assert client.get("/s/norra").status_code == 200
        app.extensions["elevhalsa_directory"].clear()  # half a minute passes
        assert client.get("/hjalp-nu").status_code == 200
        assert client.get("/knacka?skola=norra").status_code == 503
        with pooler.runs():
            eventually(lambda: client.get("/knacka?skola=norra").status_code == 200)
        db.session.remove()
        db.engine.dispose()
