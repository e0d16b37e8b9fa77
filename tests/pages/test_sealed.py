"""A stored text that is not what was written there is shown to nobody, in plain words."""

from typing import Any

import pytest
from sqlalchemy import text

from elevhalsa.domain.knocks.models import Knock
from elevhalsa.extensions import db

from .browser import Browser

SECRETS = ("Den första texten", "En annans text")


@pytest.fixture
def knocks(make: Any) -> list[Knock]:
    school = make.school()
    make.nurse(school)
    return [make.knock(school, wanted=None, text=secret).knock for secret in SECRETS]


def move(sql: str, **values: Any) -> None:
    """As by somebody who can write in the database, and has no keys."""
    db.session.execute(text(sql), values)
    db.session.commit()
    db.session.remove()


def refused(page: Any, caplog: Any) -> None:
    assert page.status == 500
    assert "inte den som skrevs" in page.text
    assert "Något gick fel" not in page.text
    assert "112" in page.text
    for said in (page.html, caplog.text):
        assert not any(secret in said for secret in SECRETS)
    assert caplog.messages[-1].endswith("message.text holds what was not written there")


def test_staff_are_told_that_a_moved_text_is_not_shown(make, client, knocks, caplog):
    counsellor = make.counsellor(knocks[0].school)
    browser = Browser(client)
    browser.sign_in(counsellor)
    first, other = (knock.id for knock in knocks)
    assert SECRETS[0] in browser.get(f"/personal/arende/{first}").text
    move("UPDATE message SET text = (SELECT text FROM message WHERE knock_id = :other) "
         "WHERE knock_id = :first", first=first, other=other)  # fmt: skip
    refused(browser.get(f"/personal/arende/{first}"), caplog)
    assert SECRETS[1] in browser.get(f"/personal/arende/{other}").text


def test_a_text_that_is_put_into_another_municipalitys_knock_is_not_shown(
    make, client, knocks, caplog
):
    abroad = make.municipality()
    school = make.school(municipality_id=abroad.id)
    there = make.knock(school, wanted=None).knock.id
    browser = Browser(client)
    browser.sign_in(make.staff(schools=[school], municipality_id=abroad.id))
    move("UPDATE message SET knock_id = :there WHERE knock_id = :first", there=there,
         first=knocks[0].id)  # fmt: skip
    refused(browser.get(f"/personal/arende/{there}"), caplog)
