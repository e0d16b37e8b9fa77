"""Oro: the checklist, what is kept of a report, and what the municipality says in it."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import concern
from elevhalsa.domain.knocks.models import ConcernReport
from elevhalsa.extensions import db
from tests.domain.helpers import at

from ..factories import Make
from .browser import Browser

MONDAY = at("2026-11-23 09:30")


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with clock.frozen(MONDAY):
        yield


def test_from_the_case_to_the_receipt_and_the_follow_up(client: FlaskClient, make: Make) -> None:
    school = make.school()
    me = make.counsellor(school)
    knock = make.knock(school, text="Hemliga ord").knock
    browser = Browser(client)
    browser.sign_in(me)
    browser.get(f"/personal/arende/{knock.id}")
    page = browser.follow("Oro för eleven")
    for words in (
        "ring socialtjänsten före hemmet", "OSL 10 kap. 28 §", "OSL 10 kap. 27 §",
        "Vet du inte vem eleven är: anmäl ändå", "aldrig vad som står i den",
    ):  # fmt: skip
        assert words in page.text
    assert "Hemliga ord" not in page.html
    shown = select(AuditEvent.reason).where(AuditEvent.action == Action.SHOWN)
    assert "concern" in set(db.session.scalars(shown))
    page = browser.submit("/oro")
    assert page.status == 422
    assert "Välj hur du anmälde." in page.text
    page = browser.submit(
        "/oro", age="under18", steps=["saker", "misstanke"], way="phone", told="not_safe",
        reference="Kvitto 12", follow_up_on="2026-12-01",
    )  # fmt: skip
    assert "Sparat." in page.text
    page = browser.get(f"/personal/arende/{knock.id}")
    for words in (
        "Oro: det här är anmält",
        "Kvitto 12",
        "Det räcker att du misstänker",
        "Nej, det är inte säkert för eleven",
    ):
        assert words in page.text
    page = browser.submit("/uppfoljd")
    assert "Uppföljd i dag" in page.text
    assert not page.has_form("/uppfoljd")


def test_what_was_typed_stays_when_a_day_cannot_be(client: FlaskClient, make: Make) -> None:
    school = make.school()
    knock = make.knock(school).knock
    browser = Browser(client)
    browser.sign_in(make.counsellor(school))
    browser.get(f"/personal/arende/{knock.id}/oro")
    page = browser.submit(
        "/oro", age="over18", way="letter", told="before", reference="Kvitto 12",
        follow_up_on="2026-11-01", steps=["vuxen"],
    )  # fmt: skip
    assert page.status == 422
    form = page.form("/oro")
    assert form.data["reference"] == ["Kvitto 12"]
    assert (form.data["age"], form.data["steps"]) == (["over18"], ["vuxen"])
    assert db.session.scalars(select(ConcernReport)).all() == []


def test_a_coordinator_changes_a_step(client: FlaskClient, make: Make) -> None:
    browser = Browser(client)
    browser.sign_in(make.coordinator())
    browser.get("/samordnare/")
    browser.follow("Oro")
    page = browser.submit(1, link="http://exempel.se")
    assert page.status == 422
    assert "Länken ska börja med https://." in page.text
    number = next(
        i for i, f in enumerate(page.forms) if f.data.get("link") == ["http://exempel.se"]
    )
    page = browser.submit(number, says="Ring oss i Exempel.", link="https://exempel.se/oro")
    assert "Ring oss i Exempel." in page.text
    own = [one for one in concern.steps(make.home.id) if one.is_own]
    assert [(one.says, one.link) for one in own] == [
        ("Ring oss i Exempel.", "https://exempel.se/oro")
    ]
