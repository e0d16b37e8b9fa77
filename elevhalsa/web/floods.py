"""Whether there is a flood where a knock comes from, or where it goes to.

What has lately come from a place, and which number its flood has, stands in the limiter's store
alone, under keyed hashes and for an hour (RFC 4291 2.5.4: a place is an IPv4 address or a /64).
A store that is away sees no floods: everybody is taken in, and nothing is set aside.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import current_app
from limits.storage import RedisStorage

from elevhalsa.config import Settings
from elevhalsa.core import clock
from elevhalsa.core.crypto import keyring, new_id
from elevhalsa.domain.knocks import alike
from elevhalsa.domain.knocks.alike import Pace
from elevhalsa.domain.knocks.floods import FLOODED, Flood
from elevhalsa.domain.notices import schedule
from elevhalsa.extensions import limiter, visitor_key

from . import transaction

log = logging.getLogger(__name__)

SECONDS = int(alike.LONGEST.total_seconds())
MOST_KEPT = 1000
"""Ids a key. A pace of more is none."""
_MEMORY = "floods_in_memory"

Come = tuple[str, datetime]
"""A knock's id and when it came."""


class InRedis:
    """By key a sorted set of what has come, and a number while there is a flood."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis

    def read(self, keys: Sequence[str]) -> list[tuple[list[Come], str | None]]:
        steps = self._redis.pipeline(transaction=False)
        for key in keys:
            steps.zrange(f"flood:{key}", -MOST_KEPT, -1, withscores=True)
            steps.get(f"flood:{key}:number")
        found = steps.execute()
        return [
            (
                [(one.decode(), datetime.fromtimestamp(score, UTC)) for one, score in come],
                number.decode() if number else None,
            )
            for come, number in zip(found[::2], found[1::2], strict=True)
        ]

    def add(self, keys: Sequence[str], knock_id: str, now: datetime) -> None:
        steps = self._redis.pipeline(transaction=False)
        for key in keys:
            steps.zadd(f"flood:{key}", {knock_id: now.timestamp()})
            steps.zremrangebyrank(f"flood:{key}", 0, -MOST_KEPT - 1)
            steps.zremrangebyscore(f"flood:{key}", 0, now.timestamp() - SECONDS)
            steps.expire(f"flood:{key}", SECONDS)
            steps.expire(f"flood:{key}:number", SECONDS)
        steps.execute()

    def begin(self, key: str, number: str) -> str:
        """Of two at once both get the same number."""
        self._redis.set(f"flood:{key}:number", number, nx=True, ex=SECONDS)
        return str(self._redis.get(f"flood:{key}:number").decode())

    def end(self, key: str) -> None:
        self._redis.delete(f"flood:{key}", f"flood:{key}:number")


class InMemory:
    """The same where there is no Redis: in one process."""

    def __init__(self) -> None:
        self._come: dict[str, list[Come]] = {}
        self._numbers: dict[str, str] = {}

    def read(self, keys: Sequence[str]) -> list[tuple[list[Come], str | None]]:
        return [(list(self._come.get(key, ())), self._numbers.get(key)) for key in keys]

    def add(self, keys: Sequence[str], knock_id: str, now: datetime) -> None:
        for key, come in list(self._come.items()):  # nobody else forgets them
            if now - come[-1][1] >= alike.LONGEST:
                self.end(key)
        for key in keys:
            recent = [one for one in self._come.get(key, ()) if now - one[1] < alike.LONGEST]
            self._come[key] = [*recent, (knock_id, now)]

    def begin(self, key: str, number: str) -> str:
        return self._numbers.setdefault(key, number)

    def end(self, key: str) -> None:
        self._come.pop(key, None)
        self._numbers.pop(key, None)


@dataclass(frozen=True)
class Watch:
    """What was seen when a knock came."""

    flood: Flood | None = None
    keys: Sequence[str] = ()

    def note(self, knock_id: str) -> None:
        """It has been taken in."""
        if self.flood and self.flood.begins:
            log.warning("a flood of knocks began: what is alike is set aside in the inbox")
            transaction.afterwards(FLOODED, lambda: schedule.finish(FLOODED))
        try:
            _store().add(self.keys, knock_id, clock.now())
        except Exception as error:  # noqa: BLE001  (no knock is refused for the store's sake)
            log.warning("floods are not seen: %s", type(error).__name__)


def look(school_id: str) -> Watch:
    """Before a knock is taken in: from one place first, then at one school from everywhere."""
    paces = paces_of(school_id)
    try:
        found = _store().read(list(paces))
        seen = [_look(key, paces[key], *one) for key, one in zip(paces, found, strict=True)]
    except Exception as error:  # noqa: BLE001
        log.warning("floods are not seen: %s", type(error).__name__)
        return Watch()
    from_place, at_school = seen
    place, _school = paces
    # What is set aside for where it comes from is no reason to set others aside at the school.
    keys = [place] if from_place else list(paces)
    return Watch(from_place or at_school, keys)


def _look(
    key: str, paces: Sequence[Pace], come: Sequence[Come], number: str | None
) -> Flood | None:
    store, now = _store(), clock.now()
    moments = [moment for _id, moment in come] + [now]
    if number and alike.is_over(moments, now, paces):
        store.end(key)
        return None
    lately = [knock_id for knock_id, _moment in come]
    if number:
        return Flood(number, lately, begins=False)
    left_behind = alike.exceeded(moments, now, paces)
    if left_behind is None:
        return None
    lately = [knock_id for knock_id, moment in come if now - moment < left_behind.within]
    return Flood(store.begin(key, new_id()), lately, begins=True)


def paces_of(school_id: str) -> Mapping[str, Sequence[Pace]]:
    """By key."""
    settings: Settings = current_app.config["SETTINGS"]
    school = keyring.keyed_hash("flood-school", school_id)[:32]
    return {
        f"place:{visitor_key()}": _read(settings.flood_place),
        f"school:{school}": _read(settings.flood_school),
    }


def _read(paces: Sequence[tuple[int, int]]) -> list[Pace]:
    return [Pace(most, timedelta(minutes=minutes)) for most, minutes in paces]


def _store() -> InRedis | InMemory:
    storage = limiter.storage
    if isinstance(storage, RedisStorage):
        return InRedis(storage.storage)
    kept: InMemory = current_app.extensions.setdefault(_MEMORY, InMemory())
    return kept
