"""Addresses that were not meant to be opened so lead on: what can only be posted to leads to its
page, a slash too many to the address without. From the app's own map of routes."""

import pytest
from flask import Flask

from elevhalsa import create_app
from elevhalsa.core.crypto import new_id
from elevhalsa.pages.inbox.views import seen
from elevhalsa.web import access
from tests.conftest import settings_for

ROUTES = create_app(settings_for("sqlite:////nowhere/x.db"))


def address(app: Flask, endpoint: str) -> str:
    rule = next(app.url_map.iter_rules(endpoint))
    values = dict.fromkeys(rule.arguments, new_id())
    return app.url_map.bind("localhost").build(endpoint, values, method=None)


def opened_by_get() -> list[str]:
    return sorted(
        rule.endpoint
        for rule in ROUTES.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.rule.endswith("/")
    )


def test_what_can_only_be_posted_to_leads_to_the_page_of_its_form(client, app):
    routes = app.url_map.bind("localhost")
    for endpoint in access.posted_only(ROUTES):
        answer = client.get(address(app, endpoint))
        assert answer.status_code == 303, endpoint
        page = access.rules(app)[endpoint].page
        assert page
        assert routes.match(answer.location, method="GET")[0] == page, endpoint


def test_a_slash_too_many_leads_to_the_address_without(client, app):
    for endpoint in opened_by_get():
        wanted = address(app, endpoint)
        answer = client.get(f"{wanted}/?skola=x")
        assert answer.status_code == 308, endpoint
        assert answer.location == f"{wanted}?skola=x"


@pytest.mark.parametrize("path", ["/finns-inte", "/finns-inte/", "//annan.invalid/", "/mitt/a/b/"])
def test_what_is_nowhere_is_not_found(client, path):
    assert client.get(path).status_code in (404, 308)
    assert "annan" not in client.get(path).headers.get("Location", "")


def test_a_form_that_names_no_page_stops_the_start(monkeypatch, tmp_path):
    monkeypatch.setattr(seen, access.MARK, access.Rule(access.Who.PROFESSIONAL))
    with pytest.raises(RuntimeError, match=r"inbox\.seen"):
        create_app(settings_for(f"sqlite:///{tmp_path / 'x.db'}"))
