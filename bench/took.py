"""What a piece of work in this process took: wall-clock and CPU, the best of some rounds."""

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass

ROUNDS = 6
"""Rates on a shared machine wobble by a third; the least of a few rounds is what the work costs."""


@dataclass(frozen=True)
class Took:
    """Of one thing of many that were done."""

    wall_ms: float
    cpu_ms: float

    @property
    def rate(self) -> float:
        """How many in a second."""
        return 1000 / self.wall_ms

    @property
    def cpu_rate(self) -> float:
        """How many in a second that a core works."""
        return 1000 / self.cpu_ms


def took(number: int, work: Callable[[], object]) -> Took:
    """One round: ``work`` does ``number`` things."""
    began, cpu_before = time.perf_counter(), _cpu()
    work()
    wall, cpu = time.perf_counter() - began, _cpu() - cpu_before
    return Took(wall / number * 1000, cpu / number * 1000)


def best_of(rounds: list[Took]) -> Took:
    return Took(min(one.wall_ms for one in rounds), min(one.cpu_ms for one in rounds))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
