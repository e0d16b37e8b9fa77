"""When somebody of the staff may be told something: at work, and never else.

The roster answers.
"""

from datetime import datetime, timedelta

from elevhalsa.core import clock
from elevhalsa.domain.places.models import Municipality
from elevhalsa.domain.promise.policy import policy_of
from elevhalsa.extensions import db

from . import queries, rules
from .rules import Closed, Roster

BEHIND = timedelta(days=8)
"""How long ago what is told of now may have begun: the longest run of closed days is shorter."""
KNOWN_FOR = timedelta(minutes=1)
"""How long a loop takes a roster that it has asked for to be true."""


class Rosters:
    """Who is at work around one moment: asked for once a municipality, so of no use for longer than
    a transaction."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment
        self._known: dict[tuple[str, str | None], Roster] = {}

    def of(self, municipality_id: str, is_closed: Closed, school_id: str | None = None) -> Roster:
        """school_id: those who serve that school are enough."""
        whole, part = (municipality_id, None), (municipality_id, school_id)
        if whole in self._known:
            return self._known[whole]
        if part not in self._known:
            self._known[part] = around(municipality_id, self._moment, is_closed, school_id)
        return self._known[part]


def around(
    municipality_id: str, moment: datetime, is_closed: Closed, school_id: str | None = None
) -> Roster:
    """Who is at work in the days about a moment. school_id: those who serve that school are
    enough."""
    first, last = (clock.local(moment + way).date() for way in (-BEHIND, 2 * rules.AHEAD))
    return queries.roster(municipality_id, first, last, is_closed, school_id=school_id)


class OnDuty:
    """Whether somebody is at work now, for a loop that asks it of one after the other."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[datetime, Roster]] = {}

    def next_moment(self, municipality_id: str, staff_id: str) -> datetime | None:
        """Now, of one who is at work; else when she is next; None: not for ``rules.AHEAD``. Of
        whom nothing is known: now."""
        now = clock.now()
        roster = self._roster(municipality_id, now)
        person = roster.person(staff_id)
        if person is None or rules.is_at_work(person, now, roster.is_closed):
            return now
        return rules.first_at_work(person, now, now + rules.AHEAD, roster.is_closed)

    def _roster(self, municipality_id: str, now: datetime) -> Roster:
        asked_at, roster = self._known.get(municipality_id, (None, None))
        if asked_at is None or roster is None or not asked_at <= now < asked_at + KNOWN_FOR:
            is_closed = policy_of(db.session.get_one(Municipality, municipality_id)).is_closed
            roster = around(municipality_id, now, is_closed)
            self._known[municipality_id] = (now, roster)
        return roster
