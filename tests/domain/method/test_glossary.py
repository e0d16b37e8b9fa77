"""The words that the administrations share, and their steps: each municipality's own."""

import pytest

from elevhalsa.core.errors import Conflict, NotFound
from elevhalsa.domain.method import glossary, steps
from elevhalsa.domain.method.rules import Way
from tests.factories import Make

SAYS = {"school": "Ett", "social": "Två", "care": "Tre", "we_say": "Säg fyra."}


def _words(municipality_id: str) -> list[str]:
    return [one.word for one in glossary.every(municipality_id)]


def test_who_has_changed_nothing_reads_the_usual_words_in_swedish_order(make: Make) -> None:
    staff = make.coordinator()
    assert set(_words(staff.municipality_id)) == {one.word for one in glossary.usual()}
    assert _words(staff.municipality_id)[-1] == "ärende"


def test_a_word_is_added_changed_and_removed_and_the_usual_one_too(make: Make) -> None:
    staff = make.coordinator()
    here = staff.municipality_id
    key = glossary.say(staff, None, word="ört", **SAYS)
    assert _words(here)[-1] == "ört"
    glossary.say(staff, key, word="örter", **SAYS)
    assert "örter" in _words(here) and "ört" not in _words(here)
    glossary.say(staff, "insats", word="insats", **SAYS)
    assert next(one for one in glossary.every(here) if one.key == "insats").we_say == "Säg fyra."
    for gone in (key, "insats", "arende"):
        glossary.remove(staff, gone)
        glossary.remove(staff, gone)
    assert {"örter", "insats", "ärende"}.isdisjoint(_words(here))
    glossary.say(staff, None, word="insats", **SAYS)
    assert "insats" in _words(here)


def test_no_word_stands_twice_and_one_that_is_gone_is_not_changed(make: Make) -> None:
    staff = make.coordinator()
    with pytest.raises(Conflict):
        glossary.say(staff, None, word="Insats", **SAYS)
    glossary.remove(staff, "insats")
    with pytest.raises(NotFound):
        glossary.say(staff, "insats", word="insats", **SAYS)


def test_steps_come_in_their_order_and_are_moved_and_taken_away(make: Make) -> None:
    staff = make.coordinator()
    here = staff.municipality_id
    first, second = (
        steps.say(staff, None, what=what, who="Kuratorn", by_when="") for what in ("Ring", "Möt")
    )
    steps.move(staff, second.id, Way.UP)
    assert [one.what for one in steps.every(here)] == ["Möt", "Ring"]
    steps.remove(staff, second.id)
    steps.remove(staff, second.id)
    steps.say(staff, first.id, what="Ring hem", who="Kuratorn", by_when="Samma dag")
    assert [(one.what, one.by_when) for one in steps.every(here)] == [("Ring hem", "Samma dag")]
    with pytest.raises(NotFound):
        steps.say(staff, second.id, what="Möt", who="Kuratorn", by_when="")
