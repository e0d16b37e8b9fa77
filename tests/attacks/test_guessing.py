"""How long it takes to guess what opens something, computed from what the app itself says: how the
secret is made, how long it lives, and how many wrong ones are let through (decision 26)."""

import math
from datetime import timedelta

import pytest
from limits import parse, parse_many

from elevhalsa.core import codes, crypto
from elevhalsa.domain.knocks import handoff
from elevhalsa.domain.knocks.rules import is_pin, pin_lock_minutes
from elevhalsa.domain.people import service as people
from elevhalsa.web import limits

HOURS_A_YEAR = 24 * 365.25
LIVE = 10_000
"""Knocks that are open at once, of a whole deployment."""
PLACES = 65_536
"""From so many addresses, or /64 nets, somebody guesses at once: a whole /48."""
MOVING = 20
"""Codes to move that live at once."""
STAFF = 5_000
NEVER = 1e9


def an_hour(limit: str) -> float:
    """How many come through an hour, by the strictest of a limit's parts."""
    return min(one.amount * 3600 / one.get_expiry() for one in parse_many(limit))


ALL = parse(limits.IN_ALL)
FIRST = ALL.amount * 3600 / ALL.get_expiry()
"""Wrong ones an hour, whoever makes them, until operators are told."""
THEN = FIRST + PLACES * an_hour(limits.SCARCE)
"""Though they have been told, and nobody has done anything."""


def years(space: float, *, live: float, rate: float) -> float:
    """Expected, until one of all that live is hit. space: how many could be. rate: an hour."""
    return space / live / rate / 2 / HOURS_A_YEAR


RECEIPTS = len(codes.WORDS) ** 4 * 10_000.0
MOVES = len(codes.WORDS) ** 2 * 10_000.0


@pytest.mark.parametrize(
    ("what", "expected", "least"),
    [
        ("code, unnoticed", years(RECEIPTS, live=LIVE, rate=FIRST), 5_000),
        ("code, a whole /48, alarm on", years(RECEIPTS, live=LIVE, rate=THEN), 25),
        ("code of one pupil", years(RECEIPTS, live=1, rate=THEN), 100_000),
        ("code to move, unnoticed", years(MOVES, live=MOVING, rate=FIRST), 2),
        ("code to move, of one pupil in its minutes",
         years(MOVES, live=1, rate=THEN), handoff.LIVES / timedelta(days=365) * 1_000),
        ("link of staff", years(2.0 ** 128, live=STAFF, rate=PLACES * an_hour(limits.LINK)), NEVER),
        ("calendar", years(2.0 ** 128, live=STAFF, rate=PLACES * an_hour(limits.FEED)), NEVER),
    ],
)  # fmt: skip
def test_guessing_takes_longer_than_anybody_has(what, expected, least):
    assert expected > least, f"{what}: {expected:.0f} years"


@pytest.mark.parametrize("made", [crypto.new_id, crypto.new_token])
def test_ids_and_tokens_are_too_many_to_guess_at_any_rate(made):
    """22 characters of 64 and more: a million tries a second do not find one of a million."""
    found = {made() for _number in range(1_000)}
    assert len(found) == 1_000
    bits = 6 * min(map(len, found)) - 4
    assert years(2.0**bits, live=1e6, rate=1e6 * 3600) > NEVER


def test_what_opens_something_is_no_shorter_than_it_was_reckoned():
    assert math.log2(RECEIPTS) >= codes.LEAST_BITS
    assert math.log2(MOVES) >= handoff.LEAST_BITS
    assert people.LINK_LIFE / timedelta(minutes=15) <= 1
    assert handoff.LIVES / timedelta(minutes=10) <= 1


def test_digits_hold_for_years_against_somebody_who_has_the_code():
    """Four digits behind a code: the lock grows with each wrong one and does not go back."""
    assert is_pin("1234")
    assert not is_pin("123")
    minutes, tries = 0.0, 0
    while minutes < 60 * 24 * 365:
        tries += 1
        minutes += pin_lock_minutes(tries) or 0
    assert tries / 10_000 < 0.05, f"{tries} tries a year"


def test_wrong_ones_of_one_place_are_fewer_than_of_all():
    """Or one address alone would set off the alarm, and slow everybody else down."""
    assert an_hour(limits.CODE) < FIRST / 10
    assert an_hour(limits.SCARCE) < an_hour(limits.CODE)
