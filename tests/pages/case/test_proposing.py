"""Times are proposed."""

import pytest
from sqlalchemy import select

from elevhalsa.domain.knocks.words import State
from elevhalsa.domain.meetings import service as meetings
from elevhalsa.domain.meetings.models import Proposal
from elevhalsa.domain.meetings.words import MeetingWay
from elevhalsa.domain.places.models import School
from elevhalsa.extensions import db
from tests.factories import Make

from ..browser import Browser
from .steps import count, now_of, open_case


def slot(number: int, **values: str) -> dict[str, str]:
    return {f"tid{number}-{name}": value for name, value in values.items()}


def test_times_are_proposed_and_the_pupils_pick_is_shown(
    browser: Browser, make: Make, school: School
) -> None:
    knock = make.knock(school).knock
    open_case(browser, knock)
    fields = slot(1, date="2026-11-24", time="10:15", place="Rum 214") | slot(
        3, date="2026-11-25", time="13:00", minutes="45", way="video",
        place="https://video.exempel.invalid/x",
    )  # fmt: skip
    page = browser.submit("/foresla-tider", fields)
    assert "Förslaget är skickat." in page.text
    assert "tisdag 24 november kl. 10.15, 30 min · Rum på skolan · Rum 214" in page.text
    assert page.link("videolänken") == "https://video.exempel.invalid/x"
    assert "Eleven har inte svarat än." in page.text
    [proposal] = db.session.scalars(select(Proposal))
    assert [s.way for s in proposal.slots] == [MeetingWay.ROOM, MeetingWay.VIDEO]
    meetings.pick(now_of(knock), proposal.id, proposal.slots[1].id)
    db.session.commit()
    assert "eleven valde den här" in open_case(browser, knock).text


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({}, "Fyll i minst en tid."),
        (slot(1, date="2026-11-24", place="Rum 1"), "Välj klockslag."),
        (slot(1, time="10:00", place="Rum 1"), "Välj dag."),
        (slot(1, place="Rum 1"), "Välj dag."),
        (slot(1, date="24/11", time="10:00", place="Rum 1"), "Välj dag."),
        (slot(1, date="2026-11-23", time="08:59", place="Rum 1"), "inte har varit"),
        (slot(1, date="2027-03-28", time="02:30", place="R"), "tiden finns inte"),
        (slot(1, date="2027-10-31", time="02:30", place="R"), "tiden kommer två gånger"),
        (slot(1, date="2026-11-24", time="10:00"), "Skriv var ni ska ses."),
        (slot(1, date="2026-11-24", time="10:00", way="video", place="http://x"), "https://"),
        (slot(1, date="2026-11-24", time="10:00", place="R", minutes="3"), "5 till 240"),
        (slot(1, date="2026-11-24", time="10:00", place="R", minutes="en"), "med siffror"),
    ],
)
def test_a_proposal_that_cannot_be_used_keeps_what_was_typed(
    browser: Browser, make: Make, school: School, fields: dict[str, str], fault: str
) -> None:
    knock = make.knock(school).knock
    open_case(browser, knock)
    good = slot(2, date="2026-11-26", time="09:00", place="Biblioteket") if fields else {}
    page = browser.submit("/foresla-tider", fields | good)
    assert page.status == 422
    assert fault in page.text
    assert "Not a valid" not in page.text
    kept = page.form("/foresla-tider").data
    for name, value in (fields | good).items():
        assert kept[name] == [value]
    (where,) = [link.href for link in page.links if fault in link.text]
    assert where.startswith("#tid1-" if fields else "#form-propose")
    assert count(Proposal) == 0
    assert now_of(knock).state is State.WAITING


def test_a_telephone_meeting_needs_no_place(browser: Browser, make: Make, school: School) -> None:
    open_case(browser, make.knock(school).knock)
    browser.submit("/foresla-tider", slot(1, date="2026-11-24", time="10:00", way="phone"))
    assert count(Proposal) == 1
