"""What a coordinator writes of the catalogue, of a form and of how long each step may take."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from wtforms import BooleanField, SelectField
from wtforms import Field as Control
from wtforms.fields.choices import SelectChoice

from elevhalsa.core import labels
from elevhalsa.core.i18n import _, _l
from elevhalsa.domain.places.models import Organisation
from elevhalsa.domain.referrals.models import Offer
from elevhalsa.domain.referrals.rules import (
    LONGEST_HELP,
    LONGEST_LABEL,
    LONGEST_OPTION,
    MOST_HOURS,
    MOST_OPTIONS,
    Field,
)
from elevhalsa.domain.referrals.words import (
    OPEN,
    Assessment,
    Documented,
    FieldKind,
    FormKey,
    State,
)
from elevhalsa.web.forms import (
    DayField,
    Form,
    FormIdField,
    Given,
    LineField,
    NumberField,
    OneOf,
    TextField,
    TokenField,
    most,
)

LONGEST_NAME = 120
LONGEST_ABOUT = 600


def _choices(words: type[StrEnum]) -> list[SelectChoice]:
    """Nothing is chosen for whoever has not chosen."""
    return [
        SelectChoice("", _("Välj")),
        *(SelectChoice(one.value, labels.of(one)) for one in words),
    ]


class OfferForm(Form):
    form_id = FormIdField()
    name = LineField(most(LONGEST_NAME), Given(_l("Skriv vad det heter.")))
    about = TextField(most(LONGEST_ABOUT), Given(_l("Skriv vad det är, så att en familj förstår.")))
    age_from = NumberField()
    age_to = NumberField()
    assessment = SelectField(
        validate_choice=False,
        validators=[OneOf(Assessment, _l("Välj om det ges med eller utan behovsprövning."))],
    )
    documented = SelectField(
        validate_choice=False, validators=[OneOf(Documented, _l("Välj hur det dokumenteras."))]
    )
    decision = LineField(most(LONGEST_NAME))
    decided_on = DayField()
    form = SelectField(validate_choice=False, validators=[OneOf(FormKey, _l("Välj formulär."))])
    receiver = SelectField(validate_choice=False)
    """Empty: nobody yet."""
    active = BooleanField()

    @classmethod
    def of(cls, offer: Offer) -> "OfferForm":
        return cls(obj=offer, receiver=offer.organisation_id)

    def offer(self, receivers: Iterable[Organisation]) -> None:
        """What can be chosen."""
        self.receiver.choices = [
            SelectChoice("", _("Ingen än")),
            *(SelectChoice(one.id, one.name) for one in receivers),
        ]
        for field, words in (
            (self.assessment, Assessment), (self.documented, Documented), (self.form, FormKey),
        ):  # fmt: skip
            field.choices = _choices(words)

    def validate(self, extra_validators: object = None) -> bool:
        fine = super().validate(extra_validators)
        for field in (self.age_from, self.age_to):
            if field.data is None:
                self.refuse(_("Skriv åldern i år. Nyfödd är 0."), field.name)
                fine = False
        return fine


class FieldForm(Form):
    """One question of a form; without a key, a new one."""

    form_id = FormIdField()
    key = TokenField()
    label = LineField(most(LONGEST_LABEL), Given(_l("Skriv frågan.")))
    help = TextField(most(LONGEST_HELP))
    kind = SelectField(
        validate_choice=False, validators=[OneOf(FieldKind, _l("Välj hur frågan besvaras."))]
    )
    options = TextField(most(MOST_OPTIONS * (LONGEST_OPTION + 1)))
    """One answer a line."""
    required = BooleanField()
    position = NumberField()

    @classmethod
    def of(cls, field: Field, place: int) -> "FieldForm":
        return cls(
            data={
                "key": field.key, "label": field.label, "help": field.help,
                "kind": field.kind.value, "options": "\n".join(field.options),
                "required": field.required, "position": place,
            }
        )  # fmt: skip

    def offer(self) -> None:
        self.kind.choices = _choices(FieldKind)

    @property
    def field(self) -> Field:
        """Only of a form that validated."""
        lines = (line.strip() for line in self.options.data.split("\n"))
        return Field(
            key=self.key.data,
            label=self.label.data,
            kind=FieldKind(self.kind.data),
            help=self.help.data,
            required=bool(self.required.data),
            options=tuple(filter(None, lines)),
        )


@dataclass(frozen=True)
class Row:
    """One step of a referral, and how long it may take."""

    state: State
    field: Control


class HoursForm(Form):
    """Counted hours of each open step."""

    draft, sent, received, accepted, returned, booked, waiting = (NumberField() for _one in OPEN)

    @classmethod
    def of(cls, hours: Mapping[State, int]) -> "HoursForm":
        return cls(data={state.value: number for state, number in hours.items()})

    @property
    def rows(self) -> Iterator[Row]:
        for state in OPEN:
            yield Row(state, self[state.value])

    @property
    def hours(self) -> dict[State, int]:
        """Only of a form that validated."""
        return {row.state: row.field.data for row in self.rows}

    def validate(self, extra_validators: object = None) -> bool:
        fine = super().validate(extra_validators)
        for row in self.rows:
            number = row.field.data
            if row.field.errors or (isinstance(number, int) and 1 <= number <= MOST_HOURS):
                continue
            self.refuse(_("Skriv 1 till %(most)s timmar.", most=MOST_HOURS), row.field.name)
            fine = False
        return fine
