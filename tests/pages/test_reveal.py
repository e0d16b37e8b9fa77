"""In danger to life, from the page of it to the pupil who is told; and nowhere else is anything of
what a pupil hides."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import answering, danger
from elevhalsa.domain.knocks.words import Measure
from elevhalsa.domain.people import duties
from elevhalsa.domain.people.rules import SEATS, Seat
from elevhalsa.domain.people.words import Duty
from elevhalsa.domain.reminders import service as reminders
from elevhalsa.domain.reveals import service as reveals
from elevhalsa.domain.reveals.models import Reveal
from elevhalsa.domain.reveals.words import Ground, Hidden, Verdict
from elevhalsa.extensions import db
from elevhalsa.web import access
from elevhalsa.web.access import Who
from tests.bankid import TEEN
from tests.conftest import Reader, app_for, settings_for
from tests.domain.helpers import at, everything_stored
from tests.factories import Make

from .browser import Browser
from .every_form import SETTINGS, House, hidden

FRIDAY = at("2026-11-27 17:30")
REASON = "Eleven skriver att hen står på bron."
ADDRESS = "bara.eleven@exempel.se"


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    app = app_for(settings_for(database_url, **SETTINGS))
    app.test_client_class = Reader
    with app.app_context(), clock.frozen(FRIDAY):
        house = House(app, Make())
        hidden(house)
        reminders.set_fallback(house.knock, phone=None, email=ADDRESS)
        db.session.commit()
        yield house
        db.session.remove()
        db.engine.dispose()


def another(house: House, staff) -> Browser:
    browser = Browser(house.app.test_client())
    browser.sign_in(staff)
    return browser


def an_overseer(house: House) -> Browser:
    overseer = house.make.coordinator()
    duties.name(house.school.municipality, Seat(Duty.OVERSIGHT), overseer, by=work.OPERATOR)
    db.session.commit()
    return another(house, overseer)


def opens(house: House) -> str:
    """From the page of danger. Returns the address of what was opened."""
    me, knock_id = house.staff, house.knock.id
    me.get(f"/personal/arende/{knock_id}")
    me.follow("Fara för liv")
    page = me.follow("Öppna det eleven döljer")
    assert "senast måndag 30 november" in page.text and "11 december" in page.text
    page = me.submit("/dolt", what=["name"], reason="Fara")
    assert page.status == 422 and "Välj vad du är rädd för." in page.text
    page = me.submit("/dolt", what=["name"], ground="own_life", reason="Fara")
    assert page.status == 422 and "Skriv varför, med en mening eller två." in page.text
    assert page.form("/dolt").data["reason"] == ["Fara"]
    assert TEEN.name not in page.html
    page = me.submit("/dolt", what=["name", "reminder"], ground="own_life", reason=REASON)
    assert "Öppnat i dag 17.30" in page.text
    assert TEEN.name in page.text and ADDRESS in page.text and TEEN.number not in page.html
    assert not page.has_form("/granska")
    opened = page.url
    assert TEEN.name not in me.get(f"/personal/arende/{knock_id}").html
    return opened


def test_one_opens_it_another_reviews_it_and_whoever_oversees_sees_that_it_happened(
    house: House,
) -> None:
    oversees, colleague = an_overseer(house), another(house, house.colleague)
    opened = opens(house)
    page = colleague.get("/personal/notiser")
    assert "En kollega har öppnat något dolt. Granska det" in page.text
    page = colleague.get(opened)
    assert REASON in page.text and TEEN.name not in page.html and ADDRESS not in page.html
    page = colleague.submit("/granska")
    assert page.status == 422 and "Välj vad du kom fram till." in page.text
    page = colleague.submit("/granska", verdict="right", note="Vi pratade om det.")
    assert "Granskat i dag 17.30: Riktigt." in page.text

    page = oversees.get("/kommun/oppnat")
    assert house.me.name in page.text and "Namnet från e-legitimationen" in page.text
    assert not page.has_form("oppnat")
    for secret in (REASON, TEEN.name, ADDRESS, "Vi pratade"):
        assert secret not in page.html
    assert "Öppnade det eleven dolde" in oversees.get("/kommun/logg").text


def test_whoever_oversees_reviews_when_nobody_behind_the_wall_can(house: House) -> None:
    oversees = an_overseer(house)
    house.colleague.active = False
    db.session.commit()
    opens(house)
    page = oversees.get("/kommun/oppnat")
    assert "Väntar på dig" in page.text
    page = oversees.submit("/kommun/oppnat")
    assert page.status == 422 and "Välj vad du kom fram till." in page.text
    page = oversees.submit("/kommun/oppnat", verdict="not_right", note="Jag pratade med hen.")
    assert "Granskat i dag 17.30: Inte riktigt." in page.text
    assert not page.has_form("/kommun/oppnat")
    assert TEEN.name not in house.staff.get(f"/personal/arende/{house.knock.id}/dolt").html


def test_the_pupil_is_told_when_whoever_opened_it_says_that_it_is_safe(house: House) -> None:
    me, opened, pupils = house.staff, opens(house), f"/mitt/{house.knock.id}"
    assert "Vi öppnade något du dolde" not in house.pupil.get(pupils).text
    page = me.get(opened)
    page = me.submit("/beratta", when="later", day="2027-01-15")
    assert page.status == 422 and "Vänta högst 14 dagar åt gången." in page.text
    page = me.submit("/beratta", when="later", day="2026-12-01")
    assert "Nu är det sagt: tisdag 1 december" in page.text
    me.submit("/beratta", when="now")
    page = house.pupil.get(pupils)
    assert "Vi öppnade något du dolde" in page.text
    assert "Kuratorn · i dag 17.30. Vi var rädda att du tänkte ta ditt liv." in page.text
    assert "En annan av oss tittar på om det var rätt." in page.text
    assert REASON not in page.html and house.me.name not in page.text
    row = reveals.of(house.colleague, house.knock)[0]
    reveals.review(house.colleague, house.knock, row.id, Verdict.NOT_RIGHT, "")
    db.session.commit()
    assert "Det var inte rätt att öppna." in house.pupil.get(pupils).text
    actions = set(db.session.scalars(select(AuditEvent.action)))
    assert actions >= {Action.REVEALED, Action.REVEAL_POSTPONED, Action.REVEAL_TOLD}


def test_a_key_that_lies_at_home_stands_in_nobodys_way_when_a_life_is_in_danger(
    house: House,
) -> None:
    from tests.authenticator import a_key

    db.session.add(a_key(house.me))
    db.session.commit()
    address = f"/personal/arende/{house.knock.id}/dolt"
    house.staff.get(address)
    page = house.staff.submit("/dolt", what=["name"], ground="illness", reason=REASON)
    assert page.status == 200 and TEEN.name in page.text
    assert len(db.session.scalars(select(Reveal)).all()) == 1


def test_nothing_hidden_is_on_any_page_of_staffs_nor_in_a_file_a_notice_or_the_trace(
    house: House,
) -> None:
    """A colleague has opened it, and still nobody else sees it: every page that there is, from the
    app's own map."""
    db.session.rollback()
    reveals.reveal(
        house.colleague, house.knock, list(Hidden), Ground.VIOLENCE, REASON, form_id=new_id()
    )
    answering.answer(house.me, house.knock, "Hej!", form_id=new_id())
    danger.note(
        house.me, house.knock, [Measure.CALLED_112], "", done_at=clock.now(), tells=True,
        form_id=new_id(),
    )  # fmt: skip
    overseer = house.make.coordinator()
    for seat, who in zip(SEATS, (overseer, house.make.nurse(house.school), house.me), strict=True):
        duties.name(house.school.municipality, seat, who, by=work.OPERATOR)
    db.session.commit()
    known = {
        "knock_id": house.knock.id, "slug": house.school.slug, "staff_id": house.me.id,
        "school_id": house.school.id,
    }  # fmt: skip
    rules = access.rules(house.app)
    browsers = [house.staff, another(house, overseer)]
    seen = set()
    for rule in house.app.url_map.iter_rules():
        opens = rules[rule.endpoint].who
        if opens not in access.NEEDS_SIGN_IN or "GET" not in (rule.methods or ()):
            continue
        built = rule.build({name: known.get(name, "x") for name in rule.arguments})
        for browser in browsers if opens is not Who.PROFESSIONAL else browsers[:1]:
            answer = browser.send("GET", built[1] if built else "/")
            if answer.status_code == 200:
                seen.add(rule.endpoint)
            body = answer.get_data(as_text=True)
            for secret in (TEEN.name, TEEN.number, ADDRESS):
                assert secret not in body, rule.endpoint
    assert seen >= {"inbox.case", "inbox.danger", "inbox.reveal", "inbox.index",
                    "municipality.log", "municipality.reveals"}  # fmt: skip
    extract = f"/personal/arende/{house.knock.id}/journalutdrag"
    answer = house.staff.send("POST", extract, data={"form": "text"},
                              headers={"Origin": "http://localhost"})  # fmt: skip
    assert answer.status_code == 200 and "Utdrag" in answer.get_data(as_text=True)
    assert TEEN.name not in answer.get_data(as_text=True)
    assert ADDRESS not in answer.get_data(as_text=True)
    stored = everything_stored()  # every column as it stands: notices and the trace among them
    assert not any(word in stored for word in (TEEN.name, TEEN.number, ADDRESS, REASON))


def test_only_the_domain_that_opens_it_reads_who_a_pupil_hides() -> None:
    """All else asks ``Knock.identity``, which is nobody's while the pupil hides it."""
    from pathlib import Path

    root = Path(__file__).resolve().parents[2]
    may = {"domain/reveals/service.py", "domain/knocks/models.py", "domain/knocks/known.py",
           "pages/mine/views.py", "pages/eid/views.py"}  # fmt: skip
    found = {
        str(path.relative_to(root / "elevhalsa"))
        for path in (root / "elevhalsa").rglob("*.py")
        if ".login" in path.read_text("utf-8").replace(".login.data", "")
        and "knock" in path.read_text("utf-8")
        and any(word in path.read_text("utf-8") for word in ("knock.login", "one.login"))
    }
    assert found <= may
    pages = {
        str(path.relative_to(root / "templates"))
        for path in (root / "templates").rglob("*.html")
        if "knock.login" in path.read_text("utf-8")
    }
    assert pages == {"mine/_live.html", "mine/known.html"}
