"""The operator's words of retention: counts alone, and nothing changes before it is asked for."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from elevhalsa.core import clock
from elevhalsa.domain.knocks import asking
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.operations import health, trace
from elevhalsa.extensions import db
from tests.domain.helpers import at, everything_stored

MONDAY = at("2026-11-23 09:30")
SAID = ("--reference", "EX 2026/7 § 3", "--decided-on", "2026-01-01", "--decided-by", "Nämnden")
HERE = ("--municipality", "exempel")


@pytest.fixture
def place(make):
    place = make.municipality(has_decision=False, slug="exempel")
    school = make.school(municipality_id=place.id)
    with clock.frozen(MONDAY):
        for _ in range(3):
            asking.withdraw(make.knock(school, text="hemliga ord").knock, shown=None)
        db.session.commit()
    return place


def test_what_would_be_done_is_counted_and_what_is_done_is_the_same(run, place):
    with clock.frozen(MONDAY + timedelta(days=181)):
        before = everything_stored()
        said = run("retention", "run", "--dry-run", *HERE).output
        assert "hemliga" not in said
        assert said.splitlines()[1].split()[:4] == ["exempel", "0", "3", "0"]
        assert everything_stored() == before
        assert "0 gallrade, 3 låsta" in run("retention", "run", *HERE).output
        assert "saknas" in run("retention", "show", *HERE).output
        assert "inget gallringsbeslut" in health.retention().line
        run("retention", "decide", "knock", "--days", "180", *SAID, *HERE)
        assert "EX 2026/7 § 3, 2026-01-01" in run("retention", "show", *HERE).output
        assert "gallringsbeslut" in health.retention().line
        assert run("retention", "run", "--dry-run", *HERE).output.splitlines()[1].split()[1:3] == [
            "3",
            "0",
        ]
        assert "3 gallrade, 0 låsta" in run("retention", "run", *HERE).output
    assert db.session.scalar(select(func.count()).select_from(Knock)) == 0


def test_rows_of_the_log_that_would_go_are_counted_too(run, place):
    run("retention", "decide", "log", "--days", "365", *SAID, *HERE)
    with clock.frozen(MONDAY + timedelta(hours=2)):
        trace.seal()
    with clock.frozen(MONDAY + timedelta(days=400)):
        told = run("retention", "run", "--dry-run", *HERE).output.splitlines()[1].split()
        assert int(told[4]) > 0
        assert f"{told[4]} rader ur loggen" in run("retention", "run", *HERE).output


def test_days_follow_the_decision_while_one_stands(run, place):
    run("municipality", "set", "exempel", "--retention-days", "90")
    run("retention", "decide", "knock", "--days", "180", *SAID, *HERE)
    refused = run("municipality", "set", "exempel", "--retention-days", "30", exit=1).output
    assert "Gallringsbeslutet" in refused
    run("retention", "end", "knock", *HERE)
    run("retention", "end", "knock", *HERE, exit=1)
    run("municipality", "set", "exempel", "--retention-days", "30")
