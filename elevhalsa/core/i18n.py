"""How moments, hours and counts are said in Swedish.

A person can say every time aloud: "måndag 30 november kl. 16.20", never a countdown.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import flask_babel
from babel.dates import format_date, format_datetime

from . import clock

LOCALE = "sv"

_: Callable[..., str] = flask_babel.gettext
_l: Callable[..., flask_babel.LazyString] = flask_babel.lazy_gettext
ngettext: Callable[..., str] = flask_babel.ngettext

__all__ = [
    "_",
    "_l",
    "by_when",
    "clock_time",
    "day",
    "day_and_time",
    "duration",
    "ngettext",
    "when",
]


def day(moment: datetime | date) -> str:
    """'måndag 30 november', with the year when it is not this one."""
    local = clock.local(moment).date() if isinstance(moment, datetime) else moment
    same_year = local.year == clock.local(clock.now()).year
    return format_date(local, "EEEE d MMMM" if same_year else "EEEE d MMMM y", locale=LOCALE)


def clock_time(moment: datetime) -> str:
    """'16.20' in Swedish wall-clock time."""
    return format_datetime(clock.local(moment), "HH.mm", locale=LOCALE)


def is_end_of_day(moment: datetime) -> bool:
    """True for midnight, which in a promise means the end of the day before."""
    local = clock.local(moment)
    return (local.hour, local.minute, local.second) == (0, 0, 0)


def day_and_time(moment: datetime) -> str:
    """'måndag 30 november kl. 16.20'."""
    return _("%(day)s kl. %(time)s", day=day(moment), time=clock_time(moment))


def by_when(due: datetime) -> str:
    """A promise said aloud: 'senast måndag 30 november kl. 16.20'.

    A promise that ends at midnight is said as the day it ends: 'senast måndag 30 november'.
    """
    if is_end_of_day(due):
        return _("senast %(day)s", day=day(clock.local(due).date() - timedelta(days=1)))
    return _("senast %(when)s", when=day_and_time(due))


def when(moment: datetime) -> str:
    """'i dag 16.20', 'i går 08.05' or 'måndag 30 november kl. 16.20'."""
    days_ago = (clock.local(clock.now()).date() - clock.local(moment).date()).days
    if days_ago == 0:
        return _("i dag %(time)s", time=clock_time(moment))
    if days_ago == 1:
        return _("i går %(time)s", time=clock_time(moment))
    return day_and_time(moment)


def duration(span: timedelta) -> str:
    """'40 min', '1 h 12 min', '22 h' or '3 dygn' (wall-clock length, rounded down)."""
    minutes = int(abs(span).total_seconds() // 60)
    if minutes < 60:
        return _("%(minutes)s min", minutes=minutes)
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return _("%(days)s dygn", days=hours // 24)
    if rest and hours < 10:
        return _("%(hours)s h %(minutes)s min", hours=hours, minutes=rest)
    return _("%(hours)s h", hours=hours)
