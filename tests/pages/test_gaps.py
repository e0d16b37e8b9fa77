"""A coordinator sees the days ahead on which nobody answers, and asks somebody in one tap."""

import re
from collections.abc import Iterator
from datetime import date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.walls import Profession
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.cover import telling
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places import service as places
from elevhalsa.domain.serving.models import Absence, Cover, Place
from elevhalsa.extensions import db
from elevhalsa.pages.coordinator import gaps
from tests.domain.helpers import counted_queries

from ..factories import Make
from .browser import Browser

MONDAY = datetime(2026, 6, 1, 9, 0, tzinfo=clock.STOCKHOLM)
FIRST, LAST = date(2026, 6, 15), date(2026, 6, 26)
PAGE = "/samordnare/luckor"
HERE = {"Origin": "http://localhost"}


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with clock.frozen(MONDAY):
        yield


def away(*staff: Staff) -> None:
    db.session.add_all(Absence(staff_id=one.id, starts_on=FIRST, ends_on=LAST) for one in staff)
    db.session.commit()


def test_a_gap_is_found_mended_and_gone_from_the_picture(app: Flask, make: Make) -> None:
    school = make.school(name="Alskolan")
    nurse, cover = make.nurse(school), make.nurse(make.school(name="Bokskolan"))
    away(nurse)
    browser = Browser(app.test_client())
    browser.sign_in(make.coordinator())
    page = browser.follow("Luckor")
    assert page.h1 == "En lucka: dagar då ingen svarar"
    assert "Skolsköterska · Alskolan mån 15 juni–fre 26 juni, 9 dagar ingen svarar" in page.text
    assert f"Inte där: {nurse.name}" in page.text
    assert "1 av 2 rader har någon alla dagar." in page.text
    page = browser.submit("/fraga", who=cover.id)
    assert f"{cover.name} är tillfrågad." in page.text
    assert f"tillfrågade, väntar på svar {cover.name}" in page.text
    theirs = Browser(app.test_client())
    theirs.sign_in(cover)
    theirs.get("/personal/ersattare")
    theirs.submit("/ja")
    page = browser.get(PAGE)
    assert page.h1 == "Någon svarar varje dag"
    assert "2 av 2 rader har någon alla dagar." in page.text


def test_of_one_school_each_day_says_who_answers_covers_among_them(app: Flask, make: Make) -> None:
    school = make.school(name="Alskolan", slug="al")
    nurse, cover = make.nurse(school), make.nurse(make.school(name="Bokskolan"))
    make.nurse(make.school())
    away(nurse)
    db.session.add(
        Cover(absent_id=nurse.id, cover_id=cover.id, starts_on=date(2026, 6, 15),
              ends_on=date(2026, 6, 17), accepted_at=MONDAY)
    )  # fmt: skip
    db.session.commit()
    browser = Browser(app.test_client())
    browser.sign_in(make.coordinator())
    assert "vem som svarar" not in browser.get(PAGE).text
    page = browser.get(f"{PAGE}?skola=al")
    assert (
        f"Skolsköterska: vem som svarar mån 1 juni–fre 12 juni: {nurse.name}"
        f" mån 15 juni–ons 17 juni: {cover.name} tors 18 juni–fre 26 juni: ingen"
        f" mån 29 juni–fre 28 aug.: {nurse.name}"
    ) in page.text


def test_who_has_said_no_is_not_asked_again_and_others_are(app: Flask, make: Make) -> None:
    nurse, cover = make.nurse(make.school(name="Alskolan")), make.nurse(make.school())
    away(nurse)
    browser, theirs = Browser(app.test_client()), Browser(app.test_client())
    browser.arrives_as(make.coordinator())
    browser.get(PAGE)
    browser.submit("/fraga", who=cover.id)
    theirs.arrives_as(cover)
    theirs.get("/personal/ersattare")
    theirs.submit("/nej")
    page = browser.get(PAGE)
    assert f"Har sagt nej: {cover.name}" in page.text
    assert not page.has_form("/fraga")
    third = make.nurse(make.school())
    assert f"Fråga {third.name}" in browser.get(PAGE).text


def test_all_who_can_are_asked_in_one_tap_and_who_covers_may_go_on(
    client: FlaskClient, make: Make
) -> None:
    school, other = make.school(name="Alskolan"), make.school(name="Bokskolan")
    nurse, cover, third = make.nurse(school), make.nurse(other), make.nurse(other)
    away(nurse)
    db.session.add(
        Cover(absent_id=nurse.id, cover_id=cover.id, starts_on=date(2026, 6, 8),
              ends_on=date(2026, 6, 18), accepted_at=MONDAY)
    )  # fmt: skip
    db.session.commit()
    browser = Browser(client)
    browser.arrives_as(make.coordinator())
    page = browser.get(PAGE)
    assert "mån 22 juni–fre 26 juni, 5 dagar" in page.text
    assert f"Förläng: fråga {cover.name}, ersättare till torsdag 18 juni" in page.text
    assert f"{third.name} Skolsköterska, arbetar 5 av 5 dagar" in page.text
    page = browser.submit("/fraga")
    assert "2 kollegor är tillfrågade." in page.text
    asked = db.session.scalars(select(Cover.cover_id).where(Cover.accepted_at.is_(None)))
    assert set(asked) == {cover.id, third.id}


def test_the_picture_has_each_week_with_its_days_and_its_breaks(
    client: FlaskClient, make: Make
) -> None:
    school = make.school(name="Alskolan")
    doctor = make.staff(Profession.DOCTOR, [school])
    away(make.nurse(school), make.counsellor(school))
    places.put_break(make.home, None, "Sommarlov", date(2026, 6, 22), date(2026, 8, 14))
    db.session.commit()
    browser = Browser(client)
    browser.arrives_as(make.coordinator())
    page = browser.get(PAGE)
    table = re.search(r"<table.*?</table>", page.html, re.S)[0]
    rows = {
        re.search(r"<th[^>]*>(.*?)</th>", row, re.S)[1]: re.findall(r"<td[^>]*>(.*?)</td>", row)
        for row in re.findall(r"<tr.*?</tr>", table, re.S)[1:]
    }
    assert rows["Alskolan, kurator"] == ["", "", "4", "5", *[""] * 9]
    assert rows["Alskolan, skolsköterska"] == ["", "", "(4)", "(5)", *[""] * 9]
    weeks = re.findall(r'<th scope="col"[^>]*><span class="sr">vecka </span>(\d+)', table)
    assert weeks == [str(number) for number in range(23, 36)]
    assert len(re.findall(r'class="lov"><span class="sr">vecka', table)) == 8
    assert "lov: Sommarlov mån 22 juni–fre 14 aug." in page.text
    assert "Någon annan bakom samma sekretess svarar (1)" in page.text
    assert doctor.name not in page.text.partition("Någon annan bakom")[0]


def test_days_off_each_week_are_one_line_and_asked_for_as_one(
    client: FlaskClient, make: Make
) -> None:
    school = make.school(name="Alskolan")
    nurse, cover = make.nurse(school), make.nurse(make.school())
    db.session.add_all(
        Place(staff_id=nurse.id, school_id=school.id, weekday=day, starts_at=480, ends_at=960)
        for day in (0, 1, 2)
    )
    db.session.commit()
    browser = Browser(client)
    browser.arrives_as(make.coordinator())
    page = browser.get(PAGE)
    assert page.h1 == "En lucka: dagar då ingen svarar"
    assert "tors 4 juni–fre 28 aug., 25 dagar vid 13 tillfällen ingen svarar" in page.text
    assert "1 av 1" not in page.text
    browser.submit("/fraga", who=cover.id)
    asked = db.session.scalars(select(Cover)).one()
    assert (asked.starts_on, asked.ends_on) == (date(2026, 6, 4), date(2026, 8, 28))


def test_a_gap_that_is_as_it_should_be_is_folded_away_and_can_be_taken_up_again(
    app: Flask, make: Make
) -> None:
    away(make.nurse(make.school(name="Alskolan")))
    browser = Browser(app.test_client())
    browser.arrives_as(make.coordinator())
    browser.get(PAGE)
    page = browser.submit("/som-det-ska")
    assert "Inga fler brev om den luckan." in page.text
    assert page.h1 == "Inga nya luckor"
    assert "Ingen svarar, och det är som det ska (1)" in page.text
    assert not page.has_form("/som-det-ska")
    theirs = Browser(app.test_client())
    theirs.arrives_as(make.staff(None, municipality_id=make.municipality().id))
    theirs.get(PAGE)
    fields = {name: values for name, values in page.form("/sag-till").data.items() if values}
    answer = theirs.send("POST", f"{PAGE}/sag-till", data=fields, headers=HERE)
    assert answer.status_code == 409
    page = browser.submit("/sag-till")
    assert page.h1 == "En lucka: dagar då ingen svarar"
    events = db.session.scalars(
        select(AuditEvent.reason).where(AuditEvent.action == Action.GAP_ACCEPTED)
    )
    assert list(events) == ["accepted", "minded"]


def test_of_many_the_nearest_are_shown_and_the_others_by_their_school(
    client: FlaskClient, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gaps, "MOST_GAPS", 2)
    monkeypatch.setattr(gaps, "MOST_ROWS", 2)
    schools = [make.school() for _number in range(3)]
    away(*(make.nurse(school) for school in schools))
    browser = Browser(client)
    browser.arrives_as(make.coordinator())
    page = browser.get(PAGE)
    assert page.h1 == "3 luckor: dagar då ingen svarar"
    assert page.html.count('class="card gap"') == page.html.count('scope="row"') == 2
    assert "De närmaste 2 av 3." in page.text
    assert browser.follow("Visa alla 3 rader").html.count('scope="row"') == 3
    for school in schools:
        page = browser.submit("/luckor", skola=school.slug)
        assert f"Skolsköterska · {school.name} " in page.text
        assert page.html.count('class="card gap"') == page.html.count('scope="row"') == 1


def test_the_signal_that_days_without_anybody_come_leads_to_them(
    client: FlaskClient, make: Make
) -> None:
    coordinator = make.coordinator()
    both = make.staff(Profession.COUNSELLOR, [make.school()], coordinates=True)
    away(make.nurse(make.school()))
    telling.tell_of_gaps()
    page = Browser(client).sign_in(coordinator)
    assert page.link("Det kommer dagar då ingen svarar") == PAGE
    browser = Browser(client)
    browser.arrives_as(both)
    assert browser.get("/personal/notiser").link("Det kommer dagar då ingen svarar") == PAGE


def test_nobody_else_sees_or_asks(app: Flask, make: Make) -> None:
    school, other = make.school(name="Alskolan"), make.municipality()
    nurse, cover = make.nurse(school), make.nurse(make.school())
    away(nurse)
    theirs = Browser(app.test_client())
    theirs.arrives_as(make.staff(None, municipality_id=other.id))
    assert "Alskolan" not in theirs.get(PAGE).text
    fields = {"school": school.id, "profession": "nurse", "first": str(FIRST), "last": str(LAST)}
    answer = theirs.send("POST", f"{PAGE}/fraga", data=fields, headers=HERE)
    assert answer.status_code == 409
    nurses = Browser(app.test_client())
    nurses.arrives_as(cover)
    assert nurses.get(PAGE).status == 403
    assert db.session.scalars(select(Cover)).all() == []


def test_a_school_without_anybody_and_a_post_that_nobody_can_cover_say_what_is_needed(
    client: FlaskClient, make: Make
) -> None:
    browser = Browser(client)
    browser.arrives_as(make.coordinator())
    assert "Här finns inga skolor än." in browser.get(PAGE).text
    make.school(name="Tomskolan")
    assert browser.get(PAGE).h1 == "Skolor utan någon"
    another = make.school(name="Ödeskolan")
    assert "2 skolor har ingen alls: Tomskolan, Ödeskolan." in browser.get(PAGE).text
    another.active = False
    db.session.commit()
    nurse = make.nurse(make.school(name="Alskolan"))
    nurse.ends_on = date(2026, 6, 12)
    db.session.commit()
    page = browser.get(PAGE)
    assert "Tomskolan har ingen alls." in page.text
    assert "Ingen kollega bakom samma sekretess arbetar de dagarna." in page.text
    nurse.ends_on = date(2026, 5, 20)  # the post is there though the account has ended
    db.session.commit()
    assert "Skolsköterska · Alskolan mån 1 juni–" in browser.get(PAGE).text


def test_the_page_asks_as_little_of_the_database_whatever_its_size(
    client: FlaskClient, make: Make
) -> None:
    browser = Browser(client)
    browser.sign_in(make.coordinator())
    asked = []
    for _size in range(2):
        away(*(make.nurse(make.school()) for _number in range(3)))
        with counted_queries() as queries:
            browser.get(PAGE)
        asked.append(len(queries))
    assert asked[0] == asked[1]
