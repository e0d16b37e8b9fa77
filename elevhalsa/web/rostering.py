"""How somebody's places and absence are typed and shown: on the person's own pages and on a
coordinator's. The verbs are those of ``domain/serving/service.py``."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from wtforms import SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from elevhalsa.core import clock
from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _, _l, alphabetical, ngettext, weekday
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.domain.serving import service
from elevhalsa.domain.serving.models import Absence, Place
from elevhalsa.domain.serving.rules import USUAL_HOURS

from .forms import DayField, Form, Given, Only, TimeField, TokenField

WEEKDAYS = range(5)
"""Those on which anybody works."""


class HoursForm(Form):
    """When one row of a week holds."""

    starts_at = TimeField(Given(_l("Skriv när det börjar.")))
    ends_at = TimeField(Given(_l("Skriv när det slutar.")))
    starts_on = DayField()
    """Left empty: it holds already."""
    ends_on = DayField()
    """The last day; left empty: until further notice."""


class PlaceForm(HoursForm):
    school = SelectField(validate_choice=False, validators=[InputRequired(_l("Välj en skola."))])
    weekdays = SelectMultipleField(
        choices=[str(number) for number in WEEKDAYS],
        validators=[Given(_l("Välj minst en veckodag."))],
    )

    def offer(self, staff: Staff) -> None:
        """The schools that somebody serves; the only one is chosen beforehand."""
        schools = schools_of(staff)
        self.school.choices = [SelectChoice(school.id, school.name) for school in schools]
        if len(schools) > 1:
            self.school.choices.insert(0, SelectChoice("", _("Välj skola")))


class Soon(StrEnum):
    TODAY = "i-dag"
    TOMORROW = "i-morgon"


class AbsenceForm(Form):
    """Two buttons for one day each, or days of one's own."""

    soon = TokenField()
    first = DayField(Only(lambda form: not form.soon.data, Given(_l("Välj första dagen."))))
    last = DayField(Only(lambda form: not form.soon.data, Given(_l("Välj sista dagen."))))

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last, of a form that holds."""
        if self.soon.data:
            day = clock.today() + timedelta(days=self.soon.data == Soon.TOMORROW)
            return day, day
        return self.first.data, self.last.data


def schools_of(staff: Staff) -> list[School]:
    """Those that somebody is assigned to, by name."""
    found = [assignment.school for assignment in staff.assignments]
    return sorted(found, key=lambda school: alphabetical(school.name))


def add_places(by: Staff, staff: Staff, form: PlaceForm) -> bool:
    """False when something was wrong, which the form then says."""
    if not form.validate():
        return False
    school = next((one for one in schools_of(staff) if one.id == form.school.data), None)
    try:
        service.add_places(
            by,
            staff,
            school,
            [int(number) for number in form.weekdays.data],
            starts_at=form.starts_at.data,
            ends_at=form.ends_at.data,
            starts_on=form.starts_on.data,
            ends_on=form.ends_on.data,
        )
    except InvalidInput as error:
        form.refuse(error)
        return False
    return True


def change_place(by: Staff, staff: Staff, place: Place, form: HoursForm) -> bool:
    """As ``add_places``."""
    if not form.validate():
        return False
    try:
        service.change_place(
            by,
            staff,
            place,
            starts_at=form.starts_at.data,
            ends_at=form.ends_at.data,
            starts_on=form.starts_on.data,
            ends_on=form.ends_on.data,
        )
    except InvalidInput as error:
        form.refuse(error)
        return False
    return True


def be_away(by: Staff, staff: Staff, form: AbsenceForm) -> bool:
    """As ``add_places``."""
    if not form.validate():
        return False
    try:
        service.be_away(by, staff, *form.days)
    except InvalidInput as error:
        form.refuse(error)
        return False
    return True


@dataclass(frozen=True)
class Row:
    """One place, in words."""

    id: str
    weekday: str
    hours: str
    """'08.00–16.30'"""
    school: str
    starts_on: date | None
    """None when it holds already."""
    ends_on: date | None


def rows_of(staff: Staff) -> list[Row]:
    """Somebody's week as it holds or is to hold."""
    return [row_of(place) for place in service.places_of(staff)]


def row_of(place: Place) -> Row:
    begins = place.starts_on if place.starts_on and place.starts_on > clock.today() else None
    hours = _hours(place.starts_at, place.ends_at)
    return Row(
        place.id, weekday(place.weekday), hours, place.school.name, begins, place.ends_on
    )  # fmt: skip


def usual_hours() -> str:
    """When whoever has said nothing is taken to work, Monday to Friday."""
    return _hours(*USUAL_HOURS)


def _hours(starts_at: int, ends_at: int) -> str:
    return f"{service.time_at(starts_at)}–{service.time_at(ends_at)}"


def is_away_today(absences: Iterable[Absence]) -> bool:
    today = clock.today()
    return any(one.starts_on <= today <= one.ends_on for one in absences)


def hours_of(place: Place) -> HoursForm:
    """The form with what holds."""
    return HoursForm(
        data={
            "starts_at": service.time_of(place.starts_at),
            "ends_at": service.time_of(place.ends_at),
            "starts_on": place.starts_on,
            "ends_on": place.ends_on,
        }
    )


def weekdays() -> list[tuple[str, str]]:
    """What a form sends, and what is shown."""
    return [(str(number), weekday(number)) for number in WEEKDAYS]


def called_off(count: int) -> str:
    """What is said when meetings of days of absence have been called off."""
    if not count:
        return _("Det finns inga möten kvar att ställa in.")
    return ngettext(
        "%(num)s möte är inställt. Eleven får veta det.",
        "%(num)s möten är inställda. Eleverna får veta det.",
        count,
    )
