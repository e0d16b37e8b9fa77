"""Making the keys, and changing to a new one."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from elevhalsa import create_app, work
from elevhalsa.config import ROOT
from elevhalsa.core import clock
from elevhalsa.core.crypto import OLDER, Place, key_id_of, keyring, new_encryption_key
from elevhalsa.core.errors import SettingError
from elevhalsa.domain import rekeying
from elevhalsa.domain.knocks import answering
from elevhalsa.domain.knocks.models import Knock, Message
from elevhalsa.domain.knocks.words import Way
from elevhalsa.domain.operations import keys as marks
from elevhalsa.domain.operations.models import KeyMark, KeyUse
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import Municipality
from elevhalsa.domain.sealing import keys
from elevhalsa.domain.sealing.columns import encrypted_columns
from elevhalsa.domain.sealing.models import WrappedKey
from elevhalsa.extensions import db
from tests.conftest import KEYS, settings_for
from tests.factories import Make
from workers import jobs


def test_keys_are_made_where_nothing_is_set_and_an_app_starts_with_them() -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    made = subprocess.run(
        [sys.executable, "-m", "elevhalsa.cli.keys"],
        env=environment, capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    keys = dict(line.split("=", 1) for line in made.stdout.splitlines())
    assert set(keys) == {"SECRET_KEY", "HASH_KEY", "ENCRYPTION_KEYS"}
    assert made.stderr == ""
    settings = settings_for("sqlite:///:memory:", **{k.lower(): v for k, v in keys.items()})
    try:
        create_app(settings)
    finally:
        keyring.configure(KEYS["encryption_keys"], KEYS["hash_key"])


@pytest.fixture
def story(make: Make) -> list[str]:
    """Three knocks with a number and a text, one of them answered. Their ids."""
    school = make.school()
    nurse = make.nurse(school)
    ids = [
        make.knock(school, wanted=None, way=Way.CALL, phone="0701740611", text=f"Hej {n}").knock.id
        for n in range(3)
    ]
    answering.answer(nurse, db.session.get_one(Knock, ids[0]), "Svar", form_id="f" * 22)
    db.session.commit()
    db.session.remove()
    return ids


SLUG, MADE_UP = "exempel-2", "m" * 22
ROWS = 9
"""Of ``story``: a nurse, three knocks, four messages and a decision on retention."""


def home() -> str:
    return db.session.scalars(select(Municipality.id)).one()


def reads_all(ids: list[str]) -> bool:
    db.session.remove()
    texts = [[m.text for m in db.session.get_one(Knock, i).messages] for i in ids]
    assert texts == [["Hej 0", "Svar"], ["Hej 1"], ["Hej 2"]]
    assert {db.session.get_one(Knock, i).phone for i in ids} == {"0701740611"}
    assert all(one.name.startswith("Person") for one in db.session.scalars(select(Staff)))
    db.session.remove()
    return True


def tokens() -> list[str]:
    """All that is encrypted, as it is stored now."""
    db.session.remove()
    found: list[str] = []
    for table, columns in encrypted_columns().items():
        for column in columns:
            query = f"SELECT {column.name} FROM {table.name} WHERE {column.name} IS NOT NULL"
            found += db.session.scalars(text(query)).all()
    db.session.remove()
    return found


def under() -> set[str | None]:
    """The data keys that something is sealed with; None: what the release before wrote."""
    return {key_id_of(token) for token in tokens()}


def current() -> set[str]:
    found = set(db.session.scalars(select(WrappedKey.id).where(WrappedKey.retired_at.is_(None))))
    db.session.remove()
    return found


def write_as_before() -> None:
    """All that is stored, as the release before has written it."""
    for table, columns in encrypted_columns().items():
        (key,) = table.primary_key
        for column in columns:
            rows = db.session.execute(
                text(f"SELECT {key.name}, {column.name} FROM {table.name}")
            ).all()
            for row_id, token in rows:
                if token is None:
                    continue
                data_key = keys.find(key_id_of(token))
                plain = data_key.open(token, Place(table.name, column.name, row_id))
                db.session.execute(
                    text(f"UPDATE {table.name} SET {column.name} = :t WHERE {key.name} = :k"),
                    {"t": keyring.write_older(plain), "k": row_id},
                )
    db.session.execute(text("DELETE FROM data_key"))
    db.session.add(KeyMark(use=KeyUse.ENCRYPTION, mark=keyring.encryption_marks[0]))
    db.session.commit()
    db.session.remove()
    keys.forget()


@contextmanager
def process(database_url: str, *encryption_keys: str) -> Iterator[Flask]:
    app = create_app(settings_for(database_url, encryption_keys=list(encryption_keys)))
    try:
        with app.app_context():
            yield app
            db.session.remove()
            db.engine.dispose()
    finally:
        keyring.configure(KEYS["encryption_keys"], KEYS["hash_key"])


def run(app: Flask, *args: str, code: int = 0, typed: str | None = None) -> str:
    result = app.test_cli_runner().invoke(args=list(args), input=typed)
    assert result.exit_code == code, result.output
    db.session.remove()
    return result.output


def test_after_rewrapping_the_old_key_can_be_thrown_away_and_no_text_was_touched(
    app: Flask, story: list[str], database_url: str
) -> None:
    old, new = KEYS["encryption_keys"][0], new_encryption_key()
    before = tokens()
    with process(database_url, new, old) as both:
        assert "kan de äldre nycklarna tas bort" in run(both, "keys", "rewrap")
        assert "0 nycklar" in run(both, "keys", "rewrap")
    with process(database_url, new):
        assert reads_all(story)
        assert tokens() == before
        marks.check()
    with process(database_url, old) as lost:
        line = run(lost, "keys", "rewrap", code=1)
        assert "ENCRYPTION_KEYS saknar en nyckel" in line


def test_what_the_release_before_wrote_is_read_and_sealed_anew_in_the_background(
    app: Flask, story: list[str]
) -> None:
    write_as_before()
    assert under() == {None}
    assert reads_all(story)
    assert under() == {None}  # reading changes nothing
    assert rekeying.count_left() == ROWS
    db.session.remove()
    jobs.rewrite()
    assert under() == current()
    assert all(not token.startswith(OLDER) for token in tokens())
    assert reads_all(story)
    assert rekeying.is_due()  # a process of the release before may still write
    db.session.remove()
    with clock.frozen(clock.now() + timedelta(hours=2)):
        jobs.rewrite()
    assert not rekeying.is_due()


def test_what_the_release_before_wrote_is_sealed_before_its_key_goes(
    app: Flask, story: list[str], database_url: str
) -> None:
    write_as_before()
    old, new = KEYS["encryption_keys"][0], new_encryption_key()
    with process(database_url, new) as lost:
        assert "ENCRYPTION_KEYS saknar en nyckel" in run(lost, "keys", "rewrap", code=1)
    with process(database_url, new, old) as both:
        assert f"{ROWS} rader" in run(both, "keys", "rewrap")
    with process(database_url, new):
        marks.check()
        assert reads_all(story)


def test_a_new_key_of_a_municipality_takes_over_everything_and_the_old_one_goes(
    app: Flask, make: Make, story: list[str]
) -> None:
    before = current()
    assert f"{ROWS} rader" in run(app, "keys", "rotate", SLUG)
    (now,) = current()
    assert under() == {now}
    assert now not in before
    assert reads_all(story)
    # Another process may go on with the old one for a minute: what it writes is found again.
    assert set(db.session.scalars(select(WrappedKey.id))) == before | {now}
    db.session.remove()
    with clock.frozen(clock.now() + timedelta(hours=2)):
        jobs.rewrite()
    assert set(db.session.scalars(select(WrappedKey.id))) == {now}
    assert not rekeying.is_due()
    assert reads_all(story)
    assert f"{ROWS} rader" in run(app, "keys", "rotate", "--all")
    assert under() == current() != {now}
    assert "kortnamn" in run(app, "keys", "rotate", code=2)


def test_what_is_written_with_a_key_that_has_just_been_retired_is_sealed_anew_too(
    app: Flask, make: Make, story: list[str]
) -> None:
    stale = keys.current(home())
    db.session.remove()
    run(app, "keys", "rotate", SLUG)
    message = db.session.scalars(select(Message).limit(1)).one()
    token = stale.seal(message.text, Place("message", "text", message.id))
    db.session.execute(
        text("UPDATE message SET text = :token WHERE id = :id"), {"token": token, "id": message.id}
    )
    db.session.commit()
    assert under() == current() | {stale.id}
    with clock.frozen(clock.now() + timedelta(hours=2)):
        jobs.rewrite()
        assert under() == current()
        jobs.rewrite()
    assert not rekeying.is_due()
    assert reads_all(story)


def test_a_change_that_is_killed_in_the_middle_goes_on_where_it_was(
    app: Flask, make: Make, story: list[str], database_url: str
) -> None:
    """``kill -9`` after the first batch; then another process goes on with the same key."""
    at_work = subprocess.Popen(
        [sys.executable, "-c", KILLED_AFTER_ONE_BATCH, SLUG],
        env=os.environ | {
            "PYTHONPATH": str(ROOT), "APP_ENV": "test", "DATABASE_URL": database_url,
            "SECRET_KEY": KEYS["secret_key"], "HASH_KEY": KEYS["hash_key"],
            "ENCRYPTION_KEYS": KEYS["encryption_keys"][0],
        },
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert at_work.wait(timeout=120) == -signal.SIGKILL
    keys.forget()
    (now,) = current()
    assert len(under()) == 2  # some of it has been done
    assert 0 < rekeying.count_left(home()) < ROWS
    assert reads_all(story)
    db.session.remove()
    assert "Det fortsätter" in run(app, "keys", "rotate", SLUG)
    assert under() == {now} == current()
    assert reads_all(story)


KILLED_AFTER_ONE_BATCH = """
import os, signal, sys
from elevhalsa import create_app, work
from elevhalsa.core.errors import SettingError
from elevhalsa.domain import rekeying
from elevhalsa.domain.places import queries
rekeying.BATCH = 2
app = create_app()
with app.app_context(), work.unit(work.OPERATOR):
    rekeying.rotate(queries.municipality_by_slug(sys.argv[1]).id)
    for number, _batch in enumerate(rekeying.rewrite()):
        if number == 1:
            os.kill(os.getpid(), signal.SIGKILL)
"""


def test_two_that_need_a_municipalitys_first_key_at_once_get_the_same(app: Flask) -> None:
    made = [keys.current(MADE_UP).id]
    db.session.rollback()  # what was not committed is nobody's key
    made.append(keys.current(MADE_UP).id)
    db.session.commit()
    keys.forget()
    made += [keys.current(MADE_UP).id, keys.make(MADE_UP).id]
    assert made[0] != made[1] == made[2] == made[3]


def test_a_text_that_is_not_its_own_stays_as_it_is_and_the_rest_is_sealed_anew(
    app: Flask, make: Make, story: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    first, other = (
        db.session.execute(text("SELECT id, text FROM message ORDER BY id LIMIT 2")).all()
    )  # fmt: skip
    db.session.execute(
        text("UPDATE message SET text = :t WHERE id = :id"), {"t": other.text, "id": first.id}
    )
    db.session.commit()
    retired = current()
    output = run(app, "keys", "rotate", SLUG, code=1)
    assert "1 texter är inte det som skrevs där" in output
    assert under() == current() | retired
    with clock.frozen(clock.now() + timedelta(hours=2)):
        jobs.rewrite()
    assert caplog.messages == ["1 stored texts are not what was written there"]
    assert retired < set(db.session.scalars(select(WrappedKey.id)))  # it may be put right yet


def test_what_does_not_open_keeps_its_own_municipalitys_old_key_and_no_others(
    app: Flask, make: Make, story: list[str]
) -> None:
    abroad = make.municipality()
    db.session.commit()
    keys.current(abroad.id)
    db.session.commit()
    first, other = (
        db.session.execute(text("SELECT id, text FROM message ORDER BY id LIMIT 2")).all()
    )  # fmt: skip
    db.session.execute(
        text("UPDATE message SET text = :t WHERE id = :id"), {"t": other.text, "id": first.id}
    )
    db.session.commit()
    hurt = home_of(story[0])
    assert rekeying.rotate(hurt) and rekeying.rotate(abroad.id)
    for hours in (2, 4):
        with clock.frozen(clock.now() + timedelta(hours=hours)):
            jobs.rewrite()
    retired = select(WrappedKey.municipality_id).where(WrappedKey.retired_at.is_not(None))
    assert set(db.session.scalars(retired)) == {hurt}


def test_a_damaged_key_of_a_municipality_is_one_line_that_says_so_and_closes_no_other(
    app: Flask, make: Make, story: list[str], database_url: str
) -> None:
    with work.unit():
        marks.note()
    abroad = make.municipality()
    nurse = Staff(municipality_id=abroad.id, name="Person 9", email="x", email_hash="x")
    db.session.add(nurse)
    db.session.commit()
    nurse_id = nurse.id
    hurt = home_of(story[0])
    db.session.execute(
        update(WrappedKey).where(WrappedKey.municipality_id == hurt).values(wrapped="A" * 80)
    )
    db.session.commit()
    db.session.remove()
    keys.forget()
    line = run(app, "check", code=1)  # nobody sweeps here
    told = next(row for row in line.splitlines() if " keys " in row)
    assert told.startswith("obs")
    assert "data_key" in told
    assert db.session.get_one(Staff, nurse_id).name.startswith("Person")
    with pytest.raises(SettingError, match="data_key"):
        _text = db.session.get_one(Knock, story[0]).phone
    with pytest.raises(SettingError, match="data_key"):
        keys.current(hurt)
    db.session.remove()
    old, new = KEYS["encryption_keys"][0], new_encryption_key()
    with process(database_url, new, old) as both:
        assert "går inte att öppna med ENCRYPTION_KEYS" in run(both, "keys", "rewrap", code=1)


def home_of(knock_id: str) -> str:
    return db.session.get_one(Knock, knock_id).municipality_id
