"""Probes and figures: what the platform sees when all is well and when something is not."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from elevhalsa import create_app
from elevhalsa.adapters.queue import RqQueue
from elevhalsa.core import clock
from elevhalsa.core.vapid import new_key, vapid
from elevhalsa.domain.notices import outbox, schedule
from elevhalsa.domain.notices.models import Channel, Notice
from elevhalsa.domain.operations.health import newest_revision
from elevhalsa.domain.reminders.pushes import REFUSED
from elevhalsa.extensions import db
from tests.conftest import settings_for
from tests.factories import Make
from tests.running import running_valkey
from workers import jobs

TOKEN = "only-for-tests"


@pytest.fixture
def queue(app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    path = tmp_path_factory.mktemp("q") / "valkey.sock"
    with running_valkey(path):
        app.extensions["elevhalsa"].queue = RqQueue(f"unix://{path}")
        yield


@pytest.fixture
def scrape(database_url: str) -> Iterator[FlaskClient]:
    """A client of an app that has a token for its figures."""
    app = create_app(settings_for(database_url, metrics_token=TOKEN))
    with app.app_context():
        yield app.test_client()
        db.session.remove()
        db.engine.dispose()


def test_alive_needs_no_database(tmp_path: Path) -> None:
    app = create_app(settings_for(f"sqlite:///{tmp_path}/no/such/folder.db"))
    answer = app.test_client().get("/healthz")
    assert answer.status_code == 200
    assert answer.text == "ok\n"
    assert not answer.headers.getlist("Set-Cookie")


def test_ready_when_the_sweep_has_run_and_the_queue_answers(
    client: FlaskClient, queue: None
) -> None:
    jobs.sweep()
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {
        "status": "ok",
        "checks": {
            "database": "ok",
            "migrations": "ok",
            "keys": "ok",
            "sweep": "ok",
            "mail": "ok",
            "clock": "ok",
            "guesses": "ok",
            "floods": "ok",
            "sms": "ok",
            "responsible": "ok",
            "retention": "ok",
            "audit": "ok",
            "queue": "ok",
        },
    }
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_door_stays_open_without_the_queue(client: FlaskClient) -> None:
    jobs.sweep()
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json
    assert answer.json["status"] == "degraded"
    assert answer.json["checks"]["queue"] == "degraded"


def test_a_refusal_by_a_push_service_is_told_for_a_day_and_closes_nothing(
    client: FlaskClient, queue: None
) -> None:
    vapid.configure([new_key()])
    try:
        jobs.sweep()
        assert (client.get("/readyz").json or {})["checks"]["push"] == "ok"
        for hours, health in ((23, "degraded"), (25, "ok")):
            with clock.frozen(clock.now() - timedelta(hours=hours)):
                schedule.finish(REFUSED)
            db.session.commit()
            answer = client.get("/readyz")
            assert answer.status_code == 200
            assert (answer.json or {})["checks"]["push"] == health
    finally:
        vapid.configure([])


def test_how_long_ago_it_was_is_among_the_figures(scrape: FlaskClient) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert "push_refused" not in scrape.get("/metrics", headers=headers).text
    schedule.finish(REFUSED)
    db.session.commit()
    assert "elevhalsa_push_refused_age_seconds" in scrape.get("/metrics", headers=headers).text


def test_not_ready_before_the_first_sweep(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json
    assert answer.json["checks"]["sweep"] == "failing"


def test_not_ready_when_nobody_has_swept_for_five_minutes(client: FlaskClient) -> None:
    with clock.frozen(clock.now() - timedelta(minutes=5, seconds=1)):
        jobs.sweep()
    assert client.get("/readyz").status_code == 503
    with clock.frozen(clock.now() - timedelta(minutes=4)):
        jobs.sweep()
    assert client.get("/readyz").status_code == 200


def test_not_ready_when_a_sweep_began_but_never_ended(client: FlaskClient) -> None:
    schedule.begin("sweep", timedelta(minutes=1))
    db.session.commit()
    assert client.get("/readyz").status_code == 503


@pytest.mark.parametrize(
    ("ahead", "oldest", "is_ready"),
    [(-1, 0, False), (1, 0, True), (4, 0, True), (4, -3, True), (4, 1, False), (1, None, False)],
)
def test_ready_on_tables_of_a_later_release_that_this_code_can_work_with(
    client: FlaskClient,
    owner: Callable[[str], None],
    ahead: int,
    oldest: int | None,
    is_ready: bool,
) -> None:
    """oldest: how far the oldest code that can, is from this; None when nobody has said."""
    jobs.sweep()
    here = int(newest_revision())
    db.session.remove()
    owner(f"UPDATE alembic_version SET version_num = '{here + ahead:04}'")
    if oldest is None:
        owner("DROP TABLE schema_mark")
    else:
        owner(f"UPDATE schema_mark SET oldest_code = '{here + oldest:04}'")
    answer = client.get("/readyz")
    assert (answer.status_code == 200) is is_ready
    assert answer.json
    failing = [name for name, health in answer.json["checks"].items() if health == "failing"]
    assert failing == ([] if is_ready else ["migrations"])


def test_mail_that_does_not_leave_is_told_by_how_long_it_has_waited(scrape: FlaskClient) -> None:
    """Though each failure moves the next try further away."""
    make = Make()
    school = make.school()
    make.counsellor(school)
    jobs.sweep()
    with clock.frozen(clock.now() - timedelta(minutes=40)):
        make.knock(school)
        (letter,) = db.session.scalars(select(Notice).where(Notice.channel == Channel.EMAIL))
    letter_id = letter.id
    outbox.again(letter, "smtp 451", at=clock.now() + timedelta(minutes=50))
    db.session.commit()
    answer = scrape.get("/readyz")
    assert answer.status_code == 200  # the door stays open
    assert answer.json
    assert answer.json["checks"]["mail"] == "degraded"
    figures = scrape.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    (oldest,) = re.findall(r"^elevhalsa_mail_oldest_seconds (\S+)", figures, re.MULTILINE)
    assert 2390 < float(oldest) < 2500
    assert "elevhalsa_mail_waiting 1.0" in figures
    assert "elevhalsa_outbox_waiting 1.0" in figures

    outbox.sent(letter_id)
    db.session.commit()
    checks = scrape.get("/readyz").json["checks"]
    assert checks["mail"] == "ok"


def test_what_waits_for_its_hour_is_no_failure_of_the_mail(client: FlaskClient) -> None:
    make = Make()
    school = make.school()
    make.counsellor(school)
    with clock.frozen(clock.now() - timedelta(hours=9)):
        make.knock(school)
        (letter,) = db.session.scalars(select(Notice).where(Notice.channel == Channel.EMAIL))
    outbox.again(letter, outbox.QUIET, at=clock.now() + timedelta(minutes=50))
    db.session.commit()
    assert client.get("/readyz").json["checks"]["mail"] == "ok"


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///{tmp}/no/such/folder.db",
        "postgresql+psycopg://nobody@127.0.0.1:1/none",
    ],
)
def test_not_ready_without_the_database_and_no_word_of_where_it_is(
    tmp_path: Path, url: str
) -> None:
    app = create_app(settings_for(url.format(tmp=tmp_path)))
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json
    assert set(answer.json["checks"].values()) == {"failing", "degraded"}
    assert "folder" not in answer.text
    assert "nobody" not in answer.text


def test_figures_are_not_there_without_a_token(client: FlaskClient) -> None:
    assert client.get("/metrics").status_code == 404


@pytest.mark.parametrize("given", [None, "Bearer ", "Bearer wrong", TOKEN, "Bearer fel-å"])
def test_figures_are_for_the_holder_of_the_token(scrape: FlaskClient, given: str | None) -> None:
    headers = {"Authorization": given} if given else {}
    answer = scrape.get("/metrics", headers=headers)
    assert answer.status_code == 401
    assert "elevhalsa_" not in answer.text


def test_figures_tell_what_waits_and_what_is_late(scrape: FlaskClient) -> None:
    make = Make()
    school = make.school()
    make.counsellor(school)
    with clock.frozen(clock.now() - timedelta(days=14)):
        make.knock(school)
    make.knock(school)
    jobs.sweep()
    answer = scrape.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    figures = dict(
        line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#")
    )
    assert figures['elevhalsa_open_knocks{state="waiting"}'] == "2.0"
    assert figures['elevhalsa_open_knocks{state="taken"}'] == "0.0"
    assert figures["elevhalsa_late_knocks"] == "1.0"
    # Two knocks, and of the late one three rungs, by letter to the counsellor.
    assert figures["elevhalsa_outbox_waiting"] == "5.0"
    assert float(figures["elevhalsa_outbox_oldest_seconds"]) > 13 * 24 * 3600
    assert float(figures["elevhalsa_sweep_age_seconds"]) < 60
    assert figures["elevhalsa_queue_up"] == "0.0"


def test_no_figure_names_a_place_or_a_person(scrape: FlaskClient) -> None:
    make = Make()
    make.knock(make.school(name="Hemliga skolan"))
    answer = scrape.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert "Hemliga" not in answer.text
    assert make.home.slug not in answer.text
