"""Of what is withheld or struck out not a character is given, in the text nor in the PDF."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elevhalsa.core import pdf
from elevhalsa.domain.disclosure import rules
from elevhalsa.domain.disclosure.rules import Choice, Part
from elevhalsa.domain.disclosure.words import Outcome

from .reading import read_back

MARK = "[Struket]"
OPEN = st.text("abcdefghåäö ,.", max_size=30)
"""What may be given. Withheld is written in Greek and struck in Cyrillic, so that each character
tells what it was."""
HIDDEN = st.text("αβγδεζηθ ", min_size=1, max_size=30).filter(str.strip)
STRUCK = st.text("бгджзийл", min_size=1, max_size=12)
WITHHELD_OR_STRUCK = re.compile("[\u0370-\u03ff\u0400-\u04ff]")


@st.composite
def knocks(draw: st.DrawFn) -> tuple[list[Part], Choice]:
    """Parts of which some are withheld, and given ones with passages that are struck, in other
    letters and with other space than they were typed."""
    struck = draw(st.lists(STRUCK, max_size=3))
    parts, withheld = [], {}
    for number in range(draw(st.integers(1, 6))):
        key, is_fact, is_name = str(number), draw(st.booleans()), draw(st.booleans())
        if draw(st.booleans()):
            withheld[key] = "OSL 25 kap. 1 §"
            group, heading, text = draw(HIDDEN), draw(HIDDEN), draw(HIDDEN)
        else:
            said = [draw(OPEN)]
            for passage in draw(st.lists(st.sampled_from(struck), max_size=3)) if struck else ():
                said += [draw(st.sampled_from([passage, passage.upper()])), draw(OPEN)]
            group, heading, text = "Samtalet", draw(OPEN), "".join(said)
        parts.append(Part(key, group, heading, text, is_fact, is_name))
    return parts, Choice(withheld, struck, MARK)


@given(knocks())
def test_no_withheld_or_struck_character_is_given(knock):
    parts, choice = knock
    said = "\n".join(
        line for section in rules.sections(parts, choice)
        for line in [section.heading, *section.lines]
    )  # fmt: skip
    assert not WITHHELD_OR_STRUCK.search(said)
    assert (MARK in said) == bool(rules.masked(parts, choice))
    for part in parts:
        if part.key not in choice.withheld and part.key not in rules.masked(parts, choice):
            assert all(word in said for word in part.text.split())


@settings(max_examples=max(3, settings.default.max_examples // 20), deadline=None)
@given(knocks())
def test_nor_can_it_be_read_out_of_the_pdf(knock):
    parts, choice = knock
    made = pdf.document("Utlämnande", [(s.heading, s.lines) for s in rules.sections(parts, choice)])
    said = read_back(made)
    assert "Utlämnande" in said
    assert not WITHHELD_OR_STRUCK.search(said)
    if rules.masked(parts, choice):
        assert MARK in said


@given(knocks())
def test_what_came_of_it_follows_from_what_is_given(knock):
    parts, choice = knock
    found = rules.outcome(parts, choice)
    assert (found is Outcome.REFUSED) == (choice.withheld.keys() == {one.key for one in parts})
    assert (found is Outcome.GIVEN) == (not choice.withheld and not rules.masked(parts, choice))
    named = rules.paragraphs(choice, parts, "OSL 21 kap. 3 §")
    assert bool(named) == (found is not Outcome.GIVEN)


def of(text: str, *struck: str) -> str:
    (section,) = rules.sections([Part("a", "G", "H", text)], Choice({}, struck, MARK))
    return "\n".join(section.lines[1:])


def test_passages_that_overlap_are_struck_whole_and_the_mark_does_not_say_how_much():
    assert of("abcd", "abc", "bcd") == of("aaa", "aa") == of("ett långt namn", "ETT  LÅNGT\tNAMN")
    assert of("abcd", "abc", "bcd") == MARK
    assert of("hej Bo\nEk hej", "bo ek") == f"hej {MARK} hej"
    assert of("A\u030asa", "åsa") == MARK
    assert of("hej", "", " ") == "hej"


def test_a_fact_that_is_withheld_is_struck_wherever_else_it_stands():
    parts = [Part("name", "Eleven", "Namn", "Bo", is_fact=True), Part("m", "S", "H", "bo bor här")]
    choice = Choice({"name": "OSL 25 kap. 1 §"}, (), MARK)
    (section,) = rules.sections(parts, choice)
    assert section.lines[1:] == [f"{MARK} bor här"]
    assert rules.says_struck("Vi säger inget om BO.", parts, choice)
    assert not rules.says_struck("Vi säger inget.", parts, choice)


@pytest.mark.parametrize(
    ("fact", "said", "left"),
    [
        ("Elev Exempel", "Elev och Exempels syster, ELEV EXEMPEL", "# och # syster, #"),
        ("0701740606", "Ring 070-174 06 06 eller +46 (0)70 174 06 06", "Ring # eller #"),
        ("+46701740606", "Ring 0701740606!", "Ring #!"),
        ("0701740606", "070/174 06 06, 070–174 06 06", "#, #"),
        ("8B", "8b, inte 18B", "#, inte 18B"),
        ("Exempelskolan", "Exempelskolans kurator", "# kurator"),
    ],
)
def test_a_withheld_name_or_number_is_struck_however_it_is_written(fact, said, left):
    parts = [Part("f", "Eleven", "Fakta", fact, is_fact=True, is_name=" " in fact)]
    parts.append(Part("m", "S", "H", said))
    (section,) = rules.sections(parts, Choice({"f": "OSL 25 kap. 1 §"}, (), "#"))
    assert re.sub("#( #)+", "#", section.lines[1]) == left


@pytest.mark.parametrize(
    ("reason", "is_told"),
    [
        ("Eleven skrev: jag blir slagen hemma", True),
        ("JAG  BLIR slagen", True),
        ("Det framgår inte att hen blir slagen", False),
        ("Uppgiften om 070/174 06 05 lämnas inte", True),
    ],
)
def test_a_reason_may_not_tell_what_is_withheld(reason, is_told):
    parts = [
        Part("m", "S", "H", "Hej\nJag blir slagen"),
        Part("t", "Eleven", "Telefon", "0701740605", is_fact=True),
    ]
    assert rules.says_struck(reason, parts, Choice({"m": "OSL", "t": "OSL"})) is is_told


def test_a_passage_that_stands_nowhere_is_found():
    parts = [Part("m", "S", "H", "Anna och Bo")]
    assert rules.not_found(parts, rules.passages(" anna \n\nBosse")) == ["Bosse"]
