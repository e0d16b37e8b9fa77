"""The web server by itself, with short limits: what it takes, whom it hangs up on, how it ends."""

import logging
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from tests.running import eventually
from workers import logs
from workers.web import Limits, Server

HEAD = b"Host: 127.0.0.1\r\n"
GET = b"GET / HTTP/1.1\r\n" + HEAD
POST = b"POST / HTTP/1.1\r\n" + HEAD
LARGE = 8_000_000
"""More than the kernel keeps for a connection."""
LIMITS = Limits(request_seconds=1, half_sent_seconds=0.5, end_seconds=5)


class App:
    """Answers with the length of the body it got, when it is let."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.asked = 0
        self.environ: WSGIEnvironment = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.asked += 1
        self.environ = environ
        if environ["PATH_INFO"] == "/fault/hemligt":
            raise RuntimeError("hemligt")
        assert self.may_answer.wait(10)
        got = str(len(environ["wsgi.input"].read())).encode()
        body = b"x" * LARGE if environ["PATH_INFO"] == "/large" else got
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


class Serving:
    """A server in a thread, and what its clients do."""

    def __init__(self, limits: Limits) -> None:
        self.app = App()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._address = self._listening.getsockname()
        self.server = Server(self.app, self._listening, limits)
        self._thread = threading.Thread(target=self.server.run, daemon=True)
        self._thread.start()

    def client(self, sends: bytes = b"") -> socket.socket:
        connection = socket.create_connection(self._address, timeout=10)
        connection.sendall(sends)
        return connection

    def refuses(self) -> bool:
        with suppress(ConnectionError), self.client():
            return False
        return True

    def has_ended(self) -> bool:
        return not self._thread.is_alive()

    def end(self) -> None:
        self.app.may_answer.set()
        self.server.end()
        self._thread.join(10)


@contextmanager
def serving(limits: Limits = LIMITS) -> Iterator[Serving]:
    site = Serving(limits)
    try:
        yield site
    finally:
        site.end()


@pytest.fixture
def site() -> Iterator[Serving]:
    with serving() as site:
        yield site


def heard(client: socket.socket) -> bytes:
    """All that comes until the server hangs up."""
    parts = []
    with suppress(ConnectionResetError):
        while part := client.recv(65536):
            parts.append(part)
    return b"".join(parts)


def one_answer(client: socket.socket) -> bytes:
    """What comes until an empty line and the short body after it."""
    answer = b""
    while not answer.partition(b"\r\n\r\n")[2]:
        part = client.recv(65536)
        assert part, answer
        answer += part
    return answer


def drips(client: socket.socket, *, seconds: float) -> bool:
    """Send a byte now and then. True when the server hung up within the time."""
    until = time.monotonic() + seconds
    client.settimeout(0.05)
    while time.monotonic() < until:
        with suppress(TimeoutError, ConnectionError):
            client.sendall(b"a")
            if client.recv(10) == b"":
                return True
            continue
        with suppress(TimeoutError):
            try:
                client.recv(10)
            except ConnectionError:
                return True
    return False


@pytest.mark.parametrize(
    "half", [GET + b"X-Slow: ", POST + b"Content-Length: 4000\r\n\r\n"], ids=["headers", "body"]
)
def test_a_request_that_drips_gets_an_end(site: Serving, half: bytes) -> None:
    with site.client(half) as slow:
        assert drips(slow, seconds=6)
    assert site.app.asked == 0


def test_empty_lines_do_not_keep_a_connection() -> None:
    with serving(Limits(request_seconds=1, idle_seconds=1)) as site, site.client() as slow:
        until = time.monotonic() + 6
        with pytest.raises(ConnectionError):  # noqa: PT012  (when it comes is what is asked)
            while time.monotonic() < until:
                slow.sendall(b"\r\n")
                time.sleep(0.05)


def test_a_slow_but_honest_request_arrives(site: Serving) -> None:
    with site.client(POST + b"Content-Length: 20\r\n\r\n") as slow:
        for _part in range(4):
            time.sleep(0.1)
            slow.sendall(b"12345")
        assert one_answer(slow).endswith(b"\r\n\r\n20")


def test_a_connection_is_kept_for_the_next_request(site: Serving) -> None:
    with site.client(GET + b"\r\n") as client:
        one_answer(client)
        time.sleep(1.5)  # longer than a request may take, but nothing is under way
        client.sendall(POST + b"Content-Length: 3\r\n\r\nabc")
        assert one_answer(client).endswith(b"\r\n\r\n3")


def test_one_that_takes_its_time_to_be_answered_is_not_hung_up_on(site: Serving) -> None:
    site.app.may_answer.clear()
    with site.client(GET + b"\r\n") as client:
        time.sleep(2.5)
        site.app.may_answer.set()
        assert one_answer(client).startswith(b"HTTP/1.1 200 OK")


def test_a_large_answer_may_be_taken_slowly_for_as_long_as_some_is_taken(site: Serving) -> None:
    with site.client(b"GET /large HTTP/1.1\r\n" + HEAD + b"Connection: close\r\n\r\n") as slow:
        taken = 0
        while part := slow.recv(100_000):
            taken += len(part)
            time.sleep(0.05)
    assert taken > LARGE


def test_one_that_takes_nothing_of_its_answer_is_hung_up_on(site: Serving) -> None:
    with site.client(b"GET /large HTTP/1.1\r\n" + HEAD + b"\r\n") as slow:
        eventually(lambda: site.app.asked == 1)
        eventually(lambda: not site.server.active_channels, seconds=10)
        assert len(heard(slow)) < LARGE


def test_others_are_answered_while_many_hold_what_they_began(site: Serving) -> None:
    slow = [site.client(POST + b"Content-Length: 400\r\n\r\nabc") for _number in range(20)]
    try:
        with site.client(GET + b"Connection: close\r\n\r\n") as client:
            assert heard(client).startswith(b"HTTP/1.1 200 OK")
    finally:
        for each in slow:
            each.close()


def test_when_all_connections_are_held_the_slowest_makes_room() -> None:
    with serving(Limits(connections=10)) as site:
        slow = [site.client(GET) for _number in range(30)]
        try:
            with site.client(GET + b"Connection: close\r\n\r\n") as client:
                assert heard(client).startswith(b"HTTP/1.1 200 OK")
        finally:
            for each in slow:
                each.close()


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (GET + b"X-Large: " + b"a" * 33_000 + b"\r\n\r\n", b"431"),
        (POST + b"Content-Length: 600000\r\n\r\n", b"413"),
        (POST + b"Content-Length: abc\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost\r\n\r\n", b"400"),
    ],
)
def test_what_is_too_much_or_not_http_is_refused(
    site: Serving, request_: bytes, status: bytes
) -> None:
    with site.client(request_) as client:
        assert heard(client).split()[1] == status
    assert site.app.asked == 0


def test_headers_of_30_kilobytes_arrive(site: Serving) -> None:
    with site.client(GET + b"X-Large: " + b"a" * 30_000 + b"\r\n\r\n") as client:
        assert one_answer(client).startswith(b"HTTP/1.1 200 OK")


def test_http_1_0_and_head_are_answered_as_they_ask(site: Serving) -> None:
    with site.client(b"GET / HTTP/1.0\r\n\r\n") as old:
        answer = heard(old)  # hung up on, because it did not ask for more
        assert answer.startswith(b"HTTP/1.0 200 OK")
        assert answer.endswith(b"\r\n\r\n0")
    with site.client(b"HEAD / HTTP/1.1\r\n" + HEAD + b"Connection: close\r\n\r\n") as head:
        assert heard(head).endswith(b"\r\n\r\n")


def test_a_client_that_asks_whether_to_go_on_is_told_so(site: Serving) -> None:
    with site.client(POST + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n") as client:
        assert client.recv(100).startswith(b"HTTP/1.1 100 Continue")
        client.sendall(b"abc")
        assert one_answer(client).endswith(b"\r\n\r\n3")


def test_nobody_is_told_what_the_server_is(site: Serving) -> None:
    for asks in (GET + b"Connection: close\r\n\r\n", b"nonsense\r\n\r\n"):
        with site.client(asks) as client:
            answer = heard(client).lower()
        assert b"server:" not in answer
        assert b"waitress" not in answer


def test_what_a_proxy_said_comes_through_untouched_for_the_app_to_judge(site: Serving) -> None:
    said = b"X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n"
    with site.client(GET + said + b"Connection: close\r\n\r\n") as client:
        heard(client)
    assert site.app.environ["HTTP_X_FORWARDED_FOR"] == "192.0.2.1"
    assert site.app.environ["HTTP_X_FORWARDED_PROTO"] == "https"
    assert site.app.environ["wsgi.url_scheme"] == "http"
    assert site.app.environ["REMOTE_ADDR"] == "127.0.0.1"


def test_a_stop_finishes_what_is_under_way_and_what_waits_for_a_thread(site: Serving) -> None:
    site.app.may_answer.clear()
    under_way = [site.client(GET + b"\r\n") for _number in range(6)]  # there are four threads
    silent = site.client()
    eventually(lambda: site.app.asked == 4)
    site.server.end()
    eventually(site.refuses)
    site.app.may_answer.set()
    for client in under_way:
        with client:
            assert heard(client).startswith(b"HTTP/1.1 200 OK")
    with silent:
        assert heard(silent) == b""
    eventually(site.has_ended)


def test_a_stop_hangs_up_at_once_on_who_has_been_answered_and_asks_no_more() -> None:
    with serving(Limits(half_sent_seconds=60, end_seconds=60)) as site:
        with site.client(GET + b"\r\n") as client:
            one_answer(client)
            site.server.end()
            assert heard(client) == b""
        eventually(site.has_ended)


def test_a_stop_waits_until_a_large_answer_has_been_taken(site: Serving) -> None:
    with site.client(b"GET /large HTTP/1.1\r\n" + HEAD + b"\r\n") as client:
        eventually(lambda: site.app.asked == 1)
        site.server.end()
        time.sleep(0.3)
        assert len(heard(client)) > LARGE


def test_a_stop_waits_a_moment_for_a_request_that_is_half_sent(site: Serving) -> None:
    with (
        site.client(POST + b"Content-Length: 6\r\n\r\nabc") as honest,
        site.client(POST + b"Content-Length: 6\r\n\r\nabc") as never,
    ):
        time.sleep(0.2)
        site.server.end()
        honest.sendall(b"def")
        assert heard(honest).endswith(b"\r\n\r\n6")
        assert heard(never) == b""
    eventually(site.has_ended)


def test_a_stop_does_not_wait_for_ever_for_an_answer() -> None:
    with serving(Limits(end_seconds=0.5)) as site:
        site.app.may_answer.clear()
        with site.client(GET + b"\r\n"):
            eventually(lambda: site.app.asked == 1)
            site.server.end()
            eventually(site.has_ended, seconds=5)


def test_a_log_says_neither_what_was_asked_for_nor_what_an_error_said(
    site: Serving, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    waitress = logging.getLogger("waitress")
    monkeypatch.setattr(waitress, "filters", [])
    logs.prepare()
    with site.client(b"GET /fault/hemligt HTTP/1.1\r\n" + HEAD + b"\r\n") as client:
        assert b"500 Internal Server Error" in heard(client)
    assert "Exception while serving" in caplog.text
    assert "hemligt" not in caplog.text


@pytest.mark.parametrize(
    ("library", "says"), [("flask-limiter", "Swallowed"), ("rq.worker", "Job %s failed\n%s")]
)
def test_a_log_does_not_tell_what_a_queue_that_is_gone_said(
    library: str, says: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger = logging.getLogger(library)
    monkeypatch.setattr(logger, "filters", [])
    logs.prepare()
    try:
        raise ConnectionError("redis://hemligt@exempel.invalid")
    except ConnectionError as error:
        logger.exception(says, *("1", error)[: says.count("%s")])
    assert says.partition(" ")[0] in caplog.text
    assert "hemligt" not in caplog.text


def test_those_who_together_fill_the_memory_are_hung_up_on_the_largest_first() -> None:
    with serving(replace(LIMITS, request_seconds=30, half_sent_bytes=10_000)) as site:
        small, large = (
            site.client(POST + b"Content-Length: 9999\r\n\r\n" + b"x" * size)
            for size in (4000, 7000)
        )
        with small, large:
            assert heard(large) == b""
            small.sendall(b"x" * 5999)
            assert one_answer(small).endswith(b"9999")
