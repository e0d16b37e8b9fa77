"""One parent that has everything loaded, and what it forks and keeps alive.

A child that ends is forked again. When the parent is asked to end it lets the children end what
they are at; when it is killed the kernel asks them. It knows nothing of what they do.
"""

import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from socket import socket
from types import FrameType, TracebackType
from typing import NoReturn, Self

from .linux import die_with_parent, share_memory_between_threads

log = logging.getLogger("workers.parent")

END_SECONDS = 28.0
"""Platforms kill what has not ended after 30."""
LOOK_SECONDS = 0.3
LONG_LIFE_SECONDS = 20.0
LONGEST_WAIT_SECONDS = 30.0


class AskedToEnd(BaseException):
    """SIGTERM, or Ctrl-C."""


@dataclass
class Child:
    """A process that is to be there, and when it is to be there again."""

    name: str
    run: Callable[[], object]
    listening: socket | None = None
    ends_last: bool = False
    once: bool = False
    pid: int | None = None
    began: float = 0.0
    due: float = 0.0
    wait: float = 0.0

    def has_ended(self, now: float) -> None:
        """Again at once after a long life, later and later after short ones."""
        lived_long = now - self.began > LONG_LIFE_SECONDS
        self.wait = 0.0 if lived_long else min(max(1.0, self.wait * 2), LONGEST_WAIT_SECONDS)
        self.pid, self.due = None, now + self.wait


class Parent:
    """The children of this process, for as long as the ``with`` block lasts.

    In the block SIGTERM and Ctrl-C raise AskedToEnd.
    """

    def __init__(self) -> None:
        self._children: list[Child] = []

    def __enter__(self) -> Self:
        share_memory_between_threads()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _asked_to_end)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close what is listened on, then let everything end what it is at, and see to it.

        Raises SystemExit(0) for who was asked to end before all had begun: that is no fault.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        self._close_sockets()
        until = time.monotonic() + END_SECONDS
        for last in (False, True):
            self._end([child for child in self._children if child.ends_last == last], until)
        if kind is AskedToEnd:
            raise SystemExit(0)

    def keep(
        self,
        name: str,
        run: Callable[[], object],
        *,
        listening: socket | None = None,
        ends_last: bool = False,
    ) -> None:
        """Fork a process that runs ``run``, and again whenever it ends.

        listening: a socket that it accepts from. It stays open while the process is forked again,
        so that whoever comes then waits, and is closed when the parent is ending.
        ends_last: it is asked to end when the others have, because they need it.
        """
        self._add(Child(name, run, listening, ends_last))

    def once(self, name: str, run: Callable[[], object]) -> None:
        """Fork a process that ends by itself. Should it fail, everything ends."""
        self._add(Child(name, run, once=True))

    def run(self) -> int:
        """Keep the children alive until asked to end (0), or until one of ``once`` failed (1)."""
        try:
            while True:
                now = time.monotonic()
                for child in self._children:
                    if child.pid is None and now >= child.due:
                        self._fork(child)
                ended = self._ended()
                if ended and not self._goes_on_without(*ended):
                    return 1
                if not ended:
                    time.sleep(LOOK_SECONDS)
        except AskedToEnd:
            return 0

    def _add(self, child: Child) -> None:
        self._children.append(child)
        self._fork(child)

    def _fork(self, child: Child) -> None:
        parent = os.getpid()
        child.began = time.monotonic()
        child.pid = os.fork() or None
        if child.pid is None:
            self._close_sockets(but=child.listening)
            _be(child.run, parent)

    def _close_sockets(self, but: socket | None = None) -> None:
        for child in self._children:
            if child.listening and child.listening is not but:
                child.listening.close()

    def _ended(self) -> tuple[Child, int] | None:
        """A child that has ended, and its exit code."""
        with suppress(ChildProcessError):  # all of them are to be forked again
            pid, status = os.waitpid(-1, os.WNOHANG)
            for child in self._children:
                if pid and child.pid == pid:
                    return child, os.waitstatus_to_exitcode(status)
        return None

    def _goes_on_without(self, child: Child, code: int) -> bool:
        if child.once:
            self._children.remove(child)
            return code == 0
        child.has_ended(time.monotonic())
        log.error("%s has ended and is started again in %.0f s", child.name, child.wait)
        return True

    def _end(self, children: list[Child], until: float) -> None:
        _signal(children, signal.SIGTERM)
        while any(child.pid for child in children) and time.monotonic() < until:
            ended = self._ended()
            if ended:
                ended[0].pid = None
            else:
                time.sleep(0.02)
        _signal(children, signal.SIGKILL)


def _signal(children: list[Child], number: signal.Signals) -> None:
    for child in children:
        if child.pid:
            with suppress(ProcessLookupError):
                os.kill(child.pid, number)


def _be(run: Callable[[], object], parent: int) -> NoReturn:
    """What a forked process does, and nothing of what its parent would do afterwards.

    Ctrl-C in a terminal reaches every process; only the parent heeds it.
    """
    code = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        die_with_parent()
        if os.getppid() == parent:  # or it died before we could say so
            run()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        fault = sys.exc_info()[0]
        if fault:
            log.error("ended by %s", fault.__name__)  # never what an error said
        os._exit(code)


def _asked_to_end(number: int, frame: FrameType | None) -> NoReturn:
    raise AskedToEnd
