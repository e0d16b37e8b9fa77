"""Who comes to a knock's page and its forms, and who does not."""

import re

import pytest
from flask import Flask
from sqlalchemy import func, select

from elevhalsa import create_app
from elevhalsa.core.walls import Profession
from elevhalsa.domain.audit.models import AuditEvent
from elevhalsa.domain.knocks import answering
from elevhalsa.domain.knocks.words import State
from elevhalsa.domain.places.models import School
from elevhalsa.extensions import db
from tests.conftest import settings_for
from tests.factories import Make

from ..browser import Browser
from .steps import SCRIPT, now_of, open_case

ACTIONS = sorted(
    re.sub("<.*?>", "x", rule.rule.partition("<knock_id>/")[2])
    for rule in create_app(settings_for("sqlite:////nowhere/x.db")).url_map.iter_rules()
    if rule.endpoint.startswith("inbox.") and "knock_id" in rule.arguments
    and "POST" in (rule.methods or ())
)  # fmt: skip
"""All that can be done with a knock: the ends of their addresses."""


def _events(knock_id: str) -> int | None:
    return db.session.scalar(
        select(func.count()).select_from(AuditEvent).where(AuditEvent.about_id == knock_id)
    )


def test_a_knock_that_goes_behind_the_wall_leaves_the_colleagues_screen(
    app: Flask, make: Make, school: School
) -> None:
    knock = make.knock(school, wanted=None, text="Hej").knock
    nurse = Browser(app.test_client())
    nurse.arrives_as(make.nurse(school))
    assert "Hej" in open_case(nurse, knock).text
    answering.take(make.counsellor(school), knock)
    db.session.commit()
    answer = nurse.get(f"/personal/arende/{knock.id}", htmx=True)
    assert answer.response.headers["HX-Redirect"] == "/personal/inkorg"
    assert answer.html == ""


@pytest.mark.parametrize("who", ["nurse", "elsewhere", "avoided", "coordinator", "other_town"])
def test_who_may_not_know_of_a_knock_reaches_it_at_no_address(
    app: Flask, make: Make, school: School, who: str
) -> None:
    person = {
        "nurse": lambda: make.nurse(school),
        "elsewhere": lambda: make.counsellor(make.school()),
        "avoided": lambda: make.counsellor(school),
        "coordinator": make.coordinator,
        "other_town": lambda: make.staff(
            Profession.COUNSELLOR, [], municipality_id=make.municipality().id
        ),
    }[who]()
    make.counsellor(school)
    avoid = (person.id,) if who == "avoided" else ()
    knock = make.knock(school, text="det hemliga", avoid_staff_ids=avoid).knock
    browser = Browser(app.test_client())
    start = browser.sign_in(person)
    token = next(f for f in start.forms if f.method == "post").data["csrf_token"][0]
    status = 403 if who == "coordinator" else 404
    page = open_case(browser, knock)
    assert page.status == status
    assert "det hemliga" not in page.html
    form = {
        "csrf_token": token, "form_id": "f" * 22, "text": "Hej", "kind": "talked",
        "triage": "urgent", "to": person.id, "consent": "1", "outcome": "talked",
    }  # fmt: skip
    for action in ACTIONS:
        answer = browser.client.post(f"/personal/arende/{knock.id}/{action}", data=form)
        assert answer.status_code == status, action
    assert now_of(knock).state is State.WAITING
    assert (knock.triage, knock.read_at, len(knock.messages)) == (None, None, 1)


@pytest.mark.parametrize("action", ACTIONS)
def test_a_post_without_the_forms_token_does_nothing(
    browser: Browser, make: Make, school: School, action: str
) -> None:
    knock = make.knock(school).knock
    assert browser.client.post(f"/personal/arende/{knock.id}/{action}").status_code == 400
    assert now_of(knock).state is State.WAITING


def test_a_colleague_who_has_the_page_open_is_told_of_on_it(
    browser: Browser, school: School, make: Make
) -> None:
    knock = make.knock(school).knock
    colleague = make.staff(Profession.COUNSELLOR, [school], name="Kajsa Kurator")
    nurse = make.nurse(school)
    knock_id, address = knock.id, f"/personal/arende/{knock.id}"
    db.session.commit()
    theirs, hers = (Browser(browser.client.application.test_client()) for _twice in range(2))
    theirs.arrives_as(colleague)
    theirs.get(address)
    theirs.get(address, htmx=True)
    says = "Kajsa Kurator, kurator, har också det här öppet"
    assert says not in browser.get(address).text, "to look is not to have it in front of one"
    before = _events(knock_id)
    assert theirs.submit("/framme", headers=SCRIPT).status == 204
    assert says in browser.submit("/framme", headers=SCRIPT).text
    assert _events(knock_id) == before
    assert says in browser.get(address).text
    assert browser.submit("/framme", headers=SCRIPT).status == 204, "nothing is new"
    hers.arrives_as(nurse)
    assert hers.get(address).status == 404
