"""Web and worker as one service: ``python -m workers.whole app:app …``, with gunicorn's arguments.

For the smallest deployment, which pays for one process type instead of two, and for ``make run``.
This process loads the app once and forks the web server and the worker, which share what is loaded.
A worker that ends is forked again; when the web server ends, so does all of it, and the platform
starts it anew. What the two do is no different from what they do apart.
"""

import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from flask import Flask
from gunicorn.app.wsgiapp import WSGIApplication

from elevhalsa.web import warm

from .linux import call_me, die_with_parent
from .run import Worker, prepare_logs

log = logging.getLogger("workers.whole")

END_SECONDS = 35.0
"""Gunicorn lets requests end for 30 seconds."""
LOOK_SECONDS = 0.3
LONG_LIFE_SECONDS = 20.0
LONGEST_WAIT_SECONDS = 30.0
WEB, WORKER = "web", "worker"


class AskedToEnd(BaseException):
    """SIGTERM, or Ctrl-C."""


class Whole:
    """The parent of the web server and the worker."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._pids: dict[int, str] = {}
        self._worker_began = self._worker_due = 0.0
        self._wait = 1.0

    def run(self) -> int:
        """Until asked to end (0), or until the web server has ended (its exit code)."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _asked_to_end)
        try:
            self._fork(WEB, _serve)
            while True:
                if WORKER not in self._pids.values() and time.monotonic() >= self._worker_due:
                    self._worker_began = time.monotonic()
                    self._fork(WORKER, lambda: _work(self._app))
                pid, status = os.waitpid(-1, os.WNOHANG)
                name = self._pids.pop(pid, None)
                if name == WEB:
                    return os.waitstatus_to_exitcode(status) or 1
                if name == WORKER:
                    self._worker_ended()
                time.sleep(LOOK_SECONDS)
        except AskedToEnd:
            return 0
        finally:
            self._end()

    def _worker_ended(self) -> None:
        now = time.monotonic()
        lives_long = now - self._worker_began > LONG_LIFE_SECONDS
        self._wait = 1.0 if lives_long else min(self._wait * 2, LONGEST_WAIT_SECONDS)
        self._worker_due = now + self._wait
        log.error("the worker has ended and is started again in %.0f s", self._wait)

    def _fork(self, name: str, run: Callable[[], object]) -> None:
        pid = os.fork()
        if pid:
            self._pids[pid] = name
            return
        _be(run)

    def _end(self) -> None:
        """Let both end what they are at, and see to that they do."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        until = time.monotonic() + END_SECONDS
        self._signal(signal.SIGTERM)
        while self._pids and time.monotonic() < until:
            pid, _status = os.waitpid(-1, os.WNOHANG)
            self._pids.pop(pid, None)
            time.sleep(0.02)
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        for pid in self._pids:
            with suppress(ProcessLookupError):
                os.kill(pid, number)


def _be(run: Callable[[], object]) -> NoReturn:
    """What a forked process does, and nothing of what its parent would do afterwards."""
    code = 1
    try:
        die_with_parent()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        run()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        fault = sys.exc_info()[0]
        if fault:
            log.error("ended by %s", fault.__name__)  # never what an error said
        os._exit(code)


def _serve() -> None:
    """gunicorn, which finds the app of its arguments loaded."""
    call_me("gunicorn")
    WSGIApplication("%(prog)s [OPTIONS] [APP_MODULE]", prog="gunicorn").run()


def _work(app: Flask) -> None:
    call_me("elevhalsa-work")
    warm.after_fork(app)
    Worker(app).run()


def _asked_to_end(number: int, frame: FrameType | None) -> NoReturn:
    raise AskedToEnd


def main() -> int:
    prepare_logs()
    from app import app  # what gunicorn will look for; ends with one line when a setting is wrong

    warm.before_fork(app)
    return Whole(app).run()


if __name__ == "__main__":
    sys.exit(main())
