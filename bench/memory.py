"""Memory of all that ``make run`` starts, at rest after a few visits."""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

from .backing import Backing
from .figures import Figure, Unavailable
from .processes import HOST, command_line, free_port, name_of, pss_mb, running, tree
from .progress import say

MOST_MB = 150
READY_SECONDS = 150
VISITS = 20
OK = 200
REST_SECONDS = 5
# The supervisor as it is, with another folder than instance/ for its data.
SUPERVISOR = """
import sys
from pathlib import Path
from workers import stack

class Elsewhere(stack.Stack):
    _folder = property(lambda self: Path({folder!r}), lambda self, usual: None)

stack.Stack = Elsewhere
sys.exit(stack.main())
"""


def measure(backing: Backing, *, quick: bool) -> list[Figure]:
    """Pss of web, worker and their parent, queue and supervisor, each and in all."""
    folder = backing.folder / "stack"
    folder.mkdir()
    script = backing.folder / "supervisor.py"
    script.write_text(SUPERVISOR.format(folder=str(folder)))
    port = free_port()
    log = backing.folder / "stack.log"
    env = backing.env(f"sqlite:///{folder / 'development.db'}", port)
    del env["MALLOC_ARENA_MAX"]  # the supervisor's choice is measured
    command = f"{sys.executable} {script}"
    say("  starting what make run starts")
    with running(command, env=env, log=log) as process:
        _wait_until_ready(port, process, log)
        for _turn in range(VISITS):
            for path in ("/", "/knacka", "/hjalp-nu"):
                _get(port, path)
        time.sleep(REST_SECONDS)
        found: dict[str, list[float]] = {}
        for pid in tree(process.pid):
            found.setdefault(_role(pid, process.pid), []).append(pss_mb(pid))
    total = sum(mb for each in found.values() for mb in each)
    figures = [Figure(f"{role} ({len(each)})", sum(each), "MB Pss") for role, each in found.items()]
    return [*figures, Figure("all of it", total, "MB Pss", most=MOST_MB)]


def _role(pid: int, supervisor: int) -> str:
    if pid == supervisor:
        return "supervisor"
    name = name_of(pid)
    for word, role in (
        ("valkey", "queue server"),
        ("gunicorn", "web: master and workers"),
        ("elevhalsa-work", "worker"),
    ):
        if word in name:
            return role
    if "workers.whole" in command_line(pid):
        return "parent of web and worker"
    return f"other: {name}"


def _wait_until_ready(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Ready, and with the supervisor's list of who can sign in out of the way."""
    until = time.monotonic() + READY_SECONDS
    ready = False
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError):
            ready = ready or _get(port, "/readyz") == OK
        if ready and not any("bin/flask" in command_line(pid) for pid in tree(process.pid)):
            return
        time.sleep(0.3)
    raise Unavailable(f"the stack did not start; its last words: {log.read_text()[-600:]}")


def _get(port: int, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}{path}", timeout=5) as answer:
            answer.read()
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
