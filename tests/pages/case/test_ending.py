"""A knock is closed; a mistake is undone."""

import pytest

from elevhalsa.domain.knocks import answering
from elevhalsa.domain.knocks.words import State
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.extensions import db
from tests.factories import Make

from ..browser import Browser
from .steps import now_of, open_case


@pytest.mark.parametrize("action", ["/avsluta", "/lamna-over", "/kontakt"])
def test_a_mistake_is_undone_from_where_one_lands(
    browser: Browser, make: Make, school: School, counsellor: Staff, action: str
) -> None:
    colleague = make.counsellor(school)
    knock = make.knock(school).knock
    answering.take(counsellor, knock)
    db.session.commit()
    fields = {
        "/avsluta": {"outcome": "talked"}, "/lamna-over": {"to": colleague.id},
        "/kontakt": {"kind": "talked"},
    }[action]  # fmt: skip
    open_case(browser, knock)
    page = browser.submit(action, fields)
    assert "Du kan ångra i fem minuter." in page.text
    undo = next(f.action or "" for f in page.forms if "/angra/" in (f.action or ""))
    page = browser.submit(undo)
    assert "Ångrat. Allt är som det var." in page.text
    assert (now_of(knock).state, knock.taken_by_id) == (State.TAKEN, counsellor.id)
    assert (knock.attempts, knock.reached_at) == ([], None)
    again = browser.client.post(undo, data={"csrf_token": page.forms[0].data["csrf_token"]})
    assert again.status_code == 404


def test_closing_needs_an_outcome(
    browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    knock = make.knock(school).knock
    answering.take(counsellor, knock)
    db.session.commit()
    open_case(browser, knock)
    page = browser.submit("/avsluta")
    assert page.status == 422
    assert "Välj hur det gick." in page.text
    assert now_of(knock).state is State.TAKEN
