"""What a coordinator says of an organisation beside the schools."""

from wtforms import BooleanField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from elevhalsa.core import labels
from elevhalsa.core.i18n import _, _l
from elevhalsa.domain.places.words import OrganisationKind
from elevhalsa.web.forms import Form, Given, LineField, most

LONGEST_NAME, LONGEST_CONTACT = 120, 254


class OrganisationForm(Form):
    """A new one."""

    kind = SelectField(validate_choice=False, validators=[InputRequired(_l("Välj ett slag."))])
    name = LineField(most(LONGEST_NAME), Given(_l("Skriv vad den heter.")))
    contact = LineField(most(LONGEST_CONTACT))

    def offer(self) -> None:
        self.kind.choices = [
            SelectChoice("", _("Välj slag")),
            *(SelectChoice(kind.value, labels.of(kind)) for kind in OrganisationKind),
        ]

    @property
    def chosen(self) -> OrganisationKind | None:
        return next((kind for kind in OrganisationKind if kind.value == self.kind.data), None)


class ChangeForm(Form):
    contact = LineField(most(LONGEST_CONTACT))
    is_closed = BooleanField()
