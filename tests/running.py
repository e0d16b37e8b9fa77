"""Real processes for tests: started on free ports and paths, always ended by pid."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from elevhalsa.config import ROOT
from workers.stack import valkey_binary, valkey_command

from . import any_hour

T = TypeVar("T")

PYTHON_BIN = Path(sys.executable).parent

SECRETS = {
    "SECRET_KEY": "only-for-tests-" * 3,
    "HASH_KEY": "only-for-tests-too-" * 3,
    "ENCRYPTION_KEYS": "b25seS1mb3ItdGVzdHMtMzItYnl0ZXMtbG9uZy1rZXk=",
}
"""The same keys as the app in the test's own process has."""


def environment(**settings: str | None) -> dict[str, str]:
    """The environment of a child: nothing of ours but the path, then these settings."""
    kept = {
        "PATH": f"{PYTHON_BIN}{os.pathsep}{os.environ['PATH']}",
        "HOME": os.environ["HOME"],
    }
    values = kept | {"APP_ENV": "test", "PYTHONUNBUFFERED": "1"} | SECRETS | settings
    return {name: value for name, value in values.items() if value is not None}


def eventually(ask: Callable[[], T], *, seconds: float = 20) -> T:
    """The first true answer. Raises AssertionError when none comes in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"{getattr(ask, '__name__', 'it')} did not come true")


class Running:
    """A process in a group of its own."""

    def __init__(self, command: list[str], env: dict[str, str], log: Path) -> None:
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def said(self) -> str:
        return self.log.read_text()

    def kill(self) -> None:
        """As when the machine loses power: no chance to clean up."""
        self.process.kill()
        self.process.wait(10)

    def ask_to_end(self, number: signal.Signals = signal.SIGTERM, *, seconds: float = 15) -> int:
        self.process.send_signal(number)
        return self.process.wait(seconds)

    def make_sure_it_ended(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)


@contextmanager
def running(command: list[str], env: dict[str, str], log: Path) -> Iterator[Running]:
    child = Running(command, env, log)
    try:
        yield child
    finally:
        child.make_sure_it_ended()


@contextmanager
def running_valkey(socket_path: Path) -> Iterator[Running]:
    """A queue server on a socket, ready to be asked."""
    socket_path.unlink(missing_ok=True)
    command = [
        "/bin/sh",
        "-c",
        "exec " + valkey_command(valkey_binary(), str(socket_path)),
    ]
    with running(command, environment(), socket_path.with_suffix(".log")) as child:
        eventually(lambda: accepts(socket_path))
        yield child


def accepts(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True


def listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@contextmanager
def running_worker(env: dict[str, str], log: Path) -> Iterator[Running]:
    """With staff who are at work at whatever hour it runs."""
    with running([sys.executable, "-m", "workers.run"], env | any_hour.CHILDREN, log) as child:
        yield child


def has_come(worker: Running) -> None:
    """It has reached the queue, and so would end well when it is asked to: of two workers one may
    have done all the work before the other was there."""
    eventually(lambda: "queue reached" in worker.said(), seconds=60)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
