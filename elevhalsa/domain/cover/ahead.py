"""The days ahead of a municipality: who answers, when nobody does, and who has been asked."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from elevhalsa.core import clock
from elevhalsa.core.walls import Wall
from elevhalsa.domain.places.models import Municipality
from elevhalsa.domain.promise.policy import policy_of
from elevhalsa.domain.serving import gaps, queries
from elevhalsa.domain.serving.gaps import Bits, Horizon, Outlook, Post, Together
from elevhalsa.domain.serving.models import GapAccepted
from elevhalsa.domain.serving.queries import Asked
from elevhalsa.domain.serving.rules import Covering, Days, Roster

BEFORE = timedelta(days=7)
"""A cover that ended so lately may go on."""


@dataclass(frozen=True)
class Ahead:
    roster: Roster
    outlook: Outlook
    holders: Mapping[Post, tuple[str, ...]]
    asked: tuple[Asked, ...]
    accepted: tuple[GapAccepted, ...]

    @cached_property
    def gaps(self) -> list[Together]:
        """The nearest first."""
        return gaps.together(self.outlook.gaps, self.holders)

    def days(self, gap: Together) -> tuple[date, date]:
        """The first and the last."""
        return self.outlook.horizon.ends(gap.days)

    def days_of(self, accepted: GapAccepted) -> Bits:
        days = Days(accepted.first_on, accepted.last_on)
        return self.outlook.horizon.on_weekdays(accepted.weekdays, days)

    def accepted_behind(self, school_id: str, wall: Wall) -> Bits:
        """The days on which it is as it should be that nobody is home."""
        return self._accepted.get((school_id, wall), 0)

    @cached_property
    def _accepted(self) -> dict[tuple[str, Wall], Bits]:
        found: dict[tuple[str, Wall], Bits] = defaultdict(int)
        for one in self.accepted:
            found[one.school_id, one.wall] |= self.days_of(one)
        return found

    def is_accepted(self, gap: Together) -> bool:
        """Is it as it should be at all its schools, on all days on which nobody is home?"""
        wall = gap.profession.wall
        return bool(gap.alone) and not any(
            gap.alone & ~self.accepted_behind(school_id, wall) for school_id in gap.school_ids
        )

    def asked_for(self, gap: Together) -> list[Asked]:
        """Those who have been asked to answer on some of its days at some of its schools, and have
        not answered."""
        return [one for one in self._known(gap) if not one.said_no]

    def said_no_to(self, gap: Together) -> list[Asked]:
        return [one for one in self._known(gap) if one.said_no]

    def _known(self, gap: Together) -> list[Asked]:
        return [
            one
            for one in self.asked
            if one.absent_id in gap.holders
            and not one.school_ids.isdisjoint(gap.school_ids)
            and self.outlook.horizon.during(one.days) & gap.days
        ]

    def fitting(self, gap: Together) -> list[str]:
        """Ids of those who may be asked and have not been."""
        known = {one.cover_id for one in self._known(gap)}
        return [one for one in self.outlook.fitting(gap.gap) if one not in known]

    def may_go_on(self, gap: Together, fitting: Iterable[str]) -> list[tuple[str, Covering]]:
        """Those of the fitting who cover for the same until the gap begins."""
        first, _last = self.days(gap)
        return [
            (staff_id, one)
            for staff_id in fitting
            for one in self.outlook.people[staff_id].covering
            if one.absent_id in gap.holders and self._ends_before(one, first)
        ]

    def _ends_before(self, one: Covering, first: date) -> bool:
        """No counted day lies between its last day and that day."""
        day = one.days.last
        if day is None or day >= first:
            return False
        day += timedelta(days=1)
        while day < first and self.roster.is_closed(day):
            day += timedelta(days=1)
        return day == first


def look(municipality: Municipality) -> Ahead:
    """From today on, in four statements."""
    today = clock.today()
    is_closed = policy_of(municipality).is_closed
    horizon = Horizon(today, is_closed)
    roster = queries.roster(municipality.id, today - BEFORE, horizon.last, is_closed)
    holders = queries.posts(municipality.id)
    outlook = Outlook(roster.people, horizon, holders)
    asked = queries.asked(municipality.id, today)
    accepted = tuple(queries.gaps_accepted(municipality.id))
    return Ahead(roster, outlook, holders, asked, accepted)
