"""What a pupil and staff are shown of a place."""

from datetime import date, datetime
from typing import Any

import pytest
from flask import Flask

from elevhalsa.core.clock import STOCKHOLM
from elevhalsa.core.errors import NotFound
from elevhalsa.core.walls import Wall
from elevhalsa.domain.places import queries, service
from elevhalsa.domain.places.models import Municipality
from elevhalsa.domain.places.words import Need
from elevhalsa.extensions import db
from tests.factories import Make

FRIDAY_EVENING = datetime(2026, 11, 20, 19, tzinfo=STOCKHOLM)


def line(owner: Municipality | None, name: str, **values: Any) -> None:
    defaults: dict[str, object] = {
        "about": "Prata med någon.",
        "phone": "112",
        "sms": None,
        "url": None,
        "hours": "dygnet runt",
        "age_from": None,
        "age_to": None,
        "urgent": False,
        "position": 100,
        "verified_on": date(2026, 11, 1),
        "source": None,
    }
    service.put_crisis_line(owner, name, **defaults | values)
    db.session.commit()


def names(municipality_id: str | None) -> list[str]:
    return [view.name for view in queries.crisis_lines(municipality_id, FRIDAY_EVENING)]


def test_the_urgent_lines_come_first_and_the_duty_service_right_after_112(
    app: Flask, make: Make
) -> None:
    home = make.municipality(name="Exempelkommun", duty_phone="08-465 004 00")
    line(None, "Chatten", position=1)
    line(None, "Bris", urgent=True, position=3)
    line(None, "112", urgent=True, position=1)
    line(home, "Ungdomsmottagningen", position=5)
    assert names(home.id) == [
        "112", "Socialjouren i Exempelkommun", "Bris", "Chatten", "Ungdomsmottagningen",
    ]  # fmt: skip
    assert names(None) == ["112", "Bris", "Chatten"]


def test_a_pupil_sees_no_other_municipalitys_lines(app: Flask, make: Make) -> None:
    line(make.municipality(), "Grannens jour")
    assert names(make.municipality().id) == []


def test_a_municipalitys_line_takes_the_place_of_the_national_one(app: Flask, make: Make) -> None:
    home = make.municipality()
    line(home, "Bris", phone="116111")
    line(None, "Bris", phone="112")
    (shown,) = queries.crisis_lines(home.id, FRIDAY_EVENING)
    assert shown.phone == "116111"


def test_a_line_says_whether_it_is_open_now_or_that_nobody_knows(app: Flask) -> None:
    line(None, "Kväll", hours="mån-fre 18-22", position=1)
    line(None, "Helg", hours="lör-sön 14-18", position=2)
    line(None, "Okänd", hours="", position=3)
    line(None, "Oläslig", hours="ibland", position=4)
    shown = queries.crisis_lines(None, FRIDAY_EVENING)
    assert [view.open_now for view in shown] == [True, False, None, None]


def test_lines_are_found_by_what_they_help_with(app: Flask) -> None:
    line(None, "Allt", needs="friend unwell", urgent=True)
    line(None, "Illa", needs="harmed")
    line(None, "Från förr", needs="")
    line(None, "Bara bråttom", needs="", urgent=True)
    found = queries.by_need(queries.crisis_lines(None, FRIDAY_EVENING))
    assert [(need, [view.name for view in views]) for need, views in found] == [
        (Need.UNWELL, ["Allt"]),
        (Need.HARMED, ["Illa"]),
        (Need.FRIEND, ["Allt"]),
        (None, ["Från förr"]),
    ]


def test_a_line_that_nobody_has_checked_for_a_year_is_stale(app: Flask) -> None:
    line(None, "Nyss", verified_on=date(2025, 11, 20), position=1)
    line(None, "Förr", verified_on=date(2025, 11, 19), position=2)
    shown = queries.crisis_lines(None, FRIDAY_EVENING)
    assert [view.is_stale for view in shown] == [False, True]


def test_a_break_is_told_from_its_first_to_its_last_day(app: Flask, make: Make) -> None:
    school = make.school()
    service.put_break(make.home, None, "Höstlov", date(2026, 10, 26), date(2026, 10, 30))
    service.put_break(make.home, None, "Jullov", date(2026, 12, 21), date(2027, 1, 8))

    def on(month: int, day: int) -> str | None:
        found = queries.current_break(school.id, make.home.id, date(2026, month, day))
        return found.name if found else None

    assert [on(10, 25), on(10, 26), on(10, 30), on(10, 31)] == [None, "Höstlov", "Höstlov", None]


def test_a_schools_own_break_is_its_alone_and_goes_before_the_municipalitys(
    app: Flask, make: Make
) -> None:
    school, other = make.school(), make.school()
    day = date(2026, 10, 26)
    service.put_break(make.home, None, "Höstlov", day, day)
    service.put_break(make.home, school, "Arbetsvecka", day, day)
    mine = queries.current_break(school.id, make.home.id, day)
    theirs = queries.current_break(other.id, make.home.id, day)
    assert mine and mine.name == "Arbetsvecka"
    assert theirs and theirs.name == "Höstlov"


def test_a_nurse_is_offered_the_templates_of_her_side_and_those_for_both(
    app: Flask, make: Make
) -> None:
    service.put_template(make.home, "Alla", wall=None, body="Hej")
    service.put_template(make.home, "Sömn", wall=Wall.MEDICAL, body="Hej")
    service.put_template(make.home, "Vänner", wall=Wall.PSYCHOSOCIAL, body="Hej")
    service.put_template(make.municipality(), "Grannens", wall=None, body="Hej")

    def titles(wall: Wall | None) -> list[str]:
        return [row.title for row in queries.reply_templates(make.home.id, wall)]

    assert titles(Wall.MEDICAL) == ["Alla", "Sömn"]
    assert titles(Wall.PSYCHOSOCIAL) == ["Alla", "Vänner"]
    assert titles(None) == ["Alla"]


def test_a_closed_school_and_an_unknown_municipality_are_not_found(app: Flask, make: Make) -> None:
    assert queries.open_school(make.school(active=False).id) is None
    assert queries.open_school("no-such") is None
    with pytest.raises(NotFound, match="finns ingen kommun"):
        queries.municipality_by_slug("no-such")
