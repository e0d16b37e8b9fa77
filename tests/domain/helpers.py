"""What tests of the domain share: Swedish times, things done at once, a count of queries."""

import contextvars
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from threading import Barrier
from typing import Any

from flask import Flask
from sqlalchemy import event, inspect, select, text

from elevhalsa import work
from elevhalsa.core.clock import STOCKHOLM
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.knocks.models import DeviceKnock, Knock
from elevhalsa.domain.meetings import service as meetings
from elevhalsa.domain.meetings.models import Proposal
from elevhalsa.domain.meetings.service import Offer
from elevhalsa.domain.notices import outbox
from elevhalsa.domain.notices.outbox import Outbox
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.promise import sweep as sweeping
from elevhalsa.extensions import db
from workers.jobs import CLIMBERS

Meet = Callable[[], object]


def at(moment: str) -> datetime:
    """'2026-11-23 09:30' in Swedish wall-clock time."""
    return datetime.fromisoformat(moment).replace(tzinfo=STOCKHOLM)


def together(app: Flask, *works: Callable[[Meet], object]) -> list[object]:
    """Do each work in a thread and a transaction of its own, and commit. All begin at once.

    A work is given ``meet``, to be called between reading and writing: on PostgreSQL it waits for
    the others, so that all have read before anybody writes. (On SQLite a transaction that will
    write holds the file's only lock from the start.)
    Returns results in the order of the works; an exception is a result.
    """
    start = Barrier(len(works), timeout=30)
    middle = Barrier(len(works), timeout=30)
    is_sqlite = db.engine.dialect.name == "sqlite"
    meet: Meet = (lambda: None) if is_sqlite else middle.wait

    def one(task: Callable[[Meet], object]) -> object:
        start.wait()
        with app.app_context(), work.unit():
            try:
                result = task(meet)
                db.session.commit()
            except Exception as error:  # noqa: BLE001  (the result of a race)
                db.session.rollback()
                return error
            return result

    db.session.commit()
    with ThreadPoolExecutor(len(works)) as pool:
        futures = [pool.submit(contextvars.copy_context().run, one, task) for task in works]
        return [future.result(timeout=60) for future in futures]


def digits_count_until(moment: datetime) -> None:
    """On every device, for every knock that it opens."""
    for link in db.session.scalars(select(DeviceKnock)):
        link.pin_until = moment
        link.sign()
    db.session.flush()


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    """The SQL statements that are run within the block."""
    statements: list[str] = []

    def note(_conn, _cursor, statement, _parameters, _context, _many) -> None:
        if not statement.startswith(("BEGIN", "SELECT set_config")):
            statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def everything_stored() -> str:
    """Every value of every row of every table, as somebody with a copy of the database sees it."""
    db.session.commit()
    found = []
    with db.engine.connect() as connection:
        for table in inspect(connection).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):
                found += [f"{value}" for value in row]
    return "\n".join(found)


def many_like(row: Knock, number: int, **values: Any) -> None:
    """Copies of a knock with ids of their own, written straight to the table."""
    same = {column.key: getattr(row, column.key) for column in inspect(Knock).column_attrs}
    db.session.add_all(
        Knock(
            **same
            | {"id": new_id(), "form_hash": new_id(), "code_hash": new_id()}
            | {key: value(n) if callable(value) else value for key, value in values.items()}
        )
        for n in range(number)
    )
    db.session.commit()


def propose(staff: Staff, knock: Knock, offers: Sequence[Offer]) -> Proposal:
    """Whatever is odd about the times: a test may run at night."""
    try:
        return meetings.propose(staff, knock, offers)
    except meetings.OddTimes as odd:
        return meetings.propose(staff, knock, offers, yes_to=odd.yes)


def sweep() -> int:
    """What the worker does every minute: every rung that is due is climbed. Returns how many."""
    return sweeping.sweep(CLIMBERS)


def an_outbox(app: Flask, *senders: outbox.Sender[str]) -> Outbox:
    """The loop with these senders."""

    @contextmanager
    def unit() -> Iterator[None]:
        with app.app_context(), work.unit():
            yield

    return Outbox(senders, unit)
