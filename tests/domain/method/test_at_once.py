"""Several coordinators at once: what each changes of a list stands, and nobody meets an error."""

from flask import Flask

from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict
from elevhalsa.domain.method import glossary, steps
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.referrals import catalogue, forms
from elevhalsa.domain.referrals.rules import USUAL_HOURS, Field
from elevhalsa.domain.referrals.words import FieldKind, FormKey, State
from elevhalsa.extensions import db
from tests.domain.helpers import Meet, together
from tests.factories import Make

SAYS = {"school": "Ett", "social": "Två", "care": "Tre", "we_say": "Säg fyra."}


def test_of_two_who_change_a_list_at_once_one_comes_after_the_other(app: Flask, make: Make) -> None:
    ids = [make.coordinator().id for _number in range(2)]
    same = new_id()

    def me(number: int) -> Staff:
        return db.session.get_one(Staff, ids[number])

    def word(number: int):
        def say(_meet: Meet) -> str:
            return glossary.say(me(number), None, word="bråttom", **SAYS)

        return say

    def rest(number: int):
        def change(_meet: Meet) -> None:
            one = me(number)
            steps.say(one, None, what="Ring", who="Kuratorn", by_when="", form_id=same)
            steps.say(one, None, what=f"Möt {number}", who="Kuratorn", by_when="")
            label = f"Fråga {number}"
            forms.put(one, FormKey.BRON, Field("", label, FieldKind.LINE), None)
            forms.put(one, FormKey.MINIBRON, Field("", "En", FieldKind.LINE), None, form_id=same)
            catalogue.decide_hours(one, dict(USUAL_HOURS) | {State.SENT: 40 + number})

        return change

    here = me(0).municipality_id
    results = together(app, word(0), word(1))
    assert [type(one) for one in results].count(Conflict) == 1
    assert together(app, rest(0), rest(1)) == [None, None]
    assert [one.word for one in glossary.every(here)].count("bråttom") == 1
    rows = steps.every(here)
    assert sorted(one.what for one in rows) == ["Möt 0", "Möt 1", "Ring"]
    assert sorted(one.place for one in rows) == [1, 2, 3]
    asked = [field.label for field in forms.present(here, FormKey.BRON).fields]
    assert {"Fråga 0", "Fråga 1"} <= set(asked)
    small = [field.label for field in forms.present(here, FormKey.MINIBRON).fields]
    assert small.count("En") == 1
    assert catalogue.hours(here)[State.SENT] in (40, 41)
