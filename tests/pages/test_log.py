"""Who has seen what: every showing of a knock leaves an event; who reviews the log, who is told."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.audit import sealing
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import answering, journal, log
from elevhalsa.domain.knocks.log import Wanted
from elevhalsa.domain.knocks.words import Way
from elevhalsa.domain.people import duties
from elevhalsa.domain.people.rules import Seat
from elevhalsa.domain.people.words import Duty
from elevhalsa.extensions import db
from elevhalsa.pages.municipality.log import ACTIONS
from elevhalsa.web import access
from elevhalsa.work import OPERATOR
from tests.domain.helpers import at

from .browser import Browser
from .test_protected import ids_in_the_database, values_for

MONDAY = at("2026-11-23 09:30")
PAGE = "/kommun/logg"
SAID, NAME, NUMBER = "Zebrafinkar om natten", "Zebulon Hemligsson", "0701740612"
HERE = {"Origin": "http://localhost"}
OVERSIGHT = Seat(Duty.OVERSIGHT)
MEDICAL = Seat(Duty.DISCLOSURE, Wall.MEDICAL)


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with clock.frozen(MONDAY):
        yield


@pytest.fixture
def school(make):
    return make.school(slug="norrskogen")


@pytest.fixture
def knock(make, school):
    """Of somebody who has said it all."""
    asked = {"text": SAID, "name": NAME, "way": Way.CALL, "phone": NUMBER}
    return make.knock(school, **asked, wanted=Profession.COUNSELLOR)


def signed_in(app, staff) -> Browser:
    browser = Browser(app.test_client())
    browser.sign_in(staff)
    return browser


def named(make, seat, staff) -> None:
    duties.name(make.home, seat, staff, by=OPERATOR)
    db.session.commit()


def count(*which) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(AuditEvent).where(*which))


# --- every showing --------------------------------------------------------------------------------


def test_whatever_page_or_answer_to_a_post_has_what_a_pupil_said_leaves_an_event(
    app: Flask, make, school, knock
):
    """Every address of staff's, looked at, refreshed, and posted to with an empty form."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    me = make.staff(Profession.COUNSELLOR, [school], coordinates=True)
    make.counsellor(school)
    answering.take(me, knock.knock)
    named(make, Seat(Duty.DISCLOSURE, Wall.PSYCHOSOCIAL), me)
    browser = signed_in(app, me)
    known = ids_in_the_database() | {"slug": [school.slug], "knock_id": [knock.knock.id]}
    rules = access.rules(app)
    shown = []
    tells = AuditEvent.action.in_([Action.SHOWN, Action.EXPORTED])
    mine = (tells, AuditEvent.staff_id == me.id)
    ends = ("signin.out", "signin.revoke", "inbox.release")
    for method in ("GET", "POST"):  # what a post changes is not shown any more
        for rule in app.url_map.iter_rules():
            if (
                rules[rule.endpoint].who not in access.NEEDS_SIGN_IN
                or rule.endpoint in ends
                or method not in (rule.methods or ())
            ):
                continue
            for values in values_for(rule, known)[:1]:
                path = app.url_map.bind("localhost").build(rule.endpoint, values, method=method)
                for headers in ({}, {"HX-Request": "true"}) if method == "GET" else ({},):
                    before = count(*mine)
                    answer = browser.send(method, path, headers=HERE | headers)
                    said = answer.get_data().decode("utf-8", "replace")
                    if SAID in said or NAME in said or NUMBER in said:
                        shown.append((rule.endpoint, method, answer.status_code))
                        assert count(*mine) > before, (rule.endpoint, method, headers)
    assert {("inbox.case", "GET", 200), ("inbox.danger", "GET", 200)} <= set(shown)
    assert {one for one in shown if one[2] == 422}, "an answer that refuses shows it too"


def test_looking_by_month_and_taking_a_meeting_along_are_events_without_what_it_was(
    app, make, school
):
    me = make.counsellor(school)
    browser = signed_in(app, me)
    browser.get("/personal/inkorg?flik=klara")
    assert count(AuditEvent.action == Action.SEARCHED) == 0
    browser.get("/personal/inkorg?flik=klara&manad=2026-11")
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == Action.SEARCHED)).one()
    assert (event.staff_id, event.municipality_id, event.reason) == (me.id, make.home.id, "month")


# --- the log's page -------------------------------------------------------------------------------


def test_every_action_has_a_word_of_its_own(app):
    assert set(ACTIONS) == set(Action)
    with app.test_request_context():
        assert len({str(text) for text in ACTIONS.values()}) == len(ACTIONS)


def test_the_responsible_person_sees_who_did_what_with_which_knock_and_nothing_more(
    app, make, school, knock
):
    counsellor, overseer = make.counsellor(school), make.coordinator()
    signed_in(app, counsellor).get(f"/personal/arende/{knock.knock.id}")
    assert signed_in(app, overseer).get(PAGE).status == 403
    named(make, OVERSIGHT, overseer)
    with clock.frozen(MONDAY + timedelta(minutes=5)):
        sealing.seal(make.home.id)
        browser = signed_in(app, overseer)
        page = browser.get(PAGE)
    assert page.status == 200
    rows = page.html.partition("<tbody")[2]
    assert counsellor.name in rows
    assert "Innehållet visades" in rows
    assert knock.knock.id[:6] in rows
    assert knock.knock.id not in page.html
    assert all(word not in page.text for word in (SAID, NAME, NUMBER))
    assert "Sigill 1:" in page.text
    assert count(AuditEvent.action == Action.LOG_SHOWN, AuditEvent.staff_id == overseer.id) == 1
    assert "Logg</a>" in browser.get("/samordnare/").html


def test_the_log_is_looked_through_by_day_person_and_action_a_page_at_a_time(
    app, make, school, knock, monkeypatch
):
    counsellor, overseer = make.counsellor(school), make.coordinator()
    named(make, OVERSIGHT, overseer)
    for _turn in range(3):
        answering.show(counsellor, knock.knock)
    db.session.commit()
    with clock.frozen(MONDAY + timedelta(days=1)):
        browser = signed_in(app, overseer)

        def rows(query: str) -> int:
            return browser.get(f"{PAGE}?{query}").html.count('scope="row"')

        assert rows("vad=shown") == 3
        assert rows(f"vem={counsellor.id}&dag=2026-11-23") == 3
        assert rows(f"vem={counsellor.id}&dag=2026-11-24") == 0
        assert rows("dag=i+morse&vem=ingen&vad=x&fore=-1") > 3
        monkeypatch.setattr("elevhalsa.pages.municipality.log.PAGE_SIZE", 2)
        page = browser.get(f"{PAGE}?vad=shown")
        assert page.html.count('scope="row"') == 2
        browser.follow("Visa fler")
        assert browser.page.html.count('scope="row"') == 1


def test_behind_a_wall_one_sees_the_log_of_that_wall_alone(app, make, school):
    nurse, counsellor = make.nurse(school), make.counsellor(school)
    theirs = make.knock(school, wanted=Profession.COUNSELLOR).knock
    mine = make.knock(school, wanted=Profession.NURSE).knock
    for staff, row in ((counsellor, theirs), (nurse, mine)):
        answering.take(staff, row)
        answering.read(staff, row)
    named(make, MEDICAL, nurse)
    lines = log.for_overseer(nurse, Wanted())
    assert {line.staff.id for line in lines if line.staff} == {nurse.id}
    assert {line.event.about_id for line in lines} - {None} == {mine.id}
    page = signed_in(app, nurse).get(PAGE)
    assert counsellor.name not in page.text
    assert theirs.id[:6] not in page.text
    assert "Sigill" not in page.text
    assert log.for_overseer(counsellor, Wanted()) == []


def test_nothing_is_told_of_a_pupil_who_avoids_the_overseer_nor_of_another_place(app, make, school):
    overseer = make.coordinator()
    named(make, OVERSIGHT, overseer)
    avoiding = make.knock(school, wanted=None, avoid_staff_ids=(overseer.id,)).knock
    known = make.knock(school, wanted=None).knock
    elsewhere = make.municipality()
    other = make.knock(make.school(municipality_id=elsewhere.id), wanted=None).knock
    told = {line.event.about_id for line in log.for_overseer(overseer, Wanted())}
    assert not told & {avoiding.id, other.id}
    assert known.id in told
    page = signed_in(app, overseer).get(PAGE).html
    assert known.id[:6] in page
    assert avoiding.id[:6] not in page


def test_who_is_there_to_review_the_log_alone_comes_to_it_and_to_nothing_else(app, make):
    reviewer = make.staff(None, coordinates=False)
    browser = signed_in(app, reviewer)
    assert browser.page.url.endswith("/personal/inloggningar")
    named(make, OVERSIGHT, reviewer)
    browser = signed_in(app, reviewer)
    assert browser.page.url.endswith(PAGE)
    assert "Granskare" in browser.page.text
    assert {browser.get(path).status for path in ("/samordnare/", "/personal/inkorg")} == {403}


# --- the pupil ------------------------------------------------------------------------------------


@pytest.mark.parametrize("shows_names", [False, True])
def test_the_pupil_sees_who_has_read_each_once_with_the_last_time(
    client, make, school, knock, shows_names
):
    make.home.show_names = shows_names
    counsellor, colleague = make.counsellor(school), make.counsellor(school)
    for minutes, staff in ((0, counsellor), (10, colleague), (275, counsellor)):
        with clock.frozen(MONDAY + timedelta(minutes=minutes)):
            answering.show(colleague, knock.knock)
            answering.read(staff, knock.knock)
            db.session.commit()
    pupil = Browser(client)
    with clock.frozen(MONDAY + timedelta(days=1)):
        pupil.get("/mitt/kod")
        pupil.submit("/mitt/kod", code=knock.code)
        text = pupil.get(f"/mitt/{knock.knock.id}").html
    assert "Vilka har läst" in text
    assert text.count("Läst av") == 2
    assert "i går 14.05" in text
    assert "i går 09.40" in text
    assert (counsellor.name in text) is shows_names
    assert "kurator" in text.partition("Vilka har läst")[2].partition("</details>")[0]


def test_a_page_without_scripts_tells_that_it_was_opened_and_a_file_that_it_was_read(
    client, make, school, knock
):
    counsellor, colleague = make.counsellor(school), make.counsellor(school)
    answering.show(counsellor, knock.knock)
    journal.extract(colleague, knock.knock)
    audit.record(
        Action.EXPORTED, by=work.staff(make.counsellor(school).id), about=knock.knock.about,
        municipality_id=make.home.id, reason=log.TO_CALENDAR,
    )  # fmt: skip
    db.session.commit()
    pupil = Browser(client)
    pupil.get("/mitt/kod")
    pupil.submit("/mitt/kod", code=knock.code)
    text = pupil.get(f"/mitt/{knock.knock.id}").text
    assert text.count("Öppnad av") == text.count("Läst av") == 1


def test_what_nobody_has_read_says_nothing_and_a_locked_thread_neither(client, make, school, knock):
    pupil = Browser(client)
    pupil.get("/mitt/kod")
    pupil.submit("/mitt/kod", code=knock.code)
    assert "Vilka har läst" not in pupil.get(f"/mitt/{knock.knock.id}").text
    answering.read(make.counsellor(school), knock.knock)
    db.session.commit()
    pupil.get(f"/mitt/{knock.knock.id}")
    pupil.submit("/siffror", code=knock.code, pin="4711", again="4711")
    with clock.frozen(MONDAY + timedelta(days=2)):
        other = Browser(client.application.test_client())
        other.get("/mitt/kod")
        page = other.submit("/mitt/kod", code=knock.code)
    assert "Vilka har läst" not in page.text
