"""The sweep that watches the promises, with a million open knocks of which a thousandth is due."""

import time
from statistics import median

from elevhalsa.domain.promise import sweep
from elevhalsa.extensions import db
from workers.jobs import CLIMBERS

from .backing import Backing
from .figures import Figure, Unavailable
from .progress import say
from .seed import open_knocks, place

MOST_FINDING_MS = 50
EVERY = 1000


def measure(backing: Backing, *, quick: bool) -> list[Figure]:
    """The query that finds what is due, then one whole sweep."""
    database = backing.database("sweep")
    size = 100_000 if quick else 1_000_000
    label = f"{size:,} open".replace(",", " ")
    with backing.app(database):
        open_knocks(place(), 1, size, some_due=True, messages=False)
        say("  finding what is due")
        times = []
        for _turn in range(11):
            began = time.perf_counter()
            sweep.due()
            times.append(time.perf_counter() - began)
            db.session.rollback()
        due = size // EVERY
        say(f"  a sweep of {due} knocks")
        began = time.perf_counter()
        done = sweep.sweep(CLIMBERS)
        seconds = time.perf_counter() - began
    if done != due:
        raise Unavailable(f"the sweep saw to {done} knocks of {due}")
    return [
        Figure(f"{label}: finding what is due, first", times[0] * 1000, "ms", most=MOST_FINDING_MS),
        Figure(f"{label}: finding what is due, median", median(times) * 1000, "ms",
               most=MOST_FINDING_MS),
        Figure(f"{label}: a sweep of {due} due", seconds, "s"),
        Figure(f"{label}: each knock of the sweep", seconds * 1000 / due, "ms"),
    ]  # fmt: skip
