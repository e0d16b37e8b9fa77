"""The language that is spoken, and how moments, hours and counts are said in it.

A person can say every time aloud: "måndag 30 november kl. 16.20", never a countdown. The language
is asked for in one place (``locale``); no other module names one.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache

import flask_babel
from babel import Locale
from babel.dates import format_date, format_time, match_skeleton
from babel.lists import format_list

from . import clock

SOURCE = "sv"
"""The language that the texts in the code are written in (docs/decisions/0009)."""

_: Callable[..., str] = flask_babel.gettext
_l: Callable[..., flask_babel.LazyString] = flask_babel.lazy_gettext
ngettext: Callable[..., str] = flask_babel.ngettext

__all__ = [
    "_",
    "_l",
    "by_when",
    "clock_of_day",
    "clock_time",
    "day",
    "day_and_time",
    "deadline",
    "duration",
    "is_rtl",
    "lang",
    "locale",
    "ngettext",
    "one_of",
    "when",
]


def locale() -> Locale:
    """The language of the page, letter or reminder that is being made. Part of the key of every
    copy that is kept of one."""
    return flask_babel.get_locale() or Locale.parse(SOURCE)


def lang() -> str:
    """That language as HTML, manifests and pushes name it: 'sv', 'fa-AF' (BCP 47)."""
    here = locale()
    return "-".join(filter(None, (here.language, here.script, here.territory, here.modifier)))


def is_rtl() -> bool:
    """True for a language that is written from right to left."""
    return locale().text_direction == "rtl"


def day(moment: datetime | date) -> str:
    """'måndag 30 november', with the year when it is not this one."""
    local = clock.local(moment).date() if isinstance(moment, datetime) else moment
    here = locale()
    if local.year != clock.local(clock.now()).year:
        return format_date(local, "full", locale=here)
    return format_date(local, _day_pattern(here), locale=here)


@cache
def _day_pattern(here: Locale) -> str:
    """The locale's order of weekday, day and month, all written out (CLDR, MMMMEd)."""
    known = here.datetime_skeletons
    found = match_skeleton("MMMMEd", known)
    if found is None:
        return here.date_formats["full"].pattern  # type: ignore[no-any-return]
    pattern: str = known[found].pattern
    return re.sub(r"'[^']*'|[EcML]+", lambda m: m[0] if m[0][0] == "'" else m[0][0] * 4, pattern)


def clock_time(moment: datetime) -> str:
    """'16.20' in Swedish wall-clock time."""
    return clock_of_day(clock.local(moment).time())


def clock_of_day(time: time) -> str:
    """A time of day, as the language writes it: '16.20'."""
    # Translators: how a time of day is written, as a CLDR pattern: HH is the hour of 24, mm the
    # minutes. Only what stands between them is for you to choose.
    pattern = _("HH.mm")
    return format_time(time, pattern, locale=locale())


def is_end_of_day(moment: datetime) -> bool:
    """True for midnight, which in a promise means the end of the day before."""
    local = clock.local(moment)
    return (local.hour, local.minute, local.second) == (0, 0, 0)


def day_and_time(moment: datetime) -> str:
    """'måndag 30 november kl. 16.20'."""
    return _("%(day)s kl. %(time)s", day=day(moment), time=clock_time(moment))


@dataclass(frozen=True)
class Deadline:
    """The day and the time of a promise, for a whole sentence around them. A promise that ends at
    midnight is said as the day it ends, and has no time."""

    day: str
    time: str | None


def deadline(due: datetime) -> Deadline:
    if is_end_of_day(due):
        return Deadline(day(clock.local(due).date() - timedelta(days=1)), None)
    return Deadline(day(due), clock_time(due))


def by_when(due: datetime) -> str:
    """A promise said aloud, by itself: 'senast måndag 30 november kl. 16.20'. Within a sentence the
    whole of it is in the catalogue, with a ``deadline``."""
    end = deadline(due)
    if end.time is None:
        return _("senast %(day)s", day=end.day)
    return _("senast %(day)s kl. %(time)s", day=end.day, time=end.time)


def one_of(texts: Iterable[str]) -> str:
    """'skolsköterska eller kurator', 'skolsköterska, skolläkare eller kurator'."""
    return format_list(list(texts), style="or", locale=locale())


def when(moment: datetime) -> str:
    """When something happened: 'i dag 16.20', 'i går 08.05' or 'måndag 30 november kl. 16.20'."""
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
        return ngettext("%(num)s min", "%(num)s min", minutes)
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return ngettext("%(num)s dygn", "%(num)s dygn", hours // 24)
    if rest and hours < 10:
        return _("%(hours)s h %(minutes)s min", hours=hours, minutes=rest)
    return ngettext("%(num)s h", "%(num)s h", hours)
