"""Making the keys, and changing to a new one."""

import os
import subprocess
import sys

from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import text

from elevhalsa import create_app
from elevhalsa.config import ROOT
from elevhalsa.core.crypto import keyring, new_encryption_key
from elevhalsa.domain.knocks import answering
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import Way
from elevhalsa.domain.operations import keys
from elevhalsa.domain.people.models import Staff
from elevhalsa.extensions import db
from tests.conftest import KEYS, settings_for
from tests.factories import Make


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


def test_after_reencrypting_the_old_key_can_be_thrown_away(
    app: Flask, make: Make, database_url: str
) -> None:
    school = make.school()
    nurse = make.nurse(school)
    rows = [
        make.knock(school, wanted=None, way=Way.CALL, phone="0701740611", text=f"Hej {n}").knock.id
        for n in range(3)
    ]
    answering.answer(nurse, db.session.get_one(Knock, rows[0]), "Svar", form_id="f" * 22)
    db.session.commit()
    nurse_id = nurse.id
    db.session.remove()

    old, new = KEYS["encryption_keys"][0], new_encryption_key()
    try:
        both = create_app(settings_for(database_url, encryption_keys=[new, old]))
        with both.app_context():
            result = both.test_cli_runner().invoke(args=["reencrypt"])
            db.engine.dispose()
        assert result.exit_code == 0, result.output
        # a municipality, a nurse, three knocks and four messages
        assert "9 rader" in result.output
        assert "kan de äldre nycklarna tas bort" in result.output
    finally:
        keyring.configure([new], KEYS["hash_key"])
    try:
        db.session.remove()
        assert db.session.get_one(Staff, nurse_id).name.startswith("Person")
        texts = [[m.text for m in db.session.get_one(Knock, i).messages] for i in rows]
        assert texts == [["Hej 0", "Svar"], ["Hej 1"], ["Hej 2"]]
        assert {db.session.get_one(Knock, i).phone for i in rows} == {"0701740611"}
        assert _everything_is_under(new)
    finally:
        keyring.configure(KEYS["encryption_keys"], KEYS["hash_key"])


def _everything_is_under(key: str) -> bool:
    fernet = Fernet(key)
    for table, columns in keys.encrypted_columns().items():
        for column in columns:
            query = f"SELECT {column.name} FROM {table.name} WHERE {column.name} IS NOT NULL"
            for (token,) in db.session.execute(text(query)):
                fernet.decrypt(token.encode())
    return True


def test_a_lost_key_is_told_and_nothing_is_changed(
    app: Flask, make: Make, database_url: str
) -> None:
    nurse_id = make.nurse(make.school()).id
    db.session.remove()
    try:
        lost = create_app(settings_for(database_url, encryption_keys=[new_encryption_key()]))
        with lost.app_context():
            result = lost.test_cli_runner().invoke(args=["reencrypt"])
            db.engine.dispose()
        assert result.exit_code == 1
        assert "ingen nyckel passar en rad i staff" in result.output
    finally:
        keyring.configure(KEYS["encryption_keys"], KEYS["hash_key"])
    db.session.remove()
    assert db.session.get_one(Staff, nurse_id).name.startswith("Person")
