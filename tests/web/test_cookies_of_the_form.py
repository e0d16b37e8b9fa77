"""Who looks at the knock form gets no cookie, unless an old browser needs one for its token."""

import re

from flask.testing import FlaskClient
from sqlalchemy import func, select

from elevhalsa.core.crypto import new_id
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.extensions import db
from tests.factories import Make


def _knocks() -> int:
    return db.session.scalar(select(func.count()).select_from(Knock)) or 0


def _token(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]* value="([^"]*)"', page)
    assert found, "the form has no field for the token"
    return found[1]


def _said(token: str, slug: str) -> dict[str, str]:
    return {
        "skola": slug, "form_id": new_id(), "csrf_token": token, "who": "any", "way": "app",
    }  # fmt: skip


def test_looking_at_the_form_gives_no_cookie_in_a_browser_that_tells_where_it_comes_from(
    client: FlaskClient, make: Make
) -> None:
    school = make.school()
    make.nurse(school)
    page = client.get(f"/knacka?skola={school.slug}", headers={"Sec-Fetch-Site": "none"})
    assert "Set-Cookie" not in page.headers
    said = _said(_token(page.text), school.slug)
    answer = client.post("/knacka", data=said, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 303
    assert _knocks() == 1


def test_an_old_browser_knocks_with_a_token(client: FlaskClient, make: Make) -> None:
    school = make.school()
    make.nurse(school)
    page = client.get(f"/knacka?skola={school.slug}")
    assert client.post("/knacka", data=_said(_token(page.text), school.slug)).status_code == 303
    assert _knocks() == 1


def test_a_browser_that_tells_and_then_falls_silent_is_asked_once_more_with_all_kept(
    client: FlaskClient, make: Make
) -> None:
    school = make.school()
    make.nurse(school)
    page = client.get(f"/knacka?skola={school.slug}", headers={"Sec-Fetch-Site": "none"})
    said = _said(_token(page.text), school.slug) | {"text": "Något jag skrev"}
    again = client.post("/knacka", data=said)
    assert again.status_code == 400
    assert "Något jag skrev" in again.text
    assert _knocks() == 0
    said["csrf_token"] = _token(again.text)
    assert client.post("/knacka", data=said).status_code == 303
    assert _knocks() == 1
