"""When many knocks are a flood, and which of them differs from the others. Pure: no database, no
Flask, no clock.

Nobody is refused by these rules: what is alike is set aside for one look (``floods``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

LONGEST = timedelta(hours=1)
"""What is older says nothing of a flood."""
CALM = 10
"""A flood is over when fewer have come within CALM_WITHIN."""
CALM_WITHIN = timedelta(minutes=10)
COMPARED = 30
"""With so many of the latest a knock is compared."""
AGREE = 0.8
"""Of a flood in which so many are like another one it can be said what differs. Where all are
unlike, being unlike says nothing."""
LIKE = 0.5
"""So much of two texts is the same when they are alike (Jaccard's index of their letters, three
by three)."""
FIRST_GROWTH, GROWTH = 100, 4
"""Staff are told anew when a flood has so many, and each time it has grown so many times."""


@dataclass(frozen=True)
class Pace:
    """More than so many within so long (at most LONGEST) are no class and no assembly."""

    most: int
    within: timedelta


def exceeded(moments: Sequence[datetime], now: datetime, paces: Sequence[Pace]) -> Pace | None:
    """The pace that these knocks, the present one among them, have left behind; of several the
    one that looks furthest back. None: no flood begins."""
    found = [pace for pace in paces if _within(moments, now, pace.within) > pace.most]
    return max(found, key=lambda pace: pace.within, default=None)


def is_over(moments: Sequence[datetime], now: datetime, paces: Sequence[Pace]) -> bool:
    """moments, paces: as above, of the place or school that a flood came from."""
    calm = min(CALM, *(pace.most for pace in paces))
    return _within(moments, now, CALM_WITHIN) < calm


def _within(moments: Sequence[datetime], now: datetime, span: timedelta) -> int:
    return sum(now - span < moment <= now for moment in moments)


def growth(members: int) -> int:
    """How many times a flood of so many has been told of besides its beginning."""
    times, size = 0, FIRST_GROWTH
    while members >= size:
        times, size = times + 1, size * GROWTH
    return times


@dataclass(frozen=True)
class Traits:
    """What one knock is compared by."""

    parts: frozenset[str] = frozenset()
    """Of its text: letters, three by three. Digits and signs are too easily exchanged."""
    contact: str = ""
    """The number or address that it gave."""
    is_known: bool = False
    """It came from a browser that has opened a knock since before the flood."""

    @classmethod
    def of(cls, text: str | None, contact: str | None, *, is_known: bool) -> "Traits":
        letters = "".join(sign for sign in (text or "").casefold() if sign.isalpha())
        parts = frozenset(letters[i : i + 3] for i in range(max(len(letters) - 2, 1)) if letters)
        return cls(parts, contact or "", is_known)


def stands_out(one: Traits, others: Sequence[Traits]) -> bool:
    """Does it stand by itself? others: those that came with it, without itself."""
    texts = [other.parts for other in others]
    contacts = [other.contact for other in others]
    return (
        one.is_known
        or _is_apart(one.parts, texts, are_alike)
        or (one.contact != "" and _is_apart(one.contact, contacts, str.__eq__))
    )


T = TypeVar("T")


def _is_apart(one: T, others: Sequence[T], alike: Callable[[T, T], bool]) -> bool:
    """Like none of the others, who agree among themselves."""
    if not others or any(alike(one, other) for other in others):
        return False
    paired = sum(
        any(alike(a, b) for j, b in enumerate(others) if i != j) for i, a in enumerate(others)
    )
    return paired >= AGREE * len(others)


def are_alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return one == other or len(one & other) >= LIKE * len(one | other)
