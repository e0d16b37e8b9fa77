"""A process that has other keys than the database is written with takes nothing that could not be
read, and says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from elevhalsa import work
from elevhalsa.core.crypto import keyring, new_encryption_key, new_token
from elevhalsa.core.errors import SettingError
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.operations import health
from elevhalsa.domain.operations import keys as marks
from elevhalsa.domain.operations.models import KeyMark
from elevhalsa.extensions import db
from tests.conftest import KEYS, app_for, settings_for
from workers import beginning, jobs

OLD, NEW = KEYS["encryption_keys"][0], new_encryption_key()
WRONG: dict[str, dict[str, Any]] = {
    "HASH_KEY": {"hash_key": new_token()},
    "ENCRYPTION_KEYS": {"encryption_keys": [NEW]},
}


@pytest.fixture(autouse=True)
def usual_keys() -> Iterator[None]:
    yield
    keyring.configure(KEYS["encryption_keys"], KEYS["hash_key"])


@contextmanager
def process(database_url: str, **keys) -> Iterator[Flask]:
    """As one that has just begun with these keys."""
    app = app_for(settings_for(database_url, **keys))
    with app.app_context():
        beginning.tell(app)
        yield app
        db.session.remove()
        db.engine.dispose()


def begin(database_url: str, **keys) -> None:
    with process(database_url, **keys):
        pass


@pytest.fixture
def school(app, make, database_url):
    """In a database that a process with the usual keys has begun in."""
    school = make.school(slug="norra")
    make.nurse(school)
    db.session.remove()
    begin(database_url)
    return school


@pytest.mark.parametrize("name", WRONG)
def test_it_takes_no_knock_shows_the_crisis_page_and_is_not_ready(
    school, database_url, name, caplog
):
    form = {"skola": "norra", "form_id": "x" * 22, "who": "nurse", "way": "app", "text": "hej"}
    headers = {"Sec-Fetch-Site": "same-origin"}
    with process(database_url, **WRONG[name]) as app:
        client = app.test_client()
        jobs.sweep()
        ready = client.get("/readyz")
        assert ready.status_code == 503
        assert [n for n, health in ready.json["checks"].items() if health == "failing"] == ["keys"]
        sent = client.post("/knacka", data=form, headers=headers)
        assert sent.status_code == 503
        assert 'href="/hjalp-nu"' in sent.text
        assert 'href="tel:112"' in client.get("/hjalp-nu").text
        assert db.session.scalar(select(func.count()).select_from(Knock)) == 0
        result = app.test_cli_runner().invoke(args=["school", "close", "norra"])
        assert result.exit_code == 1
        assert name in result.output
    said = [line for line in caplog.messages if name in line]
    assert said  # at its start, and when the first page was asked for
    assert len(said) <= 3
    keyring.configure(KEYS["encryption_keys"], KEYS["hash_key"])
    with process(database_url) as app:
        assert app.test_client().post("/knacka", data=form, headers=headers).status_code == 303


def test_a_new_key_is_put_first_and_the_old_one_goes_once_all_is_wrapped_by_the_new(
    school, database_url
):
    for keys in ([OLD, NEW], [NEW, OLD], [OLD]):
        with process(database_url, encryption_keys=keys) as app:
            assert app.test_client().get("/s/norra").status_code == 200
    # The old one may not go yet.
    with process(database_url, encryption_keys=[NEW]) as app:
        assert app.test_client().get("/s/norra").status_code == 503
    with process(database_url, encryption_keys=[NEW, OLD]) as app:
        result = app.test_cli_runner().invoke(args=["keys", "rewrap"])
        assert result.exit_code == 0, result.output
    with process(database_url, encryption_keys=[NEW]) as app:
        assert app.test_client().get("/s/norra").status_code == 200
    # One that has not heard of the new key can read nothing.
    with process(database_url, encryption_keys=[OLD]) as app:
        assert app.test_client().get("/s/norra").status_code == 503


def test_the_first_to_note_its_keys_in_an_older_database_must_be_able_to_read_it(
    app, make, database_url
):
    make.nurse(make.school())
    db.session.remove()
    with (
        process(database_url, **WRONG["ENCRYPTION_KEYS"]),
        pytest.raises(SettingError, match="ENCRYPTION_KEYS"),
        work.unit(),
    ):
        marks.note()
    begin(database_url, encryption_keys=[OLD])
    with process(database_url) as now:
        assert now.test_client().get("/").status_code == 200


@pytest.mark.parametrize("name", WRONG)
def test_wrong_keys_are_seen_in_a_database_that_nobody_has_noted_any_in(
    app, make, database_url, name
):
    make.nurse(make.school(slug="norra"))
    db.session.execute(delete(KeyMark))
    db.session.commit()
    db.session.remove()
    for _start in range(2):
        with process(database_url, **WRONG[name]) as wrong:
            jobs.sweep()
            ready = wrong.test_client().get("/readyz")
            assert ready.json["checks"]["keys"] == "failing"
            assert name in health.key_marks().line
            assert wrong.test_client().get("/s/norra").status_code == 503
            assert db.session.scalar(select(func.count()).select_from(KeyMark)) == 0
    with process(database_url) as right:
        assert right.test_client().get("/s/norra").status_code == 200
        assert db.session.scalar(select(func.count()).select_from(KeyMark)) == 1
