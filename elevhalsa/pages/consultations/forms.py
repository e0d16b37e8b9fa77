"""What may be said when somebody asks for a talk, and when it is answered. None has a name."""

from collections.abc import Iterable
from enum import StrEnum

from wtforms import RadioField, SelectField, ValidationError
from wtforms.fields.choices import SelectChoice

from elevhalsa.core import codes, labels
from elevhalsa.core.i18n import _, _l
from elevhalsa.core.walls import Profession
from elevhalsa.domain.consultations.rules import MOST_TEXT, Asked
from elevhalsa.domain.consultations.words import Concerns, Outcome, Role, Theme
from elevhalsa.domain.consultations.words import Form as Wish
from elevhalsa.web.forms import (
    CodeField,
    DayField,
    Form,
    FormIdField,
    Given,
    LineField,
    NumberField,
    OneOf,
    Only,
    PhoneField,
    TextField,
    TokenField,
    most,
)

ANYBODY = "any"
LONGEST_LINE = 200
LONGEST_PHONE = 60


def _choices(words: type[StrEnum]) -> list[SelectChoice]:
    return [SelectChoice(word.value, labels.of(word)) for word in words]


class AskForm(Form):
    role = SelectField(
        choices=lambda: [SelectChoice("", ""), *_choices(Role)],
        validators=[OneOf(Role, _l("Välj vad du arbetar som."))],
        validate_choice=False,
    )
    theme = SelectField(
        choices=lambda: [SelectChoice("", ""), *_choices(Theme)],
        validators=[OneOf(Theme, _l("Välj vad det gäller."))],
        validate_choice=False,
    )
    concerns = RadioField(
        choices=lambda: _choices(Concerns),
        validators=[OneOf(Concerns, _l("Välj om det gäller ett barn, en grupp eller dig själv."))],
        validate_choice=False,
    )
    form = RadioField(
        choices=lambda: _choices(Wish),
        validators=[OneOf(Wish, _l("Välj hur du vill prata."))],
        validate_choice=False,
    )
    wanted = RadioField(validate_choice=False, default=ANYBODY)
    phone = PhoneField(Given(_l("Skriv numret som vi ska ringa.")), most(LONGEST_PHONE))
    call_when = LineField(most(LONGEST_LINE))
    text = TextField(most(MOST_TEXT))
    sure = TokenField()
    """What of the text was pointed out and is to be sent all the same (``spotting``)."""
    form_id = FormIdField()

    def offer(self, professions: Iterable[Profession]) -> None:
        """Whom one may ask for."""
        self.wanted.choices = [
            SelectChoice(ANYBODY, _("Den som är ledig först")),
            *(SelectChoice(one.value, labels.of(one)) for one in professions),
        ]

    def validate_wanted(self, field: RadioField) -> None:
        """Whoever has stopped since the page was shown is asked for by nobody."""
        if field.data not in {ANYBODY, *(choice.value for choice in field.choices or ())}:
            raise ValidationError(_("Välj vem du vill prata med."))

    def asked(self) -> Asked:
        """Only of a form that validated."""
        wanted = self.wanted.data
        return Asked(
            form_id=self.form_id.data,
            role=Role(self.role.data),
            theme=Theme(self.theme.data),
            concerns=Concerns(self.concerns.data),
            form=Wish(self.form.data),
            wanted=None if wanted == ANYBODY else Profession(wanted),
            phone=self.phone.data or None,
            call_when=self.call_when.data or None,
            text=self.text.data or None,
        )


class CodeForm(Form):
    code = CodeField(Given(_l("Skriv koden som du fick.")), opens=codes.Kind.RECEIPT)


class AnswerForm(Form):
    text = TextField(Given(_l("Skriv något först.")), most(MOST_TEXT))
    form_id = FormIdField()


class NoteForm(Form):
    outcome = RadioField(
        choices=lambda: _choices(Outcome),
        validators=[OneOf(Outcome, _l("Välj hur det gick."))],
        validate_choice=False,
    )
    minutes = NumberField()
    again_on = DayField(Only(lambda form: form.outcome.data == Outcome.FOLLOW_UP))

    @property
    def said(self) -> Outcome:
        return Outcome(self.outcome.data)


class HoursForm(Form):
    hours = NumberField()
