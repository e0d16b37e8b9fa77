"""The way out to somebody whom the web's own threads wait for."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

import httpx

AWAY = "away"
FULL = "full"
"""Nobody was asked: others of this process ask."""
CONNECT_SECONDS, ANSWER_SECONDS = 3.0, 5.0
TIMEOUT = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
AT_ONCE = 2
"""Calls of one process: somebody who is slow leaves the other threads to those who knock."""
ROOM_SECONDS = 1.0
"""How long one waits for another's call."""
REST_SECONDS = 5.0
"""So long nobody calls when there was no answer in time."""


class Closed(Exception):
    """Nobody is let through just now. ``code``: AWAY or FULL."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Gate:
    def __init__(self) -> None:
        self._room = BoundedSemaphore(AT_ONCE)
        self._rests_until = 0.0
        """By ``time.monotonic``."""

    @contextmanager
    def entered(self, *, wait: bool = True) -> Iterator[None]:
        """For a call. wait: until there is room, a little. Raises Closed."""
        if time.monotonic() < self._rests_until:
            raise Closed(AWAY)
        if not self._room.acquire(timeout=ROOM_SECONDS if wait else 0):
            raise Closed(FULL)
        try:
            yield
        except httpx.TimeoutException:
            self._rests_until = time.monotonic() + REST_SECONDS
            raise
        finally:
            self._room.release()
