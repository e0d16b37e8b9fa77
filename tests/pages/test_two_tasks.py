"""Somebody who is a counsellor and coordinates: sees both pages, and content only as counsellor."""

import pytest
from flask import Flask

from elevhalsa.core import clock
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.knocks import queries
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.domain.reminders import service as reminders
from elevhalsa.domain.serving import queries as serving

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
        browser.sign_in(staff)
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
    assert both in serving.coordinators(both.municipality_id)
    assert both in serving.may_be_told(queries.matter_of(knock), clock.now())
    kinds = reminders.kinds_for(both)
    assert {*reminders.kinds_for(make.counsellor(school))} <= {*kinds}
    assert {*reminders.kinds_for(make.coordinator())} <= {*kinds}
    assert len(set(kinds)) == len(kinds)
    assert Kind.PROMISE_LATE in kinds
