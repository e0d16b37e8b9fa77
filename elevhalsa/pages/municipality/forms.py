"""What a coordinator decides of the municipality's promise, and who is named to answer for what."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from wtforms import BooleanField, Field, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from elevhalsa.core import labels
from elevhalsa.core.i18n import _, _l
from elevhalsa.core.walls import SCHOOL_WALLS
from elevhalsa.domain.consents.texts import LONGEST
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.people.rules import SEATS, Seat
from elevhalsa.domain.places.models import Municipality, School
from elevhalsa.domain.promise.policy import policy_of
from elevhalsa.domain.promise.rules import MOST_HOURS, MOST_RUNGS, Audience, Rung
from elevhalsa.domain.promise.terms import LONGEST_REF
from elevhalsa.domain.retention.rules import DAYS, may_be
from elevhalsa.domain.retention.words import RecordKind
from elevhalsa.web.forms import (
    DayField,
    Form,
    Given,
    LineField,
    NumberField,
    TextField,
    TokenField,
    most,
)

labels.give(
    Audience,
    {
        Audience.STAFF: _l("Alla på skolan som kan svara"),
        Audience.TAKER: _l("Den som har tagit emot"),
        Audience.COVER: _l("Ersättaren"),
        Audience.COORDINATOR: _l("Samordnaren"),
    },
)


@dataclass(frozen=True)
class Row:
    """The fields of one rung."""

    hours: Field
    whom: Field
    wide: Field


LONGEST_STEP = 600
LONGEST_LINK = 400


class ConcernStepForm(Form):
    """One step of the checklist when staff report a concern."""

    key = TokenField()
    says = TextField(most(LONGEST_STEP))
    link = LineField(most(LONGEST_LINK))


class AgeTextForm(Form):
    """What a municipality says in one text of what holds at an age."""

    key = TokenField()
    says = TextField(most(LONGEST_STEP))


class DisclosureTextForm(Form):
    """What a municipality says in one text when something is asked to be disclosed."""

    key = TokenField()
    says = TextField(most(LONGEST_STEP))


class ConsentTextForm(Form):
    """What is said to whoever is asked to agree."""

    reader = TokenField()
    body = TextField(most(LONGEST), Given(_l("Skriv en text.")))


class ConsentLawForm(Form):
    """What a municipality says of one paragraph that somebody is asked by."""

    key = TokenField()
    says = TextField(most(LONGEST_STEP))


class TermsForm(Form):
    """A rung without hours is none."""

    hours = NumberField()
    eves = BooleanField()
    hours_1, hours_2, hours_3, hours_4 = (NumberField() for _number in range(MOST_RUNGS))
    whom_1, whom_2, whom_3, whom_4 = (
        SelectMultipleField(choices=list(Audience), validate_choice=False)
        for _number in range(MOST_RUNGS)
    )
    wide_1, wide_2, wide_3, wide_4 = (BooleanField() for _number in range(MOST_RUNGS))
    private_from = DayField()
    private_ref = LineField(most(LONGEST_REF))
    school = SelectField(validate_choice=False)
    side = SelectField(validate_choice=False)
    """Of which wall the preview is."""

    @classmethod
    def of(cls, place: Municipality) -> "TermsForm":
        """As it is decided now."""
        policy = policy_of(place)
        between = [rung for rung in policy.ladder if 0 < rung.hours < policy.hours]
        data: dict[str, object] = {
            "hours": policy.hours,
            "eves": policy.eves_closed,
            "private_from": place.private_numbers_from,
            "private_ref": place.private_numbers_ref,
        }
        for number, rung in enumerate(between[:MOST_RUNGS], start=1):
            data |= {
                f"hours_{number}": rung.hours,
                f"whom_{number}": [word.value for word in rung.audience],
                f"wide_{number}": rung.opens_wide,
            }
        return cls(data=data)

    def offer(self, schools: Iterable[School]) -> None:
        self.school.choices = [SelectChoice(school.id, school.name) for school in schools]
        self.side.choices = [SelectChoice(wall.value, labels.of(wall)) for wall in SCHOOL_WALLS]

    @property
    def rows(self) -> Iterator[Row]:
        for number in range(1, MOST_RUNGS + 1):
            yield Row(*(self[f"{name}_{number}"] for name in ("hours", "whom", "wide")))

    def between(self) -> list[Rung]:
        """Only of a form that validated."""
        return [
            Rung(
                row.hours.data,
                tuple(word for word in Audience if word.value in (row.whom.data or [])),
                bool(row.wide.data),
            )
            for row in self.rows
            if row.hours.data is not None
        ]

    def validate(self, extra_validators: object = None) -> bool:
        fine = super().validate(extra_validators)
        promised = self.hours.data if isinstance(self.hours.data, int) else None
        if self.hours.data is None:
            self.refuse(_("Skriv hur många timmar löftet gäller."), "hours")
            fine = False
        if promised is not None and not 1 <= promised <= MOST_HOURS:
            self.refuse(_("Löftet kan vara 1 till %(most)s timmar.", most=MOST_HOURS), "hours")
            fine = False
        taken: set[int] = set()
        for row in self.rows:
            fault = _fault_of(row, promised, taken)
            if fault:
                self.refuse(fault, row.hours.name)
                fine = False
            if isinstance(row.hours.data, int):
                taken.add(row.hours.data)
        return fine


def _fault_of(row: Row, promised: int | None, taken: set[int]) -> str | None:
    """What is wrong with one rung, apart from what its own field says."""
    hours, tells = row.hours.data, any(word.value in (row.whom.data or []) for word in Audience)
    if hours is None and (tells or row.wide.data):
        return _("Skriv efter hur många timmar, eller ta bort kryssen.")
    if isinstance(hours, int):
        return _fault_of_hours(hours, promised, taken) or (
            None if tells else _("Välj vem som ska få veta.")
        )
    return None


def _fault_of_hours(hours: int, promised: int | None, taken: set[int]) -> str | None:
    if hours <= 0:
        return _("Alla får alltid veta direkt. Skriv minst 1 timme.")
    if promised is not None and hours >= promised:
        return _(
            "Steget måste komma före löftets tid, som är %(hours)s timmar. När den har gått får "
            "alla veta ändå.", hours=promised,
        )  # fmt: skip
    return _("Det finns redan ett steg efter så många timmar.") if hours in taken else None


def seat_name(seat: Seat) -> str:
    """'Svarar för utlämnande och logg · Medicinska delen'."""
    names = [labels.of(seat.duty), *([labels.of(seat.wall)] if seat.wall else [])]
    return " · ".join(names)


class ResponsibleForm(Form):
    seat = SelectField(validate_choice=False, validators=[InputRequired(_l("Välj ett uppdrag."))])
    who = SelectField(validate_choice=False)
    """Empty: nobody."""

    def offer(self, people: Iterable[Staff]) -> None:
        self.seat.choices = [
            SelectChoice("", _("Välj uppdrag")),
            *(SelectChoice(seat.word, seat_name(seat)) for seat in SEATS),
        ]
        self.who.choices = [
            SelectChoice("", _("Ingen")),
            *(SelectChoice(one.id, f"{one.name} · {one.works_as}") for one in people),
        ]


class EndDecisionForm(Form):
    kind = TokenField()


class RetentionForm(Form):
    """A decision on how long a kind of what is kept is kept (gallringsbeslut)."""

    kind = SelectField(validate_choice=False, validators=[InputRequired(_l("Välj ett slag."))])
    days = NumberField(Given(_l("Skriv hur många dagar.")))
    reference = LineField(most(LONGEST_REF), Given(_l("Skriv var beslutet finns.")))
    decided_on = DayField(Given(_l("Skriv dagen för beslutet.")))
    decided_by = LineField(most(LONGEST_REF), Given(_l("Skriv vem som har beslutat.")))
    note = TextField(most(LONGEST_STEP))

    def offer(self) -> None:
        self.kind.choices = [SelectChoice(kind.value, labels.of(kind)) for kind in RecordKind]

    def validate(self, extra_validators: object = None) -> bool:
        fine = super().validate(extra_validators)
        kind = next((one for one in RecordKind if one.value == self.kind.data), None)
        if kind is None and not self.kind.errors:
            self.refuse(_("Välj ett slag i listan."), "kind")
        days = self.days.data
        if kind and isinstance(days, int) and not may_be(kind, days):
            fewest, longest = DAYS[kind]
            self.refuse(
                _("Skriv ett antal dagar från %(fewest)s till %(most)s.",
                  fewest=fewest, most=longest), "days",
            )  # fmt: skip
            fine = False
        return fine and kind is not None
