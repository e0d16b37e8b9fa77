"""The forms of Bron: those that come along, a municipality's own, and that what was used stays."""

import pytest

from elevhalsa.core import clock
from elevhalsa.core.errors import InvalidInput, NotFound
from elevhalsa.domain.referrals import catalogue, forms, rules
from elevhalsa.domain.referrals.models import FormVersion
from elevhalsa.domain.referrals.rules import USUAL_HOURS, Field
from elevhalsa.domain.referrals.words import Assessment, Documented, FieldKind, FormKey, State
from elevhalsa.extensions import db
from tests.domain.helpers import at
from tests.factories import Make

from .helpers import a_receiver, an_offer


@pytest.mark.parametrize("form", FormKey)
def test_the_forms_that_come_along_are_whole_and_ask_what_is_hoped_for(form: FormKey) -> None:
    fields = forms.shipped(form)
    assert len(fields) >= 8
    assert len({field.key for field in fields}) == len(fields)
    assert not any(map(rules.fault_of_field, fields))
    assert forms.HOPED in {field.key for field in fields}


def test_what_was_written_on_is_never_changed_and_the_next_change_makes_another(
    make: Make,
) -> None:
    me = make.coordinator()
    before = forms.present(me.municipality_id, FormKey.BRON)
    assert before.number == 0
    used = forms.use(me.municipality_id, FormKey.BRON)
    assert used.fields == before.fields
    first = before.fields[0]
    forms.put(me, FormKey.BRON, Field("", "Vad är bråttom?", FieldKind.TEXT), 1)
    now = forms.present(me.municipality_id, FormKey.BRON)
    assert (now.number, now.fields[0].label) == (2, "Vad är bråttom?")
    assert db.session.get_one(FormVersion, used.id).fields == before.fields
    # Nobody has written on the second yet: it is changed where it is.
    forms.remove(me, FormKey.BRON, first.key)
    again = forms.present(me.municipality_id, FormKey.BRON)
    assert again.number == 2
    assert first.key not in {field.key for field in again.fields}
    assert forms.use(me.municipality_id, FormKey.BRON).number == 2


def test_the_same_form_again_makes_no_version(make: Make) -> None:
    me = make.coordinator()
    forms.use(me.municipality_id, FormKey.MINIBRON)
    first = forms.present(me.municipality_id, FormKey.MINIBRON).fields[0]
    forms.put(me, FormKey.MINIBRON, first, 1)
    assert forms.present(me.municipality_id, FormKey.MINIBRON).number == 1


def test_one_municipality_s_form_is_not_another_s(make: Make) -> None:
    me, other = make.coordinator(), make.municipality()
    forms.put(me, FormKey.BRON, Field("", "Vad är bråttom?", FieldKind.TEXT), 1)
    assert forms.present(other.id, FormKey.BRON).fields == forms.shipped(FormKey.BRON)


def test_a_question_that_nobody_could_answer_is_refused(make: Make) -> None:
    me = make.coordinator()
    with pytest.raises(InvalidInput):
        forms.put(me, FormKey.BRON, Field("", "Vilket?", FieldKind.CHOICE, options=("Ett",)), 1)
    with pytest.raises(NotFound):
        forms.put(me, FormKey.BRON, Field("nej", "Vad?", FieldKind.TEXT), 1)
    with pytest.raises(NotFound):
        forms.remove(me, FormKey.BRON, "nej")
    for number in range(rules.MOST_FIELDS - len(forms.shipped(FormKey.BRON))):
        forms.put(me, FormKey.BRON, Field("", f"Fråga {number}", FieldKind.LINE), 99)
    with pytest.raises(InvalidInput):
        forms.put(me, FormKey.BRON, Field("", "En till", FieldKind.LINE), 99)
    while len(left := forms.present(me.municipality_id, FormKey.BRON).fields) > 1:
        forms.remove(me, FormKey.BRON, left[0].key)
    with pytest.raises(InvalidInput):
        forms.remove(me, FormKey.BRON, left[0].key)


def test_what_is_given_without_assessment_rests_on_a_decision(make: Make) -> None:
    me = make.coordinator()
    with pytest.raises(InvalidInput):
        an_offer(me, decision="")
    with pytest.raises(InvalidInput):
        an_offer(me, decided_on=None)
    with pytest.raises(InvalidInput):
        an_offer(me, age_from=13)
    there = make.staff(None, municipality_id=make.municipality().id)
    for nobody in ("", a_receiver(there).id):
        with pytest.raises(InvalidInput):
            an_offer(me, receiver=nobody)
    an_offer(me, receiver="", active=False, age_from=5)
    assessed = {"assessment": Assessment.ASSESSED, "documented": Documented.IDENTIFIED}
    an_offer(me, decision="", decided_on=None, name="Familjebehandling", **assessed)
    mine = an_offer(me, age_from=0, age_to=6, form=FormKey.MINIBRON, active=False)
    assert [row.age_from for row in catalogue.offers(me.municipality_id)] == [0, 5, 6]
    assert mine not in catalogue.offers(me.municipality_id, only_active=True)
    other = make.municipality()
    with pytest.raises(NotFound):
        catalogue.offer(make.staff(None, municipality_id=other.id), mine.id)


def test_a_municipality_has_the_usual_hours_until_it_says_its_own(make: Make) -> None:
    me = make.coordinator()
    assert catalogue.hours(me.municipality_id) == USUAL_HOURS
    wanted = dict(USUAL_HOURS) | {State.SENT: 48}
    with clock.frozen(at("2026-11-23 09:30")):
        assert catalogue.decide_hours(me, wanted)
        assert not catalogue.decide_hours(me, wanted)
    db.session.flush()
    assert catalogue.hours(me.municipality_id)[State.SENT] == 48
    with pytest.raises(InvalidInput):
        catalogue.decide_hours(me, wanted | {State.SENT: 0})
