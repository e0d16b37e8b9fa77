"""Which Swedish dates are closed: weekends, public holidays and, if chosen, the three eves.

Sources: lag (1989:253) om allmänna helgdagar, 1 § (as it stands since 2005, when 6 June took the
place of Whit Monday); the eves (midsommarafton, julafton, nyårsafton) are put on a par with
holidays by lag (1930:173), 2 §, and most workplaces, so they are a setting. The laws say which day
of which year, so the days are computed, for any year. School breaks (lov) are never closed: the
promise counts through them.
"""

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache

from dateutil.easter import easter

IsClosed = Callable[[date], bool]

SATURDAY = 5


def good_friday(year: int) -> date:
    """Långfredagen, two days before Easter Day. year: 1583 to 4099."""
    return easter(year) - timedelta(days=2)


def _midsummer(year: int) -> date:
    """Midsommardagen: the Saturday among 20 to 26 June."""
    return _saturday_from(date(year, 6, 20))


def _saturday_from(day: date) -> date:
    return day + timedelta(days=(SATURDAY - day.weekday()) % 7)


def holidays(year: int) -> frozenset[date]:
    """The public holidays of a year, those on a Sunday too, but not every Sunday."""
    easter_day = easter(year)
    fixed = ((1, 1), (1, 6), (5, 1), (6, 6), (12, 25), (12, 26))
    after_easter = (-2, 0, 1, 39, 49)  # Good Friday, Easter, Ascension Day, Whit Sunday
    return frozenset(
        [
            *(date(year, month, day) for month, day in fixed),
            *(easter_day + timedelta(days=days) for days in after_easter),
            _midsummer(year),
            _saturday_from(date(year, 10, 31)),  # alla helgons dag
        ]
    )


def eves(year: int) -> frozenset[date]:
    """Midsommarafton, julafton and nyårsafton."""
    return frozenset([midsummer_eve(year), date(year, 12, 24), date(year, 12, 31)])


def midsummer_eve(year: int) -> date:
    """Midsommarafton: the Friday before."""
    return _midsummer(year) - timedelta(days=1)


@lru_cache(maxsize=64)
def _red_days(year: int, with_eves: bool) -> frozenset[date]:
    return holidays(year) | eves(year) if with_eves else holidays(year)


def closed_days(*, eves_closed: bool = True) -> IsClosed:
    """A test of dates: True for Saturdays, Sundays, public holidays and, if asked, the eves."""

    def is_closed(day: date) -> bool:
        return day.weekday() >= SATURDAY or day in _red_days(day.year, eves_closed)

    return is_closed
