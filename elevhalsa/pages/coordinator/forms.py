"""What a coordinator chooses: about who works here, about the breaks, whom to ask when nobody is
there."""

from collections.abc import Iterable

from wtforms import SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from elevhalsa.core.i18n import _, _l
from elevhalsa.core.walls import Profession
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.web.forms import DayField, Form, Given, LineField, OneOf, TokenField, most

NOT_THERE = _l("Luckan finns inte i listan längre.")


class LastDayForm(Form):
    who = SelectField(validate_choice=False, validators=[InputRequired(_l("Välj en person."))])
    day = DayField(begins=_l("Titta på dagen en gång till."))
    """Left empty: until further notice."""

    def offer(self, people: Iterable[Staff]) -> None:
        self.who.choices = [
            SelectChoice("", _("Välj person")),
            *(SelectChoice(one.id, f"{one.name} · {one.works_as}") for one in people),
        ]


class BreakForm(Form):
    name = LineField(Given(_l("Skriv vad lovet heter.")), most(80))
    school = SelectField(validate_choice=False)
    """Empty: every school."""
    starts_on = DayField(Given(_l("Välj första dagen.")))
    ends_on = DayField(Given(_l("Välj sista dagen.")))

    def offer(self, schools: Iterable[School]) -> None:
        self.school.choices = [
            SelectChoice("", _("Alla skolor")),
            *(SelectChoice(school.id, school.name) for school in schools),
        ]


class RetryForm(Form):
    which = TokenField()
    """A line of what could not be sent; left out: all."""


class GapForm(Form):
    """A gap as the page showed it."""

    school = TokenField(Given(NOT_THERE))
    """One of its schools, by id."""
    profession = TokenField(OneOf(Profession, NOT_THERE))
    first = DayField(Given(NOT_THERE))
    last = DayField(Given(NOT_THERE))


class AskForm(GapForm):
    """Whom to ask, besides."""

    who = TokenField()
    """Left out: all who fit."""
