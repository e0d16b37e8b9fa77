"""The staff inbox with few and many open knocks: the same number of queries, the same time."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event

from elevhalsa.domain.people import service as people
from elevhalsa.domain.people.models import Staff
from elevhalsa.extensions import db

from .backing import Backing
from .figures import Figure, Unavailable, percentile
from .progress import say
from .seed import open_knocks, place
from .took import ROUNDS, best_of, took

PATH = "/personal/inkorg"
MOST_ROWS = 10_000
"""Knocks looked at for one page: the counts above it stop at a thousand that the person may see."""
Statement = tuple[str, Any]


@contextmanager
def counted(engine: Engine) -> Iterator[list[Statement]]:
    """Every statement that the engine sends within the block, with its parameters."""
    sent: list[Statement] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def measure(backing: Backing, *, quick: bool) -> list[Figure]:
    """A nurse with four schools of ten opens the page, through Flask's test client."""
    sizes = (100, 1_000, 10_000) if quick else (100, 10_000, 100_000)
    turns = 10 if quick else 40
    figures: list[Figure] = []
    counts: list[int] = []
    # Its context is not left open, or all requests of the test client would share it.
    app = backing.make_app(backing.database("inbox"))
    with app.app_context():
        at = place()
        engine = db.engine
    try:
        open_page = opener(app, at.nurse_id, PATH)

        def open_pages() -> None:
            for _turn in range(turns):
                open_page()

        for before, size in zip((0, *sizes), sizes, strict=False):
            label = f"{size:,} open".replace(",", " ")
            say(f"  {label} knocks")
            with app.app_context():
                open_knocks(at, before + 1, size, some_due=False, messages=True)
            open_page()
            with counted(engine) as statements:
                weight = open_page()
            counts.append(len(statements))
            times = [_seconds(open_page) for _turn in range(turns)]
            cost = best_of([took(turns, open_pages) for _round in range(ROUNDS)])
            figures += [
                Figure(f"{label}: SQL queries", counts[-1], "", most=7),
                Figure(f"{label}: CPU", cost.cpu_ms, "ms", most=8),
                Figure(f"{label}: p50", percentile(times, 50) * 1000, "ms"),
                Figure(f"{label}: p99", percentile(times, 99) * 1000, "ms"),
                Figure(f"{label}: page", weight / 1000, "kB"),
            ]
        rows = _rows_read(engine, statements)
    finally:
        engine.dispose()
    more = counts[-1] - counts[0]
    return [
        *figures,
        Figure("queries more at the largest than at the smallest", more, "", most=0),
        Figure("knocks read for one page, at the largest", rows, "rows", most=MOST_ROWS),
    ]


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def opener(app: Flask, staff_id: str, path: str) -> Callable[[], int]:
    """Signs one of the staff in. What it returns opens a page and tells its bytes."""
    client = app.test_client()
    with app.app_context():
        token = people.redeem(people.make_link(db.session.get_one(Staff, staff_id)))
        db.session.commit()
    with client.session_transaction() as session:
        session["_user_id"] = token
        session["_fresh"] = True

    def open_page() -> int:
        answer = client.get(path)
        if answer.status_code != 200:
            raise Unavailable(f"{path} answered {answer.status_code}")
        return len(answer.data)

    return open_page


def _rows_read(engine: Engine, statements: list[Statement]) -> float:
    """Rows of the table of knocks that PostgreSQL looked at, for all of the page's queries."""
    rows = 0.0
    with engine.connect() as connection:
        for statement, parameters in statements:
            if statement.lstrip().upper().startswith("SELECT"):
                explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}"
                plan = connection.exec_driver_sql(explain, parameters).scalar_one()
                rows += _rows_of(plan[0]["Plan"])
        connection.rollback()
    return rows


def _rows_of(node: dict[str, Any]) -> float:
    below = sum(_rows_of(child) for child in node.get("Plans", ()))
    if node.get("Relation Name") != "knock":
        return below
    looked_at = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    return float(below + looked_at * node["Actual Loops"])
