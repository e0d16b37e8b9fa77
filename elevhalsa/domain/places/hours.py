"""Opening hours as stored with a crisis line: reading them, and asking whether it is open.

Pure: no database, no clock. Public holidays do not matter here; hours are Swedish wall-clock time.

    dygnet runt
    7-21
    mån-fre 18-22; lör-sön 14-18
    mån,tor 15-23
    fre-lör 20-02          the night belongs to the day on which it began
"""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache

from babel.dates import get_day_names

from elevhalsa.core import clock
from elevhalsa.core.i18n import _, _l, clock_of_day, locale

DAYS = ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag")
DAY_MINUTES = 24 * 60
ALWAYS = "dygnet runt"

_TIME = re.compile(r"(\d{1,2})(?:[.:](\d{2}))?")


@dataclass(frozen=True)
class Span:
    """A time on one weekday: 0 is Monday; minutes since midnight, the end not included.

    An end above 24 hours runs into the next day.
    """

    weekday: int
    start: int
    end: int


@dataclass(frozen=True)
class Hours:
    """A week of spans. No spans means never open, which ``parse`` does not give."""

    spans: tuple[Span, ...]


@lru_cache(maxsize=200)
def parse(text: str) -> Hours:
    """Read opening hours. Raises ValueError that says, in Swedish, what is wrong."""
    spans: list[Span] = []
    for rule in _tidy(text).split(";"):
        spans += _rule(rule.strip())
    return Hours(tuple(sorted(set(spans), key=lambda s: (s.weekday, s.start, s.end))))


def is_open(hours: Hours, moment: datetime) -> bool:
    """True when it is open at ``moment`` (aware). Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("moment must be aware")
    local = clock.local(moment)
    today, yesterday = local.weekday(), (local.weekday() - 1) % 7
    minute = local.hour * 60 + local.minute
    return any(
        (span.weekday == today and span.start <= minute < span.end)
        or (span.weekday == yesterday and minute < span.end - DAY_MINUTES)
        for span in hours.spans
    )


def opens_at(hours: Hours, moment: datetime) -> datetime | None:
    """When it opens next, in Swedish time; None while it is open at ``moment`` (aware)."""
    if is_open(hours, moment):
        return None
    local = clock.local(moment)
    minute = local.hour * 60 + local.minute
    for days in range(8):
        weekday = (local.weekday() + days) % 7
        starts = [s.start for s in hours.spans if s.weekday == weekday]
        later = [start for start in starts if days or start > minute]
        if later:
            opens = time(*divmod(min(later), 60))
            day = local.date() + timedelta(days=days)
            return datetime.combine(day, opens, tzinfo=clock.STOCKHOLM)
    return None


def said(hours: Hours) -> str:
    """'Dygnet runt', '7–21' or 'Mån–fre 18–22; lör, sön 14–18', in the language that is spoken."""
    by_times: dict[tuple[tuple[int, int], ...], list[int]] = {}
    for weekday in range(7):
        times = tuple((s.start, s.end) for s in hours.spans if s.weekday == weekday)
        if times:
            by_times.setdefault(times, []).append(weekday)
    text = "; ".join(_said(days, times) for times, days in by_times.items())
    return text[:1].upper() + text[1:]


def _said(days: list[int], times: tuple[tuple[int, int], ...]) -> str:
    if times == ((0, DAY_MINUTES),):
        spoken = _("dygnet runt")
    else:
        spoken = ", ".join(f"{_hour(start)}–{_hour(end)}" for start, end in times)
    if len(days) == 7:
        return spoken
    names = get_day_names("abbreviated", locale=locale())
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    between = (names[r[0]] if len(r) == 1 else f"{names[r[0]]}–{names[r[-1]]}" for r in runs)
    return _("%(days)s %(times)s", days=", ".join(between), times=spoken)


def _hour(minutes: int) -> str:
    """A whole hour as its number: '7', else as a time: '18.30'."""
    hour, minute = divmod(minutes if minutes <= DAY_MINUTES else minutes - DAY_MINUTES, 60)
    return clock_of_day(time(hour, minute)) if minute else str(hour)


def _tidy(text: str) -> str:
    return " ".join(text.casefold().replace("–", "-").split())


def _rule(rule: str) -> list[Span]:
    if not rule:
        raise ValueError(_l("en tid saknas"))
    if rule == ALWAYS:
        days_text, times_text = "", ALWAYS
    elif rule[0].isdigit():
        days_text, times_text = "", rule
    else:
        # "mån, tor 15-23": the days end where the first digit or "dygnet runt" begins
        found = re.fullmatch(r"(.+?) (\d.*|dygnet runt)", rule)
        if not found:
            raise ValueError(
                _l("”%(rule)s” saknar klockslag, till exempel mån-fre 18-22", rule=rule)
            )
        days_text, times_text = found.groups()
    days = _days(days_text) if days_text else range(7)
    times = [_times(part.strip()) for part in times_text.split(",")]
    return [Span(day, start, end) for day in days for start, end in times]


def _days(text: str) -> list[int]:
    days: list[int] = []
    for part in text.split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        if not dash:
            days.append(_day(first))
            continue
        start, end = _day(first), _day(last)
        days += [(start + step) % 7 for step in range((end - start) % 7 + 1)]
    return days


def _day(text: str) -> int:
    """A weekday by its first three letters; longer forms such as 'tors' and 'torsdag' too."""
    for number, name in enumerate(DAYS):
        if len(text) >= 3 and name.startswith(text):
            return number
    raise ValueError(_l("”%(day)s” är ingen veckodag; skriv mån, tis, ons, tor, fre, lör eller sön",
                        day=text))  # fmt: skip


def _times(text: str) -> tuple[int, int]:
    if text == ALWAYS:
        return 0, DAY_MINUTES
    first, dash, last = (piece.strip() for piece in text.partition("-"))
    if not dash:
        raise ValueError(_l("”%(text)s” saknar sluttid, till exempel 18-22", text=text))
    start, end = _minute(first), _minute(last)
    if start in (end, DAY_MINUTES):
        raise ValueError(_l("”%(text)s” är ingen tid; skriv dygnet runt om det alltid är öppet",
                            text=text))  # fmt: skip
    return start, end if end > start else end + DAY_MINUTES


def _minute(text: str) -> int:
    found = _TIME.fullmatch(text)
    hour, minute = (int(found[1]), int(found[2] or 0)) if found else (-1, 0)
    if not (0 <= hour <= 23 and minute <= 59) and (hour, minute) != (24, 0):
        raise ValueError(_l("”%(text)s” är inget klockslag; skriv till exempel 18 eller 18.30",
                            text=text))  # fmt: skip
    return hour * 60 + minute
