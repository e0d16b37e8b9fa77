"""What seems to point somebody out is said before a text is sent, and ordinary Swedish is not."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.domain.consultations import spotting
from elevhalsa.domain.consultations.words import Sign


def signs(text: str) -> list[tuple[Sign, str]]:
    return [(one.sign, one.said) for one in spotting.look(text, ["Norrskogens exempelskola"])]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hen är född 20130101-2392.", [(Sign.NUMBER, "20130101-2392")]),
        ("130101 2392 i gruppen", [(Sign.NUMBER, "130101 2392")]),
        ("130161+2392", [(Sign.NUMBER, "130161+2392")]),
        ("Numret är 20130101-XXXX", [(Sign.NUMBER, "20130101-XXXX")]),
        ("Barnet fyllde år 2013-04-05.", [(Sign.DATE, "2013-04-05")]),
        ("Barnet fyller år 5/4 2013.", [(Sign.DATE, "5/4 2013")]),
        ("En pojke som är född 14 maj", [(Sign.DATE, "född 14 maj")]),
        ("Ring mamman på 070-174 06 05", [(Sign.CONTACT, "070-174 06 05")]),
        ("Skriv till elev@exempel.se", [(Sign.CONTACT, "elev@exempel.se")]),
        ("Det gäller A.B. som är orolig", [(Sign.INITIALS, "A.B.")]),
        ("Det gäller AB i gruppen", [(Sign.INITIALS, "AB")]),
        ("Det är elev K som bråkar", [(Sign.INITIALS, "K")]),
        ("Hur gör jag när Wilma gråter?", [(Sign.NAME, "Wilma")]),
        ("Wilma gråter varje dag.", [(Sign.NAME, "Wilma")]),
        ("Wilmas mamma ringer ofta.", [(Sign.NAME, "Wilmas")]),
        ("en elev, Anna-Karin, är ledsen", [(Sign.NAME, "Anna-Karin")]),
        ("hen heter Qwerty Zxcvson", [(Sign.NAME, "Qwerty"), (Sign.NAME, "Zxcvson")]),
        ("En elev i 7B vill inte komma", [(Sign.CLASS, "7B")]),
        ("En elev i 4 B vill inte komma", [(Sign.CLASS, "4 B")]),
        ("En elev i åk 3 vill inte komma", [(Sign.CLASS, "åk 3")]),
        ("WILMA gråter", [(Sign.NAME, "WILMA")]),
    ],
)
def test_what_points_somebody_out_is_found(text, expected):
    assert signs(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Hur får jag lugn i gruppen efter lunch?",
        "En elev vill inte komma till skolan. Vad gör vi? Föräldrarna är oroliga.",
        "Hej! Jag undrar om ni har tips. Tack på förhand.",
        "Vi har provat allt: Bildstöd, pauser och tydliga scheman.",
        "- Ena gruppen vill. \n- Andra vill inte.\n1. Först provade vi pauser",
        "Eleven har ADHD och får stöd av BUP. Vi har pratat på ett EHM.",
        "På Norrskogens exempelskola i kommunen är det 25 elever i gruppen.",
        "Barnet är 6 år och somnar kl. 14.30 varje dag, ca 20 minuter.",
        "Bo i familjehem verkar svårt. Max tre i taget. Min fråga är den här.",
        "Hans lärare säger nej. Inga problem hemma. Tom blick hela dagen. Klara regler saknas.",
        "Mycket Snapchat och TikTok på rasten.",
        "Läsåret 2026/27 blir det 3 grupper.",
        "”Jag vill inte”, säger eleven. ”Du får inte”, svarar en kompis.",
        "Vecka 48 eller 49 passar bra, helst på en tisdag.",
        "",
    ],
)
def test_ordinary_swedish_is_left_alone(text):
    assert signs(text) == []


def test_what_has_been_seen_is_not_asked_about_again_but_what_is_new_is():
    first = spotting.look("Wilma är ledsen")
    marks = spotting.marks_of(first)
    assert spotting.unseen(spotting.look("Nu är Wilma gladare"), marks) == []
    both = spotting.look("Wilma och Ahmed bråkar")
    assert [one.said for one in spotting.unseen(both, marks)] == ["Ahmed"]
    assert spotting.unseen(first, "") == first


def test_the_mark_of_a_name_does_not_hold_it():
    (found,) = spotting.look("Wilma är ledsen")
    assert "wilma" not in found.mark.casefold()


LOWER = st.text("abcdefghijklmnopqrstuvwxyzåäö ,.?!\n", max_size=200)


@given(LOWER)
def test_a_text_without_capitals_and_digits_names_nobody(text):
    assert [one for one in spotting.look(text) if one.sign is not Sign.DATE] == []


@given(st.text(max_size=400))
def test_whatever_is_written_is_looked_at_and_what_is_found_stands_where_it_says(text):
    found = spotting.look(text)
    assert len(found) <= spotting.MOST
    for one in found:
        assert text[one.start : one.end] == one.said
    for one, other in pairwise(found):
        assert one.end <= other.start
    assert spotting.unseen(found, spotting.marks_of(found)) == []


@given(
    st.dates(date(1950, 1, 1), date(2049, 12, 31)),
    st.integers(0, 9999),
    st.sampled_from(["", "-", " ", "+"]),
    st.booleans(),
    LOWER,
)
def test_an_identity_number_is_found_wherever_it_stands(day, last, between, whole, around):
    number = f"{day:{'%Y' if whole else '%y'}%m%d}{between}{last:04}"
    found = spotting.look(f"{around} {number} {around}")
    assert number in [one.said for one in found if one.sign is Sign.NUMBER]


@given(st.sampled_from(sorted(n for n, too in spotting.first_names().items() if not too)), LOWER)
def test_a_common_first_name_with_a_capital_is_found_wherever_it_stands(name, around):
    text = f"{around.replace(',', ' ')} {name.capitalize()} {around}"
    assert Sign.NAME in {one.sign for one in spotting.look(text)}


def test_a_text_of_nothing_but_signs_is_looked_at_in_steps_that_grow_as_the_text(monkeypatch):
    looked = []
    pattern = spotting.ENDS_A_SENTENCE

    class Counting:
        def search(self, before: str) -> object:
            looked.append(len(before))
            return pattern.search(before)

    monkeypatch.setattr(spotting, "ENDS_A_SENTENCE", Counting())
    spotting.look("> * Aa " * 280)
    assert 200 < len(looked) < 300
    assert max(looked) <= spotting.LOOKED_BACK + 1
