"""Who looks at the knock form gets no cookie, and a page of somebody else's cannot send it."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from elevhalsa.domain.knocks.models import Knock
from elevhalsa.extensions import db
from tests.factories import Make

HERE, ELSEWHERE = {"REMOTE_ADDR": "192.0.2.1"}, {"REMOTE_ADDR": "198.51.100.7"}


def _knocks() -> int:
    return db.session.scalar(select(func.count()).select_from(Knock)) or 0


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', page)
    assert found, f"the form has no field {name}"
    return found[1]


def _filled_in(page: str, slug: str) -> dict[str, str]:
    kept = {name: _hidden(page, name) for name in ("form_id", "csrf_token")}
    return kept | {"skola": slug, "who": "any", "way": "app", "text": "Något jag skrev"}


@pytest.fixture
def slug(make: Make) -> str:
    school = make.school()
    make.nurse(school)
    slug: str = school.slug
    return slug


@pytest.mark.parametrize("tells", [{"Sec-Fetch-Site": "none"}, {}], ids=["new", "old"])
def test_looking_at_the_form_gives_no_cookie_in_any_browser(
    client: FlaskClient, slug: str, tells: dict[str, str]
) -> None:
    for _turn in range(2):
        page = client.get(f"/knacka?skola={slug}", headers=tells)
        assert "Set-Cookie" not in page.headers
        assert page.headers["Vary"] == "Accept-Encoding"


def test_a_browser_that_tells_where_the_post_comes_from_knocks_without_a_token(
    client: FlaskClient, slug: str
) -> None:
    said = _filled_in(client.get(f"/knacka?skola={slug}").text, slug) | {"csrf_token": ""}
    answer = client.post("/knacka", data=said, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 303
    assert _knocks() == 1


def test_an_old_browser_knocks_with_the_forms_token(client: FlaskClient, slug: str) -> None:
    page = client.get(f"/knacka?skola={slug}")
    assert client.post("/knacka", data=_filled_in(page.text, slug)).status_code == 303
    assert _knocks() == 1


def test_a_form_that_has_come_to_another_address_is_asked_once_more_with_all_kept(
    client: FlaskClient, slug: str
) -> None:
    """A phone has left the school's network. The address may change each time: the second token
    is the session's."""
    page = client.get(f"/knacka?skola={slug}", environ_base=HERE)
    said = _filled_in(page.text, slug)
    again = client.post("/knacka", data=said, environ_base=ELSEWHERE)
    assert again.status_code == 400
    assert "Något jag skrev" in again.text
    assert _knocks() == 0
    said = _filled_in(again.text, slug)
    assert client.post("/knacka", data=said, environ_base=HERE).status_code == 303
    assert _knocks() == 1


@pytest.mark.parametrize(
    ("says", "address"),
    [
        ({}, ELSEWHERE),
        ({"Origin": "https://frammande.invalid"}, HERE),
        ({"Origin": "null"}, HERE),
        ({"Sec-Fetch-Site": "cross-site"}, HERE),
        ({"Sec-Fetch-Site": "same-site"}, HERE),
    ],
)
def test_a_form_that_a_stranger_fetched_cannot_be_sent_by_a_pupils_browser(
    client: FlaskClient, slug: str, says: dict[str, str], address: dict[str, str]
) -> None:
    """Not even by one at the same school, in a browser that tells of it."""
    page = client.get(f"/knacka?skola={slug}", environ_base=HERE)
    said = _filled_in(page.text, slug)
    pupil = client.application.test_client()
    assert pupil.post("/knacka", data=said, headers=says, environ_base=address).status_code == 400
    assert _knocks() == 0


def test_a_forms_token_is_good_for_that_form_alone(client: FlaskClient, slug: str) -> None:
    one, other = (
        _filled_in(client.get(f"/knacka?skola={slug}").text, slug) for _turn in range(2)
    )  # fmt: skip
    mixed = one | {"csrf_token": other["csrf_token"]}
    assert client.post("/knacka", data=mixed).status_code == 400
    assert client.post("/knacka", data=one | {"csrf_token": "å"}).status_code == 400
    assert _knocks() == 0
