"""When a crisis line is open, as written by a person."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask_babel import Babel, force_locale
from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.core.clock import STOCKHOLM
from elevhalsa.domain.places.hours import DAYS, Hours, Span, is_open, opens_at, parse, said

MONDAY = datetime(2026, 11, 23, tzinfo=STOCKHOLM)


def at(weekday: int, hour: int, minute: int = 0) -> datetime:
    """A moment of the week that begins on Monday 23 November 2026."""
    return (MONDAY + timedelta(days=weekday)).replace(hour=hour, minute=minute)


@pytest.mark.parametrize(
    ("text", "moment", "expected"),
    [
        ("dygnet runt", at(2, 3), True),
        ("7-21", at(6, 7), True),
        ("7-21", at(6, 6, 59), False),
        ("7-21", at(6, 21), False),
        ("mån-fre 18-22; lör-sön 14-18", at(4, 21, 59), True),
        ("mån-fre 18-22; lör-sön 14-18", at(5, 18), False),
        ("mån-fre 18-22; lör-sön 14-18", at(5, 14), True),
        ("mån,tor 15-23", at(3, 15), True),
        ("mån, tors 15 – 23", at(3, 15), True),
        ("mån,tor 15-23", at(1, 15), False),
        ("tis 18.30-20:30", at(1, 18, 29), False),
        ("tis 18.30-20:30", at(1, 18, 30), True),
        ("fre-mån 8-9", at(6, 8), True),
        ("fre-mån 8-9", at(2, 8), False),
        ("Måndag 9-12,13-16", at(0, 12, 30), False),
        ("Måndag 9-12,13-16", at(0, 13), True),
        ("lör dygnet runt", at(5, 23, 59), True),
        ("lör dygnet runt", at(6, 0), False),
        ("20-24", at(0, 23, 59), True),
    ],
)
def test_a_line_is_open_in_its_hours_and_closed_outside(
    text: str, moment: datetime, expected: bool
) -> None:
    assert is_open(parse(text), moment) is expected


def test_a_night_belongs_to_the_day_on_which_it_began() -> None:
    friday_night = parse("fre 20-02")
    assert is_open(friday_night, at(4, 20))
    assert is_open(friday_night, at(5, 1, 59))
    assert not is_open(friday_night, at(5, 2))
    assert not is_open(friday_night, at(4, 1))
    assert is_open(parse("sön 20-02"), at(0, 1))


def test_it_is_the_clock_on_a_swedish_wall_that_counts() -> None:
    # 17.30 UTC is 18.30 in Sweden in winter and 19.30 in summer.
    evening = parse("18.30-19")
    assert is_open(evening, datetime(2026, 1, 7, 17, 30, tzinfo=UTC))
    assert not is_open(evening, datetime(2026, 7, 7, 17, 30, tzinfo=UTC))


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        is_open(parse("7-21"), datetime(2026, 1, 1))


@pytest.mark.parametrize(
    "text",
    ["", " ", ";", "mån", "mån-fre", "mån 18", "mån 25-26", "mån 18.60-19", "må 18-19",
     "vardag 8-9", "8-8", "24-8", "mån-fre 18-22;", "mån 18-22 ungefär", "mån,, 8-9", "8-9-10"],
)  # fmt: skip
def test_hours_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (each text has a message of its own)
        parse(text)


spans = st.builds(
    lambda day, start, length: Span(day, start, start + length),
    st.integers(0, 6),
    st.integers(0, 24 * 60 - 1),
    st.integers(1, 24 * 60 - 1),
)


def written(span: Span) -> str:
    def clock_text(minute: int) -> str:
        return f"{minute // 60}.{minute % 60:02}"

    return f"{DAYS[span.weekday][:3]} {clock_text(span.start)}-{clock_text(span.end % 1440)}"


@given(st.lists(spans, min_size=1, max_size=6), st.integers(0, 7 * 1440 - 1))
def test_what_is_written_is_what_is_read(some: list[Span], minute_of_week: int) -> None:
    hours = parse("; ".join(written(span) for span in some))
    moment = MONDAY + timedelta(minutes=minute_of_week)
    expected = any(
        0 <= (minute_of_week - (span.weekday * 1440 + span.start)) % (7 * 1440)
        < span.end - span.start
        for span in some
    )  # fmt: skip
    assert is_open(hours, moment) is expected


@given(st.text(alphabet="månfretisolöd 0123456789-.,;", max_size=30))
def test_any_text_is_either_read_or_refused(text: str) -> None:
    try:
        hours = parse(text)
    except ValueError:
        return
    assert isinstance(hours, Hours)
    assert hours.spans
    assert all(0 <= s.start < s.end < 2 * 1440 and 0 <= s.weekday <= 6 for s in hours.spans)


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("dygnet runt", "Dygnet runt"),
        ("7-21", "7–21"),
        ("mån-fre 18-22; lör-sön 14-18", "Mån–fre 18–22; lör–sön 14–18"),
        ("mån,tors 15-23", "Mån, tors 15–23"),
        ("tis 18.30-20:30", "Tis 18.30–20.30"),
        ("fre-lör 20-02", "Fre–lör 20–2"),
        ("måndag 9-12,13-24", "Mån 9–12, 13–24"),
    ],
)
def test_hours_are_said_as_on_a_door(text: str, spoken: str) -> None:
    assert said(parse(text)) == spoken


def test_hours_are_said_in_the_language_of_the_page() -> None:
    app = Flask(__name__)
    Babel(app)
    with app.app_context(), force_locale("en"):
        assert said(parse("mån-fre 18-22")) == "Mon–Fri 18–22"


minutes = st.integers(0, 24 * 4 - 1).map(lambda quarter: quarter * 15)


@given(
    st.dictionaries(
        st.integers(0, 6), st.tuples(minutes, minutes).filter(lambda t: t[0] != t[1]), min_size=1
    )
)
def test_what_is_said_is_what_was_meant(week: dict[int, tuple[int, int]]) -> None:
    spans = [Span(day, start, end if end > start else end + 24 * 60)
             for day, (start, end) in sorted(week.items())]  # fmt: skip
    assert parse(said(Hours(tuple(spans)))).spans == tuple(spans)


@pytest.mark.parametrize(
    ("text", "moment", "expected"),
    [
        ("dygnet runt", at(2, 3), None),
        ("7-21", at(6, 6, 59), at(6, 7)),
        ("7-21", at(6, 21), at(7, 7)),
        ("mån-fre 18-22; lör-sön 14-18", at(5, 9), at(5, 14)),
        ("mån,tor 15-23", at(1, 15), at(3, 15)),
        ("mån 15-23", at(0, 23), at(7, 15)),
        ("fre-lör 20-02", at(6, 2), at(11, 20)),
    ],
)
def test_a_closed_line_says_when_it_opens(
    text: str, moment: datetime, expected: datetime | None
) -> None:
    assert opens_at(parse(text), moment) == expected


@given(
    text=st.sampled_from(["7-21", "mån,tor 15-23", "fre-lör 20-02", "tis 18.30-20:30"]),
    minutes=st.integers(0, 7 * 24 * 60),
)
def test_it_is_closed_until_it_opens_and_then_it_is_open(text: str, minutes: int) -> None:
    moment, hours = MONDAY + timedelta(minutes=minutes), parse(text)
    opens = opens_at(hours, moment)
    assert (opens is None) == is_open(hours, moment)
    if opens:
        assert is_open(hours, opens)
        assert moment < opens and not is_open(hours, opens - timedelta(minutes=1))
