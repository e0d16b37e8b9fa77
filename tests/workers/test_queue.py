"""The queue adapter against a real Valkey, and against none."""

import json
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from elevhalsa.adapters.queue import QUEUE_NAME, RqQueue, connect
from tests.running import running_valkey


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
