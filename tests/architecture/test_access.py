"""One table says who may open what; the factory refuses to start when it is not the whole truth."""

import pytest
from flask import Flask

from elevhalsa import create_app
from elevhalsa.web import access
from elevhalsa.web.access import ACCESS, Who
from tests.conftest import settings_for

# Nobody signs in to these: who adds to the list has thought about it.
OPEN_PACKAGES = {"door", "mine", "move", "ops", "push", "pwa"}


@pytest.fixture(scope="module")
def whole_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(settings_for(f"sqlite:///{tmp_path_factory.mktemp('access') / 'x.db'}"))


def test_every_endpoint_is_in_the_table_and_every_row_leads_somewhere(whole_app):
    assert {rule.endpoint for rule in whole_app.url_map.iter_rules()} == set(ACCESS)


def test_an_address_that_is_not_in_the_table_stops_the_start(whole_app):
    app = Flask("another")
    for endpoint in {*ACCESS, "door.forgotten"}:
        app.add_url_rule(f"/{endpoint}", endpoint, lambda: "")
    with pytest.raises(RuntimeError, match=r"door\.forgotten"):
        access.init_app(app)


def test_a_row_that_leads_nowhere_stops_the_start():
    app = Flask("another", static_folder=None)
    for endpoint in set(ACCESS) - {"inbox.case"}:
        app.add_url_rule(f"/{endpoint}", endpoint, lambda: "")
    with pytest.raises(RuntimeError, match=r"inbox\.case"):
        access.init_app(app)


def test_staffs_pages_all_need_signing_in():
    for endpoint, rule in ACCESS.items():
        package = endpoint.partition(".")[0]
        if rule.who not in access.NEEDS_SIGN_IN:
            assert package in OPEN_PACKAGES or rule.who is Who.VISITOR, endpoint


def test_only_showing_a_knock_writes_when_it_is_shown():
    assert {endpoint for endpoint, rule in ACCESS.items() if rule.writes_on_get} == {
        "mine.knock",
        "inbox.case",
    }


def test_every_address_is_swedish_lower_case_and_without_rings_and_dots(whole_app):
    for rule in whole_app.url_map.iter_rules():
        fixed = "".join(part for part in rule.rule.split("<")[0])
        assert fixed.isascii(), rule.rule
        assert fixed == fixed.lower(), rule.rule
        assert "_" not in fixed, rule.rule
