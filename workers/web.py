"""The web server: ``python -m workers.web``. Waitress, in processes forked from one parent that has
the app loaded, which accept from one socket.

Waitress takes a request in whole before it gives it to a thread, so a slow phone holds a connection
and nothing else. Added here is what it leaves out: an end to a request that never comes whole, room
for the next one when all connections are held, and a stop that finishes what is under way.
"""

import errno
import resource
import signal
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType
from typing import Any
from wsgiref.types import WSGIApplication

from flask import Flask
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer

from elevhalsa.config import HOW_TO_MEND, Settings
from elevhalsa.web import warm

from . import beginning, last_resort, logs
from .linux import call_me
from .parent import Parent

LOOK_SECONDS = 1.0
SPARE_FILES = 124
"""Open files for all that is no visitor's connection: database, queue, templates."""


@dataclass(frozen=True)
class Limits:
    """What one client can have of a process. Seconds on the wall, bytes as they are sent."""

    threads: int = 4
    """Requests answered at once: one that waits for the database holds nobody up."""
    request_seconds: float = 30
    """From the first byte of a request to its last, drip or not: 30 kB from a phone at 1 kB/s."""
    idle_seconds: float = 95
    """A connection that asks for nothing: longer than routers keep theirs, so that they hang up."""
    connections: int = 900
    """Then whoever has kept the server waiting longest is hung up on."""
    header_bytes: int = 32 * 1024
    body_bytes: int = 512 * 1024
    """Twice what the app takes, so that a little too much is refused with a page of the house."""
    half_sent_bytes: int = 64 * 1024 * 1024
    """Of bodies that have not come whole, all together: this much memory a process, no more."""
    half_sent_seconds: float = 5
    """What ``request_seconds`` becomes once the server is asked to end."""
    end_seconds: float = 25
    """How long what is being answered may take then."""


class Channel(HTTPChannel):
    """A connection that knows how long it has kept the server waiting."""

    since = 0.0
    """When the request that is under way began; between two, when the last was to be answered."""
    has_begun = False
    has_been_answered = False

    def received(self, data: bytes) -> bool:
        if not self.has_begun:  # kept while empty lines go on and on, which are no request
            self.has_begun, self.since = True, time.time()
        return super().received(data)

    def service(self) -> None:
        self.has_begun, self.has_been_answered, self.since = False, True, time.time()
        super().service()

    def waits(self, now: float) -> float:
        """Seconds that we have waited for the client; 0 while the client waits for us."""
        if self.requests and not self.total_outbufs_len:
            return 0.0
        # Something is left to send: last_activity is when the client last took some of it.
        since = self.last_activity if self.total_outbufs_len else self.since or self.creation_time
        return now - since

    @property
    def half_sent(self) -> int:
        """Bytes of a body that has not come whole: they are in memory."""
        return self.request.body_bytes_received if self.request else 0

    @property
    def is_idle(self) -> bool:
        """Between two requests, with nothing to send. One that never asked is to ask, and soon."""
        return self.has_been_answered and not (
            self.request or self.requests or self.total_outbufs_len
        )


class Server(TcpWSGIServer):
    """One process' server on a socket that is already listened on."""

    channel_class = Channel
    # What waitress has; its stubs leave the first out and have the second wrong.
    _map: Any
    active_channels: dict[int, Channel]  # type: ignore[assignment]

    def __init__(
        self, app: WSGIApplication, listening: socket.socket, limits: Limits | None = None
    ) -> None:
        self._limits = limits or Limits()
        self._ends_at: float | None = None
        self._looked_at = 0.0
        files, _most = resource.getrlimit(resource.RLIMIT_NOFILE)
        adjustments = Adjustments(
            threads=self._limits.threads,
            connection_limit=min(self._limits.connections, files - SPARE_FILES),
            max_request_header_size=self._limits.header_bytes,
            max_request_body_size=self._limits.body_bytes,
            inbuf_overflow=self._limits.body_bytes + 1,  # nothing a person wrote goes to a file
            clear_untrusted_proxy_headers=False,  # ProxyFix reads them, as TRUSTED_PROXIES says
            ident="",
            server_name=str(listening.getsockname()[0]),  # of a request that names no host
            asyncore_use_poll=True,
            log_socket_errors=False,
        )
        super().__init__(
            app,
            _sock=listening,
            adj=adjustments,
            sockinfo=(listening.family, listening.type, listening.proto, listening.getsockname()),
            bind_socket=False,
        )

    def run(self) -> None:
        """Answer until asked to end, then finish what is under way."""
        while self._ends_at is None:
            self._turn()
        self._close_the_door()
        while self.active_channels and time.monotonic() < self._ends_at:
            self._turn()
        wasyncore.close_all(self._map)
        self.task_dispatcher.shutdown(timeout=1)

    def end(self) -> None:
        """Ask the server to end, from a signal's handler or another thread."""
        if self._ends_at is None:
            self._ends_at = time.monotonic() + self._limits.end_seconds
            with suppress(OSError):  # it has seen it by itself, and is done
                self.pull_trigger()

    def _turn(self) -> None:
        """Do what can be done now, at most a second later; then see who keeps us waiting.

        Not in waitress's own ``maintenance``: it asks a connection to end itself when it can be
        written to, which one that takes nothing never can, and must close none, because it is
        called while what is waited for is put together.
        """
        wasyncore.loop(timeout=1, use_poll=True, map=self._map, count=1)
        now = time.time()
        if self._ends_at is not None or now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            self._hang_up_on_the_late(now)
        if len(self._map) >= self.adj.connection_limit:
            self._make_room(now)
        self._hang_up_on_the_largest()

    def _close_the_door(self) -> None:
        """Nobody comes in any more, but for those who stand there: they may have asked already."""
        before = -1
        while before < len(self._map) < self.adj.connection_limit:
            before = len(self._map)
            self.handle_accept()
        wasyncore.dispatcher.close(self)

    def _hang_up_on_the_late(self, now: float) -> None:
        ending = self._ends_at is not None
        for channel in list(self.active_channels.values()):
            if channel.is_idle:
                most = 0.0 if ending else self._limits.idle_seconds
            else:
                most = self._limits.half_sent_seconds if ending else self._limits.request_seconds
            if channel.waits(now) > most:
                channel.handle_close()

    def _hang_up_on_the_largest(self) -> None:
        """While all together have more half sent than there is room for."""
        if len(self.active_channels) * self._limits.body_bytes <= self._limits.half_sent_bytes:
            return
        by_size = sorted(self.active_channels.values(), key=lambda channel: channel.half_sent)
        total = sum(channel.half_sent for channel in by_size)
        while total > self._limits.half_sent_bytes:
            largest = by_size.pop()
            total -= largest.half_sent
            largest.handle_close()

    def _make_room(self, now: float) -> None:
        """Hang up on whoever has kept the server waiting longest."""
        longest = max(self.active_channels.values(), key=lambda channel: channel.waits(now))
        if longest.waits(now):
            longest.handle_close()


def listen(settings: Settings) -> socket.socket:
    """The socket that all web processes accept from. Raises SystemExit when it cannot be had."""
    host = settings.bind.strip("[]")
    # "::" is every address, those of IPv4 too.
    kind: dict[str, Any] = {}
    if ":" in host:
        kind = {"family": socket.AF_INET6, "dualstack_ipv6": socket.has_dualstack_ipv6()}
    try:
        return socket.create_server((host, settings.port), backlog=1024, **kind)
    except OSError as error:
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            line = f"PORT {settings.port} på {host} går inte att använda: {HOW_TO_MEND['PORT']}"
        else:
            line = f"BIND går inte att använda: {HOW_TO_MEND['BIND']}"
        raise SystemExit(f"Elevhälsa online startar inte. {line}") from None


def serve(app: WSGIApplication, listening: socket.socket) -> None:
    """What a web process does until it is asked to end."""
    call_me("elevhalsa-web")
    server = Server(app, listening)

    def asked_to_end(number: int, frame: FrameType | None) -> None:
        server.end()

    signal.signal(signal.SIGTERM, asked_to_end)
    server.run()


def keep(parent: Parent, app: Flask) -> None:
    """Have ``parent`` keep as many web processes as the settings say.

    Whatever else it is to fork from the same app comes after this, which loads what they share.
    """
    settings: Settings = app.config["SETTINGS"]
    listening = listen(settings)
    beginning.tell(app)
    warm.before_fork(app)

    def run() -> None:
        warm.after_fork(app)
        with last_resort.kept(app):
            serve(app, listening)

    for _number in range(settings.web_concurrency):
        parent.keep("web", run, listening=listening)


def main() -> int:
    """The web alone; the worker is a process type of its own."""
    logs.prepare()
    from app import app  # ends with one line when a setting is wrong

    with Parent() as parent:
        keep(parent, app)
        return parent.run()


if __name__ == "__main__":
    sys.exit(main())
