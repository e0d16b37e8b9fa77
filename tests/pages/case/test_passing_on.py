"""A knock is handed over, also across the wall, and to step aside."""

import pytest
from flask import Flask
from sqlalchemy import select

from elevhalsa.core.walls import Wall
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import answering
from elevhalsa.domain.knocks.models import Crossing
from elevhalsa.domain.knocks.words import State
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.extensions import db
from tests.factories import Make

from ..browser import Browser
from .steps import count, now_of, open_case


def test_a_knock_is_handed_over_within_the_wall_only(
    browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    colleague, nurse = make.counsellor(school), make.nurse(school)
    knock = make.knock(school).knock
    answering.take(counsellor, knock)
    db.session.commit()
    form = open_case(browser, knock).form("/lamna-over")
    [select_] = [c for c in form.controls if c.name == "to"]
    assert (select_.options, select_.values) == (["", colleague.id], [""]), "nobody beforehand"
    page = browser.submit("/lamna-over", note="Ring före lunch")
    assert page.status == 422
    assert "Välj en kollega." in page.text
    assert page.form("/lamna-over").data["note"] == ["Ring före lunch"]
    forged = browser.client.post(form.action or "", data=form.data | {"to": [nurse.id]})
    assert forged.status_code == 422
    page = browser.submit("/lamna-over", to=colleague.id)
    assert page.url == "/personal/inkorg"
    assert f"överlämnad till {colleague.name}" in page.text
    assert now_of(knock).taken_by_id == colleague.id


def test_crossing_the_wall_needs_consent_or_a_reason(
    browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    make.nurse(school)
    knock = make.knock(school).knock
    answering.take(counsellor, knock)
    db.session.commit()
    page = open_case(browser, knock)
    assert "OSL 25 kap. 1 §" in page.text
    page = browser.submit("/over-gransen", reason="för kort")
    assert page.status == 422
    assert "minst 10 tecken" in page.text
    assert page.form("/over-gransen").data["reason"] == ["för kort"]
    assert now_of(knock).wall is Wall.PSYCHOSOCIAL
    assert count(Crossing) == 0


@pytest.mark.parametrize(
    ("fields", "ground"),
    [({"consent": "1"}, "consent"), ({"reason": "Gäller en akut skada."}, "written_reason")],
)
def test_a_knock_that_crossed_the_wall_is_the_other_sides(
    app: Flask, browser: Browser, make: Make, school: School, counsellor: Staff,
    fields: dict[str, str], ground: str,
) -> None:  # fmt: skip
    nurse = Browser(app.test_client())
    nurse.arrives_as(make.nurse(school))
    knock = make.knock(school, text="Hej").knock
    answering.take(counsellor, knock)
    db.session.commit()
    open_case(browser, knock)
    page = browser.submit("/over-gransen", fields)
    assert page.url == "/personal/inkorg"
    assert open_case(browser, knock).status == 404
    assert "Hej" in open_case(nurse, knock).text
    [event] = db.session.scalars(select(AuditEvent).where(AuditEvent.action == Action.WALL_CROSSED))
    assert event.reason == ground


def test_the_receiver_alone_reads_the_note_that_went_with_it(
    app: Flask, browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    colleague, third = make.counsellor(school), make.counsellor(school)
    knock = make.knock(school).knock
    answering.take(counsellor, knock)
    db.session.commit()
    open_case(browser, knock)
    browser.submit("/lamna-over", to=colleague.id, note="Ring före lunch")
    for person, sees in ((colleague, True), (third, False)):
        other = Browser(app.test_client())
        other.arrives_as(person)
        page = open_case(other, knock)
        assert f"{counsellor.name} lämnade över till {colleague.name} i dag 09.00." in page.text
        assert ("Ring före lunch" in page.text) is sees


def test_the_receiving_side_reads_why_it_crossed(
    app: Flask, browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    nurse = Browser(app.test_client())
    nurse.arrives_as(make.nurse(school))
    knock = make.knock(school).knock
    answering.take(counsellor, knock)
    db.session.commit()
    open_case(browser, knock)
    browser.submit("/over-gransen", reason="Gäller en akut skada.")
    page = open_case(nurse, knock)
    assert "Utan samtycke, av det här skälet:" in page.text
    assert "Gäller en akut skada." in page.text


def test_who_knows_the_pupil_steps_aside_and_sees_no_more_of_it(
    browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    make.counsellor(school)
    knock = make.knock(school).knock
    open_case(browser, knock)
    page = browser.submit("/jag-kanner-eleven")
    assert "Någon annan tar hand om knackningen." in page.text
    assert open_case(browser, knock).status == 404
    assert now_of(knock).state is State.WAITING
