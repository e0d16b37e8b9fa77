"""From what happened to what a phone gets, through the real outbox and a real push service."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from flask import Flask
from sqlalchemy import func, select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.vapid import new_key, vapid
from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks import answering, asking, devices, passing, pins
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import Outcome
from elevhalsa.domain.meetings import service as meetings
from elevhalsa.domain.meetings.service import Offer
from elevhalsa.domain.meetings.words import MeetingWay
from elevhalsa.domain.notices import outbox, schedule
from elevhalsa.domain.notices.kinds import KINDS
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.domain.people import service as people
from elevhalsa.domain.reminders import pushes, rules, service
from elevhalsa.domain.reminders.models import PushSubscription
from elevhalsa.extensions import db
from tests.domain.helpers import at, sweep
from tests.domain.reminders.conftest import (
    KEY,
    MONDAY,
    ORIGIN,
    TUESDAY,
    Killed,
    KilledWhileSending,
    Town,
    rows_of,
    run,
)
from tests.push_service import PushService
from workers import jobs

NIGHT = at("2026-11-23 22:00")
MORNING = at("2026-11-24 07:00")


def bodies(push: PushService) -> list[str]:
    return [one.notification["body"] for one in push.accepted]


# --- to pupils -----------------------------------------------------------------------------------


def test_an_answer_is_told_on_the_pupils_phone_without_a_word_of_it(
    town: Town, push: PushService
) -> None:
    row = town.knock(text="Jag orkar inte", name="Ett namn", school_class="sjuan")
    phone = town.phone(row)
    with clock.frozen(MONDAY):
        town.answer(row, "Kom till rum 7")
        run()
        run()
    (one,) = push.accepted
    assert push.attempts == 1
    assert one.browser.endpoint == phone.browser.endpoint
    assert one.notification["body"] == "Du har ett svar"
    assert one.notification["navigate"] == f"{ORIGIN}/mitt/{row.id}"
    assert one.notification["app_badge"] == "1"
    assert len(one.plain) == rules.PAYLOAD_BYTES
    whole = one.plain.decode() + str(one.headers)
    for secret in (
        "orkar",
        "Ett namn",
        "sjuan",
        "rum 7",
        town.school.name,
        town.counsellor.name,
    ):
        assert secret not in whole
    assert rows_of(Channel.PUSH)[0].sent_at == MONDAY


def test_every_browser_of_the_knock_is_told_once(town: Town, push: PushService) -> None:
    row = town.knock()
    phones = [town.phone(row) for _number in range(3)]
    town.phone(row, turned_on=False)
    town.phone()
    with clock.frozen(MONDAY):
        town.answer(row)
        run()
        run()
    told = sorted(one.browser.endpoint for one in push.accepted)
    assert told == sorted(phone.browser.endpoint for phone in phones)
    topics = {one.headers["topic"] for one in push.accepted}
    assert len(topics) == 3, "a push service cannot tell that they are of the same knock"


def test_a_knock_behind_digits_is_told_where_they_were_given(town: Town, push: PushService) -> None:
    row = town.knock()
    own, found = town.phone(row), town.phone(row)
    pins.choose(row, "4711")
    devices.show(own.device, row, pin_given=True)
    db.session.commit()
    with clock.frozen(MONDAY):
        town.answer(row)
        run()
    assert [one.browser.endpoint for one in push.accepted] == [own.browser.endpoint]
    assert devices.unlocked(found.device) == []


def test_of_a_pupil_who_has_not_asked_to_be_reminded_nothing_is_noted(town: Town) -> None:
    row = town.knock()
    town.phone(row, turned_on=False)
    with clock.frozen(MONDAY):
        town.answer(row)
    assert not db.session.query(Notice).filter(Notice.staff_id.is_(None)).count()


def test_what_the_pupil_does_not_want_is_not_sent(town: Town, push: PushService) -> None:
    row = town.knock()
    service.set_fallback(row, phone="0701740605", email=None)
    phone = town.phone(row)
    service.set_kinds(phone.row, [Kind.MEETING_SOON])
    db.session.commit()
    with clock.frozen(MONDAY):
        town.answer(row)
        run()
    assert push.attempts == 0
    assert rows_of(Channel.SMS) == [], "nor written about"


def test_at_night_it_waits_until_the_morning(town: Town, push: PushService) -> None:
    row = town.knock()
    town.phone(row)
    with clock.frozen(NIGHT):
        town.answer(row)
        run()
    with clock.frozen(MORNING - timedelta(minutes=1)):
        run()
    assert push.attempts == 0
    with clock.frozen(MORNING):
        run()
    assert bodies(push) == ["Du har ett svar"]


def test_what_the_pupil_has_chosen_comes_at_night_too(town: Town, push: PushService) -> None:
    row = town.knock()
    phone = town.phone(row)
    service.set_kinds(phone.row, [Kind.ANSWER, Kind.PROMISE_LATE], [Kind.ANSWER])
    silent = town.phone(row)
    service.set_quiet(town.phone(row).row, None, None)
    db.session.commit()
    with clock.frozen(NIGHT):
        town.answer(row)
        run()
    assert len(push.accepted) == 2
    assert silent.browser.endpoint not in {one.browser.endpoint for one in push.accepted}


def test_quiet_hours_that_were_changed_in_the_evening_hold(town: Town, push: PushService) -> None:
    row = town.knock()
    phone = town.phone(row)
    with clock.frozen(NIGHT):
        town.answer(row)
        run()
        service.set_quiet(phone.row, 21 * 60, 9 * 60)
        db.session.commit()
    with clock.frozen(MORNING):
        run()
    assert push.attempts == 0
    with clock.frozen(at("2026-11-24 09:00")):
        run()
    assert len(push.accepted) == 1


def test_what_the_pupil_has_read_in_the_meantime_is_not_told(town: Town, push: PushService) -> None:
    row = town.knock()
    town.phone(row)
    with clock.frozen(NIGHT):
        town.answer(row)
        run()
        asking.saw(row)
        db.session.commit()
    with clock.frozen(MORNING):
        run()
    assert push.attempts == 0
    assert rows_of(Channel.PUSH)[0].error == "seen"


def test_nothing_is_told_of_a_knock_that_was_taken_back(town: Town, push: PushService) -> None:
    row = town.knock()
    town.phone(row)
    with clock.frozen(NIGHT):
        town.answer(row)
        run()
        asking.withdraw(row, shown=row.newest)
        db.session.commit()
    with clock.frozen(MORNING):
        run()
    assert push.attempts == 0


def test_a_broken_promise_is_told_honestly_and_once_more_when_the_new_date_is_broken(
    town: Town, push: PushService
) -> None:
    row = town.knock()
    town.phone(row)
    for later in ("2026-11-24 09:31", "2026-11-24 09:33", "2026-11-25 09:31", "2026-11-26 09:31"):
        with clock.frozen(at(later)):
            sweep()
            run()
    assert bodies(push) == ["Vi är sena. Titta gärna."] * 2, "then the new date has passed too"


def test_an_answer_and_its_reminder_are_one_transaction(town: Town) -> None:
    row = town.knock()
    town.phone(row)
    with clock.frozen(MONDAY):
        answering.answer(town.counsellor, row, "hej", form_id="a" * 22)
        assert db.session.query(Notice).filter(Notice.kind == Kind.ANSWER).count() == 2
        db.session.rollback()
    assert not db.session.query(Notice).filter(Notice.kind == Kind.ANSWER).count()


def propose(town: Town, row: Knock, starts_at: datetime) -> str:
    offer = Offer(starts_at, 30, MeetingWay.ROOM, "rum 7")
    proposal = meetings.propose(town.counsellor, row, [offer])
    db.session.commit()
    return proposal.id


def pick(row: Knock, proposal_id: str) -> None:
    proposal = next(p for p in meetings.proposals_of(row) if p.id == proposal_id)
    meetings.pick(row, proposal_id, proposal.slots[0].id)
    asking.saw(row)
    db.session.commit()


def test_a_proposal_is_told_and_the_day_before_the_time_alone(
    town: Town, push: PushService
) -> None:
    row = town.knock()
    town.phone(row)
    with clock.frozen(MONDAY):
        proposal_id = propose(town, row, at("2026-11-25 10:00"))
        run()
        pick(row, proposal_id)
        jobs.meetings_soon()
        run()
    assert bodies(push) == ["Du har fått ett förslag"]
    for later in ("2026-11-24 15:59", "2026-11-24 16:00", "2026-11-24 16:15", "2026-11-25 09:00"):
        with clock.frozen(at(later)):
            jobs.meetings_soon()
            run()
    assert bodies(push)[1:] == ["I morgon 10.00"]
    soon = push.accepted[-1]
    assert "rum 7" not in soon.plain.decode()
    assert int(soon.headers["ttl"]) == 18 * 3600
    assert soon.headers["urgency"] == "high"


def test_a_meeting_that_nobody_was_reminded_of_in_the_evening_is_told_in_the_morning(
    town: Town, push: PushService
) -> None:
    row = town.knock()
    town.phone(row)
    with clock.frozen(MONDAY):
        pick(row, propose(town, row, at("2026-11-25 10:00")))
    with clock.frozen(at("2026-11-25 07:30")):
        jobs.meetings_soon()
        run()
    assert bodies(push) == ["I dag 10.00"]


def test_a_meeting_that_was_picked_today_for_today_needs_no_reminder(
    town: Town, push: PushService
) -> None:
    row = town.knock()
    town.phone(row)
    with clock.frozen(MONDAY):
        pick(row, propose(town, row, at("2026-11-23 14:00")))
        jobs.meetings_soon()
        run()
    assert bodies(push) == []


def test_a_time_that_was_only_proposed_is_not_reminded_of(town: Town, push: PushService) -> None:
    row = town.knock()
    town.phone(row)
    with clock.frozen(MONDAY):
        propose(town, row, at("2026-11-24 10:00"))
        run()
    with clock.frozen(at("2026-11-23 16:00")):
        jobs.meetings_soon()
        run()
    assert bodies(push) == ["Du har fått ett förslag"]


@pytest.mark.parametrize(
    ("what", "told"),
    [("moved", ["I morgon 13.00"]), ("cancelled", []), ("called off", []), ("closed", [])],
)
def test_only_of_a_meeting_that_stands_is_one_reminded(
    town: Town, push: PushService, what: str, told: list[str]
) -> None:
    row = town.knock()
    phone = town.phone(row)
    service.set_kinds(phone.row, [Kind.MEETING_SOON])
    with clock.frozen(MONDAY):
        first = propose(town, row, at("2026-11-25 10:00"))
        pick(row, first)
    with clock.frozen(at("2026-11-24 10:00")):
        if what == "moved":
            pick(row, propose(town, row, at("2026-11-25 13:00")))
        elif what == "cancelled":
            meetings.cancel(row, first)
        elif what == "called off":
            meetings.call_off(town.counsellor, row, first)
        else:
            answering.close(town.counsellor, row, Outcome.TALKED, shown=row.newest)
        db.session.commit()
    with clock.frozen(at("2026-11-24 16:00")):
        jobs.meetings_soon()
        run()
    assert bodies(push) == told


# --- to staff ------------------------------------------------------------------------------------


def test_a_new_knock_is_told_to_staff_who_have_asked_for_it_when_they_are_at_work(
    town: Town, push: PushService, make
) -> None:
    browser = town.browser()
    town.turn_on(town.counsellor, browser)
    make.counsellor(town.school)
    with clock.frozen(NIGHT):
        make.knock(town.school, text="Jag orkar inte")
        run()
    with clock.frozen(at("2026-11-24 07:59")):
        run()
    assert push.attempts == 0
    with clock.frozen(at("2026-11-24 08:00")):
        run()
    (one,) = push.accepted
    assert one.browser.endpoint == browser.endpoint
    assert one.notification["body"] == "Något nytt väntar på svar"
    assert one.notification["navigate"] == f"{ORIGIN}/personal/inkorg"
    assert len(one.plain) == rules.PAYLOAD_BYTES


def test_whose_account_has_ended_meanwhile_is_not_reminded(
    town: Town, push: PushService, make
) -> None:
    town.turn_on(town.counsellor, town.browser())
    with clock.frozen(MONDAY):
        make.knock(town.school)
        town.counsellor.ends_on = clock.today() - timedelta(days=1)
        db.session.commit()
        run()
    assert push.accepted == []


def test_a_coordinator_is_led_to_the_counts(town: Town, push: PushService, make) -> None:
    coordinator = make.coordinator()
    town.turn_on(coordinator, town.browser())
    with clock.frozen(MONDAY):
        make.knock(make.school(), wanted=Profession.NURSE)
        run()
    assert [one.notification["navigate"] for one in push.accepted] == [f"{ORIGIN}/samordnare/"]


def test_what_pupils_do_and_what_colleagues_do_is_told(town: Town, push: PushService, make) -> None:
    row = town.knock()
    colleague = make.counsellor(town.school)
    with clock.frozen(MONDAY):
        run()
        town.turn_on(town.counsellor, town.browser())
        town.turn_on(colleague, town.browser())
        answering.take(town.counsellor, row)
        asking.write(row, "en sak till", form_id="b" * 22)
        db.session.commit()
        run()
        passing.hand_over(town.counsellor, row, colleague, shown=row.newest)
        db.session.commit()
        run()
        assert len(bodies(push)) == 1, "it can be undone for some minutes"
    with clock.frozen(MONDAY + timedelta(minutes=6)):
        run()
    assert bodies(push) == ["Det finns något nytt att läsa", "En kollega har lämnat över något"]


def test_a_browser_that_was_signed_out_is_told_nothing(town: Town, push: PushService, make) -> None:
    session = town.signed_in()
    town.turn_on(town.counsellor, town.browser(), session)
    people.revoke(session)
    db.session.commit()
    with clock.frozen(MONDAY):
        make.knock(town.school)
        run()
    assert push.attempts == 0
    assert service.forget_dead() == 1


def test_one_whose_session_has_run_out_is_still_told(town: Town, push: PushService, make) -> None:
    session = town.signed_in()
    town.turn_on(town.counsellor, town.browser(), session)
    db.session.delete(session)
    db.session.commit()
    with clock.frozen(MONDAY):
        make.knock(town.school)
        run()
    assert len(push.accepted) == 1
    assert service.forget_dead() == 0


def test_a_forgotten_phone_is_told_nothing(town: Town, push: PushService) -> None:
    row = town.knock()
    forgotten, expired = town.phone(row), town.phone(row)
    with clock.frozen(NIGHT):
        town.answer(row)
        run()
        devices.forget(forgotten.device)
        expired.device.expires_at = NIGHT
        db.session.commit()
    with clock.frozen(MORNING):
        run()
    assert push.attempts == 0
    with clock.frozen(MORNING):
        devices.forget_expired()
        db.session.commit()
    assert not db.session.query(PushSubscription).count()
    assert rows_of(Channel.PUSH) == []


# --- what push services answer -------------------------------------------------------------------


def answered(town: Town, push: PushService, status: int, **headers: str) -> Notice | None:
    """An answer is told to a phone without quiet hours, and the push service says this. The row,
    if it is left."""
    row = town.knock()
    service.set_quiet(town.phone(row).row, None, None)
    db.session.commit()
    push.answer, push.answer_headers = status, headers
    with clock.frozen(MONDAY):
        town.answer(row)
        run()
    assert push.attempts == 1
    assert push.faults == []
    return next(iter(rows_of(Channel.PUSH)), None)


@pytest.mark.parametrize("status", [200, 201, 202])
def test_what_is_accepted_is_done(town: Town, push: PushService, status: int) -> None:
    row = answered(town, push, status)
    assert row
    assert row.sent_at == MONDAY


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_is_gone_is_forgotten(
    town: Town, push: PushService, status: int
) -> None:
    assert answered(town, push, status) is None
    [row] = db.session.query(PushSubscription)
    assert (row.endpoint, row.p256dh, row.auth, row.gone_at) == ("", "", "", MONDAY)


def test_one_that_is_gone_is_never_called_again(town: Town, push: PushService) -> None:
    answered(town, push, 410)
    push.answer = 201
    with clock.frozen(TUESDAY):
        town.answer(db.session.query(Knock).one(), "en sak till")
        run()
    assert push.attempts == 1
    assert rows_of(Channel.PUSH) == []


def test_what_is_too_big_is_given_up_and_logged(
    town: Town, push: PushService, caplog: pytest.LogCaptureFixture
) -> None:
    row = answered(town, push, 413)
    assert row
    assert (row.given_up_at, row.error) == (MONDAY, "push 413")
    assert "push 413" in caplog.text
    assert db.session.query(PushSubscription).count() == 1


@pytest.mark.parametrize("as_date", [False, True])
def test_a_push_service_that_asks_for_time_gets_it(
    town: Town, push: PushService, as_date: bool
) -> None:
    until = MONDAY + timedelta(minutes=20)
    header = format_datetime(until.astimezone(UTC), usegmt=True) if as_date else "1200"
    row = answered(town, push, 429, **{"Retry-After": header})
    assert row
    assert row.error == "push 429"
    assert until <= row.not_before <= until + timedelta(minutes=10)
    push.answer, push.answer_headers = 201, {}
    with clock.frozen(until - timedelta(seconds=1)):
        run()
    assert push.attempts == 1
    with clock.frozen(until + timedelta(minutes=10)):
        run()
        run()
    assert len(push.accepted) == 1
    assert push.received[0].headers["topic"] == push.received[1].headers["topic"]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_fault_of_theirs_is_tried_again_ever_more_seldom_while_it_is_of_use(
    town: Town, push: PushService, status: int
) -> None:
    row = answered(town, push, status)
    assert row
    waits = []
    now = MONDAY
    while not row.given_up_at:
        waits.append(row.not_before - now)
        now = row.not_before
        with clock.frozen(now):
            run()
        db.session.refresh(row)
    assert timedelta(seconds=30) <= waits[0] <= timedelta(seconds=45)
    assert timedelta(minutes=1) <= waits[1] <= timedelta(seconds=90)
    assert max(waits) > timedelta(minutes=50)
    assert push.attempts == len(waits) + 1
    assert MONDAY + timedelta(days=2) < row.given_up_at < MONDAY + KINDS[Kind.ANSWER].useful_for
    assert db.session.query(PushSubscription).count() == 1


@pytest.mark.parametrize("status", [301, 400, 401, 403])
def test_a_refusal_alarms_the_operator_and_deletes_nothing(
    town: Town, push: PushService, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    row = answered(town, push, status)
    assert row
    assert (row.given_up_at, row.error) == (MONDAY, f"push {status} refused")
    assert schedule.last_finished(pushes.REFUSED) == MONDAY
    assert f"push {status}" in caplog.text
    assert "/push/" not in caplog.text, "an endpoint is as good as a name"
    assert db.session.query(PushSubscription).count() == 1
    with clock.frozen(TUESDAY):
        run()
    assert push.attempts == 1


def test_a_push_service_that_is_down_is_tried_again(town: Town, push: PushService) -> None:
    row = town.knock()
    phone = town.phone(row)
    phone.row.endpoint = phone.browser.endpoint.replace(str(push.port), "1")
    from elevhalsa.core.push_services import push_services

    push_services.configure([push.origin, "http://127.0.0.1:1"])
    db.session.commit()
    with clock.frozen(MONDAY):
        town.answer(row)
        run()
    (one,) = rows_of(Channel.PUSH)
    assert one.error == "push ConnectError"
    assert one.not_before > MONDAY
    assert one.started_at is None


def test_an_endpoint_that_is_no_longer_on_the_list_is_not_called(
    town: Town, push: PushService
) -> None:
    row = town.knock()
    town.phone(row)
    from elevhalsa.core.push_services import KNOWN, push_services

    push_services.configure(KNOWN)
    with clock.frozen(MONDAY):
        town.answer(row)
        run()
    assert push.connections == 0
    assert rows_of(Channel.PUSH)[0].error == "push endpoint scheme"


# --- keys ----------------------------------------------------------------------------------------


def test_the_key_of_before_is_used_until_it_is_thrown_away(town: Town, push: PushService) -> None:
    row = town.knock()
    town.phone(row)
    newer = new_key()
    vapid.configure([newer, KEY])
    town.phone(row)
    with clock.frozen(MONDAY):
        town.answer(row)
        run()
    assert push.faults == []
    assert len({one.headers["authorization"].rpartition("k=")[2] for one in push.accepted}) == 2
    assert sorted(service.count_by_key().values()) == [1, 1]
    vapid.configure([newer])
    with clock.frozen(MONDAY):
        town.answer(row)
        run()
    assert len(push.accepted) == 3
    assert push.faults == []


# --- what a dead worker leaves behind ------------------------------------------------------------


def test_what_may_have_left_is_never_sent_again(
    app: Flask, town: Town, push: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = town.knock()
    town.phone(row)
    with clock.frozen(MONDAY):
        town.answer(row)
        parent = db.session.scalars(select(Notice.id).where(Notice.channel == Channel.PUSH)).one()
        monkeypatch.setattr(app.extensions["elevhalsa"], "pusher", KilledWhileSending())
        with pytest.raises(Killed):
            jobs.send_notices(parent)
        monkeypatch.undo()
        run()
        assert push.attempts == 0, "another may be sending it now"
    with clock.frozen(MONDAY + outbox.CLAIM_LASTS):
        run()
    assert push.attempts == 0
    (one,) = rows_of(Channel.PUSH)
    assert (one.error, one.sent_at) == ("unknown", None)
    assert one.given_up_at


def test_what_was_prepared_but_not_committed_is_sent(
    town: Town, push: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = town.knock()
    town.phone(row)
    with clock.frozen(MONDAY):
        town.answer(row)
        parent = db.session.scalars(select(Notice.id).where(Notice.channel == Channel.PUSH)).one()
        commits = iter((work.commit,))  # of the row for each browser

        def dies_at_the_second() -> None:
            commit = next(commits, None)
            if commit is None:
                raise Killed
            commit()

        monkeypatch.setattr(work, "commit", dies_at_the_second)
        with pytest.raises(Killed):
            jobs.send_notices(parent)
        monkeypatch.undo()
        assert push.attempts == 0
        run()
    assert len(push.accepted) == 1


def test_expanding_twice_makes_no_second_row(town: Town) -> None:
    row = town.knock()
    town.phone(row)
    with clock.frozen(MONDAY):
        town.answer(row)
        parent = db.session.scalars(select(Notice).where(Notice.channel == Channel.PUSH)).one()
        jobs.send_notices(parent.id)
        db.session.rollback()
        parent.sent_at = None
        parent.claimed_until = None
        db.session.commit()
        jobs.send_notices(parent.id)
    assert db.session.scalar(select(func.count()).where(Notice.subscription_id.is_not(None))) == 1
