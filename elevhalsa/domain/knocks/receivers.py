"""Whom one knock may be told to, and when each: at work, never else.

The wall comes first, and whom the pupil avoids: nobody behind another wall, of another municipality
or avoided is ever among the answers.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from elevhalsa.core import clock
from elevhalsa.core.walls import Wall, professions_behind
from elevhalsa.domain.promise.policy import policy_of
from elevhalsa.domain.serving import rules as serving
from elevhalsa.domain.serving.hours import Rosters
from elevhalsa.domain.serving.rules import Person, Roster

from .models import Knock

LOOKED_FOR = timedelta(days=7)
"""How long ahead somebody's next moment at work is looked for when no *senast* is left: longer than
the longest run of closed days."""


@dataclass(frozen=True)
class Hears:
    """One of the staff, and when she is told."""

    person: Person
    at: datetime


@dataclass(frozen=True)
class When:
    """A moment when something is due, since when it may be told, and until when it is of use."""

    nominal: datetime
    since: datetime
    until: datetime

    @classmethod
    def now(cls, moment: datetime, senast: datetime | None = None) -> "When":
        """Due at this moment. senast: until when, if that is still to come."""
        later = senast if senast and senast > moment else moment + LOOKED_FOR
        return cls(moment, moment, later)


class Receivers:
    """For one transaction: what is asked of several knocks alike is found once."""

    def __init__(self, moment: datetime, is_closed: serving.Closed | None = None) -> None:
        """is_closed: of the one municipality that all is about; None: asked of each knock's."""
        self._rosters = Rosters(moment)
        self._is_closed = is_closed
        self._behind: dict[tuple[str, str | None, Wall | None, When], list[Hears]] = {}

    def of_school(self, municipality_id: str, school_id: str) -> Roster:
        """Those who serve one school, of the municipality that all is about."""
        if self._is_closed is None:
            raise ValueError("of which municipality?")
        return self._rosters.of(municipality_id, self._is_closed, school_id)

    def roster(self, knock: Knock, school_id: str | None = None) -> Roster:
        """school_id: those who serve that school are enough."""
        closed = self._is_closed or policy_of(knock.municipality).is_closed
        return self._rosters.of(knock.municipality_id, closed, school_id)

    def behind(self, knock: Knock, school_id: str | None, when: When) -> list[Hears]:
        """Those behind its wall who serve a school on the day on which they are told; everybody
        behind it in the municipality where no school is given."""
        key = (knock.municipality_id, school_id, knock.wall, when)
        if key not in self._behind:
            roster, professions = self.roster(knock, school_id), professions_behind(knock.wall)
            some = [person for person in roster.people if person.profession in professions]
            hears = hear(some, when, roster)
            self._behind[key] = _serving(hears, school_id, when, roster) if school_id else hears
        return self._behind[key]


def hear(people: Sequence[Person], when: When, roster: Roster) -> list[Hears]:
    """Those of them who are at work in time, and when each is told."""
    found = []
    for person in people:
        at = serving.when_to_tell(
            person, when.nominal, when.since, roster.is_closed, until=when.until
        )
        if at:
            found.append(Hears(person, at))
    return found


def _serving(hears: Sequence[Hears], school_id: str, when: When, roster: Roster) -> list[Hears]:
    """Each on a day on which she serves the school: who is to cover there hears of it then."""
    found = []
    for one in hears:
        if serving.serves(one.person, school_id, _day(one.at)):
            found.append(one)
        elif at := roster.first_of(one.person, school_id, when.nominal, when.until):
            found.append(Hears(one.person, at))
    return found


@dataclass(frozen=True)
class Whom:
    """Asked of one knock, as it stands when it is asked."""

    receivers: Receivers
    knock: Knock
    avoided: Collection[str]
    besides: str | None = None
    """The id of one of the staff who knows already."""

    def behind(self, when: When) -> list[Hears]:
        """Those who may take it: of its school, or everybody behind its wall when it is open
        wide."""
        wide = self.knock.opened_wide_at is not None
        school_id = None if wide else self.knock.school_id
        return self._allowed(self.receivers.behind(self.knock, school_id, when))

    def taker(self, when: When) -> list[Hears]:
        """Who has it, whatever school she serves."""
        everybody = self._allowed(self.receivers.behind(self.knock, None, when))
        return [one for one in everybody if one.person.id == self.knock.taken_by_id]

    def covers(self, when: When) -> list[Hears]:
        """Those who have accepted to answer for whoever has it, at its school on that day."""
        return [
            one
            for one in self._allowed(self.receivers.behind(self.knock, None, when))
            if any(
                cover.absent_id == self.knock.taken_by_id
                and self.knock.school_id in cover.school_ids
                and _day(one.at) in cover.days
                for cover in one.person.covering
            )
        ]

    def coordinators(self, when: When) -> list[Hears]:
        """Who answers for all schools: told of counts, never of content. Whom the pupil avoids is
        not told here either. When all are away for long, all are told when they are back."""
        roster, today = self.receivers.roster(self.knock), _day(when.nominal)
        everybody = [
            person
            for person in roster.people
            if person.coordinates and person.id not in self.avoided and today in person.works
        ]
        later = when.nominal + serving.AHEAD
        return hear(everybody, when, roster) or [Hears(person, later) for person in everybody]

    def worked(self, since: datetime, long: timedelta) -> datetime | None:
        """When those who may take it have been at work for so long."""
        roster = self.receivers.roster(self.knock)
        wide, professions = self.knock.opened_wide_at, professions_behind(self.knock.wall)
        people = [
            person
            for person in roster.people
            if person.profession in professions
            and person.id not in self.avoided
            and (wide or serving.serves(person, self.knock.school_id, _day(since)))
        ]
        return serving.when_worked(people, since, long, roster.is_closed)

    def _allowed(self, found: Sequence[Hears]) -> list[Hears]:
        nobody = {*self.avoided, self.besides}
        return [one for one in found if one.person.id not in nobody]


def _day(moment: datetime) -> date:
    return clock.local(moment).date()
