"""A text that has come is read by who has the page in front of them; nothing is sent past it."""

from datetime import timedelta

import pytest
from flask import Flask, url_for
from sqlalchemy import func, select

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.walls import Profession
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import answering, asking
from elevhalsa.domain.knocks.words import State
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.extensions import db
from elevhalsa.pages.inbox.actions import BESIDE_TEXTS
from elevhalsa.pages.inbox.case import SEEING
from elevhalsa.pages.inbox.forms import Seeing
from elevhalsa.web import access
from tests.factories import Make

from ..browser import Browser, Form
from .steps import MONDAY, now_of, open_case


def filled_in(form: Form) -> dict[str, str]:
    """Something usable in each field that somebody fills in."""
    filled: dict[str, str] = {}
    once = {"date": "2026-11-24", "time": "10:15", "text": "Rum 1"}
    for control in form.controls:
        if control.kind in ("radio", "select"):
            filled[control.name] = next(option for option in control.options if option)
        elif control.kind == "checkbox":
            filled[control.name] = "1"
        elif control.kind == "textarea":
            filled[control.name] = "Eleven bad om det."
        elif control.kind in once and not control.values[0]:
            filled[control.name] = once.pop(control.kind)
    return filled


@pytest.mark.parametrize("what_is_done_next", ["/last", "/markering", "/ta-emot"])
def test_it_is_read_when_somebody_does_the_next_thing_in_the_page_without_a_script(
    browser: Browser, make: Make, school: School, what_is_done_next: str
) -> None:
    knock = make.knock(school, text="Kan du ringa?").knock
    open_case(browser, knock)
    with clock.frozen(MONDAY + timedelta(minutes=1)):
        asking.write(knock, "Nej, det går bra ändå.", form_id=new_id())
        db.session.commit()
    with clock.frozen(MONDAY + timedelta(minutes=2)):
        browser.submit(what_is_done_next)
    assert now_of(knock).read_at == MONDAY + timedelta(minutes=2)
    assert knock.read_by is Profession.COUNSELLOR
    first, came_after_the_page = knock.messages
    assert first.seen_at == MONDAY + timedelta(minutes=2)
    assert came_after_the_page.seen_at is None


def test_a_script_says_that_the_page_is_in_front_of_somebody_and_hears_what_is_unread(
    browser: Browser, make: Make, school: School
) -> None:
    knock = make.knock(school, text="Hej").knock
    open_case(browser, knock)
    answer = browser.submit("/last", headers={"HX-Request": "true"})
    assert (answer.status, answer.response.headers["X-Unread"]) == (204, "0")
    assert now_of(knock).read_at == MONDAY


def test_the_open_page_gets_new_texts_and_only_those(
    browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    knock = make.knock(school, text="Hej").knock
    answering.take(counsellor, knock)
    db.session.commit()
    page = open_case(browser, knock)
    start = page.html.index('hx-get="') + len('hx-get="')
    refresh = page.html[start : page.html.index('"', start)]
    assert browser.get(refresh, htmx=True).status == 204
    reads = select(func.count()).where(AuditEvent.action == Action.SHOWN)
    assert db.session.scalar(reads) == 1
    with clock.frozen(MONDAY + timedelta(minutes=3)):
        asking.write(knock, "Är du där?", form_id=new_id())
        db.session.commit()
        part = browser.get(refresh, htmx=True)
    assert part.status == 200
    assert not part.is_whole
    assert "Är du där?" in part.text
    assert "Nytt från eleven" in part.text
    assert db.session.scalar(reads) == 2


def test_all_that_can_be_done_with_a_knock_asks_what_was_shown_or_says_that_it_need_not(
    app: Flask,
) -> None:
    """From the app's own map: what is added later says one or the other."""
    rules = access.rules(app)
    found = {
        rule.endpoint.removeprefix("inbox."): rules[rule.endpoint].takes
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("inbox.")
        and "knock_id" in rule.arguments
        and "POST" in (rule.methods or ())
    }
    asks = {name for name, form in found.items() if form and issubclass(form, Seeing)}
    assert asks == set(SEEING)
    assert set(found) - asks == BESIDE_TEXTS


@pytest.mark.parametrize("name", SEEING)
def test_no_form_is_sent_past_a_text_that_came_while_it_was_filled_in(
    browser: Browser, make: Make, school: School, counsellor: Staff, name: str
) -> None:
    with browser.client.application.test_request_context():
        action = url_for(f"inbox.{name}", knock_id="x").rpartition("x")[2]
    make.counsellor(school)
    make.school()
    knock = make.knock(school, text="Hej").knock
    answering.answer(counsellor, knock, "Hej!", form_id=new_id())
    asking.write(knock, "Tack", form_id=new_id())
    db.session.commit()
    open_case(browser, knock)
    asking.write(knock, "Nej, vänta!", form_id=new_id())
    db.session.commit()
    fields = filled_in(browser.page.form(action))
    page = browser.submit(action, fields)
    assert page.status == 409
    assert "Eleven har skrivit något nytt. Läs det först." in page.text
    assert "Nej, vänta!" in page.text
    assert (now_of(knock).state, knock.taken_by_id) == (State.TAKEN, counsellor.id)
    assert knock.messages[-1].seen_at is None  # shown, but not yet in front of anybody
    for name, value in fields.items():
        assert page.form(action).data[name] == [value]
    assert browser.submit(action).status == 200
    assert "Läs det först" not in browser.page.text


def test_what_htmx_refreshes_carries_the_last_text_to_the_forms(
    browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    knock = make.knock(school, text="Hej").knock
    answering.take(counsellor, knock)
    db.session.commit()
    page = open_case(browser, knock)
    assert page.form("/avsluta").data["shown"] == [now_of(knock).newest]
    asking.write(knock, "Nej, vänta!", form_id=new_id())
    db.session.commit()
    part = browser.get(f"/personal/arende/{knock.id}", htmx=True)
    fields = f'name="shown" value="{now_of(knock).newest}" form="send-close"'
    assert fields in part.html
