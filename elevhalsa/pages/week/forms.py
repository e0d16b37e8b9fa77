"""What staff type and choose about their own week."""

from collections.abc import Iterable
from datetime import time

from wtforms import BooleanField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange

from elevhalsa.core import labels
from elevhalsa.core.i18n import _, _l, weekday
from elevhalsa.domain.meetings.models import StandingTime
from elevhalsa.domain.meetings.rules import LEAST_MINUTES, MOST_MINUTES
from elevhalsa.domain.meetings.standing import Wanted
from elevhalsa.domain.meetings.words import MeetingWay
from elevhalsa.domain.places.models import School
from elevhalsa.domain.serving.service import time_of
from elevhalsa.web.forms import Form, LineField, NumberField, most
from elevhalsa.web.rostering import WEEKDAYS, HoursForm

MOST_PLACE = 200


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


class TimeForm(HoursForm):
    """A standing time."""

    school = SelectField(validate_choice=False, validators=[InputRequired(_l("Välj en skola."))])
    weekday = SelectField(
        choices=lambda: [SelectChoice(str(day), weekday(day)) for day in WEEKDAYS]
    )
    minutes = NumberField(
        NumberRange(LEAST_MINUTES, MOST_MINUTES, message=_l("Skriv 5 till 240 minuter.")),
        default=20,
    )
    way = SelectField(
        choices=lambda: [SelectChoice(way.value, labels.of(way)) for way in MeetingWay],
        default=MeetingWay.ROOM.value,
    )
    place = LineField(most(MOST_PLACE))

    def offer(self, schools: Iterable[School]) -> None:
        self.school.choices = [
            SelectChoice("", _("Välj skola")),
            *(SelectChoice(school.id, school.name) for school in schools),
        ]

    @classmethod
    def of(cls, standing: StandingTime) -> "TimeForm":
        return cls(
            data={
                "school": standing.school_id,
                "weekday": str(standing.weekday),
                "starts_at": time_of(standing.starts_at),
                "ends_at": time_of(standing.ends_at),
                "minutes": standing.minutes,
                "way": standing.way.value,
                "place": standing.place,
                "starts_on": standing.starts_on,
                "ends_on": standing.ends_on,
            }
        )

    def wanted(self) -> Wanted:
        """Only of one that validated."""
        return Wanted(
            school_id=self.school.data,
            weekday=int(self.weekday.data),
            starts_at=_minutes(self.starts_at.data),
            ends_at=_minutes(self.ends_at.data),
            minutes=self.minutes.data,
            way=MeetingWay(self.way.data),
            place=self.place.data or None,
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
        )


class CannotComeForm(Form):
    """The meetings that are called off."""

    meetings = SelectMultipleField(validate_choice=False, choices=[])


class FeedForm(Form):
    """What a calendar's address tells besides when there is a meeting."""

    school = BooleanField()
    times = BooleanField()
