"""How times are said."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Flask
from flask_babel import Babel, force_locale
from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.core import clock, i18n
from tests.domain.helpers import at


@pytest.fixture(autouse=True)
def _swedish():
    app = Flask(__name__)
    Babel(app, default_locale="sv")
    with app.app_context(), clock.frozen(at("2026-11-27 16:20")):
        yield


def test_a_promise_is_said_with_weekday_date_and_time():
    assert i18n.by_when(at("2026-11-30 16:20")) == "senast måndag 30 november kl. 16.20"


def test_a_promise_that_ends_at_midnight_is_said_as_the_day_it_ends():
    assert i18n.by_when(at("2026-12-01 00:00")) == "senast måndag 30 november"


def test_the_minute_after_midnight_is_said_as_a_time():
    assert i18n.by_when(at("2026-12-01 00:01")) == "senast tisdag 1 december kl. 00.01"


def test_a_promise_into_next_year_says_the_year():
    assert i18n.by_when(at("2027-01-04 09:05")) == "senast måndag 4 januari 2027 kl. 09.05"


def test_a_moment_in_utc_is_said_in_swedish_time():
    summer = at("2026-06-18 00:30")
    assert i18n.day_and_time(summer.astimezone(clock.UTC)) == "torsdag 18 juni kl. 00.30"  # type: ignore[attr-defined]


def test_today_and_yesterday_are_said_so():
    assert i18n.when(at("2026-11-27 08:05")) == "i dag 08.05"
    assert i18n.when(at("2026-11-26 23:59")) == "i går 23.59"
    assert i18n.when(at("2026-11-25 23:59")) == "onsdag 25 november kl. 23.59"
    assert i18n.when(at("2026-11-28 08:00")) == "lördag 28 november kl. 08.00"


def test_a_date_without_a_time_is_said_as_a_day():
    assert i18n.day(date(2026, 6, 19)) == "fredag 19 juni"


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(minutes=40, seconds=59), "40 min"),
        (timedelta(0), "0 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=1, minutes=12), "1 h 12 min"),
        (timedelta(hours=22, minutes=30), "22 h"),
        (timedelta(hours=47, minutes=59), "47 h"),
        (timedelta(days=3, hours=5), "3 dygn"),
        (-timedelta(hours=2), "2 h"),
    ],
)
def test_a_length_is_said_in_the_unit_that_matters(span, said):
    assert i18n.duration(span) == said


def test_the_clock_can_be_set_by_a_test_and_only_to_an_aware_moment():
    assert clock.now() == at("2026-11-27 16:20")
    with pytest.raises(ValueError, match="aware"), clock.frozen(clock.now().replace(tzinfo=None)):
        pass


WEEKDAYS = ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag")
MONTHS = ("januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september",
          "oktober", "november", "december")  # fmt: skip


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(clock.STOCKHOLM)))
def test_in_swedish_every_moment_is_said_the_swedish_way(moment):
    said = f"{WEEKDAYS[moment.weekday()]} {moment.day} {MONTHS[moment.month - 1]}"
    said += "" if moment.year == 2026 else f" {moment.year}"
    assert i18n.day(moment) == said
    assert i18n.clock_time(moment) == f"{moment.hour:02}.{moment.minute:02}"


@pytest.mark.parametrize(
    ("language", "said", "next_year"),
    [
        ("en", "Monday, November 30", "Monday, January 4, 2027"),
        ("fi", "maanantai 30. marraskuuta", "maanantai 4. tammikuuta 2027"),
        ("es", "lunes, 30 de noviembre", "lunes, 4 de enero de 2027"),
        ("ar", "الاثنين، 30 نوفمبر", "الاثنين، 4 يناير 2027"),
    ],
)
def test_in_another_language_a_day_is_said_as_that_language_has_it(language, said, next_year):
    with force_locale(language):
        assert i18n.day(date(2026, 11, 30)) == said
        assert i18n.day(date(2027, 1, 4)) == next_year


@pytest.mark.parametrize(
    ("language", "lang", "is_rtl"),
    [
        ("sv", "sv", False),
        ("ar", "ar", True),
        ("fa_AF", "fa-AF", True),
        ("sv@simple", "sv-simple", False),
    ],
)
def test_a_page_names_its_language_as_browsers_know_it(language, lang, is_rtl):
    with force_locale(language):
        assert i18n.lang() == lang
        assert (i18n.locale().text_direction == "rtl") is is_rtl


def test_a_text_follows_the_language_there_and_back_within_one_piece_of_work(tmp_path):
    made = Catalog("en")
    made.add("knackade %(when)s", "knocked %(when)s")
    made.add(("%(num)s dygn", "%(num)s dygn"), ("%(num)s day", "%(num)s days"))
    folder = tmp_path / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, made)
    app = Flask(__name__)
    Babel(app, default_locale="sv", default_translation_directories=str(tmp_path))
    later = i18n._l("knackade %(when)s", when="i dag")
    with app.app_context():
        for language, said in (
            ("sv", "knackade i dag"),
            ("en", "knocked i dag"),
            ("sv", "knackade i dag"),
        ):
            with force_locale(language):
                assert i18n._("knackade %(when)s", when="i dag") == str(later) == said
        with force_locale("en"):
            assert i18n.duration(timedelta(days=3)) == "3 days"
        assert i18n.duration(timedelta(days=3)) == "3 dygn"
        assert str(later) == "knackade i dag"
    assert str(later) == "knackade i dag", "and without an app"


def test_without_an_app_swedish_is_spoken():
    with ThreadPoolExecutor() as outside:  # a new thread is in no app's context
        assert outside.submit(i18n.lang).result() == "sv"


def test_one_of_several_is_said_with_commas_and_or():
    assert i18n.one_of(["kurator"]) == "kurator"
    assert i18n.one_of(["skolsköterska", "kurator"]) == "skolsköterska eller kurator"
    assert i18n.one_of("abc") == "a, b eller c"
    with force_locale("fi"):
        assert i18n.one_of("abc") == "a, b tai c"


def test_within_a_sentence_a_promise_is_its_day_and_its_time():
    assert i18n.deadline(at("2026-11-30 16:20")) == i18n.Deadline("måndag 30 november", "16.20")
    assert i18n.deadline(at("2026-12-01 00:00")) == i18n.Deadline("måndag 30 november", None)
