"""The recurring things, and the loop that sees to them in a thread of the worker process.

Runs in every worker. A row in the database says whose turn it is, so two workers do each thing
once. What is shared is begun by one and joined by all others until it is done: each takes rows that
no other holds. The queue takes no part, so the promise is watched when it is gone.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask

from elevhalsa.domain.notices import schedule

from . import jobs

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 5.0


@dataclass(frozen=True)
class Turn:
    name: str
    every: timedelta
    job: Callable[[], None]
    is_shared: bool = False
    """May several do it at the same time, a part each? Then who looks while it goes on joins in,
    and what was left by one that died is taken up at once."""


TURNS = (
    Turn("return_what_was_left", timedelta(seconds=60), jobs.return_what_was_left),
    Turn("carry_batons", timedelta(seconds=60), jobs.carry_batons),
    Turn("sweep", timedelta(seconds=30), jobs.sweep, is_shared=True),
    Turn("flush_outbox", timedelta(seconds=10), jobs.flush_outbox, is_shared=True),
    Turn("meetings_soon", timedelta(minutes=15), jobs.meetings_soon),
    Turn("tell_of_gaps", timedelta(minutes=15), jobs.tell_of_gaps),
    Turn("follow_up", timedelta(minutes=15), jobs.follow_up),
    Turn("sum_up", timedelta(minutes=5), jobs.sum_up),
    Turn("rewrite", timedelta(seconds=30), jobs.rewrite),
    Turn("note_keys", timedelta(minutes=15), jobs.note_keys),
    Turn("seal_log", timedelta(seconds=60), jobs.seal_log),
    Turn("check_log", timedelta(minutes=5), jobs.check_log),
    Turn("run_retention", timedelta(seconds=60), jobs.run_retention),
    Turn("send_seals", timedelta(hours=1), jobs.send_seals),
    Turn("tidy", timedelta(hours=1), jobs.tidy),
)


def take_turns(turns: tuple[Turn, ...] = TURNS) -> list[str]:
    """Do what is due and is not being done by another worker, or is shared. Returns the names."""
    done = []
    for turn in turns:
        mine = False
        with jobs.job(f"schedule of {turn.name}"):
            mine = schedule.begin(turn.name, turn.every) or (
                turn.is_shared and schedule.is_under_way(turn.name)
            )
        if mine:
            turn.job()
            done.append(turn.name)
    return done


def watch(app: Flask, stop: threading.Event) -> None:
    """Take turns until ``stop`` is set."""
    with app.app_context():
        while not stop.is_set():
            take_turns()
            stop.wait(LOOK_EVERY_SECONDS)
