"""What can be chosen about reminders."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wtforms import BooleanField, SelectMultipleField, StringField
from wtforms.validators import ValidationError

from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _
from elevhalsa.domain.reminders.models import PushSubscription
from elevhalsa.web.forms import Form, line


def minutes_of(clock_time: str) -> int | None:
    """'21:00' or '21.00' as minutes after midnight; None when it is no time of day."""
    try:
        read = datetime.strptime(clock_time.replace(".", ":"), "%H:%M")  # noqa: DTZ007
    except ValueError:
        return None
    return read.hour * 60 + read.minute


def clock_of(minutes: int | None) -> str:
    """Minutes after midnight as a browser's time field has it: '21:00'."""
    return "" if minutes is None else f"{minutes // 60:02}:{minutes % 60:02}"


class SettingsForm(Form):
    """Of one browser: which kinds, and the quiet hours."""

    kinds = SelectMultipleField(choices=[], validate_choice=False)
    loud = SelectMultipleField(choices=[], validate_choice=False)
    quiet = BooleanField()
    quiet_from = line()
    quiet_to = line()

    @classmethod
    def of(cls, row: PushSubscription) -> "SettingsForm":
        """As it was last chosen; with usual hours for whoever turns the quiet ones on."""
        return cls(
            data={
                "kinds": row.kinds,
                "loud": row.loud_kinds,
                "quiet": row.quiet_from is not None,
                "quiet_from": clock_of(row.quiet_from) or "21:00",
                "quiet_to": clock_of(row.quiet_to) or "07:00",
            }
        )

    def validate_quiet_from(self, field: StringField) -> None:
        if self.quiet.data and None in self.quiet_hours():
            raise ValidationError(_("Skriv två klockslag, till exempel 21:00 och 07:00."))

    def quiet_hours(self) -> tuple[int | None, int | None]:
        """Minutes after midnight; None for no quiet hours, or what is no time of day."""
        if not self.quiet.data:
            return None, None
        return minutes_of(self.quiet_from.data), minutes_of(self.quiet_to.data)


class FallbackForm(Form):
    """Where a message goes when the reminder does not get through."""

    phone = line()
    email = line()


@dataclass(frozen=True)
class Browsers:
    """A browser's own words about its subscription (Push API, ``PushSubscription.toJSON``)."""

    endpoint: str
    p256dh: str
    auth: str
    key_id: str
    before: str | None
    """The endpoint that the browser had last, when it knows."""

    @classmethod
    def read(cls, data: Any) -> "Browsers":
        """Raises InvalidInput for anything but the expected strings."""
        problem = InvalidInput(_("Webbläsarens påminnelser går inte att använda här."))
        try:
            keys = data["keys"]
            fields = (data["endpoint"], keys["p256dh"], keys["auth"], data["key_id"])
            before = data.get("before")
        except (KeyError, TypeError, IndexError, AttributeError):
            raise problem from None
        if not all(isinstance(field, str) for field in fields):
            raise problem
        return cls(*fields, before if isinstance(before, str) else None)
