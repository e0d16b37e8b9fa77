"""What may be told of counts, and how coarse a figure must be to point at nobody. Pure.

Masking is done here, once, before anything is drawn: nothing that a page is given holds a count
that the page must not show.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

FEWEST_SHOWN = 5
"""A count of knocks over a period below this is not told, and neither is a share of it."""


class Telling(StrEnum):
    """How a count over a period is told."""

    EXACT = "exact"
    AT_LEAST = "at_least"
    """A sum without the parts that are not told."""
    FEW = "few"
    """Fewer than FEWEST_SHOWN, and not none."""
    HIDDEN = "hidden"
    """A sum of parts none of which is told."""


@dataclass(frozen=True)
class Shown:
    """Knocks over a period and how the promise was kept, as anybody may know it."""

    telling: Telling
    knocks: int | None
    """None when it is not told."""
    percent_kept: int | None
    """0 to 100, rounded down; None of no knocks, or of too few to tell."""


def shown(knocks: int, kept: int) -> Shown:
    """One part's figures: all of them, or only that they are few."""
    if 0 < knocks < FEWEST_SHOWN:
        return Shown(Telling.FEW, None, None)
    return Shown(Telling.EXACT, knocks, percent(kept, knocks))


def shown_sum(parts: Iterable[tuple[int, int]]) -> Shown:
    """The sum of parts (knocks, kept) that stand beside it. Parts that are not told are left out:
    a full sum less the others would tell their count."""
    every = list(parts)
    told = [part for part in every if shown(*part).telling is Telling.EXACT]
    knocks = sum(part[0] for part in told)
    telling = Telling.EXACT
    if len(told) < len(every):
        telling = Telling.AT_LEAST if knocks else Telling.HIDDEN
    return Shown(
        telling,
        None if telling is Telling.HIDDEN else knocks,
        percent(sum(part[1] for part in told), knocks),
    )


def percent(part: int, whole: int) -> int | None:
    """Rounded down, so that a broken promise never shows as 100; None of nothing."""
    return 100 * part // whole if whole else None


def period_of(day: date) -> tuple[date, date]:
    """The first and last day of the time by which a knock on ``day`` is counted.

    The week from Monday to Sunday, cut at 1 January and 1 July. A day would point at the pupil who
    was seen at the door that day; a month cannot be put together to what the reports are about:
    terms and breaks, of a school year (skollagen 4 kap. 3 §) and of a calendar year
    (patientsäkerhetslagen 3 kap. 10 §). Of a week that a break begins or ends in, each knock says
    on which side it was.
    """
    first = day - timedelta(days=day.weekday())
    last = first + timedelta(days=6)
    for cut in (date(last.year, 1, 1), date(last.year, 7, 1)):
        if first < cut <= day:
            first = cut
        elif day < cut <= last:
            last = cut - timedelta(days=1)
    return first, last


def whole_hours(hours: float) -> int:
    """Counted hours, the begun one included: minutes would tell one knock from another."""
    return math.ceil(hours)


def was_told(contact: datetime | None, told: Iterable[datetime]) -> bool:
    """That we are late was told, at one of these moments, before we made contact."""
    return any(contact is None or moment < contact for moment in told)
