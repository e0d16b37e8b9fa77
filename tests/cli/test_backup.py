"""A copy of the database while it is in use; ``tests/faults/test_deploy_page`` puts one back."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from elevhalsa.domain.places.models import School
from elevhalsa.extensions import db
from tests.factories import Make

from .conftest import Run


def schools_in(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [name for (name,) in copy.execute("SELECT name FROM school")]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_copy_holds_what_was_committed_a_moment_ago_and_is_for_nobody_else(
    run: Run, make: Make, tmp_path: Path
) -> None:
    make.school(name="Exempelskolan")
    copy = tmp_path / "copy.db"
    assert "kopierad" in run("backup", str(copy)).output
    assert schools_in(copy) == ["Exempelskolan"]
    assert copy.stat().st_mode & 0o777 == 0o600
    make.school(name="En till")
    assert "finns redan" in run("backup", str(copy), exit=1).output
    assert schools_in(copy) == ["Exempelskolan"], "an older copy is never written over"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_of_what_was_purged_comes_along(run: Run, make: Make, tmp_path: Path) -> None:
    school = make.school(name="Ett namn som gallras")
    db.session.execute(db.text("PRAGMA secure_delete = OFF"))
    school.name = "Exempelskolan"
    db.session.commit()
    run("backup", str(tmp_path / "copy.db"))
    assert db.session.scalars(select(School.name)).one() == "Exempelskolan"
    assert b"Ett namn som gallras" not in (tmp_path / "copy.db").read_bytes()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_is_left_to_its_own_tool(run: Run, tmp_path: Path) -> None:
    assert "pg_dump" in run("backup", str(tmp_path / "copy.db"), exit=1).output
    assert not (tmp_path / "copy.db").exists()
