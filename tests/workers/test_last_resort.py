"""No worker runs: the web watches the promises, and it is told."""

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.notices import schedule
from elevhalsa.domain.operations import queries
from elevhalsa.extensions import db
from tests.domain.helpers import counted_queries
from tests.factories import Make
from tests.mailbox import Mailbox
from tests.pages.browser import Browser, Page
from workers import jobs, last_resort

from .test_together import NOON, at_once

LATER = NOON + timedelta(days=1, minutes=1)
SAYS = "Påminnelserna går inte som de ska just nu."


def a_late_knock(make: Make) -> None:
    school = make.school()
    make.counsellor(school)
    with clock.frozen(NOON):
        make.knock(school)


def test_the_web_climbs_what_is_due_and_sends_what_waits_when_no_worker_does(
    app: Flask, make: Make, mailbox: Mailbox
) -> None:
    a_late_knock(make)
    with clock.frozen(LATER):
        assert last_resort.look(app)
    assert mailbox.letters
    db.session.rollback()
    assert db.session.scalars(select(Knock.opened_wide_at)).one() == LATER
    assert queries.swept_at() is None, "that no worker did it is told all the same"
    with clock.frozen(LATER + timedelta(seconds=30)):
        assert not last_resort.look(app), "once a minute"
    with clock.frozen(LATER + timedelta(seconds=61)):
        assert last_resort.look(app)


def test_while_a_worker_sweeps_the_web_does_not(app: Flask) -> None:
    jobs.sweep()
    assert not last_resort.look(app)
    db.session.rollback()
    assert schedule.last_finished(queries.SWEEP_BY_WEB) is None


def test_many_web_processes_do_it_once(app: Flask, make: Make, mailbox: Mailbox) -> None:
    a_late_knock(make)
    did: list[bool] = []

    def look() -> None:
        with clock.frozen(LATER):
            did.append(last_resort.look(app))

    at_once(app, look)
    assert did.count(True) == 1
    assert mailbox.letters
    assert len({letter["Message-ID"] for letter in mailbox.letters}) == len(mailbox.letters)


def test_a_service_whose_web_sweeps_is_open_and_says_that_its_worker_is_gone(
    app: Flask, client: FlaskClient
) -> None:
    assert client.get("/readyz").status_code == 503
    last_resort.look(app)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json
    assert answer.json["checks"]["sweep"] == "degraded"
    jobs.sweep()
    assert client.get("/readyz").json["checks"]["sweep"] == "ok"


def test_staff_are_told_when_nobody_watches_and_asking_costs_nothing(
    app: Flask, client: FlaskClient, make: Make
) -> None:
    pages: list[Page] = []
    watched = app.extensions["elevhalsa_watched"]
    browser = Browser(client)
    assert SAYS not in browser.sign_in(make.nurse(make.school())).text, "a worker may be starting"

    def queries_of_a_page() -> int:
        with counted_queries() as asked:
            pages.append(browser.get("/personal/inkorg"))
        return len(asked)

    usual = queries_of_a_page()
    watched.began -= 301
    assert queries_of_a_page() == usual + 1
    assert SAYS in pages[-1].text
    assert queries_of_a_page() == usual
    jobs.sweep()
    assert SAYS in browser.get("/personal/inkorg").text, "for half a minute more"
    watched.asked -= 31
    assert SAYS not in browser.get("/personal/inkorg").text
