"""What staff read on a knock's page, and what the page itself gives away."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import answering, asking
from elevhalsa.domain.knocks.models import Message
from elevhalsa.domain.knocks.words import Outcome, State, Way
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.extensions import db
from tests.domain.helpers import sweep
from tests.factories import Make

from ..browser import Browser
from .steps import MONDAY, count, now_of, open_case


def test_opening_a_knock_shows_what_was_said_and_is_itself_an_event(
    browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    knock = make.knock(
        school, way=Way.CALL, phone="070-111 22 33", name="Namn Exempel", school_class="8 B",
        safe_times="Efter skolan", neutral_sender=True, text="Kan du ringa?",
    ).knock  # fmt: skip
    page = open_case(browser, knock)
    for words in (
        "Kurator · Samtal", "Löftet: senast tisdag 24 november kl. 09.00", "24 h kvar",
        "Ring 070-111 22 33", "Efter skolan", "Prata inte in något meddelande.",
        "Säg inte var du ringer ifrån", "Namn Exempel", "8 B", "Kan du ringa?",
    ):  # fmt: skip
        assert words in page.text
    assert page.link("Ring 070") == "tel:0701112233"
    assert 'href="tel:0701112233" rel="noreferrer"' in page.html
    assert page.response.headers["Cache-Control"] == "no-store"
    mine = AuditEvent.staff_id == counsellor.id
    [event] = db.session.scalars(select(AuditEvent).where(mine, AuditEvent.about_id == knock.id))
    assert event.action is Action.SHOWN
    assert (now_of(knock).read_at, knock.messages[0].seen_at) == (None, None)


@pytest.mark.parametrize(
    ("asked", "href"),
    [
        ({"way": Way.SMS, "phone": "+46701112233"}, "sms:+46701112233"),
        ({"way": Way.EMAIL, "email": "nils+x@exempel.invalid"}, "mailto:nils%2Bx@exempel.invalid"),
    ],
)
def test_the_pupils_way_is_one_press_away(
    browser: Browser, make: Make, school: School, asked: dict[str, object], href: str
) -> None:
    page = open_case(browser, make.knock(school, **asked).knock)
    assert page.link("Skriv") == href


def test_the_title_and_address_give_nothing_away(
    browser: Browser, make: Make, school: School
) -> None:
    page = open_case(browser, make.knock(school, name="Namn Exempel", text="hemligt").knock)
    assert page.title == "Knackning – Elevhälsa online"
    assert page.h1 == "Kurator · I appen"


def test_what_a_pupil_writes_cannot_become_part_of_the_page(
    browser: Browser, make: Make, school: School
) -> None:
    page = open_case(browser, make.knock(school, text="<script>x</script>", name="<b>").knock)
    assert "<script>x" not in page.html
    assert "&lt;script&gt;x" in page.html


def test_a_closed_knock_can_be_read_and_nothing_else(
    browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    knock = make.knock(school, text="Hej").knock
    answering.take(counsellor, knock)
    db.session.commit()
    stale = open_case(browser, knock)
    page = browser.submit("/avsluta", outcome=Outcome.TALKED.value)
    assert page.url == "/personal/inkorg"
    assert (now_of(knock).state, knock.outcome) == (State.CLOSED, Outcome.TALKED)
    page = open_case(browser, knock)
    assert "Hej" in page.text
    assert "kan bara läsas" in page.text
    addresses = [(f.action or "").rpartition("/")[0] for f in page.forms]
    case = f"/personal/arende/{knock.id}"
    assert addresses == ["/logga-in", "/personal/angra", case, case]
    assert page.has_form("/last")
    assert page.has_form("/journalutdrag")
    browser.page = stale
    page = browser.submit("/svara", text="För sent")
    assert page.status == 409
    assert "Knackningen är avslutad." in page.text
    assert "För sent" in page.text
    assert count(Message) == 1


def test_a_knock_that_the_pupil_took_back_says_so(
    browser: Browser, make: Make, school: School
) -> None:
    knock = make.knock(school).knock
    asking.withdraw(knock, shown=knock.newest)
    db.session.commit()
    page = open_case(browser, knock)
    assert "Eleven tog tillbaka den" in page.text
    assert not page.has_form("/svara")


def test_staff_see_which_rung_was_climbed_when_who_was_told_and_what_comes_next(
    browser: Browser, school: School, make: Make
) -> None:
    one = make.counsellor(school)
    make.coordinator()
    knock = make.knock(school).knock
    page = open_case(browser, knock)
    assert "Knackningen kom · i dag 09.00 · kurator (2)" in page.text
    assert (
        "Nästa steg, måndag 23 november kl. 16.00: påminnelse till dem som kan svara." in page.text
    )
    for moment in (
        MONDAY.replace(hour=16),
        MONDAY + timedelta(hours=20),
        MONDAY + timedelta(days=1),
    ):
        with clock.frozen(moment):
            sweep()
    with clock.frozen(MONDAY + timedelta(days=1, minutes=1)):
        browser.arrives_as(one)
        page = open_case(browser, knock)
    assert "Påminnelse, steget för 12 timmar · i går 16.00 · kurator (2)" in page.text
    assert "Sen: 24 timmar utan kontakt · i dag 09.00 · kurator (2), samordnare (1)" in page.text
    assert "ny påminnelse till alla, och en ny tid för eleven" in page.text
