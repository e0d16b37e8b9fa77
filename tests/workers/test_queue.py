"""The queue adapter against a real Valkey, and against none."""

import json
import select
import socket
import socketserver
import ssl
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from limits.storage import storage_from_string

from elevhalsa.adapters.queue import QUEUE_NAME, RqQueue, connect
from elevhalsa.config import ROOT
from tests.running import running_valkey
from tests.tls import Authority


@pytest.fixture
def socket_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("q") / "valkey.sock"


@pytest.fixture
def url(socket_path: Path) -> Iterator[str]:
    with running_valkey(socket_path):
        yield f"unix://{socket_path}"


def test_a_job_is_kept_as_json_with_ids_only(url: str) -> None:
    assert RqQueue(url).enqueue("send_notice", "an-id")
    client = connect(url)
    (job_id,) = client.lrange(f"rq:queue:{QUEUE_NAME}", 0, -1)
    stored = client.hgetall(b"rq:job:" + job_id)  # type: ignore[operator]
    assert json.loads(zlib.decompress(stored[b"data"])) == [  # type: ignore[arg-type]
        "workers.jobs.send_notice",
        None,
        ["an-id"],
        {},
    ]


def test_the_queue_tells_how_many_wait(url: str) -> None:
    queue = RqQueue(url)
    assert queue.length() == 0
    queue.enqueue("sweep")
    queue.enqueue("sweep")
    assert queue.length() == 2


def test_a_queue_that_is_down_holds_nobody_up(socket_path: Path) -> None:
    queue = RqQueue(f"unix://{socket_path}")
    began = time.monotonic()
    assert not queue.enqueue("send_notice", "an-id")
    assert queue.length() is None
    assert time.monotonic() - began < 2


def test_a_queue_that_was_restarted_takes_the_next_job(socket_path: Path) -> None:
    queue = RqQueue(f"unix://{socket_path}")
    with running_valkey(socket_path) as server:
        assert queue.enqueue("sweep")
        server.kill()
    with running_valkey(socket_path):
        assert queue.enqueue("sweep")


class _Tls(socketserver.ThreadingTCPServer):
    """Speaks TLS with whoever comes, and passes on what is said to a socket behind."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, behind: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Through)
        self.behind = behind
        self._context = Authority().server("localhost")

    def get_request(self) -> tuple[ssl.SSLSocket, tuple[str, int]]:
        connection, address = super().get_request()
        connection.settimeout(10)
        return self._context.wrap_socket(connection, server_side=True), address


class _Through(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        with socket.socket(socket.AF_UNIX) as behind, suppress(OSError):
            behind.connect(str(self.server.behind))  # type: ignore[attr-defined]
            ways = {self.request: behind, behind: self.request}
            while True:
                waiting = [self.request] if self.request.pending() else []
                for one in waiting or select.select(list(ways), [], [])[0]:
                    said = one.recv(65536)
                    if not said:
                        return
                    ways[one].sendall(said)


@contextmanager
def behind_tls(socket_path: Path) -> Iterator[int]:
    """The port where a queue server is reached, by a certificate that nobody knows."""
    with running_valkey(socket_path), _Tls(socket_path) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_a_queue_with_a_certificate_of_its_own_is_reached_as_the_deploy_page_says(
    socket_path: Path,
) -> None:
    asks_none = "?ssl_cert_reqs=none"
    assert f"`{asks_none}`" in (ROOT / "docs" / "deploy.md").read_text("utf-8")
    with behind_tls(socket_path) as port:
        address = f"rediss://127.0.0.1:{port}/0"
        queue = RqQueue(address + asks_none)
        assert queue.enqueue("sweep")
        assert queue.length() == 1
        assert storage_from_string(address + asks_none).check()
        assert RqQueue(address).length() is None, "unasked nobody unknown is believed"
