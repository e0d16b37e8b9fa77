"""The service as a platform runs it, in processes that a test kills and starts again."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import psutil
from sqlalchemy import select

from elevhalsa import work
from elevhalsa.domain.notices.models import Notice, ScheduledRun
from elevhalsa.extensions import db
from tests import any_hour
from tests.mailbox import Mailbox
from tests.running import (
    PYTHON_BIN,
    Running,
    environment,
    eventually,
    listens,
    running,
    running_valkey,
    running_worker,
)

WORKERS = ("worker", "another worker")


class House:
    """Web, workers and queue as processes of a platform, each of which can be killed."""

    def __init__(self, folder: Path, env: dict[str, str], port: int, workers: int) -> None:
        self._folder, self._env, self._port = folder, env, port
        self.workers = WORKERS[:workers]
        self._stacks: dict[str, ExitStack] = {}
        self._running: dict[str, Running] = {}

    def start(self, name: str) -> None:
        stack = ExitStack()
        log = self._folder / f"{name}.log"
        starts = {
            "queue": lambda: running_valkey(self._folder / "valkey.sock"),
            **dict.fromkeys(self.workers, lambda: running_worker(self._env, log)),
            "web": lambda: running([str(PYTHON_BIN / "python"), "-m", "workers.web"],
                                   self._env, log),
        }  # fmt: skip
        self._running[name] = stack.enter_context(starts[name]())
        self._stacks[name] = stack

    def kill(self, name: str) -> None:
        self._running[name].kill()
        self._stacks.pop(name).close()

    def kill_one_web_process(self) -> None:
        """Its parent starts it again; another one stands at the same door meanwhile."""
        children = psutil.Process(self._running["web"].pid).children()
        if children:
            children[-1].kill()

    def end(self) -> None:
        for stack in self._stacks.values():
            stack.close()

    def is_open(self) -> bool:
        return listens(self._port)

    def said(self) -> str:
        return "".join(path.read_text() for path in self._folder.glob("*.log"))


@contextmanager
def a_house(
    database_url: str,
    mailbox: Mailbox,
    folder: Path,
    port: int,
    *,
    workers: int = 1,
    **settings: str,
) -> Iterator[House]:
    """settings: what the environment says besides."""
    env = environment(
        DATABASE_URL=database_url,
        REDIS_URL=f"unix://{folder / 'valkey.sock'}",
        MAIL_URL=mailbox.url,
        MAIL_FROM="fran@exempel.invalid",
        PUBLIC_URL=f"http://127.0.0.1:{port}",
        PORT=str(port),
        BIND="127.0.0.1",
        # As many letters as there are knocks: what becomes of a flood is tried in test_flood.
        FLOOD_SCHOOL="1000000/1",
        LETTERS_AN_HOUR="1000000",
        **any_hour.CHILDREN,
        **settings,
    )
    house = House(folder, env, port, workers)
    try:
        for name in ("queue", "web", *house.workers):
            house.start(name)
        eventually(house.is_open, seconds=60)
        yield house
    finally:
        house.end()


def in_a_workers_hands() -> set[tuple[str, int]]:
    """(notice, attempt) of each letter that was claimed and not settled."""
    db.session.rollback()
    rows = db.session.execute(
        select(Notice.id, Notice.attempts).where(
            Notice.sent_at.is_(None), Notice.claimed_until.is_not(None)
        )
    )
    return {(notice_id, attempts) for notice_id, attempts in rows}


def let_claims_run_out() -> None:
    """What killed workers had claimed may be sent by another now, not in half a minute."""
    back = timedelta(minutes=3)
    db.session.rollback()
    with work.unit():
        for run in db.session.scalars(select(ScheduledRun)):
            run.started_at = run.started_at and run.started_at - back
        for row in db.session.scalars(select(Notice).where(Notice.claimed_until.is_not(None))):
            row.claimed_until = row.claimed_until and row.claimed_until - back
