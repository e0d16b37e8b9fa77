"""The receipt shows what was chosen, and the pupil can mend it while the knock is open."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import answering, asking
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import Way
from elevhalsa.domain.notices.models import Kind, Notice
from elevhalsa.extensions import db

from .browser import Browser

FRIDAY = datetime(2026, 11, 27, 15, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def friday():
    with clock.frozen(FRIDAY):
        yield


@pytest.fixture
def nurse(make):
    return make.nurse(make.school(slug="norrskogen"))


@pytest.fixture
def pupil(client, nurse):
    pupil = Browser(client)
    pupil.get("/knacka?skola=norrskogen")
    pupil.submit("/knacka", who="nurse", way="sms", sms_phone="+46 (0)70-174 06 05", name="Kim")
    return pupil


def the_knock() -> Knock:
    db.session.rollback()
    return db.session.scalars(select(Knock)).one()


def test_the_receipt_shows_the_number_as_it_is_written_and_leads_to_where_it_is_mended(pupil):
    page = pupil.get(f"/mitt/{the_knock().id}")
    assert "Sms: 070-174 06 05" in page.text
    page = pupil.follow("Ändra")
    form = page.form("/andra").data
    assert (form["way"], form["sms_phone"]) == (["sms"], ["0701740605"])


def test_another_number_and_way_take_the_place_of_the_first_and_the_promise_stands(
    app, pupil, nurse
):
    due = the_knock().due_at
    answering.take(nurse, the_knock())
    db.session.commit()
    pupil.get(f"/mitt/{the_knock().id}/andra")
    with clock.frozen(FRIDAY + timedelta(minutes=10)):
        chosen = {"way": "call", "call_phone": "070 174 06 11", "call_when": "efter kl. 15"}
        page = pupil.submit("/andra", chosen)
        assert "Samtal: 070-174 06 11" in page.text
        assert "efter kl. 15" in page.text
        knock = the_knock()
        assert (knock.way, knock.phone) == (Way.CALL, "0701740611")
        assert knock.safe_times == "efter kl. 15"
        assert (knock.due_at, knock.deadline_at, knock.name) == (due, due, "Kim")
        events = select(AuditEvent).where(AuditEvent.action == Action.CONTACT_CHANGED)
        assert len(db.session.scalars(events).all()) == 1
        told = db.session.scalars(select(Notice).where(Notice.kind == Kind.CONTACT_CHANGED)).all()
        assert {notice.staff_id for notice in told} == {nurse.id}
        colleague = Browser(app.test_client())
        colleague.sign_in(nurse)
        page = colleague.get(f"/personal/arende/{knock.id}")
        assert "Ändrat av eleven i dag 16.30" in page.text
        assert page.link("Ring 070-174 06 11") == "tel:0701740611"


def test_what_is_saved_as_it_was_tells_nobody_anything(pupil):
    pupil.get(f"/mitt/{the_knock().id}/andra")
    pupil.submit("/andra")
    assert the_knock().contact_changed_at is None


def test_a_number_that_cannot_be_used_is_said_and_kept(pupil):
    pupil.get(f"/mitt/{the_knock().id}/andra")
    page = pupil.submit("/andra", way="sms", sms_phone="08-465 004 00")
    assert page.status == 422
    assert "Dit går det inte att skicka sms. Skriv ett mobilnummer." in page.text
    assert page.form("/andra").data["sms_phone"] == ["08-465 004 00"]
    assert the_knock().phone == "0701740605"


def test_what_is_over_is_not_changed(pupil):
    knock = the_knock()
    page = pupil.get(f"/mitt/{knock.id}/andra")
    action = page.form("/andra").action
    asking.withdraw(knock, shown=None)
    db.session.commit()
    assert pupil.get(f"/mitt/{knock.id}/andra").url == f"/mitt/{knock.id}"
    token = page.form("/andra").data["csrf_token"]
    typed = {"way": "email", "email": "kim@exempel.se", "csrf_token": token}
    answer = pupil.send("POST", action, data=typed)
    assert answer.status_code == 409
    assert "kim@exempel.se" in answer.text, "what was typed is not lost"
    assert the_knock().way is Way.SMS
    assert "/andra" not in pupil.get(f"/mitt/{knock.id}").html
