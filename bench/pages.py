"""Pages a second, as a share of a bare Flask page behind the same server command."""

import shutil
import subprocess
import sys
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

from . import wrk
from .backing import Backing, Web, web, web_command
from .figures import Figure, Unavailable
from .processes import HOST, ROOT, cpu_seconds, pss_mb, tree
from .progress import say
from .seed import place

BARE = "bare page"
LEAST_SHARE = 70
ROUNDS = 3
# As browsers ask; the second header tells them from scripts (W3C Fetch Metadata).
ASKED = {"Accept-Encoding": "br, gzip", "Sec-Fetch-Site": "none"}
GRANIAN = (
    f"python -m granian --interface wsgi --workers 2 --blocking-threads 4 --host {HOST} "
    "--port $PORT --no-ws {app}"
)


@dataclass(frozen=True)
class Target:
    """One address that is measured."""

    name: str
    path: str
    headers: dict[str, str]
    server: Web

    @property
    def url(self) -> str:
        return self.server.origin + self.path


@dataclass(frozen=True)
class Round:
    """What one round with wrk showed, and what it cost the server."""

    rate: wrk.Rate
    cpu_seconds: float

    @property
    def cpu_ms(self) -> float:
        """User and system time of the server's processes for one request."""
        return self.cpu_seconds * 1000 / self.rate.count


def measure(backing: Backing, *, quick: bool) -> list[Figure]:
    """Median rates of three rounds; a round asks for every page in turn, the bare one first."""
    wrk.require()
    database = backing.database("pages")
    with backing.app(database):
        slug = place().slugs[0]
    seconds = 2 if quick else 5
    rounds = 1 if quick else ROUNDS
    ours = web_command()
    bare = ours.replace("app:app", "bench.bare:app", 1) + f" --config {ROOT}/bench/bare_gunicorn.py"
    figures = _server(backing, database, "gunicorn", (bare, ours), slug, seconds, rounds)
    commands = (GRANIAN.format(app="bench.bare:app"), GRANIAN.format(app="app:app"))
    try:
        package = _granian(backing)
        figures += _server(
            backing, database, "granian", commands, slug, seconds, rounds, python_path=package
        )
    except (Unavailable, OSError) as reason:
        say(f"  granian is left out: {reason}")
    return figures


def _server(
    backing: Backing,
    database: str,
    name: str,
    commands: tuple[str, str],
    slug: str,
    seconds: int,
    rounds: int,
    *,
    python_path: str | None = None,
) -> list[Figure]:
    env = {"PYTHONPATH": f"{ROOT}:{python_path}"} if python_path else {}
    with ExitStack() as stack:
        bare, ours = (
            stack.enter_context(web(backing, database, command=command, extra_env=env))
            for command in commands
        )
        targets = _targets(bare, ours, slug)
        for target in targets:
            _warm(target)
        found: dict[str, list[Round]] = {target.name: [] for target in targets}
        for turn in range(rounds):
            for target in targets:
                say(f"  {name}, round {turn + 1} of {rounds}: {target.name}")
                found[target.name].append(_round(target, seconds))
        memory = {BARE: _memory(bare), "the app": _memory(ours)}
    figures = _figures(name, found, is_chosen=python_path is None)
    figures += [
        Figure(f"{name}: memory of {what} after the load", mb, "MB Pss")
        for what, mb in memory.items()
    ]
    return figures


def _targets(bare: Web, ours: Web, slug: str) -> list[Target]:
    remembered = ASKED | {"Cookie": f"skola={slug}"}
    return [
        Target(BARE, "/", ASKED, bare),
        Target("/ (school remembered)", "/", remembered, ours),
        Target("/s/<school>", f"/s/{slug}", remembered, ours),
        Target("/knacka?skola=…", f"/knacka?skola={slug}", ASKED, ours),
    ]


def _warm(target: Target) -> None:
    """Every thread of both workers has answered, and with a page."""
    for _turn in range(20):
        asked = urllib.request.Request(target.url, headers=target.headers)
        with urllib.request.urlopen(asked, timeout=10) as answer:
            if answer.status != 200:
                raise Unavailable(f"{target.url} answered {answer.status}")


def _round(target: Target, seconds: int) -> Round:
    pids = tree(target.server.pid)
    before = cpu_seconds(pids)
    rate = wrk.run(target.url, seconds, target.headers)
    return Round(rate, cpu_seconds(pids) - before)


def _figures(name: str, found: dict[str, list[Round]], *, is_chosen: bool) -> list[Figure]:
    """is_chosen: this is the server that the Procfile names, so the aim is its."""
    floor = median(turn.rate.per_second for turn in found[BARE])
    figures = []
    for target, turns in found.items():
        rate = median(turn.rate.per_second for turn in turns)
        label = f"{name}: {target}"
        figures.append(Figure(label, rate, "requests/s"))
        if target != BARE:
            least = LEAST_SHARE if is_chosen else None
            share = 100 * rate / floor
            figures.append(Figure(f"{label}, of the bare page", share, "%", least=least))
        figures += [
            Figure(f"{label}, p50", median(turn.rate.p50_ms for turn in turns), "ms"),
            Figure(f"{label}, p99", median(turn.rate.p99_ms for turn in turns), "ms"),
            Figure(f"{label}, CPU", median(turn.cpu_ms for turn in turns), "ms/request"),
        ]
    return figures


def _memory(server: Web) -> float:
    return sum(pss_mb(pid) for pid in tree(server.pid))


def _granian(backing: Backing) -> str:
    """A folder with granian, for this run only. Raises Unavailable without a package registry."""
    folder = backing.folder / "granian"
    uv = shutil.which("uv", path=str(ROOT / ".venv/bin"))
    pip = [uv, "pip"] if uv else [sys.executable, "-m", "pip"]
    say("  fetching granian for this run")
    done = subprocess.run(
        [*pip, "install", "--quiet", "--target", str(folder), "granian"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    if done.returncode:
        raise Unavailable("it could not be installed")
    return str(folder)
