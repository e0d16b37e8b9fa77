"""Quiet hours, how a push is packed, and what a push service's answer means."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.core.clock import STOCKHOLM
from elevhalsa.domain.notices.kinds import KINDS, Push, say, telling
from elevhalsa.domain.notices.words import Audience, Kind
from elevhalsa.domain.reminders import lines, rules
from elevhalsa.domain.reminders.rules import Verdict
from tests.conftest import app_for, settings_for
from tests.domain.helpers import at

NIGHT = rules.PUPIL_QUIET
minutes = st.integers(0, rules.DAY_MINUTES - 1)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(
    lambda naive: naive.replace(tzinfo=UTC)
)


@pytest.fixture(scope="module")
def app() -> Iterator[Flask]:
    """Its texts alone: of what is a rule no database is asked."""
    app = app_for(settings_for("sqlite:////nowhere/x.db"))
    with app.app_context():
        yield app


def minute_of_day(moment: datetime) -> int:
    local = moment.astimezone(STOCKHOLM)
    return local.hour * 60 + local.minute


@pytest.mark.parametrize(
    ("moment", "end"),
    [
        ("2026-11-23 20:59", None),
        ("2026-11-23 21:00", "2026-11-24 07:00"),
        ("2026-11-23 23:59", "2026-11-24 07:00"),
        ("2026-11-24 00:00", "2026-11-24 07:00"),
        ("2026-11-24 06:59", "2026-11-24 07:00"),
        ("2026-11-24 07:00", None),
        ("2026-03-28 22:00", "2026-03-29 07:00"),  # the night that is an hour shorter
        ("2026-10-24 22:00", "2026-10-25 07:00"),  # and the one that is longer
    ],
)
def test_from_nine_in_the_evening_to_seven_it_is_quiet(moment: str, end: str | None) -> None:
    assert rules.quiet_until(at(moment), *NIGHT) == (at(end) if end else None)


def test_quiet_hours_in_the_middle_of_the_day() -> None:
    assert rules.quiet_until(at("2026-11-24 08:00"), 8 * 60, 15 * 60) == at("2026-11-24 15:00")
    assert rules.quiet_until(at("2026-11-24 15:00"), 8 * 60, 15 * 60) is None
    assert rules.quiet_until(at("2026-11-24 03:00"), 8 * 60, 15 * 60) is None


def test_without_quiet_hours_it_is_never_quiet() -> None:
    assert rules.quiet_until(at("2026-11-24 03:00"), None, None) is None


@given(moments, minutes, minutes)
def test_quiet_hours_end_within_a_day_at_their_end(
    moment: datetime, quiet_from: int, quiet_to: int
) -> None:
    end = rules.quiet_until(moment, quiet_from, quiet_to)
    if end is None:
        return
    assert moment < end <= moment + timedelta(hours=25)
    assert end.astimezone(STOCKHOLM).second == 0
    # When the clock is put forward over the end, it is the same moment after the gap.
    assert minute_of_day(end) in (quiet_to, quiet_to + 60)
    if minute_of_day(end) != quiet_to:
        assert end.astimezone(STOCKHOLM).date().month == 3


@given(moments, minutes, minutes)
def test_a_moment_is_quiet_exactly_when_its_minute_is(
    moment: datetime, quiet_from: int, quiet_to: int
) -> None:
    minute = minute_of_day(moment)
    length = (quiet_to - quiet_from) % rules.DAY_MINUTES
    is_within = (minute - quiet_from) % rules.DAY_MINUTES < length
    assert (rules.quiet_until(moment, quiet_from, quiet_to) is not None) is is_within


@given(moments, minutes, minutes, st.timedeltas(timedelta(0), timedelta(days=2)), st.booleans())
def test_nothing_is_sent_in_the_quiet_hours_nor_when_it_is_of_no_use(
    moment: datetime, quiet_from: int, quiet_to: int, useful: timedelta, is_loud: bool
) -> None:
    until = moment + useful
    when = rules.send_at(moment, quiet=(quiet_from, quiet_to), is_loud=is_loud, useful_until=until)
    quiet = rules.quiet_until(moment, quiet_from, quiet_to)
    if when is None:
        assert useful == timedelta(0) or (quiet and quiet >= until)
    elif is_loud or quiet is None:
        assert when == moment
    else:
        assert when == quiet < until


def test_what_the_pupil_has_chosen_may_sound_at_night() -> None:
    midnight = at("2026-11-24 00:00")
    assert rules.send_at(midnight, quiet=NIGHT, is_loud=True) == midnight
    assert rules.send_at(midnight, quiet=NIGHT) == at("2026-11-24 07:00")


# --- packing -------------------------------------------------------------------------------------


def packed(push: Push, *, unread: int = 1) -> bytes:
    return rules.payload(
        title=lines.title(),
        body=say(push.line, at("2026-11-24 10:00")) or "",
        navigate="https://elevhalsa.exempel.invalid/mitt/0123456789abcdefghijkl",
        tag="0123456789abcdef",
        unread=unread,
    )  # fmt: skip


PUSHES = [
    telling.push
    for described in KINDS.values()
    for telling in described.to.values()
    if telling.push
]


@pytest.mark.parametrize("words", PUSHES)
def test_every_push_says_nothing_of_what_it_is_about_and_has_the_same_size(
    app, words: Push
) -> None:
    for unread in (0, 1, 99):
        assert len(packed(words, unread=unread)) == rules.PAYLOAD_BYTES
    message = json.loads(packed(words, unread=3))
    assert message["web_push"] == 8030
    shown = message["notification"]
    assert shown["title"] == "Påminnelse"
    assert shown["lang"] == "sv"
    assert shown["navigate"].startswith("https://")
    assert (shown["app_badge"], message["app_badge"]) == ("3", 3)
    said = f"{shown['title']} {shown['body']}".casefold()
    for word in ("hälsa", "sköt", "kurator", "skol", "elev", "knack", "läkar", "psyk", "!"):
        assert word not in said


def test_a_payload_that_does_not_fit_is_a_fault(app) -> None:
    with pytest.raises(ValueError, match="too long"):
        rules.payload(title="a", body="b" * 1024, navigate="https://a", tag="t", unread=0)


@pytest.mark.parametrize("words", PUSHES)
def test_nothing_is_kept_longer_than_it_is_of_use(words: Push) -> None:
    now = at("2026-11-24 10:00")
    assert words.urgency in ("very-low", "low", "normal", "high")
    assert rules.ttl_seconds(words.keep, now, now + timedelta(minutes=5)) == 300
    assert rules.ttl_seconds(words.keep, now, now - timedelta(minutes=5)) == 0
    assert 0 < rules.ttl_seconds(words.keep, now, None) <= 28 * 24 * 3600


# --- answers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        ((200, 201, 202, 204), Verdict.ACCEPTED),
        ((404, 410), Verdict.GONE),
        ((413,), Verdict.TOO_BIG),
        ((429,), Verdict.WAIT),
        ((408, 500, 502, 503, 504, 599), Verdict.AGAIN),
        ((301, 302, 303, 307, 308, 400, 401, 403, 405, 422), Verdict.REFUSED),
    ],
)
def test_each_status_means_one_thing(statuses: tuple[int, ...], verdict: Verdict) -> None:
    assert {rules.verdict(status) for status in statuses} == {verdict}


NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("120", timedelta(minutes=2)),
        (" 0 ", timedelta(0)),
        ("Tue, 24 Nov 2026 12:05:00 GMT", timedelta(minutes=5)),
        ("Tuesday, 24-Nov-26 12:05:00 GMT", timedelta(minutes=5)),
        ("Tue, 24 Nov 2026 11:05:00 GMT", None),
        ("99999999999999999999", timedelta(days=28)),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("", None),
        (None, None),
    ],
)
def test_how_long_to_wait_is_said_in_seconds_or_as_a_date(
    header: str | None, wait: timedelta | None
) -> None:
    assert rules.retry_after(header, NOON) == wait


@given(st.text(max_size=40))
def test_whatever_a_server_says_is_read_without_a_fault(header: str) -> None:
    found = rules.retry_after(header, NOON)
    assert found is None or found >= timedelta(0)


@given(st.integers(1, 200), st.floats(0, 1))
def test_the_wait_grows_to_an_hour_and_is_spread(attempt: int, chance: float) -> None:
    wait = rules.wait_before(attempt, chance)
    least = rules.wait_before(attempt, 0)
    assert least <= wait <= least * 1.5
    assert timedelta(seconds=30) <= least <= timedelta(hours=1)
    assert rules.wait_before(attempt + 1, 0) >= least


@given(st.integers(1, 20), st.floats(0, 1), st.timedeltas(timedelta(0), timedelta(days=28)))
def test_it_is_never_sooner_than_was_asked_for(
    attempt: int, chance: float, asked: timedelta
) -> None:
    assert asked <= rules.wait_before(attempt, chance, asked) <= asked + timedelta(minutes=30)


def test_the_day_of_a_meeting_is_said_as_it_is_when_the_message_leaves(app) -> None:
    from elevhalsa.core import clock

    meeting = at("2026-11-24 10:00")
    soon = telling(Kind.MEETING_SOON, Audience.PUPIL).push
    assert soon
    with clock.frozen(at("2026-11-23 16:00")):
        assert say(soon.line, meeting) == "I morgon 10.00"
    with clock.frozen(at("2026-11-24 07:00")):
        assert say(soon.line, meeting) == "I dag 10.00"


def test_what_goes_out_instead_is_whole_sentences(app) -> None:
    assert lines.instead("Du har ett svar") == "Du har ett svar. Öppna appen där du knackade."
    assert lines.instead("Vi är sena.") == "Vi är sena. Öppna appen där du knackade."


def test_a_day_has_its_minutes() -> None:
    assert all(rules.are_minutes(minute) for minute in (None, 0, 1439))
    assert not any(rules.are_minutes(minute) for minute in (-1, 1440))
    assert time(16) == rules.SOON_FROM
