"""The database is away when the service starts, or goes away later: the crisis page opens all the
same, at any host, and nothing else pretends to work."""

import socket
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from flask import Flask
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import OperationalError

from elevhalsa import database
from elevhalsa.core import labels
from elevhalsa.domain.operations import keys
from elevhalsa.domain.people import directory
from elevhalsa.domain.places import service, shipped
from elevhalsa.domain.places.models import School
from elevhalsa.domain.places.queries import crisis_lines
from elevhalsa.domain.places.words import Need
from elevhalsa.extensions import db
from elevhalsa.web import access
from elevhalsa.web.access import Who
from tests import postgres
from tests.conftest import app_for, settings_for
from tests.domain.places.test_queries import FRIDAY_EVENING
from tests.factories import Make

ANY_HOST = "http://nagon.annan.invalid"


def closed_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        port: int = listening.getsockname()[1]
        return port


@pytest.fixture(params=["no folder", "nobody listens", "no tables"])
def away(request: pytest.FixtureRequest, tmp_path) -> Iterator[Flask]:
    """An app whose database cannot be used, from the start."""
    url = {
        "no folder": f"sqlite:///{tmp_path}/no/such/folder.db",
        "nobody listens": f"postgresql+psycopg://nobody@127.0.0.1:{closed_port()}/none",
        "no tables": f"sqlite:///{tmp_path}/new.db",
    }[request.param]
    app = app_for(settings_for(url))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def without_arguments(app: Flask) -> dict[str, str]:
    """Endpoint -> address of all that is opened by GET and needs nothing in its address."""
    return {
        rule.endpoint: rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.arguments
    }


def test_the_crisis_page_opens_at_any_host(away):
    for base in ("http://127.0.0.1:8000", ANY_HOST):
        page = away.test_client().get("/hjalp-nu", base_url=base)
        assert page.status_code == 200
        assert 'href="tel:112"' in page.text
        assert "90101" in page.text
        assert [need in page.text for need in map(labels.of, Need)] == [True] * len(Need)


def test_every_other_page_says_so_and_leads_there(away):
    client = away.test_client()
    rules = access.rules(away)
    asked = 0
    for endpoint, address in without_arguments(away).items():
        if rules[endpoint].who is Who.OPERATOR:
            continue
        page = client.get(address, base_url=ANY_HOST)
        if rules[endpoint].without_database:
            assert page.status_code == 200, address
        else:
            assert page.status_code == 503, address
            assert 'href="/hjalp-nu"' in page.text
        asked += 1
    assert asked > 15


def test_nothing_that_is_sent_is_taken_for_sent(away):
    sent = away.test_client().post("/knacka", data={"skola": "norra", "text": "hej"})
    assert sent.status_code == 503


def test_who_waits_for_a_database_that_is_away_is_one_and_soon_nobody(away, monkeypatch):
    asked = []
    load = directory.load

    def counted():
        asked.append(1)
        return load()

    monkeypatch.setattr(directory, "load", counted)
    client = away.test_client()
    for _time in range(5):
        client.get("/hjalp-nu")
        client.get("/")
    assert len(asked) == 1


def test_a_database_that_does_not_even_refuse_is_waited_for_once(
    tmp_path, postgres_url, monkeypatch
):
    """Its machine is gone: who connects hears nothing. Then nobody else waits as long."""
    monkeypatch.setattr(database, "POSTGRES_WAIT_SECONDS", 2)  # the least that libpq takes
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        url = f"postgresql+psycopg://nobody@127.0.0.1:{silent.getsockname()[1]}/none"
        app = app_for(settings_for(url))
        app.config["PROPAGATE_EXCEPTIONS"] = False
        client = app.test_client()
        monkeypatch.setattr(directory, "load", directory.unknown)  # as it was a moment ago
        monkeypatch.setattr(keys, "check", lambda: None)
        began = time.monotonic()
        assert client.get("/mitt/kod").status_code == 200  # asks the database nothing
        for _time in range(5):
            assert client.get("/logga-in/lank/x").status_code >= 500
            assert client.get("/hjalp-nu").status_code == 200
        assert time.monotonic() - began < 4


@pytest.fixture
def breaks(app, monkeypatch):
    """Makes the database go away, and come back."""

    def load_of_none():
        raise OperationalError("SELECT", {}, Exception("away"))

    def set_away(is_away: bool) -> None:
        if is_away:
            monkeypatch.setattr(directory, "load", load_of_none)
        else:
            monkeypatch.undo()
        app.extensions["elevhalsa_directory"].clear()
        app.extensions["elevhalsa_public"].clear()

    return set_away


def test_what_was_known_last_stands_until_it_is_back(app, client, make, breaks):
    home = make.home
    home.duty_phone = "0123-456 78"
    service.put_crisis_line(
        home, "Kommunens linje", about="Prata.", phone="0123-4", sms=None, url=None,
        hours="dygnet runt", age_from=None, age_to=None, urgent=True, position=1,
        verified_on=FRIDAY_EVENING.date(), source=None,
    )  # fmt: skip
    db.session.commit()
    make.school(slug="norra")
    before = client.get("/hjalp-nu").text
    assert "Kommunens linje" in before
    assert "0123-456 78" in before
    breaks(True)
    during = client.get("/hjalp-nu")
    assert during.status_code == 200
    assert "Kommunens linje" in during.text
    assert "0123-456 78" in during.text
    assert client.get("/s/norra").status_code == 503
    assert client.get("/hjalp-nu", base_url=ANY_HOST).status_code == 404  # the hosts are known
    breaks(False)
    assert client.get("/s/norra").status_code == 200


def test_the_lines_that_come_with_the_app_are_those_that_are_imported(app):
    app.test_cli_runner().invoke(args=["crisis", "import"])
    assert directory.unknown().crisis_lines(None, FRIDAY_EVENING) == crisis_lines(
        None, FRIDAY_EVENING
    )
    assert len(shipped.crisis_lines()) > 5


def test_what_was_planned_before_a_column_had_another_type_is_asked_for_anew(postgres_url):
    """A release gives one while the web is up: nobody has to start it again."""
    app = app_for(settings_for(postgres_url))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with app.app_context():
        Make().school(slug="norra")
        db.session.commit()
        names = select(School.name)

        def ask() -> list[str]:
            with db.engine.connect() as connection:
                return list(connection.scalars(names))

        for _time in range(2 * database.PREPARED_AFTER):
            ask()
        owner = create_engine(postgres.as_owner(postgres_url))
        with owner.begin() as connection:
            connection.execute(text("ALTER TABLE school ALTER COLUMN name TYPE varchar(333)"))
        owner.dispose()
        with pytest.raises(database.AWAY):
            ask()
        assert len(ask()) == 1
        db.session.remove()
        db.engine.dispose()
