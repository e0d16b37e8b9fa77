"""The language that is spoken, and how moments, hours and counts are said in it.

A person can say every time aloud: "måndag 30 november kl. 16.20", never a countdown. The language
is asked for in one place (``locale``); no other module names one.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from gettext import NullTranslations
from types import SimpleNamespace

import flask_babel
from babel import Locale
from babel.dates import format_date, format_time, match_skeleton
from babel.lists import format_list

from . import clock

SOURCE = "sv"
"""The language that the texts in the code are written in (docs/decisions/0009)."""

__all__ = [
    "_",
    "_l",
    "alphabetical",
    "by_when",
    "clock_of_day",
    "clock_time",
    "day",
    "day_and_time",
    "days",
    "deadline",
    "duration",
    "is_rtl",
    "lang",
    "locale",
    "month_of_year",
    "ngettext",
    "one_of",
    "texts",
    "weekday",
    "when",
]


def locale() -> Locale:
    """The language of the page, letter or reminder that is being made. Part of the key of every
    copy that is kept of one."""
    known: Locale | None = getattr(_notes(), "babel_locale", None)
    return known or flask_babel.get_locale() or Locale.parse(SOURCE)


def texts() -> NullTranslations:
    """That language's catalogue.

    To ask Flask-Babel anew for each of a page's some hundred texts took a tenth of the page. So the
    answer is kept among its own notes, under the name that it clears when the language changes
    (``force_locale``, ``refresh``).
    """
    notes = _notes()
    known: NullTranslations | None = getattr(notes, "babel_translations", None)
    if known is None:
        known = flask_babel.get_translations()
        if notes is not None:
            notes.babel_translations = known
    return known


def _notes() -> SimpleNamespace | None:
    """What Flask-Babel has found out in the present context of the app; None: outside any."""
    notes: SimpleNamespace | None = flask_babel._get_current_context()
    return notes


def _(text: str, /, **values: object) -> str:
    """A text in the language that is spoken, with values where it says ``%(name)s``."""
    said = texts().gettext(text)
    return said % values if values else said


def ngettext(one: str, several: str, num: int, /, **values: object) -> str:
    """As ``_``, by number, which the text has as ``%(num)s``."""
    return texts().ngettext(one, several, num) % ({"num": num} | values)


def _l(text: str, /, **values: object) -> flask_babel.LazyString:
    """As ``_``, but in the language that is spoken when it is used."""
    return flask_babel.LazyString(_, text, **values)


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
    return _day(local, locale(), with_year=local.year != clock.local(clock.now()).year)


def weekday(number: int) -> str:
    """'måndag'. number: 0 is Monday."""
    return format_date(date(2024, 1, 1 + number), "EEEE", locale=locale())


def days(first: date, last: date) -> str:
    """Days in a row, both included, in brief: 'mån 22 juni–fre 3 juli', 'mån 22 juni'."""
    ends = [format_date(day, _brief_day(locale()), locale=locale()) for day in (first, last)]
    return ends[0] if first == last else "–".join(ends)


def month(day: date) -> str:
    """'juli', 'dec.'."""
    return format_date(day, "LLL", locale=locale())


def month_of_year(first: date) -> str:
    """'november 2026'."""
    return format_date(first, "LLLL y", locale=locale())


# Kept, since a list says the same few days and times over and over.


@lru_cache(maxsize=1000)
def _day(day: date, here: Locale, *, with_year: bool) -> str:
    return format_date(day, "full" if with_year else _day_pattern(here), locale=here)


@lru_cache(maxsize=5000)
def _time(time: time, pattern: str, here: Locale) -> str:
    return format_time(time, pattern, locale=here)


@cache
def _day_pattern(here: Locale) -> str:
    """The locale's order of weekday, day and month, all written out (CLDR, MMMMEd)."""
    known = here.datetime_skeletons
    found = match_skeleton("MMMMEd", known)
    if found is None:
        return here.date_formats["full"].pattern  # type: ignore[no-any-return]
    pattern: str = known[found].pattern
    return re.sub(r"'[^']*'|[EcML]+", lambda m: m[0] if m[0][0] == "'" else m[0][0] * 4, pattern)


@cache
def _brief_day(here: Locale) -> str:
    """The locale's order of weekday, day and month in brief (CLDR, MMMEd)."""
    known = here.datetime_skeletons
    found = match_skeleton("MMMEd", known)
    return known[found].pattern if found else "E d MMM"


def clock_time(moment: datetime) -> str:
    """'16.20' in Swedish wall-clock time."""
    return clock_of_day(clock.local(moment).time())


def clock_of_day(time: time) -> str:
    """A time of day, as the language writes it: '16.20'."""
    # Translators: how a time of day is written, as a CLDR pattern: HH is the hour of 24, mm the
    # minutes. Only what stands between them is for you to choose.
    pattern = _("HH.mm")
    return _time(time.replace(second=0, microsecond=0), pattern, locale())


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


_AFTER_Z = str.maketrans({"å": "{", "ä": "|", "æ": "|", "ö": "}", "ø": "}", "ü": "y", "ß": "s"})


def alphabetical(text: str) -> tuple[str, str]:
    """The key by which names are sorted, as in a Swedish dictionary: å, ä and ö after z, é as e;
    capitals and marks count only where all else is the same. A database sorts by its own rules, and
    SQLite by none, so what is shown by name is sorted here."""
    folded = unicodedata.normalize("NFC", text).casefold().translate(_AFTER_Z)
    plain = "".join(c for c in unicodedata.normalize("NFD", folded) if not unicodedata.combining(c))
    return plain, text


def one_of(texts: Iterable[str]) -> str:
    """'skolsköterska eller kurator', 'skolsköterska, skolläkare eller kurator'."""
    return format_list(list(texts), style="or", locale=locale())


def when(moment: datetime) -> str:
    """When something happened: 'i dag 16.20', 'i går 08.05' or 'måndag 30 november kl. 16.20'."""
    days_ago = (clock.today() - clock.local(moment).date()).days
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
