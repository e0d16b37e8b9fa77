"""What is sealed is opened in its own place alone: over every encrypted column of every table."""

from itertools import product
from typing import Any

import pytest
from sqlalchemy import Text, select, type_coerce, update

from elevhalsa import work
from elevhalsa.core.columns import Sealed
from elevhalsa.core.crypto import key_id_of, new_id
from elevhalsa.core.errors import NotItsOwn
from elevhalsa.domain.knocks import devices, pins
from elevhalsa.domain.knocks.models import Device, DeviceKnock, Knock, Message
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import Municipality, School
from elevhalsa.domain.sealing import keys, whose
from elevhalsa.domain.sealing.columns import encrypted_columns, open_at, seal
from elevhalsa.extensions import Base, db

COLUMNS = [
    (whose.mapper_of(table).class_, whose.mapper_of(table).get_property_by_column(column).key)
    for table, columns in encrypted_columns().items()
    for column in columns
]


class Home:
    """One of every table that an encrypted row can point at, in one municipality."""

    def __init__(self, make: Any) -> None:
        place = make.municipality()
        school = make.school(municipality_id=place.id)
        self.rows = {
            "municipality": place.id,
            "school": school.id,
            "staff": make.staff(schools=[school], municipality_id=place.id).id,
            "knock": make.knock(school).knock.id,
        }

    def row(self, model: Any, key: str) -> Any:
        """As one that was read: with its key, and pointing at what is in this municipality."""
        made: dict[str, Any] = {"id": key}
        for column in model.__table__.columns:
            for points in column.foreign_keys:
                made[column.name] = self.rows.get(points.column.table.name)
        made |= dict.fromkeys(model.__table__.primary_key.columns.keys(), key)
        if model is Municipality:
            made = {"id": self.rows["municipality"] if key == "one" else key}
        for column in model.__table__.primary_key:
            if column.foreign_keys:  # its key is what it points at
                made[column.name] = self.rows[next(iter(column.foreign_keys)).column.table.name]
        known = whose.mapper_of(model.__table__).columns
        return model(**{name: value for name, value in made.items() if name in known})


@pytest.fixture
def homes(make: Any) -> tuple[Home, Home]:
    return Home(make), Home(make)


def is_opened(row: Base, name: str, token: str) -> bool:
    row.__dict__[name] = Sealed(token)  # as the database gives it
    try:
        return bool(getattr(row, name) == "jag mår inte bra")
    except NotItsOwn:
        return False


def place_of(row: Base, name: str) -> tuple[Any, ...]:
    """All that a text is bound to."""
    table: Any = type(row).__table__
    (key,) = table.primary_key
    return (whose.of(row, ask=True), table.name, name, getattr(row, key.name))


def test_a_text_is_opened_in_its_own_row_column_table_and_municipality_and_nowhere_else(homes):
    # A page that shows a text has what it belongs to before it.
    models: tuple[Any, ...] = (Staff, Knock, School)
    before = [row for model in models for row in db.session.scalars(select(model))]
    assert len({row.municipality_id for row in before}) == 2
    spots = [
        (home.row(model, key), name)
        for home, key, (model, name) in product(homes, ("one", "two"), COLUMNS)
    ]
    stored = [seal(row, name, "jag mår inte bra").token for row, name in spots]
    places = [place_of(row, name) for row, name in spots]
    opened = 0
    for (row, name), here in zip(spots, places, strict=True):
        for token, there in zip(stored, places, strict=True):
            assert is_opened(row, name, token) is (here == there), (here, there)
            opened += here == there
    assert opened >= len(spots)
    assert len({municipality for municipality, *_rest in places}) >= 2


def test_every_encrypted_column_reads_what_it_was_given_through_the_session(make, homes):
    """What is read is opened in the row that the database gave, after it has been forgotten."""
    knock = db.session.get_one(Knock, homes[0].rows["knock"])
    texts = {"phone": "0701740605", "email": "a@b.invalid", "name": "Kim", "safe_times": "lunch",
             "interpreter": "somaliska", "school_class": "7 B"}  # fmt: skip
    for name, text in texts.items():
        setattr(knock, name, text)
    db.session.commit()
    db.session.remove()
    for _time in range(2):
        read = db.session.get_one(Knock, homes[0].rows["knock"])
        assert {name: getattr(read, name) for name in texts} == texts
        assert read not in db.session.dirty
    stored = select(type_coerce(Knock.__table__.c.name, Text)).where(Knock.id == read.id)
    before = db.session.scalar(stored)
    read.name, read.phone = "Kim", None
    db.session.commit()
    assert (read.name, read.phone) == ("Kim", None)
    db.session.remove()
    unread = db.session.get_one(Knock, homes[0].rows["knock"])
    unread.name, unread.phone = "Kim", "0701740611"
    db.session.commit()
    assert (unread.name, unread.phone) == ("Kim", "0701740611")
    assert db.session.scalar(stored) == before  # what is the same was not written again
    read = unread
    found: Any = db.session.scalar(select(Knock.name).where(Knock.id == read.id))
    assert open_at(Knock.name, read.id, found) == "Kim"


def test_what_is_not_sealed_cannot_be_written_past_the_session(make, homes):
    with pytest.raises(Exception, match="sealed to its row"):
        db.session.execute(update(Knock).values(name="Kim"))


def test_what_belongs_to_a_row_that_cannot_be_seen_is_not_sealed_as_nobodys(app):
    with pytest.raises(LookupError, match="whose Message"):
        seal(Message(id=new_id(), knock_id=new_id()), "text", "hej")


def test_each_municipality_has_a_key_of_its_own_from_its_first_row_on(homes):
    def key_of(home: Home) -> str:
        raw = type_coerce(Base.metadata.tables["staff"].c.name, Text)
        return key_id_of(db.session.scalar(select(raw).where(
            Base.metadata.tables["staff"].c.id == home.rows["staff"])))  # fmt: skip

    one, other = (key_of(home) for home in homes)
    assert one != other
    assert keys.find(one).municipality_id == homes[0].rows["municipality"]
    assert keys.find("x" * 11) is None


def test_a_unit_of_one_municipality_opens_nothing_of_another(homes):
    there = homes[1].rows["staff"]
    table = Base.metadata.tables["staff"]
    for place, opens in ((homes[1], True), (homes[0], False)):
        db.session.rollback()
        with work.unit(municipality_id=place.rows["municipality"], writes=False):
            found = db.session.scalar(select(table.c.name).where(table.c.id == there))
            if opens:
                assert open_at(Staff.name, there, found)
            else:
                with pytest.raises(NotItsOwn):
                    open_at(Staff.name, there, found)


def forged(device: Device, knock: Knock, **values: Any) -> None:
    """As by somebody who can write in the table and has no keys."""
    db.session.execute(
        Base.metadata.tables["device_knock"].insert(),
        {"device_id": device.id, "knock_id": knock.id} | values,
    )
    db.session.commit()


def test_a_link_that_somebody_else_has_written_opens_no_knock(make, caplog):
    school = make.school()
    mine, other, locked = (make.knock(school).knock for _ in range(3))
    pins.choose(locked, "4711")
    device, _token = devices.make()
    thief, _token = devices.make()
    devices.show(device, mine, pin_given=True)
    devices.show(device, locked, pin_given=True)
    devices.show(thief, locked, pin_given=False)
    db.session.commit()
    real = db.session.get_one(DeviceKnock, (device.id, mine.id)).mac
    given = db.session.get_one(DeviceKnock, (device.id, locked.id))
    assert {knock.id for knock in devices.knocks_of(device)} == {mine.id, locked.id}

    forged(device, other, mac=real)
    forged(thief, mine, mac=real)
    forged(thief, other)
    table = Base.metadata.tables["device_knock"]
    db.session.execute(
        update(table)
        .where(table.c.device_id == thief.id, table.c.knock_id == locked.id)
        .values(pin_until=given.pin_until, mac=given.mac)
    )
    db.session.commit()
    assert {knock.id for knock in devices.knocks_of(device)} == {mine.id, locked.id}
    assert devices.opening(device, other.id) is None
    assert devices.openings(thief) == []
    assert "are not ours" in caplog.messages[-1]
    assert mine.id not in caplog.text

    # Whoever has the code is let in all the same, without what was written there.
    devices.show(thief, locked, pin_given=False)
    assert devices.opening(thief, locked.id).needs_pin
    pins.change(locked, "4711", "1174")
    assert devices.opening(device, locked.id).needs_pin
