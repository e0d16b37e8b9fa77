"""Providers as a setting names them: what is wrong is told in one line, and no secret with it."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.config import ROOT
from elevhalsa.core import oidc
from elevhalsa.core.oidc import Audience, Providers, WrongProvider

RIGHT = """
[freja]
name = "Freja"
issuer = "https://oidc.exempel.invalid/oidc/"
client_id = "elevhalsa"
client_secret = "hemligt-ord"
audience = "pupils"
municipalities = ["exempelkommun"]
require = {acr = ["a", "b"]}
ask = {acr_values = "b"}

[freja.claims]
name = "given_name family_name"
number = "https://frejaeid.com/oidc/claims/personalIdentityNumber"

[entra]
name = "Arbetskonto"
issuer = "https://login.exempel.invalid/v2.0"
client_id = "1"
client_secret = "hemligt-ord"
audience = "staff"
"""
WRONG = {
    "[Freja]": ("[freja]\n", "[Freja]\n"),
    "[freja] name": ('name = "Freja"\n', ""),
    "[freja] issuer": ("https://oidc", "http://oidc"),
    "[freja] issuer ": ("oidc/", "oidc/?x=1"),
    "[freja] client_secret": ('"hemligt-ord"', '""'),
    "[entra] audience": ('"staff"', '"everybody"'),
    "[freja] scopes": ('audience = "pupils"', 'audience = "pupils"\nscopes = "profile"'),
    "[freja] municipalities": ('["exempelkommun"]', '"exempelkommun"'),
    "[freja] claims.nummer": ("number =", "nummer ="),
    "[freja] require": ('["a", "b"]', "3"),
    "[freja] ask": ("acr_values", "redirect_uri"),
    "[freja] secret": ('client_id = "elevhalsa"', 'client_id = "e"\nsecret = "hemligt-ord"'),
    "[entra] claims.subject": ('"staff"', '"staff"\nclaims = {subject = "UPN"}'),
    "rad ": ('name = "Freja"', "name = Freja"),
    "[freja] require ": ("https://oidc.exempel.invalid/oidc/", oidc.GOOGLE),
}


def test_each_is_read_whole():
    freja, entra = oidc.read(RIGHT)
    assert (freja.key, freja.claims.subject, freja.scopes) == ("freja", "sub", "openid profile")
    assert entra.claims.name == "name" and entra.audience is Audience.STAFF
    assert "hemligt" not in repr((freja, entra))
    assert oidc.read("") == ()


@pytest.mark.parametrize("says", WRONG)
def test_what_is_wrong_is_one_line_that_names_it(says):
    right, wrong = WRONG[says]
    assert right in RIGHT
    with pytest.raises(WrongProvider) as refused:
        oidc.read(RIGHT.replace(right, wrong, 1 if "entra" not in says else -1))
    line = str(refused.value)
    assert says.strip() in line and "\n" not in line and "hemligt" not in line


@given(st.text(max_size=200))
def test_no_text_is_a_fault_of_another_kind(text):
    with suppress(WrongProvider):
        oidc.read(text)


def test_it_is_the_text_or_the_name_of_a_file(tmp_path):
    file = tmp_path / "oidc.toml"
    file.write_text(RIGHT)
    assert oidc.text_of(str(file)) == oidc.text_of(RIGHT) == RIGHT
    with pytest.raises(WrongProvider):
        oidc.text_of(str(tmp_path / "no"))


def test_the_examples_of_the_deploy_page_are_right():
    page = (ROOT / "docs" / "deploy.md").read_text()
    tables = page.partition("```toml")[2].partition("```")[0]
    assert [one.key for one in oidc.read(tables)] == [
        "freja", "skolkonto", "federation", "arbetskonto",
    ]  # fmt: skip


def test_each_is_offered_where_and_to_whom_it_is_for():
    found = Providers()
    found.configure(RIGHT)
    offered = {
        (slug, audience): [one.key for one in found.at(slug, audience)]
        for slug in ("exempelkommun", "annan")
        for audience in Audience
    }
    assert offered == {
        ("exempelkommun", Audience.PUPILS): ["freja"],
        ("annan", Audience.PUPILS): [],
        ("exempelkommun", Audience.STAFF): ["entra"],
        ("annan", Audience.STAFF): ["entra"],
    }
    assert found.get("freja", Audience.STAFF) is None
