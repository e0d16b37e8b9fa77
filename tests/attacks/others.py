"""Somebody else's things: of another municipality, and of the same one behind the other wall."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask

from elevhalsa.extensions import db
from tests.factories import Make
from tests.pages import every_form
from tests.pages.every_form import House

ID = re.compile(r"(?<![\w-])[\w-]{22}(?![\w-])")

STEPS: tuple[Callable[[House], None], ...] = (
    every_form.with_times,
    every_form.a_standing_time,
    every_form.reported,
    every_form.attempted,
    every_form.reminded,
    every_form.with_a_key,
    every_form.with_a_week,
    every_form.away,
    every_form.with_a_baton,
    every_form.set_aside,
    every_form.told,
    every_form.with_a_feed,
    every_form.with_an_order,
    every_form.with_an_organisation,
    every_form.with_steps,
)
"""What has happened there: a row in nearly every table."""


def ids_in(rows: Any) -> set[str]:
    return set(ID.findall(repr(rows)))


@dataclass
class Others:
    ids: set[str]
    """Of every row that has come with them."""
    keys: dict[str, list[str]]
    """Table -> the primary keys of theirs."""

    def like(self, tables: Iterable[str] | None) -> Iterator[tuple[str, str]]:
        """One of theirs of each table, with its name."""
        for table in tables or ():
            for key in self.keys.get(table, ())[:1]:
                yield table, key


def others(
    app: Flask, before: House, make: Make, *more: Callable[[House], None], **how: Any
) -> Others:
    """make: of their municipality, with numbers of its own. more: steps."""
    known = ids_in(before.rows())
    house = House(app, make, **how)
    house.comes_to("door.index")
    for step in (*STEPS, *more):
        step(house)
        db.session.commit()
    ids = ids_in(before.rows()) - known
    return Others(ids, _keys(ids))


def _keys(ids: set[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, table in db.metadata.tables.items():
        keys = list(table.primary_key.columns)
        if len(keys) == 1:
            rows = db.session.scalars(db.select(keys[0]))
            found[name] = sorted(one for one in rows if one in ids)
    return found
