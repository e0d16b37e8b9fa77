"""What a provider says of somebody: whatever it is, no more is kept than is asked for."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.core.oidc import read
from elevhalsa.domain.identity import claims
from elevhalsa.domain.identity.words import AgeBand

TODAY = date(2026, 11, 30)
TABLE = """
[freja]
name = "Freja"
issuer = "https://oidc.exempel.invalid"
client_id = "elevhalsa"
client_secret = "hemligt"
audience = "pupils"
require = {hd = "skola.invalid", loa = ["2", "3"]}
claims = {school_class = "class", number = "pnr", birthdate = "birthdate", age = "age"}
"""
(PROVIDER,) = read(TABLE)
FINE = {"sub": "x", "name": "Exempel Elva"}
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
whatever = st.dictionaries(
    st.sampled_from(["sub", "name", "class", "pnr", "birthdate", "age", "hd", "loa", "email"]),
    values,
)


@given(whatever)
def test_whatever_is_said_gives_a_name_of_one_line_or_nobody(said):
    found = claims.said(PROVIDER, said, TODAY)
    claims.are_enough(PROVIDER, said)
    if found is None:
        return
    assert isinstance(said["sub"], str) and found.subject.startswith(PROVIDER.issuer)
    for text in (found.name, found.school_class):
        assert text is None or (text.isprintable() and 0 < len(text) <= claims.MOST_CHARACTERS)
    assert found.number is None or (found.number.isdigit() and len(found.number) == 12)


@pytest.mark.parametrize(
    ("said", "band"),
    [
        ({"birthdate": "2015-11-30"}, AgeBand.UNDER_12),
        ({"birthdate": "20141130"}, AgeBand.FROM_12),
        ({"birthdate": "2014-12-01"}, AgeBand.UNDER_12),
        ({"birthdate": "2014"}, None),
        ({"birthdate": "2014-02-30"}, None),
        ({"birthdate": "2027-01-01"}, None),
        ({"age": 15}, AgeBand.FROM_15),
        ({"age": "18"}, AgeBand.ADULT),
        ({"age": True}, None),
        ({"age": 999}, None),
        ({"age": 12, "birthdate": "1990-01-01"}, AgeBand.FROM_12),
        ({"pnr": "20130101-0000"}, AgeBand.FROM_12),
        ({}, None),
    ],
    ids=str,
)
def test_of_what_tells_the_age_the_band_alone_is_kept(said, band):
    assert claims.said(PROVIDER, FINE | said, TODAY).age_band is band


def test_a_number_in_which_no_day_stands_is_none():
    for number, kept in {
        "20130101-0000": "201301010000",
        "20130161 0000": "201301610000",
        "130101-0000": None,
        "201313010000": None,
        "": None,
    }.items():
        assert claims.said(PROVIDER, FINE | {"pnr": number}, TODAY).number == kept


def test_the_same_subject_at_two_issuers_is_two():
    other = PROVIDER.model_copy(update={"issuer": "https://annan.exempel.invalid"})
    assert claims.subject(PROVIDER, FINE) != claims.subject(other, FINE)
    assert claims.subject(PROVIDER, {"email": "a@exempel.invalid"}) is None


def test_who_is_let_in_says_all_that_is_required():
    fine = {"hd": "skola.invalid", "loa": "3"}
    assert claims.are_enough(PROVIDER, fine)
    assert claims.are_enough(PROVIDER, fine | {"loa": ["1", "2"]})
    for wrong in ({"hd": "annan.invalid"}, {"hd": None}, {"hd": ["x"]}, {"loa": 3}, {"loa": "4"}):
        assert not claims.are_enough(PROVIDER, fine | wrong)
