"""What whoever answers for a disclosure chooses and writes."""

from collections.abc import Iterable, Sequence

from wtforms import RadioField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice

from elevhalsa.core import codes
from elevhalsa.core.i18n import _, _l
from elevhalsa.domain.disclosure import rules
from elevhalsa.domain.disclosure.law import Line
from elevhalsa.domain.disclosure.rules import Part
from elevhalsa.domain.disclosure.service import Wish
from elevhalsa.domain.disclosure.words import Asker
from elevhalsa.web.forms import (
    CodeField,
    Form,
    FormIdField,
    Given,
    TextField,
    TokenField,
    most,
)

LONGEST = 4000
GIVE = "give"
SEES, SEES_NOT = "ja", "nej"
HELD = "ja"


class CodeForm(Form):
    """The code that a pupil has given."""

    code = CodeField(Given(_l("Skriv koden.")), opens=codes.Kind.RECEIPT)


class HoldForm(Form):
    held = TokenField()
    """HELD: it must stay. Else it need not."""


class WeighForm(Form):
    anchor = "blir"
    form_id = FormIdField()
    ground = RadioField(choices=[], validate_choice=False)
    checked = SelectMultipleField(choices=[], validate_choice=False)
    parts = SelectMultipleField(choices=[], validate_choice=False)
    """Of each part its key, and GIVE or the key of the paragraph by which it is withheld."""
    struck = TextField(most(LONGEST))
    """A passage on each line."""
    struck_by = SelectField(validate_choice=False)
    reason = TextField(most(LONGEST))
    pupil_sees = RadioField(choices=[], validate_choice=False)
    drawn = TokenField()
    """The mark of what was looked at."""

    def offer(self, grounds: Iterable[Line], paragraphs: Sequence[Line]) -> None:
        self.ground.choices = [SelectChoice(one.key, one.says) for one in grounds]
        self.struck_by.choices = [
            SelectChoice(one.key, f"{one.law}. {one.says}") for one in paragraphs
        ]
        self.pupil_sees.choices = [
            SelectChoice(SEES, _("Ja")),
            SelectChoice(SEES_NOT, _("Nej, det är inte säkert för eleven")),
        ]

    def choices_of(self, part: Part) -> list[SelectChoice]:
        """What can be done with a part."""
        return [
            SelectChoice(f"{part.key} {GIVE}", _("Lämna ut")),
            *(
                SelectChoice(f"{part.key} {one.value}", _("Nej: %(law)s", law=one.label))
                for one in self.struck_by.choices
            ),
        ]

    def begin(self, parts: Iterable[Part], asker: Asker) -> None:
        """The pupil's own is given, to others nothing, until something else is chosen."""
        usual = GIVE if asker is Asker.PUPIL else self.struck_by.choices[0].value
        self.parts.data = [f"{part.key} {usual}" for part in parts]

    def wish(self, parts: Sequence[Part], asker: Asker) -> Wish:
        """What is not chosen, such as a part that came meanwhile, is withheld."""
        said = dict(one.split(" ", 1) for one in self.parts.data or () if " " in one)
        chosen = {part.key: said.get(part.key, self.struck_by.choices[0].value) for part in parts}
        return Wish(
            asker=asker,
            ground=self.ground.data or "",
            withheld={key: by for key, by in chosen.items() if by != GIVE},
            struck=rules.passages(self.struck.data or ""),
            struck_by=self.struck_by.data or "",
            checked=self.checked.data or (),
            reason=self.reason.data or "",
        )
