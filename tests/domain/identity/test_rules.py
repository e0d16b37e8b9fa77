"""The pure parts: what BankID's words mean, QR codes, ages, and what an order can become."""

import hashlib
import hmac
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.core import addresses, labels
from elevhalsa.domain.identity import rules
from elevhalsa.domain.identity.transitions import Step, after
from elevhalsa.domain.identity.words import AgeBand, App, State, Told

T0 = datetime(2026, 11, 30, 10, tzinfo=UTC)


@given(st.lists(st.sampled_from(Step)))
def test_whatever_happens_in_any_order_what_is_over_stays_over(steps):
    state, seen = State.WAITING, [State.WAITING]
    for step in steps:
        state = after(state, step) or state
        seen.append(state)
    for earlier, later in pairwise(seen):
        if earlier in (State.FAILED, State.LEFT):
            assert later is earlier
        if earlier is State.DONE:
            assert later in (State.DONE, State.LEFT)  # done once, and never failed afterwards


def test_a_word_of_bankids_that_we_do_not_know_has_an_answer_too():
    for hint in ("brandNew", None, "userSign"):
        assert rules.failed(hint) is Told.FAILED
    assert rules.pending("brandNew") is rules.pending(None) is Told.PENDING
    assert rules.refused("brandNew") is Told.FAILED


def test_every_word_has_a_sentence():
    for told in Told:
        assert labels.of(told).endswith(".")


@given(st.integers(0, 10_000), st.floats(0, 0.99))
def test_a_qr_code_is_another_each_second(seconds, part):
    text = rules.qr_text("tok", "secret", T0, T0 + timedelta(seconds=seconds + part))
    word, token, second, code = text.split(".")
    assert (word, token, second) == ("bankid", "tok", str(seconds))
    assert code == hmac.new(b"secret", second.encode(), hashlib.sha256).hexdigest()
    assert "secret" not in text


@given(st.dates(date(1990, 1, 1), date(2026, 11, 30)), st.booleans())
def test_the_day_of_birth_is_read_from_both_kinds_of_number(born, coordination):
    day = born.day + (60 if coordination else 0)
    assert rules.born_on(f"{born:%Y%m}{day:02}0000") == born


@pytest.mark.parametrize("number", ["", "19", "20260230" + "0000", "2014010100٣0", "x" * 12])
def test_what_is_no_number_is_refused(number):
    with pytest.raises(ValueError):  # noqa: PT011
        rules.born_on(number)


@given(st.dates(date(2000, 1, 1), date(2026, 11, 30)))
def test_the_age_band_is_that_of_whole_years(born):
    today = date(2026, 11, 30)
    turns = [b for b in (12, 15, 18) if (born.year + b, born.month, born.day) <= (2026, 11, 30)]
    assert rules.age_band(born, today) is list(AgeBand)[len(turns)]


def test_one_is_a_band_older_on_the_birthday_itself():
    born = date(2014, 12, 1)
    assert rules.age_band(born, date(2026, 11, 30)) is AgeBand.UNDER_12
    assert rules.age_band(born, date(2026, 12, 1)) is AgeBand.FROM_12


@given(st.integers(0, 20))
def test_a_qr_code_is_renewed_a_few_times_and_only_on_another_device(renewals):
    is_renewed = rules.is_renewed(Told.NO_APP, App.ELSEWHERE, renewals)
    assert is_renewed is (renewals < rules.MOST_RENEWALS)
    assert not rules.is_renewed(Told.NO_APP, App.HERE, renewals)


@given(st.ip_addresses())
def test_a_place_is_the_same_for_a_whole_64_of_ipv6(address):
    place = addresses.place(str(address))
    assert addresses.place(place.partition("/")[0]) == place
    assert ("/64" in place) is (address.version == 6 and address.ipv4_mapped is None)
