"""A request is one transaction; on SQLite one that will write takes the lock when it begins."""

from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.domain.knocks import asking, devices
from elevhalsa.domain.knocks.models import Knock, Message
from elevhalsa.domain.people import directory
from elevhalsa.domain.people.models import StaffSession
from elevhalsa.extensions import db
from elevhalsa.web import tenant
from tests.domain.helpers import at
from tests.pages.browser import Browser

MONDAY = at("2026-11-23 09:30")


@pytest.fixture
def nurse(make):
    return make.nurse(make.school())


@pytest.fixture
def begun(app):
    """How each transaction begins, on SQLite; nothing on PostgreSQL, which is not told."""
    found: list[str] = []

    def note(_conn, _cursor, statement, _parameters, _context, _many) -> None:
        if statement.startswith("BEGIN"):
            found.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield found
    event.remove(db.engine, "before_cursor_execute", note)


def is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"


def test_what_staff_post_takes_the_lock_before_anything_is_read(client, nurse, begun):
    with clock.frozen(MONDAY):
        browser = Browser(client)
        browser.sign_in(nurse)
        begun.clear()
        browser.submit("/logga-in/ut")
    if is_sqlite():
        assert begun[0] == "BEGIN IMMEDIATE"


def test_what_staff_only_look_at_takes_no_lock(client, nurse, begun):
    with clock.frozen(MONDAY):
        browser = Browser(client)
        browser.sign_in(nurse)
        begun.clear()
        browser.get("/personal/inkorg")
    assert "BEGIN IMMEDIATE" not in begun


def test_a_session_in_use_is_noted_in_a_transaction_of_its_own_afterwards(client, nurse, begun):
    with clock.frozen(MONDAY):
        browser = Browser(client)
        browser.sign_in(nurse)
    begun.clear()
    later = MONDAY + timedelta(minutes=5)
    with clock.frozen(later):
        browser.get("/personal/inkorg")
    db.session.expire_all()
    assert db.session.query(StaffSession).one().last_seen_at == later
    if is_sqlite():
        assert begun[:2] == ["BEGIN", "BEGIN IMMEDIATE"]


def test_what_a_thread_does_after_a_request_is_no_part_of_it(client, nurse):
    with clock.frozen(MONDAY):
        browser = Browser(client)
        browser.sign_in(nurse)
        browser.send("POST", "/logga-in/ut", data=None)
    assert work.scope() == work.Scope(writes=False)


def test_a_note_that_cannot_be_made_takes_no_page_away(client, make):
    """The device is forgotten in another tab at the very moment."""
    receipt = make.knock(make.school())
    with clock.frozen(MONDAY):
        browser = Browser(client)
        browser.get("/mitt/kod")
        browser.submit("/mitt/kod", code=receipt.code)

    def forgotten(_device_id: str) -> None:
        raise StaleDataError

    with clock.frozen(MONDAY + timedelta(minutes=5)), pytest.MonkeyPatch.context() as patch:
        patch.setattr(devices, "used", forgotten)
        assert browser.get(f"/mitt/{receipt.knock.id}").status == 200


def test_a_phone_in_use_takes_the_lock_once_a_minute_at_most(client, make, begun):
    receipt = make.knock(make.school())
    with clock.frozen(MONDAY):
        browser = Browser(client)
        browser.get("/mitt/kod")
        browser.submit("/mitt/kod", code=receipt.code)
        begun.clear()
        browser.get(f"/mitt/{receipt.knock.id}")
    assert "BEGIN IMMEDIATE" not in begun


def test_what_a_request_has_done_stands_when_the_snapshot_cannot_be_read(
    app, client, make, monkeypatch
):
    """It grows old in the middle of a request, and the database does not give another."""
    receipt = make.knock(make.school())
    browser = Browser(client)
    browser.get("/mitt/kod")
    browser.submit("/mitt/kod", code=receipt.code)
    write = asking.write

    def unread() -> None:
        raise OperationalError("SELECT", {}, Exception("away"))

    def writes_while_it_grows_old(knock: Knock, text: str, *, form_id: str) -> None:
        write(knock, text, form_id=form_id)
        db.session.flush()
        app.extensions["elevhalsa_directory"].clear()
        monkeypatch.setattr(directory, "load", unread)
        assert not tenant.is_open()

    monkeypatch.setattr(asking, "write", writes_while_it_grows_old)
    form = browser.get(f"/mitt/{receipt.knock.id}").form("/skriv")
    sent = form.data | {"text": ["Det får inte försvinna."]}
    assert browser.send("POST", form.action, data=sent).status_code == 303
    db.session.rollback()
    [message] = db.session.scalars(db.select(Message))
    assert message.text == "Det får inte försvinna."


def test_a_database_that_breaks_off_at_the_commit_is_away_and_what_was_typed_is_there(client, make):
    """Nobody knows then if it stands: the same form, sent again, is taken once."""
    school = make.school()
    browser = Browser(client)
    browser.get(f"/knacka?skola={school.slug}")
    breaks = iter([OperationalError("COMMIT", {}, Exception("gone"))])
    whole = work.commit

    def commit() -> None:
        for error in breaks:
            raise error
        whole()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(work, "commit", commit)
        page = browser.submit("/knacka", text="det jag skrev", who="any", way="app")
        assert page.status == 503
        assert "det jag skrev" in page.html
        assert browser.submit("/knacka").status == 200
    db.session.rollback()
    assert db.session.query(Knock).count() == 1
