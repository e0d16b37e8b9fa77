"""Staff are told when nobody watches the promises: then they look for themselves."""

import time

from flask import Flask

from elevhalsa.domain.operations import health, queries

ASK_EVERY_SECONDS = 30.0


class Watched:
    """Asks the database once in half a minute, for all who open a page of this process."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        """A worker that starts with us gets its time before anything is said."""
        self.asked: float | None = None
        self._is_late = False

    def is_late(self) -> bool:
        """Has no worker swept for so long that it is told?"""
        now = time.monotonic()
        if now - self.began < health.SWEEP_SECONDS:
            return False
        if self.asked is None or now - self.asked >= ASK_EVERY_SECONDS:
            self.asked = now
            self._is_late = health.is_old(queries.swept_seconds_ago())
        return self._is_late


def init_app(app: Flask) -> None:
    watched = app.extensions["elevhalsa_watched"] = Watched()
    app.jinja_env.globals["nobody_watches"] = watched.is_late
