"""Every view says who may open it; the factory refuses to start when one does not."""

import pytest
from flask import Flask

from elevhalsa import create_app
from elevhalsa.pages.door.views import help_now
from elevhalsa.web import access
from elevhalsa.web.access import Rule, Who, open_to
from tests.conftest import settings_for

# Nobody signs in to these: who adds to the list has thought about it.
OPEN_PACKAGES = {"consultations", "door", "mine", "move", "ops", "push", "pwa"}


@pytest.fixture(scope="module")
def whole_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(settings_for(f"sqlite:///{tmp_path_factory.mktemp('access') / 'x.db'}"))


@pytest.fixture(scope="module")
def rules(whole_app: Flask) -> dict[str, Rule]:
    return access.rules(whole_app)


def test_every_address_leads_to_a_view_that_says_who_may_open_it(whole_app, rules):
    assert {rule.endpoint for rule in whole_app.url_map.iter_rules()} == set(rules)


def test_a_view_that_does_not_say_who_may_open_it_stops_the_start(monkeypatch, tmp_path):
    monkeypatch.delattr(help_now, access.MARK)
    with pytest.raises(RuntimeError, match=r"door\.help_now"):
        create_app(settings_for(f"sqlite:///{tmp_path / 'x.db'}"))


def test_a_view_that_no_address_leads_to_stops_the_start(monkeypatch, tmp_path):
    monkeypatch.setattr(access, "marked", [*access.marked])

    @open_to(Who.PUPIL)
    def forgotten() -> str:
        return ""

    with pytest.raises(RuntimeError, match="forgotten"):
        create_app(settings_for(f"sqlite:///{tmp_path / 'x.db'}"))


def test_staffs_pages_all_need_signing_in(rules):
    for endpoint, rule in rules.items():
        package = endpoint.partition(".")[0]
        if rule.who not in access.NEEDS_SIGN_IN:
            assert package in OPEN_PACKAGES or rule.who is Who.VISITOR, endpoint


def test_only_showing_a_knock_or_the_log_to_staff_writes_when_it_is_shown(rules):
    assert {endpoint for endpoint, rule in rules.items() if rule.writes_on_get} == {
        "consultations.case", "disclosure.weigh", "inbox.case", "inbox.concern", "inbox.danger",
        "inbox.reveal", "municipality.log", "municipality.reveals",
    }  # fmt: skip


def test_every_address_is_swedish_lower_case_and_without_rings_and_dots(whole_app):
    for rule in whole_app.url_map.iter_rules():
        fixed = "".join(part for part in rule.rule.split("<")[0])
        assert fixed.isascii(), rule.rule
        assert fixed == fixed.lower(), rule.rule
        assert "_" not in fixed, rule.rule
