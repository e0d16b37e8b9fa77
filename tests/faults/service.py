"""What ``make run`` started, asked as visitors ask it."""

import http.client
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from bench import knocker
from tests.running import Running, eventually, free_port, running

from .conftest import STACK, env_on

HOST = "127.0.0.1"


@dataclass
class Service:
    """What ``make run`` started, and what a visitor does with it."""

    port: int
    database: Path
    process: Running

    def gets(self, path: str) -> int:
        with closing(http.client.HTTPConnection(HOST, self.port, timeout=30)) as connection:
            connection.request("GET", path)
            return connection.getresponse().status

    def knocks(self) -> None:
        """Raises Refused unless the knock was stored."""
        with closing(http.client.HTTPConnection(HOST, self.port, timeout=30)) as connection:
            knocker.one(connection, self.slug, fetches=True)

    def posts(self, size: int) -> bytes:
        """A knock whose form is ``size`` bytes, as it goes over the wire."""
        fields = {"skola": self.slug, "form_id": f"slow-{time.time_ns()}", "who": "nurse"}
        form = urlencode(fields | {"way": "app", "text": ""})
        form += "a" * (size - len(form))
        host = f"{HOST}:{self.port}"
        return (
            f"POST /knacka HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n"
            f"Content-Length: {size}\r\n\r\n{form}"
        ).encode()

    @property
    def slug(self) -> str:
        return self._one("SELECT slug FROM school ORDER BY slug")

    @property
    def knocks_stored(self) -> int:
        return self._one("SELECT count(*) FROM knock")

    @property
    def knock_ids(self) -> set[str]:
        with closing(sqlite3.connect(self.database, timeout=30)) as connection:
            return {row[0] for row in connection.execute("SELECT id FROM knock")}

    @property
    def letters_left(self) -> int:
        return self._one(
            "SELECT count(*) FROM notice WHERE sent_at IS NULL AND given_up_at IS NULL"
            " AND channel = 'email'"
        )

    @property
    def letters_that_may_leave(self) -> int:
        """Without those that wait because their receiver has had enough for an hour, or is not at
        work: the demo's are told at their working hours."""
        return self._one(
            "SELECT count(*) FROM notice WHERE sent_at IS NULL AND given_up_at IS NULL"
            " AND channel = 'email' AND coalesce(error, '') <> 'bundled'"
            " AND (error IS NOT NULL OR not_before <= strftime('%Y-%m-%d %H:%M:%f', 'now'))"
        )

    def _one(self, query: str):
        with closing(sqlite3.connect(self.database, timeout=30)) as connection:
            return connection.execute(query).fetchone()[0]


@contextmanager
def started(database: Path, log: Path, **settings: str) -> Iterator[Service]:
    """settings: what the environment says besides."""
    port = free_port()
    with running(STACK, env_on(port, database) | settings, log) as process:
        eventually(lambda: "avsluta med Ctrl-C" in process.said(), seconds=90)
        yield Service(port, database, process)
