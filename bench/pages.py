"""What a page costs, as a share of a bare Flask page behind the same server.

CPU, at its best of short rounds in turns: what other programs do at the same time makes rates
wobble by a third, and can only add to the time that a page takes.
"""

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
LEAST_SHARE = 120
ROUNDS = 6
SECONDS = 2
# As browsers ask; the second header is sent by those of 2023 and later (W3C Fetch Metadata).
OLD = {"Accept-Encoding": "gzip"}
ASKED = {"Accept-Encoding": "br, gzip", "Sec-Fetch-Site": "none"}


@dataclass(frozen=True)
class Target:
    """One address that is measured."""

    name: str
    path: str
    headers: dict[str, str]
    server: Web
    least: float | None = LEAST_SHARE

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
    """A round asks for every page in turn, the bare one first."""
    wrk.require()
    database = backing.database("pages")
    with backing.app(database):
        slug = place().slugs[0]
    rounds = 2 if quick else ROUNDS
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
                found[target.name].append(_round(target))
        memory = {BARE: _memory(bare), "the app": _memory(ours)}
    return _figures(targets, found) + [
        Figure(f"memory of {what} after the load", mb, "MB Pss") for what, mb in memory.items()
    ]


def _targets(bare: Web, ours: Web, slug: str) -> list[Target]:
    form = f"/knacka?skola={slug}"
    remembered = ASKED | {"Cookie": f"skola={slug}"}
    return [
        Target(BARE, "/", ASKED, bare, least=None),
        Target("/ (school remembered)", "/", remembered, ours),
        Target("/s/<school>", f"/s/{slug}", remembered, ours),
        Target("/knacka?skola=…", form, ASKED, ours),
        Target("/knacka?skola=…, an old browser", form, OLD, ours),
    ]


def _warm(target: Target) -> None:
    """Every thread of both workers has answered, and with a page."""
    for _turn in range(20):
        asked = urllib.request.Request(target.url, headers=target.headers)
        with urllib.request.urlopen(asked, timeout=10) as answer:
            if answer.status != 200:
                raise Unavailable(f"{target.url} answered {answer.status}")


def _round(target: Target) -> Round:
    before = cpu_seconds(target.server.pid)
    rate = wrk.run(target.url, SECONDS, target.headers)
    return Round(rate, cpu_seconds(target.server.pid) - before)


def _figures(targets: list[Target], found: dict[str, list[Round]]) -> list[Figure]:
    floor = _least_cpu_ms(found[BARE])
    figures = []
    for target in targets:
        turns, name = found[target.name], target.name
        cpu_ms = _least_cpu_ms(turns)
        figures.append(Figure(f"{name}, CPU", cpu_ms, "ms/request"))
        if target.least is not None:
            share = 100 * floor / cpu_ms
            figures.append(Figure(f"{name}, of the bare page", share, "%", least=target.least))
        figures += [
            Figure(f"{name}, rate", max(turn.rate.per_second for turn in turns), "requests/s"),
            Figure(f"{name}, p50", median(turn.rate.p50_ms for turn in turns), "ms"),
            Figure(f"{name}, p99", median(turn.rate.p99_ms for turn in turns), "ms"),
        ]
    return figures


def _least_cpu_ms(turns: list[Round]) -> float:
    return min(turn.cpu_ms for turn in turns)


def _memory(server: Web) -> float:
    return sum(pss_mb(process) for process in tree(server.pid))
