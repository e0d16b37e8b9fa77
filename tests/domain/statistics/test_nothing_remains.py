"""What has been purged is in no file of the database any more, not even encrypted."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Text, select, text, type_coerce

from elevhalsa import database
from elevhalsa.core import clock
from elevhalsa.domain.knocks import answering
from elevhalsa.domain.knocks.models import Knock, Message
from elevhalsa.domain.knocks.words import Outcome
from elevhalsa.domain.sealing.columns import encrypted_columns
from elevhalsa.extensions import db
from tests.factories import Make
from workers import jobs

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

LONG = "Det här är långt. " * 150
"""Longer than a page of the file, so that it takes pages of its own."""


@pytest.fixture
def stories(app: Flask, make: Make) -> list[str]:
    """Ids of knocks, of which every other is closed and its time is up: in the file they stand
    among others that are kept."""
    school = make.school()
    staff = make.counsellor(school)
    over = []
    with clock.frozen(clock.now() - timedelta(days=400)):
        for number in range(60):
            text = f"Hej {number}. {LONG if number % 3 == 0 else ''}"
            knock = make.knock(school, text=text, name=f"Kim {number}").knock
            answering.take(staff, knock)
            answering.answer(staff, knock, f"Svar {number}", form_id=f"{number:022}")
            if number % 2:
                answering.close(staff, knock, Outcome.MET, shown=knock.newest)
                over.append(knock.id)
        db.session.commit()
    return over


def stored(ids: list[str]) -> set[bytes]:
    """All that is encrypted of these knocks, as it stands in the file."""
    found = set()
    for table, columns in encrypted_columns().items():
        key = {Knock.__table__: "id", Message.__table__: "knock_id"}.get(table)
        for column in columns if key else ():
            raw = type_coerce(column, Text)
            query = select(raw).where(column.is_not(None), table.c[key].in_(ids))
            found |= {token.encode() for token in db.session.scalars(query)}
    db.session.remove()
    return found


def files(app: Flask) -> bytes:
    path = Path(str(db.engine.url.database))
    return b"".join(one.read_bytes() for one in path.parent.glob(f"{path.name}*"))


def remains(app: Flask, tokens: set[bytes]) -> int:
    """How many of these, or most of their beginning, can be found in the files."""
    there = files(app)
    return sum(token[:60] in there for token in tokens)


def test_a_purged_text_is_neither_in_the_file_nor_in_its_log(app, stories):
    tokens = stored(stories)
    assert len(tokens) > 80
    assert remains(app, tokens) == len(tokens)
    jobs.tidy()
    assert not db.session.scalars(select(Knock.id).where(Knock.id.in_(stories))).all()
    assert remains(app, tokens) == 0


def test_while_somebody_reads_the_log_is_left_for_the_next_time(app, stories):
    tokens = stored(stories)
    path = str(db.engine.url.database)
    db.session.execute(text("PRAGMA busy_timeout = 50"))  # ms that it waits for the reader
    db.session.rollback()
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM knock").fetchone()
        jobs.tidy()
        assert remains(app, tokens) > 0
        reader.execute("ROLLBACK")
    assert database.leave_nothing_behind()
    assert remains(app, tokens) == 0
