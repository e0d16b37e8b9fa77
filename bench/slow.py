"""What others notice while slow phones hold connections: requests whose headers or bodies were
begun and never come to an end."""

import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from . import knocker
from .backing import Backing, web
from .figures import Figure, percentile
from .processes import HOST
from .progress import say
from .seed import place

SLOW = 200
MOST_P99_MS = 500
NETWORK = 60
"""Within 127.0.0.0/8, and no other part's."""
ALONE, HELD = "nobody is slow", f"{SLOW} half-sent headers and {SLOW} half-sent bodies"


def half_sent(port: int) -> tuple[bytes, bytes]:
    """A request whose headers have no end, and one whose body has none."""
    host = f"Host: {HOST}:{port}\r\n"
    form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 2000\r\n"
    headers = f"GET / HTTP/1.1\r\n{host}Accept: text/html\r\nAccept-Lan"
    body = f"POST /knacka HTTP/1.1\r\n{host}{form}\r\nskola=exempel&text=Jag"
    return headers.encode(), body.encode()


@contextmanager
def held(port: int, count: int = SLOW) -> Iterator[list[socket.socket]]:
    """``count`` connections of either kind, for as long as the block lasts."""
    with ExitStack() as stack:
        connections = []
        for sends in half_sent(port):
            for _number in range(count):
                connection = stack.enter_context(socket.create_connection((HOST, port), timeout=10))
                connection.sendall(sends)
                connections.append(connection)
        yield connections


def measure(backing: Backing, *, quick: bool) -> list[Figure]:
    """The same visits with and without, one at a time, so that waiting is the server's."""
    database = backing.database("slow")
    with backing.app(database):
        slugs = place().slugs
    rounds = 20 if quick else 100
    with web(backing, database) as server:
        _visits(server.port, slugs, 10, NETWORK)
        say(f"  {ALONE}")
        alone = _visits(server.port, slugs, rounds, NETWORK + 1)
        say(f"  {HELD}")
        with held(server.port):
            beside = _visits(server.port, slugs, rounds, NETWORK + 2)
    return [
        Figure(f"{ALONE}: p99", percentile(alone, 99) * 1000, "ms"),
        Figure(f"{HELD}: p50", percentile(beside, 50) * 1000, "ms"),
        Figure(f"{HELD}: p99", percentile(beside, 99) * 1000, "ms", most=MOST_P99_MS),
    ]


def _visits(port: int, slugs: list[str], rounds: int, network: int) -> list[float]:
    """Seconds of each answer: the door, the probe, and whole knocks, on new connections."""
    times = []
    for _round in range(rounds):
        for path in ("/", "/healthz", f"/knacka?skola={slugs[0]}"):
            began = time.perf_counter()
            connection = http.client.HTTPConnection(HOST, port, timeout=10)
            connection.request("GET", path)
            connection.getresponse().read()
            connection.close()
            times.append(time.perf_counter() - began)
    return times + knocker.knock(port, slugs, rounds, network, fetches=False)
