"""Nobody home, seen before it happens: who answers at each school on each counted day ahead, and
the days in a row on which nobody does. Pure: no database, no Flask, no clock.

The counted days of a horizon are the bits of one number, the first day the lowest, so what somebody
works is one value however many days there are, and closed days are not there at all. It says the
same as ``rules.answers_on``, of all schools and days at once.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from itertools import groupby
from typing import NamedTuple, TypeAlias

from elevhalsa.core.walls import Profession, Wall, professions_behind

from .rules import Closed, Days, Person

AHEAD_DAYS = 90
"""How far ahead gaps are looked for, today included."""
STEPS = (14, 7, 2)
"""So many days before a gap begins the coordinators are told of it."""
RECURS = 3
"""So many short gaps of the same people are one that comes again."""
SATURDAY = DAYS_OF_A_WEEK = 5
EVERY_WEEKDAY = 0b1111111

Bits: TypeAlias = int
"""Some of a horizon's days."""


class Post(NamedTuple):
    """A profession that a school has, or has had: somebody is assigned whose account may have
    ended."""

    school_id: str
    profession: Profession


class Horizon:
    """The counted days ahead."""

    def __init__(self, first: date, is_closed: Closed, days: int = AHEAD_DAYS) -> None:
        """days: the first and the closed ones included."""
        self.first = first
        self.last = first + timedelta(days=days - 1)
        ahead = (first + timedelta(days=number) for number in range(days))
        self.days = tuple(day for day in ahead if not is_closed(day))

    @cached_property
    def all(self) -> Bits:
        return (1 << len(self.days)) - 1

    @cached_property
    def of_weekday(self) -> tuple[Bits, ...]:
        """By weekday, 0 is Monday."""
        found = [0] * 7
        for number, day in enumerate(self.days):
            found[day.weekday()] |= 1 << number
        return tuple(found)

    @cached_property
    def usual(self) -> Bits:
        """Monday to Friday."""
        return _any(self.of_weekday[:SATURDAY])

    @cached_property
    def weeks(self) -> tuple[tuple[date, Bits], ...]:
        """Monday and counted days of each week, also of one that has none."""
        monday = self.first - timedelta(days=self.first.weekday())
        found = []
        while monday <= self.last:
            found.append((monday, self.within(monday, monday + timedelta(days=6))))
            monday += timedelta(days=7)
        return tuple(found)

    def within(self, first: date | None, last: date | None) -> Bits:
        """The days from one to another, both included. None: no end."""
        start = 0 if first is None else bisect_left(self.days, first)
        end = len(self.days) if last is None else bisect_right(self.days, last)
        return (1 << end) - (1 << start) if start < end else 0

    def during(self, days: Days) -> Bits:
        return self.within(days.first, days.last)

    def weekdays_of(self, bits: Bits) -> int:
        """Those that some days fall on: bits, the lowest is Monday."""
        return sum(1 << number for number, days in enumerate(self.of_weekday) if days & bits)

    def on_weekdays(self, weekdays: int, days: Days) -> Bits:
        """weekdays: as ``weekdays_of``."""
        some = (one for number, one in enumerate(self.of_weekday) if weekdays >> number & 1)
        return self.during(days) & _any(some)

    def runs(self, bits: Bits) -> Iterator[Bits]:
        """Days in a row, split where a counted day is left out, the first run first."""
        while bits:
            start = (bits & -bits).bit_length() - 1
            ones = bits >> start
            length = (~ones & (ones + 1)).bit_length() - 1
            run = ((1 << length) - 1) << start
            yield run
            bits ^= run

    def ends(self, bits: Bits) -> tuple[date, date]:
        """The first and the last of some days."""
        return self.days[(bits & -bits).bit_length() - 1], self.days[bits.bit_length() - 1]

    def dates(self, bits: Bits) -> list[date]:
        return [day for number, day in enumerate(self.days) if bits >> number & 1]

    def goes_on(self, bits: Bits) -> bool:
        """Do some days reach the end of what is looked at? Then nobody knows when they end."""
        return bits.bit_length() == len(self.days)


def days_at_work(person: Person, horizon: Horizon) -> Bits:
    """The days on which ``rules.hours_on`` has hours."""
    placed = at_places = away = 0
    for stay in person.stays:
        valid = horizon.during(stay.days)
        placed |= valid
        at_places |= valid & horizon.of_weekday[stay.weekday]
    for days in person.away:
        away |= horizon.during(days)
    works = horizon.during(person.works)
    return works & ~away & (at_places | (horizon.usual & ~placed))


@dataclass(frozen=True)
class Gap:
    """Counted days in a row on which nobody of a profession answers at a school."""

    post: Post
    days: Bits
    alone: Bits
    """Those of them on which no other profession behind the same wall answers either: nobody is
    home."""


@dataclass(frozen=True)
class Together:
    """Gaps with one cause: the same days at each school of the same people, or short ones that come
    again and again, as those of whoever works some days of each week."""

    profession: Profession
    school_ids: tuple[str, ...]
    holders: tuple[str, ...]
    """Ids of those who are assigned, and not there."""
    days: Bits
    alone: Bits
    times: int = 1

    @property
    def gap(self) -> Gap:
        """That of the first school."""
        return Gap(Post(self.school_ids[0], self.profession), self.days, self.alone)


def together(gaps: Iterable[Gap], holders: Mapping[Post, tuple[str, ...]]) -> list[Together]:
    """In the order in which they begin. holders: of each post, who is assigned."""
    schools: dict[tuple[Profession, tuple[str, ...], Bits, Bits], list[str]] = {}
    for gap in gaps:
        key = (gap.post.profession, holders[gap.post], gap.days, gap.alone)
        schools.setdefault(key, []).append(gap.post.school_id)
    alike: dict[tuple[object, ...], list[Together]] = {}
    for (profession, who, days, alone), ids in schools.items():
        one = Together(profession, tuple(ids), who, days, alone)
        is_short = days.bit_count() < DAYS_OF_A_WEEK
        alike.setdefault((profession, who, one.school_ids, is_short or days), []).append(one)
    found = [one for some in alike.values() for one in _merged(some)]
    return sorted(found, key=lambda one: one.days & -one.days)


def _merged(some: list[Together]) -> list[Together]:
    if len(some) < RECURS:
        return some
    days, alone = _any(one.days for one in some), _any(one.alone for one in some)
    return [replace(some[0], days=days, alone=alone, times=len(some))]


class Outlook:
    """Who answers at the schools of a municipality on the days of a horizon."""

    def __init__(self, people: Iterable[Person], horizon: Horizon, posts: Collection[Post]) -> None:
        self.people = {person.id: person for person in people}
        self.horizon = horizon
        self.posts = posts
        self.at_work = {p.id: days_at_work(p, horizon) for p in self.people.values()}
        self.who: dict[Post, dict[str, Bits]] = defaultdict(dict)
        """Those who serve, covering included, with the days on which they answer."""
        for person in self.people.values():
            if person.profession is None:
                continue
            days = self.at_work[person.id]
            for school_id in person.school_ids:
                self.who[Post(school_id, person.profession)][person.id] = days
            for one in person.covering:
                some = days & horizon.during(one.days)
                for school_id in one.school_ids:
                    there = self.who[Post(school_id, person.profession)]
                    there[person.id] = there.get(person.id, 0) | some

    def who_answers(self, post: Post, day: date) -> list[str]:
        """Ids of those who answer that day."""
        bit = self.horizon.within(day, day)
        return [person_id for person_id, days in self.who.get(post, {}).items() if days & bit]

    def stretches(self, post: Post) -> list[tuple[date, date, list[str]]]:
        """Who answers on every day: the first and the last of counted days in a row, and the ids of
        those who answer on all of them and nobody else."""
        found = []
        for who, days in groupby(self.horizon.days, lambda day: self.who_answers(post, day)):
            some = list(days)
            found.append((some[0], some[-1], who))
        return found

    def answered(self, post: Post) -> Bits:
        """The days on which somebody of the profession does."""
        return _any(self.who[post].values()) if post in self.who else 0

    @cached_property
    def _behind(self) -> dict[tuple[str, Wall], Bits]:
        found: dict[tuple[str, Wall], Bits] = defaultdict(int)
        for (school_id, profession), people in self.who.items():
            found[school_id, profession.wall] |= _any(people.values())
        return found

    def answered_behind(self, school_id: str, wall: Wall) -> Bits:
        """The days on which somebody behind the wall does, of whatever profession."""
        return self._behind.get((school_id, wall), 0)

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """Of every post, the nearest first."""
        found = []
        for post in self.posts:
            missing = self.horizon.all & ~self.answered(post)
            if missing:
                behind = self.answered_behind(post.school_id, post.profession.wall)
                found += [Gap(post, run, run & ~behind) for run in self.horizon.runs(missing)]
        return tuple(sorted(found, key=lambda gap: (gap.days & -gap.days, -gap.days, gap.post)))

    def empty_behind(self) -> Iterator[tuple[str, Wall, Bits]]:
        """Of each school and wall that has a post: the days on which nobody is home."""
        for school_id, wall in dict.fromkeys((p.school_id, p.profession.wall) for p in self.posts):
            yield school_id, wall, self.horizon.all & ~self.answered_behind(school_id, wall)

    def fitting(self, gap: Gap) -> list[str]:
        """Ids of those who could answer instead on some day of a gap: behind the same wall, at work
        and not serving there that day. Those of the profession first, then who has most days."""
        behind = professions_behind(gap.post.profession.wall)
        new = {
            person.id: self.at_work[person.id]
            & gap.days
            & ~self.who.get(Post(gap.post.school_id, person.profession), {}).get(person.id, 0)
            for person in self.people.values()
            if person.profession in behind
        }

        def order(one: str) -> tuple[bool, int, str]:
            other = self.people[one].profession is not gap.post.profession
            return other, -new[one].bit_count(), one

        return sorted((one for one, days in new.items() if days), key=order)


@dataclass(frozen=True)
class Cell:
    """One week of one post."""

    counted: int
    """Days that count."""
    missing: int
    """Days without the profession."""
    alone: int
    """Days without anybody behind the wall."""


def cells(outlook: Outlook, post: Post) -> list[Cell]:
    """A row of the picture: one cell a week of the horizon."""
    missing = outlook.horizon.all & ~outlook.answered(post)
    alone = missing & ~outlook.answered_behind(post.school_id, post.profession.wall)
    return [
        Cell(week.bit_count(), (missing & week).bit_count(), (alone & week).bit_count())
        for _monday, week in outlook.horizon.weeks
    ]


def as_accepted(gap: Together, horizon: Horizon) -> list[tuple[int, Days]]:
    """How it is kept that the days of a gap on which nobody is home are as they should be: weekdays
    and days. Of what comes again each week those weekdays, from then on; else its days."""
    weekdays = horizon.weekdays_of(gap.alone)
    weekly = Days(horizon.ends(gap.alone)[0], None)
    if gap.times > 1 and most_are(horizon.on_weekdays(weekdays, weekly), gap.alone):
        return [(weekdays, weekly)]
    found = []
    for run in horizon.runs(gap.alone):
        first, last = horizon.ends(run)
        found.append((EVERY_WEEKDAY, Days(first, None if horizon.goes_on(run) else last)))
    return found


def most_are(days: Bits, among: Bits) -> bool:
    """Half of them are enough. False of none."""
    return 2 * (days & among).bit_count() >= days.bit_count() > 0


def step_due(first: date, today: date, works: Collection[date]) -> int | None:
    """The nearest step at which the coordinators are to be told by now of a gap that begins on a
    day; None: none yet.

    works: the days ahead on which some coordinator works. A step whose day none of them works is
    due on the last day before it on which one does: whoever is told on Christmas Day is not told.
    """
    due = None
    for step in STEPS:
        day = first - timedelta(days=step)
        if day <= today or not any(today < one <= day for one in works):
            due = step
    return due


def _any(many: Iterable[Bits]) -> Bits:
    found = 0
    for bits in many:
        found |= bits
    return found
