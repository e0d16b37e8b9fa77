"""Starts servers, looks at what they cost, and ends them by their process id.

Memory is Pss (proportional set size): pages shared by several processes are counted once in all.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from workers.linux import die_with_parent

from .figures import Unavailable

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
START_SECONDS = 60
END_SECONDS = 10
TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(
    command: str, *, env: Mapping[str, str], log: Path, cwd: Path = ROOT
) -> Iterator[subprocess.Popen[bytes]]:
    """A shell command in a process group of its own; all of the group has ended afterwards."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            ["/bin/sh", "-c", f"exec {command}"],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509  (this process has one thread)
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(END_SECONDS)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until_listening(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Raises Unavailable with the end of the log when the server does not come up."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.1)
    raise Unavailable(f"a server did not start; its last words: {log.read_text()[-1500:]}")


def tree(pid: int) -> list[int]:
    """A process and all that it started, directly or not."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                parents[int(entry.name)] = int(_stat_fields(int(entry.name))[1])
    found = [pid]
    for known in found:  # grows while it is walked
        found += [child for child, parent in parents.items() if parent == known]
    return found


def _stat_fields(pid: int) -> list[str]:
    """proc(5): the fields of stat after the name in brackets, beginning with the state."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def cpu_seconds(pids: list[int]) -> float:
    """User and system time that the processes have used so far."""
    ticks = 0
    for pid in pids:
        with suppress(OSError):
            ticks += sum(int(field) for field in _stat_fields(pid)[11:13])
    return ticks / TICKS


def pss_of_rollup(text: str) -> float:
    """MB (10^6 bytes) from the text of /proc/<pid>/smaps_rollup. Raises ValueError without Pss."""
    for line in text.splitlines():
        name, _colon, rest = line.partition(":")
        if name == "Pss":
            return int(rest.split()[0]) * 1024 / 1e6
    raise ValueError("no Pss")


def pss_mb(pid: int) -> float:
    """MB of one process; 0 when it has ended."""
    with suppress(OSError, ValueError):
        return pss_of_rollup(Path(f"/proc/{pid}/smaps_rollup").read_text())
    return 0.0


def name_of(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


def command_line(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip()
    return ""
