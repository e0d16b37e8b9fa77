"""Where a knock comes from, and where it goes to, is only known to the limiter's store."""

import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits.storage import RedisStorage
from sqlalchemy import func, select

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.knocks import floods as setting_aside
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.operations import health
from elevhalsa.domain.operations.health import Health
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.extensions import db, limiter
from elevhalsa.web import floods
from tests.conftest import Reader, app_for, settings_for
from tests.domain.helpers import at, everything_stored
from tests.factories import Make
from tests.running import running_valkey

MONDAY = at("2026-11-23 09:30")
LOW = {"flood_place": [(6, 10)], "flood_school": [(12, 10)]}
ORIGIN = {"Origin": "http://localhost"}
NETWORK = "2001:db8:1:2:"

Knocks = Callable[..., str]


@pytest.fixture(scope="module")
def valkey() -> Iterator[str]:
    folder = tempfile.mkdtemp(prefix="elevhalsa-f-")
    with running_valkey(Path(folder) / "v.sock"):
        yield f"unix://{folder}/v.sock"
    shutil.rmtree(folder, ignore_errors=True)


def redis() -> Any:
    storage = limiter.storage
    assert isinstance(storage, RedisStorage)
    return storage.storage


@pytest.fixture(params=["in memory", "in redis"])
def app(request: pytest.FixtureRequest, sqlite_url: str) -> Iterator[Flask]:
    store = request.getfixturevalue("valkey") if request.param == "in redis" else None
    app = app_for(settings_for(sqlite_url, redis_url=store, **LOW))
    app.test_client_class = Reader
    with app.app_context():
        if store:
            redis().flushall()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def school(make: Make) -> School:
    school = make.school(slug="norrskogen")
    make.nurse(school)
    return school


@pytest.fixture
def nurse(school: School) -> Staff:
    return db.session.scalars(select(Staff)).one()


@pytest.fixture
def knocks(app: Flask, school: School) -> Knocks:
    def knocks(address: str, text: str = "Samma text", client: FlaskClient | None = None) -> str:
        client = client or app.test_client()
        fields = {"who": "nurse", "way": "app", "text": text, "form_id": new_id()}
        answer = client.post(
            "/knacka?skola=norrskogen",
            data=fields,
            headers=ORIGIN,
            environ_base={"REMOTE_ADDR": address},
        )
        assert answer.status_code == 303
        return answer.location.rpartition("/")[2]

    return knocks


def aside() -> int:
    db.session.rollback()
    query = select(func.count()).select_from(Knock).where(Knock.flood.is_not(None))
    return db.session.scalar(query) or 0


def test_more_than_a_pace_from_one_network_are_set_aside_and_nobody_is_refused(knocks):
    with clock.frozen(MONDAY):
        for number in range(6):
            knocks(f"{NETWORK}:{number}")
        assert aside() == 0
        knocks(f"{NETWORK}:7")
        assert aside() == 7
        for number in range(20):
            knocks(f"{NETWORK}:{number:x}")
        assert aside() == 27
        numbers = set(db.session.scalars(select(Knock.flood)))
        assert len(numbers) == 1
        knocks("2001:db8:1:3::1")
        assert aside() == 27


def test_who_differs_stands_by_itself_and_opens_it_from_the_same_network(app, knocks):
    with clock.frozen(MONDAY):
        for number in range(10):
            knocks(f"{NETWORK}:{number}")
        phone = app.test_client()
        hers = knocks(f"{NETWORK}:ffff", "Jag vill prata om en sak hemma", phone)
        for number in range(10):
            knocks(f"{NETWORK}:{number}")
        assert aside() == 20
        assert db.session.get(Knock, hers).flood is None
        page = phone.get(f"/mitt/{hers}", environ_base={"REMOTE_ADDR": f"{NETWORK}:ffff"})
        assert page.status_code == 200


def test_a_flood_against_one_school_from_everywhere_is_set_aside_too(knocks):
    with clock.frozen(MONDAY):
        for number in range(15):
            knocks(f"192.0.2.{number}")
        assert aside() == 15


def test_when_it_is_over_what_comes_is_like_any_other(knocks):
    with clock.frozen(MONDAY):
        for _number in range(10):
            knocks("192.0.2.1")
    with clock.frozen(MONDAY + timedelta(minutes=11)):
        knocks("192.0.2.1")
        assert aside() == 10


def test_operators_are_told_once_in_a_line_without_any_address(app, knocks, caplog):
    with clock.frozen(MONDAY), caplog.at_level(logging.WARNING):
        before = next(check for check in health.of_database() if check.name == "floods")
        for number in range(10):
            knocks(f"{NETWORK}:{number}")
        db.session.rollback()
        after = next(check for check in health.of_database() if check.name == "floods")
    assert (before.health, after.health) == (Health.OK, Health.DEGRADED)
    lines = [record.getMessage() for record in caplog.records if "flood" in record.getMessage()]
    assert len(lines) == 1
    assert "2001" not in lines[0]
    with clock.frozen(MONDAY + timedelta(hours=25)):
        assert next(c for c in health.of_database() if c.name == "floods").health is Health.OK


def test_the_database_holds_nothing_that_follows_from_an_address(app, knocks):
    with clock.frozen(MONDAY):
        for number in range(10):
            knocks(f"{NETWORK}:{number}")
        with app.test_request_context(environ_base={"REMOTE_ADDR": f"{NETWORK}:1"}):
            keys = [key.partition(":")[2] for key in floods.paces_of("x")]
    stored = everything_stored()
    assert "2001:db8" not in stored
    assert not any(key in stored for key in keys)


@pytest.mark.parametrize("app", ["in redis"], indirect=True)
def test_the_store_forgets_within_the_hour(app, knocks):
    with clock.frozen(MONDAY):
        for _number in range(10):
            knocks("192.0.2.1")
    kept = redis().keys("flood:*")
    assert len(kept) >= 3
    assert all(0 < redis().ttl(key) <= 3600 for key in kept)
    assert not any(b"192.0" in key for key in kept)


def test_without_a_store_what_came_is_forgotten_within_the_hour_too():
    kept = floods.InMemory()
    kept.add(["place:one", "school:one"], "a knock", MONDAY)
    kept.begin("place:one", "a number")
    kept.add(["school:one"], "another", MONDAY + timedelta(minutes=50))
    assert kept.read(["place:one"]) == [([("a knock", MONDAY)], "a number")]
    kept.add(["place:two"], "a third", MONDAY + timedelta(minutes=60))
    assert kept.read(["place:one"]) == [([], None)]
    assert [len(come) for come, _number in kept.read(["school:one", "place:two"])] == [2, 1]


def test_a_store_that_is_away_refuses_nobody_and_sets_nothing_aside(sqlite_url, caplog):
    app = app_for(settings_for(sqlite_url, redis_url="redis://127.0.0.1:1/0", **LOW))
    app.test_client_class = Reader
    with app.app_context():
        make = Make()
        make.nurse(make.school(slug="norrskogen"))
        client = app.test_client()
        for _number in range(10):
            fields = {"who": "nurse", "way": "app", "form_id": new_id()}
            answer = client.post("/knacka?skola=norrskogen", data=fields, headers=ORIGIN)
            assert answer.status_code == 303
        assert aside() == 0
        db.engine.dispose()
    assert any("floods are not seen" in record.getMessage() for record in caplog.records)


def test_the_same_form_twice_counts_once(app, school):
    with clock.frozen(MONDAY):
        fields = {"who": "nurse", "way": "app", "form_id": new_id()}
        for _number in range(20):
            app.test_client().post("/knacka?skola=norrskogen", data=fields, headers=ORIGIN)
        assert aside() == 0
        assert setting_aside.groups(db.session.scalars(select(Staff)).one()) == []
