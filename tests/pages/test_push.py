"""Reminders on a phone: turned on, chosen, removed; the server's side of it."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.vapid import new_key, to_base64url, vapid
from elevhalsa.domain.knocks.models import Device, Knock
from elevhalsa.domain.notices.kinds import KINDS, pushed_to
from elevhalsa.domain.notices.words import Audience, Kind
from elevhalsa.domain.people import service as people
from elevhalsa.domain.people.models import Reach
from elevhalsa.domain.reminders import service as reminders
from elevhalsa.domain.reminders.models import PushSubscription
from elevhalsa.extensions import db
from elevhalsa.web.rostering import usual_hours
from tests.conftest import app_for, settings_for

from .browser import Browser

KEY = new_key()


@pytest.fixture
def app(database_url):
    settings = settings_for(
        database_url, vapid_keys=[KEY], vapid_subject="mailto:drift@exempel.invalid"
    )
    app = app_for(settings)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def school(make):
    school = make.school(slug="norrskogen")
    make.nurse(school)
    return school


@pytest.fixture
def pupil(client, school):
    pupil = Browser(client)
    pupil.get("/knacka?skola=norrskogen")
    pupil.submit("/knacka", who="nurse", way="app")
    return pupil


def a_browsers_words(number: int | str = 1, host: str = "fcm.googleapis.com") -> dict[str, object]:
    point = ec.generate_private_key(ec.SECP256R1()).public_key()
    p256dh = to_base64url(point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
    key = reminders.public_key()
    assert key
    return {
        "endpoint": f"https://{host}/fcm/send/{number}",
        "keys": {"p256dh": p256dh, "auth": to_base64url(b"0123456789abcdef")},
        "key_id": key[0],
    }


def post(browser: Browser, address: str, words: object):
    """As static/js/subscription.js does: JSON, with a fresh token in a header."""
    return browser.send("POST", address, json=words, headers={"X-CSRFToken": token_of(browser)})


def token_of(browser: Browser) -> str:
    return browser.send("GET", "/ny-token").json["token"]


def turn_on(pupil: Browser, **words: Any):
    pupil.get("/push/")
    return post(pupil, "/push/prenumerera", a_browsers_words(**words))


def subscriptions() -> list[PushSubscription]:
    db.session.rollback()
    return list(db.session.scalars(select(PushSubscription)))


def test_the_receipt_offers_to_tell_when_there_is_an_answer(pupil):
    assert pupil.page.link("Säg till när jag får svar") == "/push/"


def test_before_knocking_there_is_nothing_to_be_reminded_of(client, school):
    page = Browser(client).get("/push/")
    assert "Knacka på först" in page.text
    assert "data-push" not in page.html


def test_the_page_explains_before_it_asks_and_shows_the_servers_key(pupil):
    page = pupil.get("/push/")
    assert "Det står bara ”Du har ett svar”, inte vad det gäller." in page.text
    assert f'data-key="{reminders.public_key()[1]}"' in page.html


def test_a_phone_that_is_reminded_is_the_pupils_own(pupil):
    assert turn_on(pupil).status_code == 201
    [row] = subscriptions()
    assert db.session.get(Device, row.device_id).remembered
    assert (row.quiet_from, row.quiet_to) == (21 * 60, 7 * 60)
    assert "Säg till när jag får svar" not in pupil.get("/mitt").text


def test_the_same_browser_twice_is_one(pupil):
    words = a_browsers_words()
    pupil.get("/push/")
    post(pupil, "/push/prenumerera", words)
    post(pupil, "/push/prenumerera", words)
    assert len(subscriptions()) == 1


@pytest.mark.parametrize(
    "words",
    [None, [], {}, {"endpoint": 1}, {"endpoint": "https://x", "keys": None, "key_id": "x"}, "hej"],
)
def test_what_is_no_subscription_is_refused(pupil, words):
    pupil.get("/push/")
    assert post(pupil, "/push/prenumerera", words).status_code == 422
    assert subscriptions() == []


def test_an_unknown_push_service_is_refused(pupil):
    assert turn_on(pupil, host="push.elak.invalid").status_code == 422
    assert subscriptions() == []


def test_a_subscription_needs_a_token_and_a_device(app, client, pupil):
    assert pupil.send("POST", "/push/prenumerera", json=a_browsers_words()).status_code == 400
    stranger = Browser(app.test_client())
    stranger.get("/mitt/kod")
    token = stranger.page.form("/mitt/kod").data["csrf_token"][0]
    answer = stranger.send(
        "POST", "/push/prenumerera", json=a_browsers_words(), headers={"X-CSRFToken": token}
    )
    assert answer.status_code == 404
    assert subscriptions() == []


def test_kinds_and_quiet_hours_are_chosen(pupil):
    turn_on(pupil)
    pupil.get("/push/")
    pupil.submit(
        "/val", kinds=["answer", "promise_late"], loud=["answer"], quiet="1",
        quiet_from="22:30", quiet_to="06:00",
    )  # fmt: skip
    [row] = subscriptions()
    assert row.kinds == ["answer", "promise_late"]
    assert row.loud_kinds == ["answer"]
    assert (row.quiet_from, row.quiet_to) == (22 * 60 + 30, 6 * 60)


def test_no_quiet_hours_can_be_chosen(pupil):
    turn_on(pupil)
    page = pupil.get("/push/")
    fields = {name: v for name, v in page.form("/val").data.items() if name != "quiet"}
    pupil.send("POST", page.form("/val").action, data=fields)
    assert (subscriptions()[0].quiet_from, subscriptions()[0].quiet_to) == (None, None)


@pytest.mark.parametrize("time", ["", "25:00", "kväll"])
def test_a_time_that_is_none_is_explained_and_kept(pupil, time):
    turn_on(pupil)
    pupil.get("/push/")
    page = pupil.submit("/val", quiet="1", quiet_from=time, quiet_to="06:00")
    assert page.status == 422
    assert "Skriv två klockslag" in page.text
    assert page.form("/val").data["quiet_from"] == [time]
    assert subscriptions()[0].quiet_from == 21 * 60


def test_reminders_are_removed(pupil):
    turn_on(pupil)
    pupil.get("/push/")
    pupil.submit("/ta-bort")
    assert subscriptions() == []


def test_a_device_that_forgets_takes_its_reminders_along(pupil):
    turn_on(pupil)
    pupil.get("/mitt")
    pupil.submit("/mitt/glom")
    assert subscriptions() == []


def test_another_phone_cannot_touch_mine(app, pupil, school):
    turn_on(pupil)
    [row] = subscriptions()
    other = Browser(app.test_client())
    other.get("/knacka?skola=norrskogen")
    other.submit("/knacka", who="nurse", way="app")
    page = other.get("/push/")
    assert "Ta bort" not in page.text
    data = {"csrf_token": token_of(other)}
    answer = other.send("POST", f"/push/{row.id}/ta-bort", data=data)
    assert answer.status_code == 404
    assert len(subscriptions()) == 1


def test_the_server_tells_a_browser_how_its_subscription_stands(pupil):
    words = a_browsers_words()
    pupil.get("/push/")
    ask = {"endpoint": words["endpoint"]}
    assert post(pupil, "/push/kolla", ask).json["state"] == "unwanted"
    post(pupil, "/push/prenumerera", words)
    told = post(pupil, "/push/kolla", ask).json
    assert told == {"state": "known", "key_id": vapid.newest.id, "key": vapid.newest.public}
    for lost in ({}, {"endpoint": None}, {"endpoint": ask["endpoint"] + "x"}, "skräp"):  # type: ignore[operator]
        assert post(pupil, "/push/kolla", lost).json["state"] == "wanted"


def test_a_browser_that_is_nobodys_is_told_nothing(client, school):
    stranger = Browser(client)
    assert post(stranger, "/push/kolla", {"endpoint": "https://x"}).json == {"state": "unwanted"}
    assert "json" not in post(stranger, "/personal/paminnelser/kolla", {}).content_type


def test_the_list_says_which_has_stopped_working(pupil):
    turn_on(pupil)
    [row] = subscriptions()
    reminders.forget_gone(row)
    db.session.commit()
    assert "De har slutat fungera." in pupil.get("/push/").text
    knock = db.session.scalars(select(Knock)).one()
    assert "Säg till när jag får svar" in pupil.get(f"/mitt/{knock.id}").text


def test_an_address_for_when_the_reminder_does_not_get_through(pupil):
    turn_on(pupil)
    pupil.get("/push/")
    page = pupil.submit("/push/annars", phone="sju", email="")
    assert page.status == 422
    assert page.form("/push/annars").data["phone"] == ["sju"]
    pupil.submit("/push/annars", phone="070-174 06 05", email="elev@exempel.se")
    knock = db.session.scalars(select(Knock)).one()
    address = reminders.address_of(knock.id)
    assert (address.phone, address.email) == ("0701740605", "elev@exempel.se")


def test_an_address_behind_digits_is_neither_shown_nor_changed(app, pupil):
    knock = db.session.scalars(select(Knock)).one()
    reminders.set_fallback(knock, phone="0701740605", email=None)
    db.session.commit()
    code = re.search(r'class="code">([^<]+)<', pupil.get(f"/mitt/{knock.id}").html)[1]
    pupil.submit("/siffror", pin="4711", again="4711")
    assert "0701740605" in pupil.get("/push/").html
    finder = Browser(app.test_client())
    finder.get("/mitt/kod")
    finder.submit("/mitt/kod", code=code)
    page = finder.get("/push/")
    assert "0701740605" not in page.html
    data = {"csrf_token": token_of(finder), "phone": "0701740606", "email": ""}
    finder.send("POST", "/push/annars", data=data)
    db.session.rollback()
    assert reminders.address_of(knock.id).phone == "0701740605"


def test_the_address_that_was_given_stands_there_after_another_knock(pupil):
    pupil.get("/push/")
    pupil.submit("/push/annars", phone="0701740605", email="")
    pupil.get("/knacka?skola=norrskogen")
    pupil.submit("/knacka", who="nurse", way="app")
    assert pupil.get("/push/").form("/push/annars").data["phone"] == ["0701740605"]


def test_staff_have_reminders_of_their_own_that_end_with_the_sign_in(app, make, school):
    nurse = make.nurse(school)
    with clock.frozen(datetime.now(UTC)):
        browser = Browser(app.test_client())
        browser.arrives_as(nurse)
        browser.get("/personal/paminnelser")
        assert (
            post(browser, "/personal/paminnelser/prenumerera", a_browsers_words()).status_code
            == 201
        )
        [row] = subscriptions()
        assert (row.staff_id, row.device_id, row.quiet_from) == (nurse.id, None, None)
        page = browser.get("/personal/paminnelser")
        assert "Någon har knackat på" in page.text
        browser.submit("/logga-ut" if page.has_form("/logga-ut") else "/logga-in/ut")
    assert subscriptions() == []
    assert people.sessions_of(nurse) == []


def test_a_coordinator_is_reminded_of_what_stands_on_the_coordinators_page(app, make, school):
    coordinator = make.coordinator()
    browser = Browser(app.test_client())
    browser.arrives_as(coordinator)
    assert browser.get("/samordnare/").link("Påminnelser i den här webbläsaren")
    browser.get("/personal/paminnelser")
    post(browser, "/personal/paminnelser/prenumerera", a_browsers_words())
    [row] = subscriptions()
    assert (row.staff_id, row.kinds) == (
        coordinator.id,
        [kind.value for kind in pushed_to(Audience.COORDINATOR)],
    )
    page = browser.get("/personal/paminnelser")
    assert "Löftet har inte hållits" in page.text
    assert "Eleven har skrivit" not in page.text


def test_without_keys_no_page_speaks_of_reminders(database_url, make):
    app = app_for(settings_for(database_url))
    with app.app_context():
        school = make.school(slug="annan")
        make.nurse(school)
        pupil = Browser(app.test_client())
        pupil.get("/knacka?skola=annan")
        page = pupil.submit("/knacka", who="nurse", way="app")
        assert "Säg till när jag får svar" not in page.text
        assert "Här finns inga påminnelser än." in pupil.get("/push/").text
        db.session.remove()
        db.engine.dispose()


def test_staff_choose_how_they_are_told_and_when_what_waits_is_summed_up(app, make, school):
    nurse = make.nurse(school)
    browser = Browser(app.test_client())
    browser.arrives_as(nurse)
    page = browser.get("/personal/paminnelser")
    assert "Sms till ett eget nummer kan väljas först när kommunen har beslutat det." in page.text
    at = "/personal/paminnelser/besked"
    page = browser.submit(at, by_email=[], summary="1", summary_at="halv nio")
    assert page.status == 422
    assert page.form(at).data["summary_at"] == ["halv nio"]
    page = browser.submit(at, by_email=[], summary="1", summary_at="07:45")
    assert page.form(at).data["summary_at"] == ["07:45"]
    assert "by_email" not in page.form(at).data
    chosen = db.session.get(Reach, nurse.id)
    assert (chosen.by_email, chosen.by_push, chosen.summary_at) == (False, True, 7 * 60 + 45)


def test_staff_read_that_they_are_told_when_they_work_and_so_it_is_of_every_kind(app, school, make):
    at_any_hour = {kind for kind, described in KINDS.items() if described.at_any_hour}
    assert at_any_hour == {
        Kind.SIGN_IN_LINK,
        Kind.KEY_ADDED,
        Kind.KEYS_REVOKED,
        Kind.ACCOUNT_TIED,
    }, "what they ask for at that moment, and what their sign-in is about"
    staff = Browser(app.test_client())
    staff.sign_in(make.nurse(school))
    text = staff.get("/personal/paminnelser").text
    assert "Det andra kommer bara när du arbetar, men brev om din inloggning genast." in text
    assert f"annars gäller vardagar {usual_hours()}." in text
