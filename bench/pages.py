"""Pages a second, as a share of a bare Flask page behind the same server command."""

import urllib.request
from dataclasses import dataclass
from statistics import median

from . import wrk
from .backing import Backing, Web, web
from .figures import Figure, Unavailable
from .processes import cpu_seconds, pss_mb, tree
from .progress import say
from .seed import place

BARE = "bare page"
LEAST_SHARE = 70
ROUNDS = 3
# As browsers ask; the second header tells them from scripts (W3C Fetch Metadata).
ASKED = {"Accept-Encoding": "br, gzip", "Sec-Fetch-Site": "none"}


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
    with (
        web(backing, database, command="python -m bench.serve bare") as bare,
        web(backing, database) as ours,
    ):
        targets = _targets(bare, ours, slug)
        for target in targets:
            _warm(target)
        found: dict[str, list[Round]] = {target.name: [] for target in targets}
        for turn in range(rounds):
            for target in targets:
                say(f"  round {turn + 1} of {rounds}: {target.name}")
                found[target.name].append(_round(target, seconds))
        memory = {BARE: _memory(bare), "the app": _memory(ours)}
    return _figures(found) + [
        Figure(f"memory of {what} after the load", mb, "MB Pss") for what, mb in memory.items()
    ]


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
    before = cpu_seconds(target.server.pid)
    rate = wrk.run(target.url, seconds, target.headers)
    return Round(rate, cpu_seconds(target.server.pid) - before)


def _figures(found: dict[str, list[Round]]) -> list[Figure]:
    floor = median(turn.rate.per_second for turn in found[BARE])
    figures = []
    for target, turns in found.items():
        rate = median(turn.rate.per_second for turn in turns)
        figures.append(Figure(target, rate, "requests/s"))
        if target != BARE:
            share = 100 * rate / floor
            figures.append(Figure(f"{target}, of the bare page", share, "%", least=LEAST_SHARE))
        figures += [
            Figure(f"{target}, p50", median(turn.rate.p50_ms for turn in turns), "ms"),
            Figure(f"{target}, p99", median(turn.rate.p99_ms for turn in turns), "ms"),
            Figure(f"{target}, CPU", median(turn.cpu_ms for turn in turns), "ms/request"),
        ]
    return figures


def _memory(server: Web) -> float:
    return sum(pss_mb(process) for process in tree(server.pid))
