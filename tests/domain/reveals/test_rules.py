"""What is hidden, who may see it once it was opened, who reviews, and when the pupil is told."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.core.calendar import closed_days
from elevhalsa.core.clock import local
from elevhalsa.domain.reveals import rules
from elevhalsa.domain.reveals.rules import Fault, Opened
from elevhalsa.domain.reveals.words import Hidden, Verdict

PEOPLE = st.sampled_from(["a", "b", "c"])
DAYS = st.dates(date(2025, 1, 1), date(2030, 1, 1))
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
AFTER = st.timedeltas(timedelta(days=-2), timedelta(days=3))
VERDICTS = st.none() | st.sampled_from(Verdict)
IS_CLOSED = closed_days()


@given(st.booleans(), st.booleans(), st.booleans())
def test_a_number_is_hidden_whatever_the_pupil_shows_and_nothing_is_where_nothing_is(
    has_login: bool, hides: bool, has_address: bool
) -> None:
    found = rules.hidden(has_login=has_login, hides=hides, has_address=has_address)
    assert (Hidden.NUMBER in found) is has_login
    assert (Hidden.NAME in found) is (has_login and hides)
    assert (Hidden.REMINDER in found) is has_address


@given(PEOPLE, PEOPLE, MOMENTS, AFTER, VERDICTS)
def test_nobody_sees_but_whoever_opened_it_for_a_day_and_until_it_is_found_wrong(
    by: str, viewer: str, at: datetime, later: timedelta, verdict: Verdict | None
) -> None:
    sees = rules.may_see(Opened(by, at, verdict), viewer, at + later)
    is_time = timedelta() <= later < rules.OPEN_FOR
    assert sees is (by == viewer and is_time and verdict is not Verdict.NOT_RIGHT)


@given(PEOPLE, PEOPLE, VERDICTS, st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_it_is_never_reviewed_by_whoever_opened_it_nor_twice_and_somebody_always_can(
    by: str, reviewer: str, verdict: Verdict | None, reads: bool, oversees: bool, others: bool,
    is_late: bool,
) -> None:  # fmt: skip
    opened = Opened(by, datetime(2026, 1, 1, tzinfo=UTC), verdict)
    may = rules.may_review(
        opened, reviewer, reads=reads, oversees=oversees, others=others, is_late=is_late
    )
    if by == reviewer or verdict:
        assert not may
    elif reads:
        assert may
    else:
        assert may is (oversees and (is_late or not others))


@given(MOMENTS)
def test_it_is_reviewed_by_the_end_of_the_next_weekday(at: datetime) -> None:
    due = rules.review_due(at, IS_CLOSED)
    last = (due - timedelta(seconds=1)).astimezone(local(at).tzinfo).date()
    assert local(at).date() < last and not IS_CLOSED(last)
    between = [
        local(at).date() + timedelta(days=n) for n in range(1, (last - local(at).date()).days)
    ]
    assert all(map(IS_CLOSED, between))


@given(DAYS, st.integers(-5, 40), st.integers(-5, 20), st.booleans())
def test_telling_waits_past_its_last_day_only_with_a_reason_and_never_long(
    today: date, ahead: int, last_ahead: int, has_reason: bool
) -> None:
    day, last = today + timedelta(days=ahead), today + timedelta(days=last_ahead)
    fault = rules.fault_of_day(day, today=today, last=last, has_reason=has_reason)
    if fault is None:
        assert day > today
        assert day <= last or (has_reason and day <= today + rules.TOLD_WITHIN)
    elif fault is Fault.NO_REASON:
        assert not has_reason and day > last
    elif fault is Fault.PASSED:
        assert day <= today
    else:
        assert day > today + rules.TOLD_WITHIN
