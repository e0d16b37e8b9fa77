"""What can be chosen about reminders."""

from dataclasses import dataclass
from datetime import time
from typing import Any

from wtforms import BooleanField, SelectMultipleField
from wtforms.validators import ValidationError

from elevhalsa.core import typed
from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _
from elevhalsa.domain.people.models import Reach
from elevhalsa.domain.reminders.models import PushSubscription
from elevhalsa.domain.reminders.rules import PUPIL_QUIET
from elevhalsa.web.forms import EmailField, Form, Only, PhoneField, TimeField

USUAL_SUMMARY = 8 * 60
"""Minutes after midnight."""


def minutes_of(clock_time: time | None) -> int | None:
    """Minutes after midnight."""
    return None if clock_time is None else clock_time.hour * 60 + clock_time.minute


def clock_of(minutes: int | None, usual: int) -> time:
    """minutes, usual: after midnight; the usual ones for None."""
    hour, minute = divmod(usual if minutes is None else minutes, 60)
    return time(hour, minute)


def wants_quiet(form: Form) -> bool:
    return bool(form["quiet"].data)


class QuietField(TimeField):
    def tell(self, fault: typed.Refused | None = None) -> str:
        return _("Skriv två klockslag, till exempel 21:00 och 07:00.")


def _given(form: Form, field: QuietField) -> None:
    if field.data is None:
        raise ValidationError(field.tell())


class SettingsForm(Form):
    """Of one browser: which kinds, and the quiet hours."""

    kinds = SelectMultipleField(choices=[], validate_choice=False)
    loud = SelectMultipleField(choices=[], validate_choice=False)
    quiet = BooleanField()
    quiet_from = QuietField(Only(wants_quiet, _given))
    quiet_to = QuietField(Only(wants_quiet, _given))

    @classmethod
    def of(cls, row: PushSubscription) -> "SettingsForm":
        """As it was last chosen; with usual hours for whoever turns the quiet ones on."""
        return cls(
            data={
                "kinds": row.kinds,
                "loud": row.loud_kinds,
                "quiet": row.quiet_from is not None,
                "quiet_from": clock_of(row.quiet_from, PUPIL_QUIET[0]),
                "quiet_to": clock_of(row.quiet_to, PUPIL_QUIET[1]),
            }
        )

    def quiet_hours(self) -> tuple[int | None, int | None]:
        """Minutes after midnight; None for no quiet hours. Only of a form that validated."""
        if not self.quiet.data:
            return None, None
        return minutes_of(self.quiet_from.data), minutes_of(self.quiet_to.data)


def wants_summary(form: Form) -> bool:
    return bool(form["summary"].data)


class ReachForm(Form):
    """How one of the staff wants to be told, besides in the app."""

    by_email = BooleanField()
    by_push = BooleanField()
    phone = PhoneField(sms=True)
    summary = BooleanField()
    summary_at = QuietField(Only(wants_summary, _given))

    @classmethod
    def of(cls, reach: Reach) -> "ReachForm":
        """As it was last chosen; with a usual time for whoever turns the summary on."""
        return cls(
            data={
                "by_email": reach.by_email,
                "by_push": reach.by_push,
                "phone": reach.phone,
                "summary": reach.summary_at is not None,
                "summary_at": clock_of(reach.summary_at, USUAL_SUMMARY),
            }
        )


class FallbackForm(Form):
    """Where a message goes when the reminder does not get through."""

    phone = PhoneField(sms=True)
    email = EmailField()


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
