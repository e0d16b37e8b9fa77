"""Receipt codes: enough bits, and found again however they are read aloud and typed."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.core import codes

secrets_ = st.binary(min_size=16, max_size=32)
WITHOUT_MARKS = str.maketrans("åäöéüÅÄÖÉÜ", "aaoeuAAOEU")
FOLDED = sorted(word.translate(WITHOUT_MARKS) for word in codes.WORDS)
SPELLINGS = {
    "as it is shown": str,
    "in capitals": str.upper,
    "with dashes": lambda code: code.replace(" ", "-"),
    "with dots": lambda code: code.replace(" ", "."),
    "with a new line and many spaces": lambda code: f"  {code.replace(' ', '  ' + chr(10))} ",
    "without rings and dots": lambda code: code.translate(WITHOUT_MARKS),
    "with the dots as letters of their own": lambda code: __import__("unicodedata").normalize(
        "NFD", code
    ),
    "with commas": lambda code: code.replace(" ", ", "),
}


def test_a_code_has_more_than_fifty_bits():
    assert 4 * math.log2(len(codes.WORDS)) + math.log2(10_000) >= 50


def test_no_two_words_are_the_same_without_rings_and_dots():
    assert len({word.translate(WITHOUT_MARKS) for word in codes.WORDS}) == len(codes.WORDS)


def test_every_word_is_letters_only_and_survives_being_typed():
    assert all(word.isalpha() and word == word.lower() for word in codes.WORDS)
    assert all(codes.normalise(word) == word.translate(WITHOUT_MARKS) for word in codes.WORDS)


@given(secrets_)
def test_a_code_is_a_word_four_digits_and_three_words(secret):
    word, digits, *rest = codes.from_bytes(secret).split(" ")
    assert len(digits) == 4
    assert digits.isdigit()
    assert len(rest) == 3
    assert {word, *rest} <= set(codes.WORDS)


@given(secrets_, st.sampled_from(sorted(SPELLINGS)))
def test_a_code_is_the_same_however_it_is_typed(secret, spelling):
    code = codes.from_bytes(secret)
    assert codes.normalise(SPELLINGS[spelling](code)) == codes.normalise(code)  # type: ignore[operator]


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16))
def test_codes_that_look_different_stay_different_when_typed(one, other):
    a, b = codes.from_bytes(one), codes.from_bytes(other)
    assert (a == b) == (codes.normalise(a) == codes.normalise(b))


def ways_to_part(joined: str) -> list[list[str]]:
    if not joined:
        return [[]]
    return [
        [word, *rest]
        for word in FOLDED
        if joined.startswith(word)
        for rest in ways_to_part(joined.removeprefix(word))
    ]


@given(secrets_)
def test_a_code_whose_words_ran_together_is_the_code_when_they_can_be_told_apart(secret):
    code = codes.from_bytes(secret)
    joined = code.replace(" ", "")
    said = codes.normalise(joined)
    last = codes.normalise(code).split(" ", 2)[2].replace(" ", "")
    if len([way for way in ways_to_part(last) if len(way) <= 4]) == 1:
        assert said == codes.normalise(code)


@given(st.sampled_from(FOLDED), st.integers(0, 20), st.sampled_from("abcdefghijklmnopqrstuvwxyz"))
def test_a_word_with_a_slip_is_the_one_word_that_is_nearest_or_stays_as_it_is(word, at, letter):
    at %= len(word)
    for typed in (
        word[:at] + word[at + 1 :],
        word[:at] + letter + word[at + 1 :],
        word[:at] + letter + word[at:],
        word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
    ):
        nearest = [known for known in FOLDED if codes.is_within(1, typed, known)]
        if typed in FOLDED or not typed or len(ways_to_part(typed)) > 0:
            continue
        assert word in nearest
        assert codes.normalise(typed) == (word if len(nearest) == 1 else typed)


@given(st.text())
def test_anything_at_all_can_be_typed(typed):
    assert codes.normalise(codes.normalise(typed)) == codes.normalise(typed)


def test_too_few_bytes_are_refused():
    with pytest.raises(ValueError, match="16 bytes"):
        codes.from_bytes(b"x" * 15)
