"""Slow phones against exactly what ``make run`` starts: they hold nobody up, a knock that comes
slowly is stored, and what never comes whole gets an end."""

import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from bench.slow import half_sent, held
from tests.running import eventually
from workers.web import Limits

from .conftest import copy_of
from .service import HOST, Service, started

SLOW = 200


@pytest.fixture(scope="module")
def service(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("slow")
    with started(copy_of(loaded, folder / "stack.db"), folder / "stack.log") as service:
        yield service


def is_open(connection: socket.socket) -> bool:
    """Nothing has come: neither an answer nor an end."""
    connection.setblocking(False)
    try:
        connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except ConnectionError:
        pass
    return False


def test_everybody_is_answered_while_four_hundred_phones_send_slowly(service: Service) -> None:
    before = service.knocks_stored
    with held(service.port, SLOW) as slow:
        for _turn in range(3):
            assert service.gets("/") == 200
            assert service.gets("/healthz") == 200
            service.knocks()
        assert len(slow) == 2 * SLOW
        assert all(is_open(each) for each in slow), "they were held all the time"
    assert service.knocks_stored == before + 3


def test_a_knock_from_a_phone_at_a_kilobyte_a_second_is_stored(service: Service) -> None:
    before = service.knocks_stored
    sends = service.posts(2048)
    with socket.create_connection((HOST, service.port), timeout=30) as phone:
        for start in range(0, len(sends), 100):
            phone.sendall(sends[start : start + 100])
            time.sleep(0.1)
        assert phone.recv(1000).startswith(b"HTTP/1.1 303")
    assert service.knocks_stored == before + 1


@pytest.mark.parametrize(
    ("size", "says"),
    [(300_000, "Det blev för långt".encode()), (700_000, b"Request Entity Too Large")],
    ids=["by the app, with a page of the house", "by the server, unread"],
)
def test_a_text_that_is_far_too_long_is_refused(service: Service, size: int, says: bytes) -> None:
    before = service.knocks_stored
    with socket.create_connection((HOST, service.port), timeout=30) as phone:
        with suppress(ConnectionError):
            phone.sendall(service.posts(size))
        answer = b""
        with suppress(ConnectionError):
            while part := phone.recv(65536):
                answer += part
    # Of what the server leaves unread the answer may be lost: the connection is broken by then.
    if answer or size < Limits.body_bytes:
        assert answer.startswith(b"HTTP/1.1 413")
        assert says in answer
    assert service.knocks_stored == before


def test_a_probe_that_only_asks_for_headers_gets_no_more(service: Service) -> None:
    for path in ("/", "/healthz", "/hjalp-nu"):
        with socket.create_connection((HOST, service.port), timeout=30) as probe:
            probe.sendall(f"HEAD {path} HTTP/1.0\r\n\r\n".encode())
            answer = b""
            while part := probe.recv(65536):
                answer += part
        assert answer.startswith(b"HTTP/1.0 200")
        assert answer.endswith(b"\r\n\r\n")
        assert b"waitress" not in answer


@pytest.mark.trial
def test_a_request_that_only_drips_is_hung_up_on_within_the_stated_seconds(
    service: Service,
) -> None:
    """With a limit of a second instead of thirty it stands in ``tests/workers/test_web``."""
    connections = [socket.create_connection((HOST, service.port), timeout=5) for _kind in range(2)]
    began = time.monotonic()
    for connection, sends in zip(connections, half_sent(service.port), strict=True):
        connection.sendall(sends)

    def all_have_ended() -> bool:
        for connection in connections:
            with suppress(ConnectionError, BlockingIOError):
                connection.send(b"a")
        time.sleep(0.5)
        return not any(is_open(connection) for connection in connections)

    eventually(all_have_ended, seconds=Limits.request_seconds + 15)
    assert time.monotonic() - began >= Limits.request_seconds - 1, "and not before"
    for connection in connections:
        connection.close()


def test_a_stop_lets_the_knocks_that_are_under_way_be_stored(
    database: Path, tmp_path: Path
) -> None:
    with started(database, tmp_path / "stack.log") as service:
        before = service.knocks_stored
        half, whole = service.posts(1000), service.posts(1000)
        with (
            socket.create_connection((HOST, service.port), timeout=30) as half_way,
            socket.create_connection((HOST, service.port), timeout=30) as waiting,
            closing(sqlite3.connect(database, isolation_level=None)) as busy,
        ):
            busy.execute("BEGIN IMMEDIATE")  # the database keeps one of them waiting for 3 seconds
            waiting.sendall(whole)
            half_way.sendall(half[:-500])
            time.sleep(1)
            service.process.process.terminate()
            half_way.sendall(half[-500:])
            time.sleep(2)
            busy.execute("ROLLBACK")
            assert waiting.recv(1000).startswith(b"HTTP/1.1 303")
            assert half_way.recv(1000).startswith(b"HTTP/1.1 303")
        assert service.process.process.wait(20) == 0
        assert service.knocks_stored == before + 2
