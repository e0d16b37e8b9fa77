"""What a coordinator chooses about who works here."""

from collections.abc import Iterable

from wtforms import SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from elevhalsa.core.i18n import _, _l
from elevhalsa.domain.people.models import Staff
from elevhalsa.web.forms import DayField, Form


class LastDayForm(Form):
    who = SelectField(validate_choice=False, validators=[InputRequired(_l("Välj en person."))])
    day = DayField(begins=_l("Titta på dagen en gång till."))
    """Left empty: until further notice."""

    def offer(self, people: Iterable[Staff]) -> None:
        self.who.choices = [
            SelectChoice("", _("Välj person")),
            *(SelectChoice(one.id, f"{one.name} · {one.works_as}") for one in people),
        ]
