"""``make run``: everything starts, answers, and is gone afterwards, the queue server too."""

import http.client
import os
import signal
import socket
from contextlib import suppress
from pathlib import Path

import psutil

from elevhalsa.config import ROOT
from elevhalsa.core.vapid import read_key
from tests.running import Running, eventually, free_port, running
from workers import stack, whole

from .conftest import STACK, env_on


def answer(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def family(child: Running) -> list[psutil.Process]:
    return psutil.Process(child.pid).children(recursive=True)


def one_of(child: Running, name: str) -> psutil.Process | None:
    for process in family(child):
        with suppress(psutil.Error):  # it has just ended
            if process.name() == name:
                return process
    return None


def test_the_whole_service_starts_and_leaves_nothing_behind(database: Path, tmp_path: Path) -> None:
    port = free_port()
    with running(STACK, env_on(port, database), tmp_path / "stack.log") as child:
        eventually(lambda: "avsluta med Ctrl-C" in child.said(), seconds=90)
        assert answer(port, "/readyz") == 200
        assert answer(port, "/") == 200
        assert f"http://127.0.0.1:{port}/logga-in/lank/" in eventually(  # type: ignore[operator]
            lambda: "/mitt/kod" in child.said() and child.said()
        )
        processes = family(child)
        assert {"valkey-server", "elevhalsa-web", "elevhalsa-work"} <= {
            process.name() for process in processes
        }
        assert child.ask_to_end(signal.SIGINT, seconds=30) == 0
        left = [process for process in processes if process.is_running()]
        assert not left
        assert answer(port, "/healthz") == 0
        assert not list((ROOT / "instance").glob(f"valkey-{port}.sock"))


def test_what_dies_is_started_again_and_nothing_outlives_who_was_killed(
    database: Path, tmp_path: Path
) -> None:
    port = free_port()
    with running(STACK, env_on(port, database), tmp_path / "stack.log") as child:
        eventually(lambda: "/mitt/kod" in child.said(), seconds=90)
        assert "finns redan" in child.said(), "the demo is not made anew over what there is"
        for name, said in (
            ("elevhalsa-work", "the worker has ended and is started again"),
            ("elevhalsa-web", "web has ended and is started again"),
            ("valkey-server", "valkey has ended and is started again"),
        ):
            first = one_of(child, name)
            assert first
            first.kill()
            eventually(lambda said=said: said in child.said())  # type: ignore[misc]
            eventually(
                lambda name=name, first=first: (  # type: ignore[misc]
                    (again := one_of(child, name)) and again.pid != first.pid
                )
            )
            assert answer(port, "/healthz") == 200, "the door was open all the time"
        processes = family(child)
        child.kill()  # no chance to clean up: the kernel ends the rest
        eventually(lambda: not any(process.is_running() for process in processes))


def test_a_port_in_use_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running(STACK, env_on(port, tmp_path / "none.db"), tmp_path / "stack.log") as child:
            assert child.process.wait(30) == 1
            (line,) = child.said().splitlines()
    assert line.startswith(f"Port {port} används redan")


def test_development_secrets_are_kept_and_for_nobody_else(tmp_path: Path) -> None:
    path = tmp_path / "instance" / "development.env"
    first = stack.development_env(path)
    assert set(first) == {"SECRET_KEY", "HASH_KEY", "ENCRYPTION_KEYS", "VAPID_KEYS"}
    assert stack.development_env(path) == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert stack.development_env(tmp_path / "other.env") != first


def test_a_secret_that_a_newer_version_needs_is_added_to_those_there_are(tmp_path: Path) -> None:
    path = tmp_path / "development.env"
    path.write_text("SECRET_KEY=a\nHASH_KEY=b\nENCRYPTION_KEYS=c\n")
    added = stack.development_env(path)
    assert (added["SECRET_KEY"], added["HASH_KEY"], added["ENCRYPTION_KEYS"]) == ("a", "b", "c")
    assert read_key(added["VAPID_KEYS"])
    assert stack.development_env(path) == added


def test_the_procfile_is_what_runs() -> None:
    lines = stack.procfile(ROOT / "Procfile")
    assert set(lines) == {"web", "worker", "release", "whole"}
    assert lines["whole"] == f"python -m {whole.__name__}"
    assert os.path.exists(stack.valkey_binary())
