"""How many letters one of the staff gets. Pure: no database, no clock."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from .words import Kind

BUNDLED = (Kind.NEW_KNOCK, Kind.MANY_ALIKE, Kind.WAITS_FOR_ANSWER, Kind.PROMISE_LATE)
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
