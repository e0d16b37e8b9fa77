"""The operator sees whom one may log in with, what to tell them, and whether they answer."""

import pytest

from elevhalsa.extensions import db
from tests.conftest import app_for, settings_for


@pytest.fixture
def app(sqlite_url, oidc):
    pupils = 'audience = "pupils"'
    text = oidc.text.replace(pupils, f'{pupils}\nmunicipalities = ["annan", "exempel-2"]', 1)
    app = app_for(
        settings_for(sqlite_url, oidc_providers=text, public_url="https://exempel.invalid")
    )
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def shows(app):
    return app.test_cli_runner().invoke(args=["eid", "show"]).output


def test_each_is_shown_with_its_addresses_and_tried(app, oidc, make, monkeypatch):
    assert make.municipality().slug == "exempel-1"
    make.municipality(host="elevhalsa.exempel.invalid")
    oidc.annat.is_away = True
    monkeypatch.setattr(oidc.arbete, "metadata", lambda: {"issuer": "another"})
    said = shows(app)
    for host in ("exempel.invalid", "elevhalsa.exempel.invalid"):
        assert f"https://{host}/logga-in/konto/arbete/svar" in said
    assert "https://elevhalsa.exempel.invalid/logga-in/med/skolkonto/svar" in said
    assert "https://exempel.invalid/logga-in/med/skolkonto/svar" not in said
    assert "Kommunen annan finns inte här." in said
    assert said.count("Den svarar som den ska.") == 1
    assert "Den svarar inte." in said and "säger sig vara någon annan" in said
    assert "hemligt" not in said


def test_where_there_is_none_that_is_said(sqlite_url):
    assert "Inga leverantörer." in shows(app_for(settings_for(sqlite_url)))
