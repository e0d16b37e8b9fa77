"""What people type and paste is read as it was meant, and nothing that can be seen is lost."""

import unicodedata
from contextlib import suppress
from datetime import date, time

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from elevhalsa.core import phones, typed

MARKS = "\u200b\u200e\u200f\u202a\u202c\u202e\u2066\u2068\u2069\ufeff\ufe0d\u00ad\u2060\u034f"
"""What comes along with what is copied: none of it is seen."""
SCRIPTS = ("0", "٠", "۰", "०", "০", "０", "𝟎")
"""The zero of some scripts; the other digits follow it."""
letters = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
texts = st.text(max_size=60)


def strewn(said: str, marks: list[str]) -> str:
    """With a mark after each letter, as far as they last."""
    return "".join(letter + (marks[i] if i < len(marks) else "") for i, letter in enumerate(said))


def in_script(said: str, zero: str) -> str:
    return "".join(
        chr(ord(zero) + int(letter)) if letter.isascii() and letter.isdigit() else letter
        for letter in said
    )


strewing = st.lists(st.sampled_from(MARKS), max_size=20)


# --- texts and names -----------------------------------------------------------------------------


@given(texts)
@example("a\u034f\u0301")
@example("E\u00af")
@example("e\u200d\u0301")
@example("\u0958")
@example("\ufb2c" * 3)
def test_a_text_that_has_been_read_reads_the_same_again(said):
    for read in (typed.text, typed.line, typed.plain, typed.token, typed.pin):
        assert read(read(said)) == read(said)


@given(texts)
@example("\u0958" * 5)
def test_what_fits_in_the_field_as_the_browser_counts_fits_here(said):
    as_counted = said.replace("\r\n", "\n")
    assert len(typed.text(said)) <= len(as_counted)
    assert len(typed.line(said)) <= len(as_counted)


@given(st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=30))
def test_nothing_that_is_seen_is_taken_away(said):
    assume(not set(said) & typed.SEEN_AS_NOTHING)
    for read in (typed.text, typed.line):
        assert unicodedata.normalize("NFD", read(said)) == unicodedata.normalize("NFD", said)


@given(st.text("abcåäö ÅÄÖ-'", min_size=1, max_size=30), strewing)
def test_a_name_is_the_same_whatever_unseen_marks_it_was_copied_with(name, marks):
    assert typed.line(strewn(name, marks)) == typed.line(name)


@given(st.text(MARKS + " \u3164\u2800\u115f", max_size=10))
def test_a_name_of_nothing_that_is_seen_is_no_name(said):
    assert typed.line(said) == ""
    assert typed.text(said) == ""


@given(letters)
def test_no_line_holds_a_mark_that_turns_letters_round_or_hides(said):
    line = typed.line(said)
    assert not set(line) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
    assert not any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in line)
    assert line == " ".join(line.split())


def test_letters_in_two_parts_from_a_mac_are_the_same_as_in_one():
    assert typed.line(unicodedata.normalize("NFD", "Åsa Öberg")) == "Åsa Öberg"


@pytest.mark.parametrize(
    "said",
    ["👩‍👩‍👧 hej", "🏳️‍🌈", "1️⃣", "می‌خواهم", "שלום \u200f!", "النص \u2067abc\u2069", "क्‍ष", "Hej 🙂"],
)
def test_what_a_person_wrote_keeps_the_marks_that_mean_something(said):
    assert typed.text(f" {said}\r\n") == said


@pytest.mark.parametrize("said", ["👩‍👩‍👧", "🏳️‍🌈", "می‌خواهم", "Kim O’Hara"])
def test_a_name_keeps_what_its_script_needs(said):
    assert typed.line(said) == said


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n", "\u2028", "\u0085"])
def test_a_new_line_counts_once_whatever_it_is_written_with(end):
    assert typed.text(f"a{end}b") == "a\nb"
    assert typed.line(f"a{end}b") == "a b"


# --- digits, times and days ----------------------------------------------------------------------


@given(st.times(), st.sampled_from(SCRIPTS), strewing)
def test_a_time_of_day_is_read_in_every_way_it_is_written(moment, zero, marks):
    hour, minute = moment.hour, moment.minute
    for said in (
        f"{hour}.{minute:02}", f"{hour}:{minute:02}", f"{hour:02}{minute:02}",
        f"{hour}:{minute:02}:00",
        f"{hour:02}:{minute:02}:00.000", f"kl {hour}.{minute:02}", f"kl. {hour:02}:{minute:02}",
        f"klockan {hour}.{minute:02}", f" {hour}：{minute:02} ",
    ):  # fmt: skip
        assert typed.time_of_day(strewn(in_script(said, zero), marks)) == time(hour, minute), said
    assert typed.time_of_day(f"kl {hour}") == time(hour)


@given(texts)
def test_what_is_no_time_or_day_is_refused_and_never_guessed(said):
    for read in (typed.time_of_day, typed.day, typed.number, typed.email, phones.read):
        with suppress(typed.Refused):
            read(said)


@pytest.mark.parametrize("said", ["", "25:00", "24:00", "16:60", "kväll", "16.20-17", "962", "1.5"])
def test_a_time_that_is_none_is_refused(said):
    with pytest.raises(typed.Refused):
        typed.time_of_day(said)


MONTHS = ("januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september",
          "oktober", "november", "december")  # fmt: skip


@given(st.dates(date(1900, 1, 1), date(2999, 12, 31)), st.sampled_from(SCRIPTS), strewing)
def test_a_day_is_read_in_every_way_that_a_swede_or_a_spreadsheet_writes_it(day, zero, marks):
    y, m, d = day.year, day.month, day.day
    word = MONTHS[m - 1]
    for said in (
        f"{y}-{m:02}-{d:02}", f"{y}–{m:02}–{d:02}", f"{y}/{m}/{d}", f"{y}.{m:02}.{d:02}",
        f"{y}{m:02}{d:02}", f"{d}/{m} {y}", f"{d}/{m}/{y}", f"{d}.{m}.{y}", f"{d} {word} {y}",
        f"den {d} {word} {y}", f"{d} {word[:3]}. {y}", f"måndag {d} {word} {y}",
        f"{y}-{m:02}-{d:02} 00:00:00", f"{y}-{m:02}-{d:02}T00:00",
    ):  # fmt: skip
        assert typed.day(strewn(in_script(said, zero), marks)) == day, said


@pytest.mark.parametrize(
    "said", ["26 oktober", "2026-13-01", "2026-02-30", "i går", "26/10", "46321"]
)
def test_a_day_without_its_year_or_that_never_comes_is_refused(said):
    with pytest.raises(typed.Refused):
        typed.day(said)


@given(st.integers(0, 9999), st.sampled_from(SCRIPTS), strewing)
def test_a_number_is_read_in_any_scripts_digits(number, zero, marks):
    for said in (str(number), f" {number} ", f"{number} min", f"{number} minuter"):
        assert typed.number(strewn(in_script(said, zero), marks)) == number
    assert typed.pin(strewn(in_script(f"{number:04}", zero), marks)) == f"{number:04}"


# --- addresses -----------------------------------------------------------------------------------


@given(
    st.sampled_from(("elev@exempel.se", "a.b+c@skola.exempel.se", "åsa@räksmörgås.se")), strewing
)
def test_an_address_is_read_however_it_was_copied(address, marks):
    for said in (
        address, f"mailto:{address}", f"MAILTO:{address}?subject=Hej", f"Kim Exempel <{address}>",
        f'"Exempel, Kim" <{address}>;', f"<{address}>", f"{address};", f"{address},",
        f" {address}\n",
        address.replace("@", "＠"),
    ):  # fmt: skip
        assert typed.email(strewn(said, marks)) == address, said


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("elev", "Det saknas ett @ i den."),
        ("a@exempel.se; b@exempel.se", "Skriv bara en adress."),
        ("kim exempel@exempel.se", "Det är ett mellanslag i den."),
        ("elev@exempel", "Det saknas något efter @, som exempel.se."),
        ("@exempel.se", "Det saknas något före @."),
        ("elev@exem_pel.se", "Någon bokstav eller något tecken är fel."),
        ("x" * 250 + "@exempel.se", "Den är för lång."),
    ],
)
def test_what_is_wrong_with_an_address_is_said(said, why):
    with pytest.raises(typed.Refused) as refused:
        typed.email(said)
    assert refused.value.why._args[0] == why
