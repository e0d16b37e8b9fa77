"""Somebody asks for what a knock holds, and whoever is named behind its wall weighs it."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.disclosure.models import Disclosure
from elevhalsa.domain.disclosure.words import Asker, Outcome
from elevhalsa.domain.knocks import answering, asking
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import AttemptKind, Way
from elevhalsa.domain.people import duties
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.people.rules import Seat
from elevhalsa.domain.people.words import Duty
from elevhalsa.extensions import db
from elevhalsa.work import OPERATOR
from tests.domain.helpers import at
from tests.factories import Make

from .browser import Browser, Page

MONDAY = at("2026-11-23 09:30")
HERE = {"Origin": "http://localhost"}
START, WHO = "/personal/utlamnande/", "/personal/vem-svarar"
NAME, NUMBER, FRIEND = "Elev Exempelsson", "0701740606", "Vännen Hemligsson"
SAID = f"Jag har bråkat med {FRIEND}, skriver {NAME}"
ANSWER = "Kom till mig i morgon"


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with clock.frozen(MONDAY):
        yield


class Town:
    """A counsellor who is named, at another school than the pupil's, and her colleague who has the
    knock."""

    def __init__(self, app: Flask, make: Make) -> None:
        self.app, self.make = app, make
        school = make.school()
        self.colleague = make.counsellor(school)
        self.named = make.counsellor(make.school())
        duties.name(make.home, Seat(Duty.DISCLOSURE, Wall.PSYCHOSOCIAL), self.named, by=OPERATOR)
        self.receipt = make.knock(
            school, text=SAID, name=NAME, way=Way.CALL, phone=NUMBER, wanted=Profession.COUNSELLOR
        )
        self.id = self.receipt.knock.id
        answering.answer(self.colleague, self.knock, ANSWER, form_id="f" * 22)
        answering.log_attempt(self.colleague, self.knock, AttemptKind.TALKED)
        db.session.commit()
        self.browser = self.signed_in(self.named)
        self.pages = 0
        """On which she has had it all before her."""

    @property
    def knock(self) -> Knock:
        return db.session.get_one(Knock, self.id)

    def signed_in(self, staff: Staff) -> Browser:
        browser = Browser(self.app.test_client())
        browser.sign_in(staff)
        return browser

    def weighs(self, asker: str) -> Page:
        self.pages += 1
        return self.browser.get(f"{START}{self.id}/{asker}")

    def sends(self, asker: str, gor: str, **changed: Any) -> Page:
        self.pages += 1
        return self.browser.submit(f"/{asker}", gor=gor, **changed)

    def everything(self, asker: str) -> dict[str, list[str]]:
        """The questions ticked, and a ground."""
        form = self.browser.page.form(f"/{asker}")
        checked = [one for c in form.controls if c.name == "checked" for one in c.options]
        grounds = [one for c in form.controls if c.name == "ground" for one in c.options]
        return {"checked": checked, "ground": grounds[:1]}

    def given(self, asker: str, *keys: str) -> list[str]:
        """What is chosen of each part: that those are given whose key begins so."""
        controls = self.browser.page.form(f"/{asker}").controls
        parts = [c.values[0] for c in controls if c.name == "parts"]
        return [
            f"{key} give" if key.startswith(keys) else one
            for one in parts for key in [one.split()[0]]
        ]  # fmt: skip


@pytest.fixture
def town(app: Flask, make: Make) -> Town:
    return Town(app, make)


def trace_of(knock_id: str) -> list[tuple[Action, str | None]]:
    db.session.rollback()
    query = select(AuditEvent.action, AuditEvent.reason).where(
        AuditEvent.about_id == knock_id,
        AuditEvent.action.in_((Action.SHOWN, Action.DISCLOSED, Action.EXPORTED)),
    )
    return [(action, reason) for action, reason in db.session.execute(query)]


def test_a_guardian_is_given_a_part_of_it_as_it_was_looked_at_and_no_more(town, caplog):
    caplog.set_level(logging.DEBUG)
    browser = town.browser
    page = browser.get(WHO)
    assert "du" in page.text
    page = browser.submit("/utlamnande", code=town.receipt.code)
    assert "Vem vill ha det utlämnat?" in page.text
    assert SAID not in page.text
    page = town.weighs("guardian")
    assert SAID in page.text
    assert "omvänt" in page.text.casefold()
    assert "betydande men" in page.text
    assert town.given("guardian") == town.given("guardian", "nothing at all")
    assert not any(one.endswith(" give") for one in town.given("guardian"))

    wish = {
        "parts": town.given("guardian", "message-"), "struck": FRIEND.upper(),
        "reason": "Resten kan skada eleven.", **town.everything("guardian"),
    }  # fmt: skip
    page = town.sends("guardian", "visa", **wish)
    assert "Så här blir det: En del lämnas ut" in page.text
    assert "lämnas ut med strykning" in page.text
    assert town.sends("guardian", "text").status == 422, "nobody has said what the pupil sees"
    page = town.sends("guardian", "text", pupil_sees="ja")
    told = page.html
    assert page.response.headers["Content-Disposition"] == 'attachment; filename="utlamnande.txt"'
    assert page.response.headers["Cache-Control"] == "no-store"
    assert ANSWER in told
    assert "skriver [Struket: OSL 23 kap. 2 §]" in told, "the name is withheld, so struck here too"
    assert told.count("[Struket: OSL 23 kap. 2 §]") == 2
    for hidden in (FRIEND, NAME, NUMBER, "Hemligsson", "Exempelsson", "Pratade"):
        assert hidden not in told
    for said in (FRIEND, FRIEND.upper(), NAME, NUMBER, SAID, ANSWER, "Resten kan skada"):
        assert said not in caplog.text
    for said in ("Resten kan skada eleven.", "OSL 23 kap. 2 §", "kammarrätten", "tre veckor"):
        assert said in told

    row = db.session.scalars(select(Disclosure)).one()
    assert (row.asker, row.outcome, row.pupil_sees) == (Asker.GUARDIAN, Outcome.PARTLY, True)
    assert row.reason == "Resten kan skada eleven."
    assert trace_of(town.id)[-2:] == [
        (Action.DISCLOSED, "guardian_partly"), (Action.EXPORTED, "disclosure"),
    ]  # fmt: skip
    pupil = Browser(town.app.test_client())
    pupil.get("/mitt/kod")
    page = pupil.submit("/mitt/kod", code=town.receipt.code)
    assert "En vårdnadshavare bad att få se det som står här. Vi lämnade ut en del" in page.text


def test_what_has_come_since_it_was_looked_at_is_not_given_unseen(town):
    town.weighs("pupil")
    town.sends("pupil", "visa", **town.everything("pupil"))
    asking.write(town.knock, "Skrivet under tiden", form_id="w" * 22)
    db.session.commit()
    page = town.sends("pupil", "text")
    assert page.status == 422
    assert "Det har ändrats sedan du förhandsgranskade." in page.text
    assert not db.session.scalars(select(Disclosure)).all()
    assert trace_of(town.id) == [(Action.SHOWN, "disclosure")] * town.pages


def test_what_somebody_asks_for_is_kept_until_it_need_not_be(town):
    page = town.browser.get(f"{START}{town.id}")
    for button, is_held in (
        ("Låt den vara kvar", True), ("Den behöver inte vara kvar längre", False),
    ):  # fmt: skip
        assert button in page.text
        page = town.browser.submit(f"/behall/{town.id}")
        assert page.status == 200
        db.session.rollback()
        assert (town.knock.held_since is not None) is is_held
    query = select(AuditEvent.reason).where(AuditEvent.action == Action.HELD)
    assert db.session.scalars(query.order_by(AuditEvent.id)).all() == ["on", "off"]
