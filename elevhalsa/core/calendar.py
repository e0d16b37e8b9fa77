"""Which Swedish dates are closed: weekends, public holidays and, if chosen, the three eves.

Sources: lag (1989:253) om allmänna helgdagar; the eves (midsommarafton, julafton, nyårsafton)
are put on a par with holidays by lag (1930:173) and most workplaces, so they are a setting.
School breaks (lov) are never closed: the promise counts through them.
"""

from collections.abc import Callable
from datetime import date
from functools import lru_cache

import holidays

IsClosed = Callable[[date], bool]

SATURDAY = 5


@lru_cache(maxsize=64)
def _red_days(year: int, with_eves: bool) -> frozenset[date]:
    categories = ("public", "de_facto") if with_eves else ("public",)
    return frozenset(holidays.country_holidays("SE", years=year, categories=categories))


def closed_days(*, eves_closed: bool = True) -> IsClosed:
    """A test of dates: True for Saturdays, Sundays, public holidays and, if asked, the eves."""

    def is_closed(day: date) -> bool:
        return day.weekday() >= SATURDAY or day in _red_days(day.year, eves_closed)

    return is_closed
