"""Who can answer a knock before its *senast*, and when somebody reads it first: what the door says
before it is sent, and what the ladder does then. Pure: no database, no Flask, no clock.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from elevhalsa.core.walls import Profession, Wall, professions_behind
from elevhalsa.domain.serving.rules import Person, Roster

from .rules import who_answers


@dataclass(frozen=True)
class Prospect:
    wanted: Profession | None
    """Whom the pupil asks for; None when it does not matter."""
    people: tuple[Person, ...]
    """Those behind the wall who serve the school and are at work before the *senast*."""
    own: frozenset[Profession]
    """The professions of those who are of the school itself; the others cover for somebody."""
    reads_at: datetime | None
    """When the first of them is at work: at the earliest somebody reads. None: nobody is."""

    @property
    def is_nobody(self) -> bool:
        return not self.people

    @property
    def professions(self) -> set[Profession]:
        return {person.profession for person in self.people if person.profession}

    @property
    def who(self) -> Profession | None:
        """Who is said to be in touch; None: any of several."""
        return who_answers(self.wanted, self.professions)

    @property
    def is_cover(self) -> bool:
        """Is whoever is in touch there for somebody who is away?"""
        if self.who is None:
            return not (self.own or self.is_nobody)
        return not self.is_nobody and self.who not in self.own


def look(
    roster: Roster,
    school_id: str,
    wall: Wall | None,
    wanted: Profession | None,
    *,
    start: datetime,
    end: datetime,
    avoided: Collection[str] = (),
) -> Prospect:
    """start: when it comes, or now. end: its *senast*. avoided: ids of those who must not know."""
    behind = professions_behind(wall)
    people = roster.who_answers_between(school_id, behind, start, end, avoided)
    own = {person.profession for person in people if school_id in person.school_ids}
    reads_at = roster.first_at_work(school_id, behind, start, end, avoided)
    return Prospect(wanted, tuple(people), frozenset(filter(None, own)), reads_at)
