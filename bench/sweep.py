"""The sweep that watches the promises, with a million open knocks of which a thousandth is due, and
how it grows from a tenth of them. Then rungs a second, with one worker, two and four."""

import logging
import multiprocessing
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from statistics import median

from sqlalchemy import text

from elevhalsa import work
from elevhalsa.domain.promise import sweep
from elevhalsa.extensions import db
from workers.jobs import CLIMBERS

from .backing import Backing
from .figures import Figure, Unavailable
from .progress import say
from .seed import open_knocks, place

MOST_FINDING_MS = 50
MOST_GROWTH = 2
"""Of finding what is due among ten times as many: an index is a little higher, and no more."""
EVERY = 1000
WORKERS = (1, 2, 4)
START_SECONDS = 60

_MAKE_DUE = text("""
UPDATE wait SET next_rung_at = now() - interval '1 minute', rung_hours = 20, again_at = NULL
WHERE id IN (
    SELECT substr(md5('w' || n), 1, 22)
    FROM generate_series(CAST(:first AS integer) + 1, CAST(:last AS integer)) AS n
)
""")


def measure(backing: Backing, *, quick: bool) -> list[Figure]:
    size, rungs = (100_000, 600) if quick else (1_000_000, 4000)
    return figures_of(backing, backing.database("sweep"), size, rungs, WORKERS)


def figures_of(
    backing: Backing, database: str, size: int, rungs: int, workers: Sequence[int]
) -> list[Figure]:
    """The query that finds what is due, one whole sweep, and sweeps that are shared.

    size: open knocks, of which a thousandth is due; first a tenth of them. rungs: as many for each
    number of workers.
    """
    figures: list[Figure] = []
    finding: list[float] = []
    with backing.app(database):
        at, first = place(), 1
        for last in (size // 10, size):
            open_knocks(at, first, last, some_due=True, messages=False)
            label = f"{last:,} open".replace(",", " ")
            found, some = _one_sweep(label, last // EVERY - (first - 1) // EVERY)
            finding.append(found)
            figures += some
            first = last + 1
        growth = finding[1] / finding[0]
        figures.append(
            Figure("finding what is due, ten times as many", growth, "times", most=MOST_GROWTH)
        )
        for number, several in enumerate(workers):
            db.session.execute(_MAKE_DUE, {"first": number * rungs, "last": number * rungs + rungs})
            db.session.commit()
            say(f"  {rungs} rungs, {several} at work")
            rate = rungs / _seconds(backing, database, several, rungs)
            figures.append(Figure(f"rungs a second, {several} at work", rate, "1/s"))
    return figures


def _one_sweep(label: str, due: int) -> tuple[float, list[Figure]]:
    """How many milliseconds it takes to find what is due, and all figures."""
    say("  finding what is due")
    times = []
    for _turn in range(11):
        began = time.perf_counter()
        sweep.due()
        times.append((time.perf_counter() - began) * 1000)
        db.session.rollback()
    say(f"  a sweep of {due} knocks")
    began = time.perf_counter()
    done = sweep.sweep(CLIMBERS)
    seconds = time.perf_counter() - began
    if done != due:
        raise Unavailable(f"the sweep saw to {done} knocks of {due}")
    return median(times), [
        Figure(f"{label}: finding what is due, first", times[0], "ms", most=MOST_FINDING_MS),
        Figure(f"{label}: finding what is due, median", median(times), "ms", most=MOST_FINDING_MS),
        Figure(f"{label}: a sweep of {due} due", seconds, "s"),
        Figure(f"{label}: each knock of the sweep", seconds * 1000 / due, "ms"),
    ]


def _seconds(backing: Backing, database: str, workers: int, rungs: int) -> float:
    """From when all are there until the last has found nothing more. Each is a process of its own
    and takes what no other holds."""
    context = multiprocessing.get_context("spawn")
    pipes, processes = [], []
    try:
        for _number in range(workers):
            here, there = context.Pipe()
            process = context.Process(target=_work, args=(backing, database, there), daemon=True)
            process.start()
            pipes.append(here)
            processes.append(process)
        if not all(pipe.poll(START_SECONDS) and pipe.recv() for pipe in pipes):
            raise Unavailable("a worker did not start")
        began = time.perf_counter()
        for pipe in pipes:
            pipe.send("go")
        done = sum(pipe.recv() for pipe in pipes)
        seconds = time.perf_counter() - began
    finally:
        for process in processes:
            process.join(10)
            process.kill()
    if done != rungs:
        raise Unavailable(f"{workers} at work climbed {done} rungs of {rungs}")
    return seconds


def _work(backing: Backing, database: str, pipe: Connection) -> None:
    logging.disable(logging.WARNING)
    with backing.app(database), work.unit():
        sweep.due()  # what is made once is made
        db.session.rollback()
        pipe.send(True)
        pipe.recv()
        pipe.send(sweep.sweep(CLIMBERS))
