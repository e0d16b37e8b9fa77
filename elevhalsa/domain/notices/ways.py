"""How many messages a process has under way on one channel, and which of them it still holds.

Each channel has a way of its own, so that a slow mail server holds up no push. Nothing here knows
what is sent.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextvars import copy_context

from elevhalsa.core import clock
from elevhalsa.core.errors import without_words

from . import rules

log = logging.getLogger(__name__)

RENEW_SECONDS = 5.0


class Way:
    """One channel's lanes: threads that send one thing after another. Safe between threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._lanes = 0
        self._under_way = 0
        self._is_missed = False
        self._pace = rules.Pace()

    @property
    def is_open(self) -> bool:
        """False while the server is left alone, because it could not be reached."""
        return self._pace.is_open(clock.now().timestamp())

    def open_lane(self) -> bool:
        """True when there is room for one more. Else one that there is will look once more before
        it closes: something has come."""
        with self._changed:
            if self._lanes >= rules.AT_ONCE:
                self._is_missed = True
                return False
            self._lanes += 1
            return True

    def may_close(self) -> bool:
        """Nothing was found to send. False when something has come meanwhile."""
        with self._changed:
            is_missed, self._is_missed = self._is_missed, False
            return not is_missed

    def close_lane(self) -> None:
        with self._changed:
            self._lanes -= 1
            self._changed.notify_all()

    def begin(self, stop_at: float) -> bool:
        """Wait until one more may be under way. False when none may, or not before ``stop_at``."""
        with self._changed:
            while self.is_open and self._under_way >= self._pace.at_once:
                if not self._changed.wait(stop_at - time.monotonic()):
                    return False
            if not self.is_open:
                return False
            self._under_way += 1
            return True

    def end(self, answered: bool | None) -> None:
        """answered: did the server take it or say why not? None: it was not asked."""
        with self._changed:
            self._under_way -= 1
            if answered is not None:
                now = clock.now().timestamp()
                self._pace = self._pace.after(answered=answered, now=now)
            self._changed.notify_all()

    def rest(self, seconds: float) -> bool:
        """Wait until no lane is open. False when some are after ``seconds``."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._lanes, seconds)


class Hands:
    """What is being sent, and is kept claimed for as long as this process lives."""

    def __init__(self, renew: Callable[[Sequence[str]], None]) -> None:
        """renew: keeps these claimed; called every RENEW_SECONDS while there are any."""
        self._renew = renew
        self._lock = threading.Lock()
        self._held: set[str] = set()
        self._is_watched = False

    def hold(self, notice_id: str) -> None:
        with self._lock:
            self._held.add(notice_id)
            if not self._is_watched:
                self._is_watched = True
                watch = copy_context().run
                threading.Thread(target=watch, args=(self._watch,), daemon=True).start()

    def let_go(self, notice_id: str) -> None:
        with self._lock:
            self._held.discard(notice_id)

    def _watch(self) -> None:
        before: frozenset[str] = frozenset()
        while True:
            time.sleep(RENEW_SECONDS)
            with self._lock:
                held = frozenset(self._held)
                if not held:
                    self._is_watched = False
                    return
            still = sorted(held & before)
            before = held
            try:
                if still:
                    self._renew(still)
            except Exception as error:  # noqa: BLE001  (the database may be back the next time)
                log.error("what is being sent was not kept claimed: %s", without_words(error))
