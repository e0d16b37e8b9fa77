"""A time that a Swedish clock never shows, or shows twice, is asked about and kept as typed."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.core import clock
from elevhalsa.domain.knocks import answering
from elevhalsa.domain.meetings.models import Proposal
from elevhalsa.extensions import db
from tests.domain.helpers import at

from .browser import Browser

MONDAY = at("2026-11-23 09:30")


@given(st.datetimes(datetime(2020, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)))
def test_every_moment_is_among_those_when_the_clock_shows_its_time(moment):
    shown = clock.local(moment)
    found = clock.moments(shown.date(), shown.time())
    assert moment in found
    assert len(found) <= 2


@pytest.mark.parametrize(
    ("day", "time", "told"),
    [
        ("2027-03-28", "02:30", "tiden finns inte"),
        ("2027-10-31", "02.30", "tiden kommer två gånger"),
    ],
)
def test_the_night_when_the_clocks_are_changed_is_asked_about(client, make, day, time, told):
    with clock.frozen(MONDAY):
        school = make.school()
        me = make.counsellor(school)
        knock = make.knock(school).knock
        answering.take(me, knock)
        db.session.commit()
        staff = Browser(client)
        staff.sign_in(me)
        staff.get(f"/personal/arende/{knock.id}")
        typed = {"tid1-date": day, "tid1-time": time, "tid1-place": "Rum 1"}
        page = staff.submit("/foresla-tider", typed)
        assert page.status == 422
        assert told in page.text
        form = page.form("/foresla-tider").data
        assert (form["tid1-date"], form["tid1-time"]) == ([day], ["02:30"])
        assert not db.session.scalars(db.select(Proposal)).all()
        typed |= {"tid1-date": "2027-03-30", "tid1-time": "13:30"}
        assert staff.submit("/foresla-tider", typed).status == 200
