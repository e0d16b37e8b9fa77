"""Quick consultation: by the school's link, without a name; the queue; the coordinator's page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.consultations import links, service
from elevhalsa.domain.consultations.models import Consultation
from elevhalsa.domain.consultations.rules import Asked
from elevhalsa.domain.consultations.words import Concerns, Form, Role, State, Theme
from elevhalsa.domain.knocks import concern
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.domain.promise import sweep as sweeping
from elevhalsa.extensions import db
from tests.domain.helpers import at
from tests.factories import Make
from workers.jobs import CLIMBERS

from .browser import Browser

MONDAY = at("2026-11-23 09:30")
CHOSEN: dict[str, Any] = {
    "role": "teacher", "theme": "wellbeing", "concerns": "one", "form": "phone",
    "phone": "070-174 06 05",
}  # fmt: skip


@dataclass
class Street:
    make: Make
    school: School
    nurse: Staff
    coordinator: Staff
    token: str
    app: Flask

    def browser(self, staff: Staff | None = None) -> Browser:
        browser = Browser(self.app.test_client())
        if staff:
            browser.sign_in(staff)
        return browser

    @property
    def row(self) -> Consultation:
        db.session.rollback()
        return db.session.scalars(select(Consultation)).one()

    def asked(self) -> Consultation:
        row = service.ask(
            self.school,
            Asked(new_id(), Role.TEACHER, Theme.CALM, Concerns.GROUP, Form.PHONE, None,
                  "0701740605", None, "Hur får vi lugn?"),
        ).row  # fmt: skip
        db.session.commit()
        return row


@pytest.fixture
def there(app: Flask, make: Make) -> Iterator[Street]:
    with clock.frozen(MONDAY):
        school = make.school(name="Norrskogens exempelskola")
        nurse, coordinator = make.nurse(school), make.coordinator()
        token = links.renew(coordinator, school).token
        db.session.commit()
        assert token
        yield Street(make, school, nurse, coordinator, token, app)


def test_a_teacher_is_warned_of_a_name_changes_it_sends_and_is_answered(there: Street) -> None:
    teacher = there.browser()
    page = teacher.get(f"/rad/l/{there.token}")
    assert "onsdag 25 november kl. 09.30" in page.text
    assert not {"name", "namn"} & {name for form in page.forms for name in form.names}
    page = teacher.submit(f"/rad/l/{there.token}", **CHOSEN, text="Wilma gråter varje dag.")
    assert page.status == 422
    assert "Wilma" in page.text
    assert "ett namn" in page.text
    assert "Wilma gråter varje dag." in page.html
    assert 'value="0701740605"' in page.html  # all else is there too
    db.session.rollback()
    assert db.session.scalars(select(Consultation)).first() is None
    page = teacher.submit(f"/rad/l/{there.token}", text="En elev gråter varje dag.")
    assert page.status == 200
    assert "Frågan har kommit fram" in page.text
    assert "onsdag 25 november kl. 09.30" in page.text
    row = there.row
    nurse = there.browser(there.nurse)
    page = nurse.get("/personal/rad/")
    assert "Hur någon mår" in page.text
    assert "gråter" not in page.text
    page = nurse.follow("Hur någon mår")
    assert "En elev gråter varje dag." in page.text
    page = nurse.submit("/ta-emot")
    page = nurse.submit("/svara", text="Vi hörs i eftermiddag.")
    assert "Svaret är skickat" in page.text
    page = teacher.get(f"/rad/svar/{row.id}")
    assert "Du har fått svar" in page.text
    assert "Vi hörs i eftermiddag." in page.text
    nurse.get(f"/personal/rad/{row.id}")
    page = nurse.submit("/notera", outcome="advice", minutes="12")
    assert "Avslutat." in page.text
    assert "Samtalet är avslutat" in teacher.get(f"/rad/svar/{row.id}").text
    shown = select(AuditEvent.staff_id).where(AuditEvent.action == Action.SHOWN)
    assert set(db.session.scalars(shown)) == {there.nurse.id}


def test_what_was_pointed_out_can_be_sent_all_the_same(there: Street) -> None:
    teacher = there.browser()
    teacher.get(f"/rad/l/{there.token}")
    page = teacher.submit(f"/rad/l/{there.token}", **CHOSEN, text="Barnet läser om Pippi och Emil.")
    (form,) = (one for one in page.forms if one.action and "/rad/l/" in one.action)
    marks = next(c.options or c.values for c in form.controls if c.name == "sure")
    page = teacher.submit(f"/rad/l/{there.token}", sure=marks[0])
    assert "Frågan har kommit fram" in page.text
    assert there.row.texts[0].text == "Barnet läser om Pippi och Emil."


def test_what_is_missing_is_said_and_all_that_was_typed_is_kept(there: Street) -> None:
    teacher = there.browser()
    teacher.get(f"/rad/l/{there.token}")
    page = teacher.submit(f"/rad/l/{there.token}", text="Hur gör jag?", phone="12")
    assert page.status == 422
    for words in ("Välj vad du arbetar som.", "Titta på numret en gång till.", "Hur gör jag?"):
        assert words in page.text


def test_the_old_link_says_in_plain_words_that_it_has_ended(there: Street) -> None:
    coordinator = there.browser(there.coordinator)
    page = coordinator.get("/samordnare/rad")
    assert there.token in page.text
    page = coordinator.submit("/ny-lank")
    assert "Den gamla gäller inte längre" in page.text
    assert there.token not in page.text
    teacher = there.browser()
    page = teacher.get(f"/rad/l/{there.token}")
    assert page.status == 410
    assert "Den här länken gäller inte längre" in page.text
    assert "Norrskogens exempelskola har bytt ut den." in page.text
    assert there.browser().get("/rad/l/finns-inte-alls-1234").status == 404
    sheet = coordinator.get(f"/samordnare/rad/{there.school.slug}/blad")
    assert "<svg" in sheet.html
    coordinator.get("/samordnare/rad")
    coordinator.submit("/stang")
    assert coordinator.get(f"/samordnare/rad/{there.school.slug}/blad").status == 404


def test_a_form_filled_in_when_the_link_ends_is_given_back(there: Street) -> None:
    teacher = there.browser()
    teacher.get(f"/rad/l/{there.token}")
    links.renew(there.coordinator, there.school)
    db.session.commit()
    page = teacher.submit(f"/rad/l/{there.token}", **CHOSEN, text="Hur gör jag nu då?")
    assert page.status == 410
    assert "Hur gör jag nu då?" in page.text


def test_with_the_code_the_answer_is_seen_in_another_browser_and_is_then_forgotten(
    there: Street,
) -> None:
    row = there.asked()
    other = there.browser()
    assert other.get(f"/rad/svar/{row.id}").status == 404
    other.get("/rad/")
    assert other.submit("/rad/", code="björk 0000 måne sten lampa").status == 422
    page = other.submit("/rad/", code=service.code_of(row.id).upper())
    assert "Frågan har kommit fram" in page.text
    other.get("/rad/")
    page = other.submit("/rad/glom")
    assert "minns inga frågor" in page.text
    assert other.get(f"/rad/svar/{row.id}").status == 404


def test_who_asks_is_told_honestly_when_it_is_late_and_can_take_it_back(there: Street) -> None:
    row = there.asked()
    teacher = there.browser()
    teacher.get("/rad/")
    teacher.submit("/rad/", code=service.code_of(row.id))
    with clock.frozen(MONDAY + timedelta(days=2, minutes=1)):
        page = teacher.get(f"/rad/svar/{row.id}")
        assert "Vi är sena. Förlåt." in page.text
        assert "alla i kommunens elevhälsa" not in page.text  # nobody has been told yet
        page = teacher.get("/rad/")
        assert "Vi är sena" in page.text
        assert "25 november" not in page.text.partition("Har du en kod")[0].partition("·")[2]
        sweeping.sweep(CLIMBERS)
        assert "alla i kommunens elevhälsa" in teacher.get(f"/rad/svar/{row.id}").text
        page = teacher.get(f"/rad/svar/{row.id}")
        assert "Vi är sena. Förlåt." in page.text
        assert "Ny tid: senast torsdag 26 november" in page.text
        nurse = there.browser(there.nurse)
        assert "Sen" in nurse.get("/personal/rad/").text
        coordinator = there.browser(there.coordinator)
        assert "1 är sen" in coordinator.get("/samordnare/rad").text
        page = teacher.submit("/ta-tillbaka")
        assert "Du har tagit tillbaka frågan" in page.text
    assert there.row.state is State.WITHDRAWN


def test_the_way_to_report_a_concern_is_one_tap_away_on_every_page(there: Street) -> None:
    concern.say(there.coordinator, "misstanke", says="", link="https://oro.exempel.invalid/")
    db.session.commit()
    row = there.asked()
    teacher = there.browser()
    pages = [teacher.get(path) for path in (f"/rad/l/{there.token}", "/rad/")]
    pages.append(teacher.submit("/rad/", code=service.code_of(row.id)))
    nurse = there.browser(there.nurse)
    pages += [nurse.get("/personal/rad/"), nurse.get(f"/personal/rad/{row.id}")]
    for page in pages[-2:]:
        led = [link.href for link in page.links if (link.href or "").startswith("/rad/oro")]
        assert led == [f"/rad/oro?kommun={there.school.municipality.slug}"]
    for page in pages:
        assert [link for link in page.links if (link.href or "").startswith("/rad/oro")]
    page = teacher.get(f"/rad/oro?kommun={there.school.municipality.slug}")
    for words in ("Det räcker att du misstänker", "Socialtjänstlagen (2025:400) 19 kap. 1 §",
                  "Inte kollat mot lagen"):  # fmt: skip
        assert words in page.text
    assert "https://oro.exempel.invalid/" in page.html
    assert "Skriv i journalen" not in page.text


def test_a_colleague_behind_the_other_wall_cannot_open_what_is_taken(there: Street) -> None:
    row = there.asked()
    service.take(there.nurse, row)
    db.session.commit()
    counsellor = there.browser(there.make.counsellor(there.school))
    assert counsellor.get(f"/personal/rad/{row.id}").status == 404
    assert "Ingen väntar på råd just nu." in counsellor.get("/personal/rad/").text


def test_empty_pages_say_so(client: FlaskClient, there: Street) -> None:
    nurse = there.browser(there.nurse)
    assert "Ingen väntar på råd just nu." in nurse.get("/personal/rad/").text
    assert "minns inga frågor" in there.browser().get("/rad/").text


def test_who_has_stopped_since_the_form_was_shown_is_asked_for_by_nobody(there: Street) -> None:
    counsellor = there.make.counsellor(there.school)
    db.session.commit()
    teacher = there.browser()
    teacher.get(f"/rad/l/{there.token}")
    counsellor.active = False
    db.session.commit()
    there.app.extensions["elevhalsa_directory"].clear()  # half a minute passes
    page = teacher.submit(f"/rad/l/{there.token}", **CHOSEN, wanted="counsellor", text="Hur?")
    assert page.status == 422
    assert "Välj vem du vill prata med." in page.text
    assert "Hur?" in page.text
    page = teacher.submit(f"/rad/l/{there.token}", wanted="any")
    assert "Frågan har kommit fram" in page.text
    assert there.row.wanted is None


def test_the_link_of_a_school_that_has_closed_says_so(there: Street) -> None:
    there.school.active = False
    db.session.commit()
    page = there.browser().get(f"/rad/l/{there.token}")
    assert page.status == 410
    assert "Norrskogens exempelskola har stängt." in page.text
    assert "bytt ut" not in page.text
