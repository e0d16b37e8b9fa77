"""A municipality leaves: it gets what is its own, and nothing of it can be read afterwards."""

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from elevhalsa.core import clock
from elevhalsa.core.columns import Sealed
from elevhalsa.core.crypto import Place, key_id_of, new_id
from elevhalsa.core.errors import NotItsOwn
from elevhalsa.domain.knocks import answering, asking, devices
from elevhalsa.domain.knocks.models import Device, Knock, Message
from elevhalsa.domain.knocks.words import Way
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import Municipality, School
from elevhalsa.domain.sealing import keys
from elevhalsa.domain.sealing.columns import encrypted_columns, open_at
from elevhalsa.extensions import db
from tests.domain.helpers import everything_stored
from tests.factories import Make
from workers import jobs

TEXTS = {"norra": "Det här skrevs i den första", "sodra": "Det här skrevs i den andra"}


@pytest.fixture
def two(app: Flask, make: Make) -> dict[str, str]:
    """In each a nurse and a knock that is answered. Its slug and the id of the knock."""
    found = {}
    for slug, said in TEXTS.items():
        place = make.municipality(slug=slug, name=slug)
        school = make.school(municipality_id=place.id)
        nurse = make.staff(schools=[school], municipality_id=place.id)
        asked: dict[str, Any] = {"wanted": None, "way": Way.CALL, "phone": "0701740605"}
        knock = make.knock(school, text=said, **asked).knock
        answering.answer(nurse, knock, f"Svar: {said}", form_id=slug.ljust(22, "x"))
        device, _token = devices.make()
        devices.show(device, knock, pin_given=False)
        db.session.commit()
        found[slug] = knock.id
    db.session.remove()
    return found


def run(app: Flask, *args: str, typed: str | None = None, code: int = 0) -> Any:
    result = app.test_cli_runner().invoke(args=list(args), input=typed)
    assert result.exit_code == code, result.output
    db.session.remove()
    return result


def test_what_is_a_municipalitys_own_is_given_to_it_opened_and_nothing_of_another(app, two):
    leaves, stays = TEXTS
    result = run(app, "municipality", "export", leaves)
    assert "klartext" in result.stderr
    told = [json.loads(line) for line in result.stdout.splitlines()]
    said = {one["text"] for one in told if one["table"] == "message"}
    assert said == {TEXTS[leaves], f"Svar: {TEXTS[leaves]}"}
    assert {"municipality", "school", "staff", "knock", "message", "audit_event"} <= {
        one["table"] for one in told
    }
    [knock] = (one for one in told if one["table"] == "knock")
    assert (knock["id"], knock["phone"]) == (two[leaves], "0701740605")
    assert not any(name.endswith("_hash") for one in told for name in one)
    for nothing in (TEXTS[stays], two[stays], "<sealed", "data_key"):
        assert nothing not in result.stdout


def test_a_key_is_destroyed_after_an_export_and_a_word_typed_and_nothing_can_be_read(app, two):
    leaves, stays = TEXTS
    refused = run(app, "keys", "destroy", leaves, code=1)
    assert "Kör municipality export först" in refused.output
    run(app, "municipality", "export", leaves)
    with clock.frozen(clock.now() + timedelta(days=31)):
        run(app, "keys", "destroy", leaves, code=1)
    wrong = run(app, "keys", "destroy", leaves, typed=f"{stays}\n", code=1)
    assert "1 elev väntar" in wrong.output or "0 elever" in wrong.output
    assert "Ingenting är borttaget" in wrong.output
    message = db.session.scalars(select(Message).where(Message.knock_id == two[leaves])).first()
    message_id, copied = message.id, db.session.scalar(
        text("SELECT text FROM message WHERE id = :id"), {"id": message.id}
    )  # fmt: skip
    assert open_at(Message.text, message_id, Sealed(copied)).endswith(TEXTS[leaves])
    db.session.remove()

    result = run(app, "keys", "destroy", leaves, typed=f"{leaves}\n")
    assert "nyckel är borta" in result.output
    with pytest.raises(NotItsOwn):  # a copy from before
        open_at(Message.text, message_id, Sealed(copied))
    assert keys.find(key_id_of(copied)) is None
    assert leaves in everything_stored()  # its schools and the trace stand
    gone = db.session.scalars(select(Municipality).where(Municipality.slug == leaves)).one()
    assert not any(school.active for school in gone.schools)
    assert db.session.get(Knock, two[leaves]) is None
    assert db.session.scalars(select(Staff).where(Staff.municipality_id == gone.id)).all() == []
    # The other has lost nothing, and the work goes on.
    kept = db.session.get_one(Knock, two[stays])
    assert [m.text for m in kept.messages] == [TEXTS[stays], f"Svar: {TEXTS[stays]}"]
    assert len(db.session.scalars(select(Device)).all()) == 1
    for table, columns in encrypted_columns().items():
        for column in columns:
            (key,) = table.primary_key
            for row_id, found in db.session.execute(select(key, column)):
                if found is not None:
                    place = Place(table.name, column.name, row_id)
                    assert keys.find(key_id_of(found.token)).open(found.token, place)
    db.session.remove()
    jobs.sweep()
    jobs.flush_outbox()
    jobs.tidy()
    # It may come back, as somebody new.
    school = db.session.scalars(select(School).where(School.municipality_id == gone.id)).first()
    assert Make().knock(school, text="hej igen").knock.messages[0].text == "hej igen"


def test_what_is_written_after_the_export_is_not_deleted_ungiven(app, two):
    leaves, _stays = TEXTS
    run(app, "municipality", "export", leaves)
    knock = db.session.get_one(Knock, two[leaves])
    asking.write(knock, "Skrivet efter exporten", form_id=new_id())
    db.session.commit()
    refused = run(app, "keys", "destroy", leaves, typed=f"{leaves}\n", code=1)
    assert "sedan kommunen exporterades" in refused.output
    texts = [one.text for one in db.session.get_one(Knock, two[leaves]).messages]
    assert "Skrivet efter exporten" in texts
    db.session.remove()
    assert "Skrivet efter exporten" in run(app, "municipality", "export", leaves).stdout
    assert "nyckel är borta" in run(app, "keys", "destroy", leaves, typed=f"{leaves}\n").output


def test_one_text_that_does_not_open_is_told_of_and_stops_nothing(app, two):
    leaves, stays = TEXTS
    mine, other = (
        db.session.scalars(select(Message.id).where(Message.knock_id == two[slug])).first()
        for slug in (leaves, stays)
    )
    db.session.execute(
        text("UPDATE message SET text = (SELECT text FROM message WHERE id = :o) WHERE id = :m"),
        {"o": other, "m": mine},
    )
    db.session.commit()
    result = run(app, "municipality", "export", leaves)
    assert "1 text går inte att läsa" in result.stderr
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(one["id"], one["text"]) for one in rows if one.get("unreadable") == ["text"]] == [
        (mine, None)
    ]
    assert TEXTS[stays] not in result.stdout
    assert "nyckel är borta" in run(app, "keys", "destroy", leaves, typed=f"{leaves}\n").output
