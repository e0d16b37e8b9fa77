"""How many letters one of the staff gets, and how hard a server is asked. Pure: no database, no
clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .words import Kind

BUNDLED = (
    Kind.NEW_KNOCK,
    Kind.STILL_WAITS,
    Kind.MANY_ALIKE,
    Kind.WAITS_FOR_ANSWER,
    Kind.PROMISE_LATE,
)
"""What many pupils can cause at once. In the app each is told by itself, at once."""
LETTERS_WITHIN = timedelta(hours=1)


def letter_at(
    kind: Kind, lately: Sequence[tuple[Kind, datetime]], now: datetime, *, most: int
) -> datetime:
    """When the next letter of a kind may leave for somebody.

    lately: kind and moment of the letters that have left for the same person, all of BUNDLED.
    most: within LETTERS_WITHIN; of a kind one less, so that of what is new and what is late neither
    keeps the other away.
    """
    of_kind = [moment for known, moment in lately if known is kind]
    every = [moment for _kind, moment in lately]
    return max(now, _free(of_kind, most - 1, now), _free(every, most, now))


def _free(moments: Sequence[datetime], most: int, now: datetime) -> datetime:
    """When fewer than ``most`` of them are still within the time."""
    recent = sorted(moment for moment in moments if moment > now - LETTERS_WITHIN)
    return recent[-most] + LETTERS_WITHIN if len(recent) >= most else now


AT_ONCE = 4
"""Messages that one process has under way at a time on one channel. What takes the time is the
server's answer."""
LEFT_ALONE_SECONDS = 5.0
"""How long a server that cannot be reached is not asked again."""


@dataclass(frozen=True)
class Pace:
    """How hard a server may be asked now. Moments are seconds since 1970."""

    at_once: int = AT_ONCE
    closed_until: float = 0.0

    def is_open(self, now: float) -> bool:
        """A moment further ahead than that comes from a clock that has been set back."""
        return not 0 < self.closed_until - now <= LEFT_ALONE_SECONDS

    def after(self, *, answered: bool, now: float) -> "Pace":
        """One more at a time after each that was answered. After one that was not, half as many: a
        server may take no more than a few connections. When even one alone is not answered nobody
        asks for a while, and then one alone."""
        if answered:
            return Pace(min(self.at_once + 1, AT_ONCE))
        if self.at_once > 1:
            return Pace(self.at_once // 2, self.closed_until)
        return Pace(1, now + LEFT_ALONE_SECONDS)
