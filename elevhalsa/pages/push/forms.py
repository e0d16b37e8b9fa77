"""What can be chosen about reminders."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wtforms import BooleanField, Form, SelectMultipleField, StringField

from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _


def _strip(value: str | None) -> str:
    return (value or "").strip()


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
    quiet_from = StringField(filters=[_strip])
    quiet_to = StringField(filters=[_strip])

    def quiet_hours(self) -> tuple[int | None, int | None]:
        """Minutes after midnight. Raises InvalidInput when a time is missing or no time."""
        if not self.quiet.data:
            return None, None
        start, end = minutes_of(self.quiet_from.data), minutes_of(self.quiet_to.data)
        if start is None or end is None:
            raise InvalidInput(_("Skriv två klockslag, till exempel 21:00 och 07:00."))
        return start, end


class FallbackForm(Form):
    """Where a message goes when the reminder does not get through."""

    phone = StringField(filters=[_strip])
    email = StringField(filters=[_strip])


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
