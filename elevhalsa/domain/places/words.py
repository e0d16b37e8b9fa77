"""The words that the columns of places may hold."""

from enum import StrEnum

from elevhalsa.core import labels
from elevhalsa.core.i18n import _l


class Need(StrEnum):
    """Why somebody looks for help, in the order in which it is shown."""

    UNWELL = "unwell"
    HARMED = "harmed"
    FRIEND = "friend"
    BODY = "body"


labels.give(
    Need,
    {
        Need.UNWELL: _l("Jag mår dåligt"),
        Need.HARMED: _l("Någon gör mig illa"),
        Need.FRIEND: _l("Jag är orolig för en vän"),
        Need.BODY: _l("Jag undrar något om kroppen"),
    },
)


class Unit(StrEnum):
    """What the time of a guarantee is counted in."""

    HOURS = "hours"
    """Counted hours (promise.rules.due_at)."""
    WEEKDAYS = "weekdays"
    """Days that count, after that of the knock: to the end of the last."""
    CALENDAR_DAYS = "calendar_days"


labels.give(
    Unit,
    {
        Unit.HOURS: _l("räknade timmar"),
        Unit.WEEKDAYS: _l("helgfria vardagar"),
        Unit.CALENDAR_DAYS: _l("dagar, helger med"),
    },
)
