"""Closing asks who must keep records; the extract is a file."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from elevhalsa.core import clock
from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks import answering, asking, journal
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import AttemptKind, Journal
from elevhalsa.extensions import db
from tests.domain.helpers import at

from ..factories import Make
from .browser import Browser

MONDAY = at("2026-11-23 09:30")


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with clock.frozen(MONDAY):
        yield


def at_a_case(client: FlaskClient, make: Make, profession: Profession) -> tuple[Browser, Knock]:
    school = make.school()
    me = make.staff(profession, [school])
    knock = make.knock(school, wanted=profession, text="Hemliga ord").knock
    answering.take(me, knock)
    answering.log_attempt(me, knock, AttemptKind.TALKED)
    db.session.commit()
    browser = Browser(client)
    browser.sign_in(me)
    browser.get(f"/personal/arende/{knock.id}")
    return browser, knock


def test_a_nurse_says_whether_it_is_recorded_when_she_closes(
    client: FlaskClient, make: Make
) -> None:
    browser, knock = at_a_case(client, make, Profession.NURSE)
    page = browser.submit("/avsluta", outcome="talked")
    assert page.status == 422
    assert "Välj om det är journalfört." in page.text
    assert page.form("/avsluta").data["outcome"] == ["talked"]
    page = browser.submit("/avsluta", journal="recorded")
    assert "Knackningen är avslutad." in page.text
    mark = journal.of(db.session.get_one(Knock, knock.id))
    assert mark
    assert mark.what is Journal.RECORDED
    page = browser.get(f"/personal/arende/{knock.id}")
    assert "Journalfört" in page.text
    assert not page.has_form("/journal")


def test_a_counsellor_is_not_asked(client: FlaskClient, make: Make) -> None:
    browser, _knock = at_a_case(client, make, Profession.COUNSELLOR)
    page = browser.submit("/avsluta", outcome="talked")
    assert "Knackningen är avslutad." in page.text


def test_what_ended_otherwise_is_noted_on_its_page(client: FlaskClient, make: Make) -> None:
    browser, knock = at_a_case(client, make, Profession.NURSE)
    asking.withdraw(db.session.get_one(Knock, knock.id), shown=None)
    db.session.commit()
    page = browser.get(f"/personal/arende/{knock.id}")
    assert "gallras inte förrän någon har sagt att det är journalfört" in page.text
    assert browser.submit("/journal").status == 422
    page = browser.get("/personal/inkorg?flik=klara")
    assert "1 avslutad väntar på journal." in page.text
    page = browser.get("/personal/journalfora")
    assert f"/personal/arende/{knock.id}" in page.html
    assert "Hemliga" not in page.text
    browser.get(f"/personal/arende/{knock.id}")
    page = browser.submit("/journal", journal="nothing")
    assert "Inget att journalföra" in page.text
    assert "Inget väntar." in browser.get("/personal/journalfora").text


@pytest.mark.parametrize(
    ("kind", "begins"), [("text", "Utdrag för journal".encode()), ("pdf", b"%PDF-")]
)
def test_the_extract_is_a_file_whose_name_says_nothing(
    client: FlaskClient, make: Make, kind: str, begins: bytes
) -> None:
    browser, knock = at_a_case(client, make, Profession.NURSE)
    answer = browser.send(
        "POST", f"/personal/arende/{knock.id}/journalutdrag", data={"form": kind},
        headers={"Origin": "http://localhost"},
    )  # fmt: skip
    assert answer.data.startswith(begins)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="utdrag.')
    assert (b"Hemliga ord" in answer.data) == (kind == "text")
