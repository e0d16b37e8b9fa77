"""The web watches the promises when no worker does: a thread of each web process that looks once a
minute. As long as a worker sweeps, a look is one question to the database.

Of all web processes on all machines one does it at a time, once a minute: the row is claimed as the
workers claim theirs. It goes on for some seconds and gives visitors the processor in between.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from elevhalsa import work
from elevhalsa.domain.notices import schedule
from elevhalsa.domain.operations import health, queries

from . import jobs
from .sending import outbox

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=1)
ENDING_SECONDS = 5.0


def look(app: Flask) -> bool:
    """Sweep, when no worker has for long and no other web process does. True when it was done."""
    with app.app_context():
        try:
            with work.unit(writes=False):
                if not health.is_old(queries.swept_seconds_ago()):
                    return False
            with work.unit():
                if not schedule.begin(queries.SWEEP_BY_WEB, EVERY):
                    return False
        except SQLAlchemyError as error:
            log.warning("nobody knows who watches the promises: %s", type(error).__name__)
            return False
        log.error("no worker has watched the promises for five minutes: the web does")
        jobs.sweep_by_web()
        return True


@contextmanager
def kept(app: Flask) -> Iterator[None]:
    """Look once a minute for as long as the block lasts. Not at once: a worker that starts beside
    us gets its time."""
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(EVERY.total_seconds()):
            look(app)

    watcher = threading.Thread(target=watch, name="last resort", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        with app.app_context():
            outbox().end(ENDING_SECONDS)
        watcher.join(ENDING_SECONDS)
