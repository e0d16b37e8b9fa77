"""Somebody who is a counsellor and coordinates: sees both pages, and content only as counsellor."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from elevhalsa.adapters.mail import SmtpMailer
from elevhalsa.core import clock
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.knocks import queries
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.domain.notices.words import Audience
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.domain.reminders import service as reminders
from elevhalsa.domain.serving import queries as serving
from elevhalsa.extensions import db
from tests.mailbox import open_mailbox
from workers import jobs

from ..factories import Make
from .browser import Browser


@pytest.fixture
def school(make: Make) -> School:
    return make.school()


@pytest.fixture
def both(make: Make, school: School) -> Staff:
    return make.staff(Profession.COUNSELLOR, [school], coordinates=True)


@pytest.fixture
def browser(app: Flask, both: Staff) -> Browser:
    found = Browser(app.test_client())
    found.sign_in(both)
    return found


def test_who_is_both_comes_to_the_inbox_and_finds_the_figures_beside_it(browser: Browser) -> None:
    assert browser.page.url == "/personal/inkorg"
    assert "Kurator och samordnare · 1 skola" in browser.page.text
    figures = browser.follow("Samordnare")
    assert (figures.status, figures.h1) == (200, "Så hålls löftet")
    assert browser.follow("Inkorg").url == "/personal/inkorg"
    assert browser.get("/samordnare/genvagar/").status == 200


def test_one_task_opens_one_kind_of_page(app: Flask, make: Make, school: School) -> None:
    counsellor, coordinator = make.counsellor(school), make.coordinator()
    for staff, shut in ((counsellor, "/samordnare/"), (coordinator, "/personal/inkorg")):
        browser = Browser(app.test_client())
        browser.arrives_as(staff)
        assert browser.get(shut).status == 403
    assert coordinator.works_as == "Samordnare"


def test_a_coordinator_reads_content_only_as_the_counsellor_they_also_are(
    browser: Browser, make: Make, school: School, both: Staff
) -> None:
    medical = make.knock(school, wanted=Profession.NURSE, text="hos sköterskan").knock
    own = make.knock(school, wanted=Profession.COUNSELLOR, text="hos kuratorn").knock
    assert browser.get(f"/personal/arende/{medical.id}").status == 404
    assert "hos kuratorn" in browser.get(f"/personal/arende/{own.id}").text
    assert both.wall is Wall.PSYCHOSOCIAL


def test_who_is_both_is_told_as_both_and_asked_once_about_each_kind(
    make: Make, school: School, both: Staff
) -> None:
    knock = make.knock(school).knock
    assert both in serving.At(clock.now()).coordinators(queries.matter_of(knock))
    assert both in serving.At(clock.now()).may_be_told(queries.matter_of(knock))
    kinds = reminders.kinds_for(both)
    assert {*reminders.kinds_for(make.counsellor(school))} <= {*kinds}
    assert {*reminders.kinds_for(make.coordinator())} <= {*kinds}
    assert len(set(kinds)) == len(kinds)
    assert Kind.PROMISE_LATE in kinds


def told(person: Staff) -> dict[Channel, tuple[Audience | None, ...]]:
    rows = db.session.scalars(select(Notice).where(Notice.staff_id == person.id))
    found: dict[Channel, tuple[Audience | None, ...]] = {}
    for row in rows:
        found[row.channel] = (*found.get(row.channel, ()), row.told_as)
    return found


def test_a_knock_of_the_other_side_is_told_to_who_is_both_as_a_coordinator(
    browser: Browser, make: Make, school: School, both: Staff
) -> None:
    """The school has no nurse: it opens wide, the coordinator knows, and is led to the figures."""
    knock = make.knock(school, wanted=Profession.NURSE).knock
    assert told(both) == {
        Channel.APP: (Audience.COORDINATOR,),
        Channel.EMAIL: (Audience.COORDINATOR,),
    }
    page = browser.get("/personal/notiser")
    assert page.link("Någon har knackat på") == "/samordnare/"
    assert knock.id not in page.html
    assert "Någon har knackat på" in browser.get("/samordnare/").text


def test_a_knock_of_the_own_side_is_told_to_who_is_both_once_and_as_a_counsellor(
    browser: Browser, make: Make, school: School, both: Staff
) -> None:
    knock = make.knock(school, wanted=Profession.COUNSELLOR).knock
    with clock.frozen(knock.due_at + timedelta(minutes=1)):
        jobs.sweep()
    db.session.rollback()
    assert told(both)[Channel.APP].count(None) == len(told(both)[Channel.APP]) > 1
    page = browser.get("/personal/notiser")
    assert page.link("Löftet har inte hållits") == f"/personal/arende/{knock.id}"
    assert "Inga. Du får en signal" in browser.get("/samordnare/").text


def test_a_letter_leads_who_is_both_where_they_were_told_of_it(
    app: Flask, make: Make, school: School, both: Staff
) -> None:
    own = make.knock(school, wanted=Profession.COUNSELLOR).knock
    make.knock(school, wanted=Profession.NURSE)
    with open_mailbox() as mailbox:
        app.extensions["elevhalsa"].mailer = SmtpMailer(mailbox.url, "fran@exempel.invalid")
        jobs.flush_outbox()
        texts = [letter.get_content() for letter in mailbox.letters]
    paths = {re.findall(r"https?://[^/]+(\S+)", text)[0] for text in texts}
    assert paths == {"/samordnare/", f"/personal/arende/{own.id}"}
