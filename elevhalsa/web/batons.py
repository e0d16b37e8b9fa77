"""How the baton is handed over and extended: on a person's own page and on a coordinator's. The
verbs are those of ``domain/cover/service.py``."""

from collections.abc import Iterable

from wtforms import BooleanField, SelectMultipleField
from wtforms.fields.choices import SelectChoice

from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _l
from elevhalsa.domain.cover import queries, service
from elevhalsa.domain.cover.queries import Asked
from elevhalsa.domain.people.models import Staff

from .forms import DayField, Form, Given
from .rostering import schools_of

FEW = 12
"""Colleagues who are all shown at once."""


class HandForm(Form):
    shown = 0
    """How many of the colleagues stand on the page; the others are folded away."""
    to = SelectMultipleField(
        validate_choice=False, validators=[Given(_l("Välj minst en kollega."))]
    )
    schools = SelectMultipleField(validate_choice=False)
    """None chosen: all."""
    begins = DayField(Given(_l("Välj första dagen.")))
    ends = DayField(Given(_l("Välj sista dagen.")))
    away = BooleanField(default=True)
    """Also away from work on those days."""

    def offer(self, giver: Staff) -> None:
        found = queries.colleagues(giver)
        self.to.choices = [
            SelectChoice(one.staff.id, f"{one.staff.name} · {one.staff.works_as}") for one in found
        ]
        near = sum(one.is_near for one in found)
        self.shown = len(found) if len(found) <= FEW else max(near, 1)
        self.schools.choices = [
            SelectChoice(school.id, school.name) for school in schools_of(giver)
        ]


class ExtendForm(Form):
    last = DayField(Given(_l("Välj den nya sista dagen.")))

    def stands_at(self, asked: Asked) -> "ExtendForm":
        """One of several on a page."""
        self.last.id = f"last-{asked.baton_id}-{asked.cover.id}"
        return self


class TakeBackForm(Form):
    here = BooleanField(default=True)
    """Back at work too, whatever was said of absence."""


def hand_over(by: Staff, giver: Staff, form: HandForm) -> bool:
    """False when something was wrong, which the form then says."""
    if not form.validate():
        return False
    to = [one.staff for one in queries.colleagues(giver) if one.staff.id in form.to.data]
    schools = [one for one in schools_of(giver) if one.id in form.schools.data]
    every = not form.schools.data or len(schools) == len(giver.assignments)
    try:
        if len(to) != len(set(form.to.data)):
            raise InvalidInput(_l("Välj bland kollegorna i listan."), "to")
        service.hand_over(
            by,
            giver,
            to,
            None if every else schools,
            form.begins.data,
            form.ends.data,
            is_away=form.away.data,
        )
    except InvalidInput as error:
        form.refuse(error)
        return False
    return True


def extend(by: Staff, giver: Staff, asked: Asked, form: ExtendForm) -> bool:
    """As ``hand_over``."""
    if not form.stands_at(asked).validate():
        return False
    try:
        service.extend(by, giver, asked.baton_id, asked.cover.id, form.last.data)
    except InvalidInput as error:
        form.refuse(str(error), "last")
        return False
    return True


def with_forms(
    rows: Iterable[Asked], sent: tuple[Asked, ExtendForm] | None = None
) -> list[tuple[Asked, ExtendForm, bool]]:
    """Each with its form to extend it, and whether that is one that was sent."""
    found = []
    for one in rows:
        came_back = sent is not None and (sent[0].baton_id, sent[0].cover.id) == (
            one.baton_id, one.cover.id,
        )  # fmt: skip
        form = sent[1] if sent and came_back else ExtendForm()
        found.append((one, form.stands_at(one), came_back))
    return found
