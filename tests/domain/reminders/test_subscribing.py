"""Turning reminders on and off: per browser, per kind, with hours of one's own."""

from datetime import timedelta

import pytest

from elevhalsa.core import clock
from elevhalsa.core.errors import Conflict, InvalidInput, NotFound
from elevhalsa.core.vapid import new_key, vapid
from elevhalsa.domain.knocks import asking, devices
from elevhalsa.domain.notices.kinds import pushed_to
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.notices.words import Audience
from elevhalsa.domain.people import service as people
from elevhalsa.domain.reminders import rules, service
from elevhalsa.domain.reminders.models import PushSubscription
from elevhalsa.domain.reminders.service import Standing
from elevhalsa.extensions import db
from tests.adapters.test_webpush import HOSTILE
from tests.domain.helpers import everything_stored, together
from tests.domain.reminders.conftest import KEY, MONDAY, ORIGIN, TUESDAY, Town
from tests.push_service import encode


def count() -> int:
    return db.session.query(PushSubscription).count()


def given(town: Town, **values: str) -> dict[str, str]:
    key = service.public_key()
    assert key
    browser = town.browser()
    usual = {
        "endpoint": browser.endpoint,
        "p256dh": browser.p256dh,
        "auth": browser.auth,
        "key_id": key[0],
        "origin": ORIGIN,
    }
    return usual | values


def test_a_pupil_who_has_chosen_nothing_gets_every_kind_and_quiet_nights(town: Town) -> None:
    row = town.phone().row
    assert row.kinds == list(pushed_to(Audience.PUPIL))
    assert (row.quiet_from, row.quiet_to, row.loud_kinds) == (21 * 60, 7 * 60, [])
    assert row.host == "127.0.0.1"


def test_staff_get_every_kind_at_any_hour(town: Town) -> None:
    row = town.turn_on(town.counsellor, town.browser())
    assert row.kinds == list(pushed_to(Audience.STAFF))
    assert (row.quiet_from, row.quiet_to) == (None, None)


def test_what_makes_a_browser_reachable_is_encrypted(town: Town) -> None:
    phone = town.phone()
    stored = everything_stored()
    for secret in (phone.browser.endpoint, phone.browser.p256dh, phone.browser.auth):
        assert secret not in stored


def test_the_same_browser_again_keeps_what_was_chosen(town: Town) -> None:
    phone = town.phone()
    service.set_kinds(phone.row, [Kind.ANSWER], [Kind.ANSWER])
    service.set_quiet(phone.row, 22 * 60, 8 * 60)
    with clock.frozen(TUESDAY):
        town.turn_on(phone.device, phone.browser)
    assert count() == 1
    assert (phone.row.kinds, phone.row.loud_kinds) == (["answer"], ["answer"])
    assert (phone.row.quiet_from, phone.row.checked_at) == (22 * 60, TUESDAY)


def test_a_browser_that_changes_hands_starts_anew(town: Town) -> None:
    """An iPad that several share: the one before must not be reminded on it."""
    first = town.phone()
    service.set_kinds(first.row, [])
    device, _token = devices.make()
    town.turn_on(device, first.browser)
    assert service.list_for(first.device) == []
    (row,) = service.list_for(device)
    assert row.kinds == list(pushed_to(Audience.PUPIL))


def test_an_endpoint_that_is_no_push_services_is_not_stored(town: Town) -> None:
    device, _token = devices.make()
    for endpoint in HOSTILE:
        with pytest.raises(InvalidInput):
            service.subscribe(device, **given(town, endpoint=endpoint))  # type: ignore[arg-type]
    assert count() == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"p256dh": ""},
        {"p256dh": encode(b"\x04" + b"x" * 64)},
        {"p256dh": encode(b"\x02" + b"x" * 32)},
        {"p256dh": "å"},
        {"auth": ""},
        {"auth": encode(b"fifteen bytes..")},
        {"auth": encode(b"seventeen bytes..")},
        {"origin": "javascript:alert(1)"},
        {"origin": "https://elevhalsa.exempel.invalid/annan/sida"},
        {"origin": ""},
    ],
)
def test_what_no_browser_gives_is_not_stored(town: Town, wrong: dict[str, str]) -> None:
    device, _token = devices.make()
    with pytest.raises(InvalidInput):
        service.subscribe(device, **given(town, **wrong))  # type: ignore[arg-type]
    assert count() == 0


def test_a_device_has_one_and_a_new_endpoint_keeps_what_was_chosen(town: Town) -> None:
    phone = town.phone()
    service.set_kinds(phone.row, ["answer"])
    service.set_quiet(phone.row, None, None)
    newer = town.browser()
    with clock.frozen(TUESDAY):
        town.turn_on(phone.device, newer)
    [kept] = service.list_for(phone.device)
    assert (kept.endpoint, kept.kinds, kept.quiet_from) == (newer.endpoint, ["answer"], None)
    assert service.check(phone.device, phone.browser.endpoint) is Standing.WANTED


def test_a_sign_in_of_the_staff_has_one_too(town: Town) -> None:
    here, there = town.signed_in(), town.signed_in()
    for session in (here, there, here):
        town.turn_on(town.counsellor, town.browser(), session=session)
    assert count() == 2


@pytest.mark.parametrize("gone", [True, False], ids=["gone", "lost"])
def test_staff_who_sign_in_anew_get_back_what_their_browser_had(town: Town, gone: bool) -> None:
    had = town.browser()
    row = town.turn_on(town.counsellor, had, town.signed_in())
    service.set_kinds(row, ["new_knock"])
    if gone:
        service.forget_gone(row)
    today = town.signed_in()
    told = service.check(town.counsellor, None, before=had.endpoint, session=today)
    assert told is Standing.WANTED
    back = town.turn_on(town.counsellor, town.browser(), today, before=had.endpoint)
    assert (back.id, back.kinds, back.staff_session_id) == (row.id, ["new_knock"], today.id)
    assert service.check(town.counsellor, None) is Standing.UNWANTED, "another browser"


def test_after_an_exchange_of_keys_staff_keep_what_they_chose(town: Town) -> None:
    had = town.browser()
    row = town.turn_on(town.counsellor, had, town.signed_in())
    service.set_kinds(row, ["new_knock"])
    vapid.configure([new_key(), KEY])
    today = town.signed_in()
    assert service.check(town.counsellor, had.endpoint, session=today) is Standing.WANTED
    assert town.turn_on(town.counsellor, town.browser(), today).kinds == ["new_knock"]
    assert count() == 1


@pytest.mark.parametrize("told", [True, False], ids=["still shows it", "has lost it"])
def test_a_browser_whose_push_service_let_go_comes_back(town: Town, told: bool) -> None:
    phone = town.phone()
    service.set_kinds(phone.row, ["answer"])
    service.forget_gone(phone.row)
    assert not service.is_subscribed(phone.device)
    assert "" == phone.row.endpoint == phone.row.p256dh == phone.row.auth
    endpoint = phone.browser.endpoint if told else None
    assert service.check(phone.device, endpoint) is Standing.WANTED
    back = town.turn_on(phone.device, town.browser())
    assert (back.kinds, back.gone_at) == (["answer"], None)
    assert service.is_subscribed(phone.device)


def test_one_that_does_not_come_back_is_forgotten_after_the_summer(town: Town) -> None:
    phone = town.phone()
    with clock.frozen(TUESDAY):
        service.forget_gone(phone.row)
    with clock.frozen(TUESDAY + rules.GONE_KEPT):
        assert service.forget_dead() == 0
    with clock.frozen(TUESDAY + rules.GONE_KEPT + timedelta(seconds=1)):
        assert service.forget_dead() == 1


@pytest.mark.parametrize("how", ["shut out", "the last day has passed"])
def test_of_who_has_left_no_browser_is_kept(town: Town, how: str) -> None:
    with clock.frozen(TUESDAY):
        town.turn_on(town.counsellor, town.browser(), town.signed_in())
        assert service.forget_dead() == 0
        if how == "shut out":
            town.counsellor.active = False
        else:
            town.counsellor.ends_on = clock.today()
    with clock.frozen(TUESDAY + timedelta(days=1)):
        assert service.forget_dead() == 1


def test_what_was_removed_is_not_wanted_and_without_one_nothing_is(town: Town) -> None:
    phone = town.phone()
    service.remove(phone.row)
    for endpoint in (phone.browser.endpoint, None):
        assert service.check(phone.device, endpoint) is Standing.UNWANTED
    assert service.check(town.counsellor, None) is Standing.UNWANTED


def test_a_person_of_the_staff_is_told_of_the_five_there_are(town: Town) -> None:
    rows = [town.turn_on(town.counsellor, town.browser()) for _number in range(5)]
    with pytest.raises(Conflict, match="5"):
        town.turn_on(town.counsellor, town.browser())
    service.remove(rows[0])
    town.turn_on(town.counsellor, town.browser())
    assert count() == 5
    service.forget_gone(rows[1])
    town.turn_on(town.counsellor, town.browser())


def test_of_many_at_once_no_more_than_five_are_kept(app, town: Town) -> None:
    values = [given(town) for _number in range(8)]
    staff_id = town.counsellor.id

    def one(number: int):
        def work(_meet: object) -> None:
            staff = db.session.get_one(type(town.counsellor), staff_id)
            service.subscribe(staff, **values[number])  # type: ignore[arg-type]

        return work

    results = together(app, *(one(number) for number in range(8)))
    assert sum(isinstance(result, Conflict) for result in results) == 3
    assert count() == 5


def test_kinds_and_hours_are_chosen_and_nonsense_is_left_out(town: Town) -> None:
    row = town.phone().row
    service.set_kinds(row, ["answer", "new_knock", "nonsense"], ["meeting_soon", "answer"])
    assert (row.kinds, row.loud_kinds) == (["answer"], ["answer"])
    service.set_quiet(row, None, None)
    assert (row.quiet_from, row.quiet_to) == (None, None)
    for wrong in ((1440, 0), (-1, 60), (60, 60), (60, None), (None, 60)):
        with pytest.raises(InvalidInput):
            service.set_quiet(row, *wrong)


def test_one_sees_and_removes_ones_own_alone(town: Town) -> None:
    mine, theirs = town.phone(), town.phone()
    assert service.find(mine.device, mine.row.id) is mine.row
    with pytest.raises(NotFound):
        service.find(mine.device, theirs.row.id)
    service.remove(service.find(mine.device, mine.row.id))
    assert not service.is_subscribed(mine.device)
    assert service.is_subscribed(theirs.device)


def test_a_device_that_is_forgotten_takes_its_own_along(town: Town) -> None:
    forgotten, _kept = town.phone(), town.phone()
    devices.forget(forgotten.device)
    db.session.commit()
    assert count() == 1


def test_signing_out_can_end_the_reminders_of_that_browser(town: Town) -> None:
    token = people.redeem(people.make_link(town.counsellor))
    assert token
    session = people.live_session(token)
    assert session
    town.turn_on(town.counsellor, town.browser(), session)
    town.turn_on(town.counsellor, town.browser())
    assert service.remove_session(session) == 1
    assert count() == 1


def test_a_browser_that_is_known_need_not_subscribe_again(town: Town) -> None:
    phone, other = town.phone(), town.phone()
    with clock.frozen(TUESDAY):
        assert service.check(phone.device, phone.browser.endpoint) is Standing.KNOWN
    assert phone.row.checked_at == TUESDAY
    assert service.check(phone.device, other.browser.endpoint) is Standing.WANTED
    assert service.check(phone.device, "https://nonsense") is Standing.WANTED


def test_after_an_exchange_of_keys_it_must(town: Town) -> None:
    phone = town.phone()
    newer = new_key()
    vapid.configure([newer, KEY])
    assert service.check(phone.device, phone.browser.endpoint) is Standing.WANTED
    town.turn_on(phone.device, town.browser())
    vapid.configure([newer])
    with pytest.raises(Conflict):
        service.subscribe(phone.device, **given(town, key_id=Kind.ANSWER))  # type: ignore[arg-type]


def test_without_keys_there_is_nothing_to_turn_on(town: Town) -> None:
    vapid.configure([])
    assert service.public_key() is None


def test_the_badge_counts_what_the_pupil_has_not_looked_at(town: Town) -> None:
    first, second, others = town.knock(), town.knock(), town.knock()
    phone = town.phone(first, second)
    town.phone(others)
    assert service.unread_count(phone.device) == 0
    with clock.frozen(MONDAY):
        for row in (first, first, second, others):
            town.answer(row)
    assert service.unread_count(phone.device) == 3
    asking.saw(first)
    db.session.commit()
    assert service.unread_count(phone.device) == 1
