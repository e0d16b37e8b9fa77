"""A knock is taken, taken over and put back; who comes second is told."""

from datetime import timedelta

import pytest
from flask import Flask

from elevhalsa.core import clock
from elevhalsa.domain.knocks import answering, ladder
from elevhalsa.domain.knocks.models import Knock, Message
from elevhalsa.domain.knocks.words import State
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.domain.serving.models import Absence
from elevhalsa.extensions import db
from tests.domain.helpers import sweep
from tests.factories import Make

from ..browser import Browser
from .steps import MONDAY, count, now_of, open_case


def test_taking_from_the_inbox_leads_to_the_knock(
    browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    knock = make.knock(school).knock
    browser.get("/personal/inkorg")
    page = browser.submit("/ta-emot")
    assert page.url == f"/personal/arende/{knock.id}"
    assert "Du har tagit emot knackningen." in page.text
    assert "Mottagen av dig i dag 09.00" in page.text
    assert now_of(knock).taken_by_id == counsellor.id


def test_who_comes_second_is_told_by_whom_it_was_taken_and_sees_how_it_stands(
    browser: Browser, make: Make, school: School
) -> None:
    knock = make.knock(school).knock
    browser.get("/personal/inkorg")
    faster = make.counsellor(school)
    answering.take(faster, knock)
    db.session.commit()
    page = browser.submit("/ta-emot")
    assert page.status == 409
    assert f"{faster.name} tog emot knackningen kl. 09.00." in page.text
    assert not page.has_form("/svara")
    assert not page.has_form("/ta-emot")
    assert now_of(knock).taken_by_id == faster.id


def test_a_text_that_a_colleague_forestalled_is_kept_on_the_screen(
    browser: Browser, make: Make, school: School
) -> None:
    knock = make.knock(school).knock
    open_case(browser, knock)
    answering.take(make.counsellor(school), knock)
    db.session.commit()
    page = browser.submit("/svara", text="Hej! Vi kan ses i dag.")
    assert page.status == 409
    assert "Din text skickades inte." in page.text
    assert "Hej! Vi kan ses i dag." in page.text
    assert count(Message) == 0


def test_who_comes_second_over_the_wall_is_told_but_shown_nothing(
    app: Flask, make: Make, school: School
) -> None:
    """The race itself: the knock was nobody's when it was looked up, and then it was."""
    make.knock(school, wanted=None, text="det hemliga")
    nurse, faster_id = make.nurse(school), make.counsellor(school).id
    browser = Browser(app.test_client())
    browser.arrives_as(nurse)
    browser.get("/personal/inkorg")
    take = answering.take

    def forestalled(staff: Staff, row: Knock) -> None:
        take(db.session.get_one(Staff, faster_id), row)
        db.session.flush()
        take(staff, row)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(answering, "take", forestalled)
        page = browser.submit("/ta-emot")
    assert page.status == 409
    assert "det hemliga" not in page.html


def test_a_knock_whose_promise_broke_can_be_taken_over(
    browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    knock = make.knock(school).knock
    answering.take(make.counsellor(school), knock)
    ladder.open_wide(knock)
    db.session.commit()
    assert not open_case(browser, knock).has_form("/ta-emot")
    with clock.frozen(MONDAY + timedelta(days=1, minutes=1)):
        browser.arrives_as(counsellor)
        sweep()
        open_case(browser, knock)
        browser.submit("/ta-emot")
    assert now_of(knock).taken_by_id == counsellor.id


def test_a_knock_can_be_put_back_with_the_same_promise(
    browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    knock = make.knock(school).knock
    due = knock.due_at
    answering.take(counsellor, knock)
    db.session.commit()
    open_case(browser, knock)
    page = browser.submit("/lamna-tillbaka")
    assert page.url == "/personal/inkorg"
    assert (now_of(knock).state, knock.due_at) == (State.WAITING, due)


def test_a_colleagues_knock_is_taken_over_from_its_own_tab(
    browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    colleague = make.counsellor(school)
    knock = make.knock(school).knock
    answering.take(colleague, knock)
    db.session.commit()
    page = browser.get("/personal/inkorg?flik=andras")
    assert f"Mottagen av {colleague.name} i dag 09.00" in page.text
    assert "senast tisdag 24 november kl. 09.00" in page.text
    page = open_case(browser, knock)
    assert not page.has_form("/ta-over")
    assert "när tiden har gått ut" in page.text
    day = MONDAY.date()
    db.session.add(Absence(staff_id=colleague.id, starts_on=day, ends_on=day))
    db.session.commit()
    open_case(browser, knock)
    page = browser.submit("/ta-over")
    assert page.status == 422
    assert "Välj varför du tar över." in page.text
    page = browser.submit("/ta-over", reason="away")
    assert "Du har tagit över knackningen." in page.text
    assert f"{counsellor.name} tog över från {colleague.name}" in page.text
    assert "Kollegan är borta" in page.text
    assert now_of(knock).taken_by_id == counsellor.id
