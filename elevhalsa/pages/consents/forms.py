"""The forms of whoever is asked to agree."""

from enum import StrEnum

from wtforms import RadioField

from elevhalsa.core import labels
from elevhalsa.core.i18n import _l
from elevhalsa.web.forms import Form, Given, OneOf, PinField


class Said(StrEnum):
    """What can be answered."""

    YES = "ja"
    NO = "nej"
    CALL = "ring"


labels.give(
    Said,
    {
        Said.YES: _l("Ja, jag samtycker"),
        Said.NO: _l("Nej, jag samtycker inte"),
        Said.CALL: _l("Ring mig först"),
    },
)


class CodeForm(Form):
    told_code = PinField(Given(_l("Skriv koden som du har fått.")))


class AnswerForm(Form):
    answer = RadioField(
        choices=list(Said),
        validate_choice=False,
        validators=[OneOf(Said, _l("Välj ja, nej eller att vi ringer först."))],
    )
