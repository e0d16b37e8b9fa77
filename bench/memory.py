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
from .processes import HOST, free_port, pss_mb, running, tree
from .progress import say

MOST_MB = {1: 150, 2: 170}
"""By web processes; ``make run`` starts one."""
READY_SECONDS = 150
VISITS = 20
OK = 200
REST_SECONDS = 5
ROLES = {
    "valkey-server": "queue server",
    "elevhalsa-web": "web",
    "elevhalsa-work": "worker",
    "elevhalsa-eid": "pretended e-ID, of the demo alone",
}
# As it is, with another folder than instance/ for its data.
STACK = """
import sys
from pathlib import Path
from workers import stack

stack.FOLDER = Path({folder!r})
sys.exit(stack.main())
"""


def measure(backing: Backing, *, quick: bool) -> list[Figure]:
    """Pss of web, worker, queue and the parent of them, each and in all."""
    folder = backing.folder / "stack"
    folder.mkdir()
    script = backing.folder / "start_stack.py"
    script.write_text(STACK.format(folder=str(folder)))
    return [
        figure
        for web_processes in ((1,) if quick else (1, 2))
        for figure in _of(backing, script, web_processes)
    ]


def _of(backing: Backing, script: Path, web_processes: int) -> list[Figure]:
    port = free_port()
    log = backing.folder / f"stack-{web_processes}.log"
    env = backing.env(f"sqlite:///{backing.folder}/stack/development.db", port)
    env["WEB_CONCURRENCY"] = str(web_processes)
    say(f"  starting what make run starts, web processes: {web_processes}")
    with running(f"{sys.executable} {script}", env=env, log=log) as process:
        _wait_until_ready(port, process, log)
        for _turn in range(VISITS):
            for path in ("/", "/knacka", "/hjalp-nu"):
                _get(port, path)
        time.sleep(REST_SECONDS)
        found: dict[str, list[float]] = {}
        for each in tree(process.pid):
            role = "parent" if each.pid == process.pid else ROLES.get(each.name(), each.name())
            found.setdefault(role, []).append(pss_mb(each))
    total = sum(mb for each in found.values() for mb in each)
    name = f"web processes: {web_processes}"
    return [
        *(Figure(f"{name}, {role}", sum(each), "MB Pss") for role, each in found.items()),
        Figure(f"{name}, all of it", total, "MB Pss", most=MOST_MB[web_processes]),
    ]


def _wait_until_ready(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Ready, and with the list of who can sign in out of the way."""
    until = time.monotonic() + READY_SECONDS
    ready = False
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError):
            ready = ready or _get(port, "/readyz") == OK
        if ready and {each.name() for each in tree(process.pid)[1:]} <= set(ROLES):
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
