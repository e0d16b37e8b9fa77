"""An answer, an attempt to reach the pupil, a mark."""

import pytest
from sqlalchemy import select

from elevhalsa.core.crypto import new_id
from elevhalsa.core.walls import Wall
from elevhalsa.domain.knocks import answering, asking
from elevhalsa.domain.knocks.models import Attempt, Message
from elevhalsa.domain.knocks.words import AttemptKind, State, Triage, Way
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import ReplyTemplate, School
from elevhalsa.extensions import db
from tests.factories import Make

from ..browser import Browser
from .steps import MONDAY, count, now_of, open_case


def test_an_answer_takes_the_knock_and_keeps_the_promise(
    browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    knock = make.knock(school, text="Hej").knock
    open_case(browser, knock)
    page = browser.submit("/svara", text="  Hej!\r\nVi kan ses i dag.  ")
    assert "Svaret är skickat." in page.text
    assert "Löftet hållet" in page.text
    assert "inte läst än" in page.text
    assert now_of(knock).messages[1].text == "Hej!\nVi kan ses i dag."
    assert (knock.taken_by_id, knock.kept_at) == (counsellor.id, MONDAY)


def test_the_same_form_sent_twice_is_one_message(
    browser: Browser, make: Make, school: School
) -> None:
    knock = make.knock(school).knock
    form = open_case(browser, knock).form("/svara")
    data = form.data | {"text": ["Hej"]}
    for _time in range(2):
        answer = browser.client.post(form.action or "", data=data)
        assert answer.status_code == 303
    assert (count(Message), count(Attempt)) == (1, 1)


@pytest.mark.parametrize("text", ["", "   ", "x" * 5001])
def test_an_answer_that_cannot_be_sent_comes_back_as_it_was_typed(
    browser: Browser, make: Make, school: School, text: str
) -> None:
    knock = make.knock(school).knock
    form_id = open_case(browser, knock).form("/svara").data["form_id"]
    page = browser.submit("/svara", text=text)
    assert page.status == 422
    again = page.form("/svara")
    assert again.data["text"] == [text.strip()]
    assert again.data["form_id"] == form_id
    assert "#text" in [link.href for link in page.links]
    assert 'aria-invalid="true"' in page.html
    assert (count(Message), now_of(knock).state) == (0, State.WAITING)


def test_a_template_is_filled_in_after_what_was_typed_and_nothing_is_sent(
    browser: Browser, make: Make, school: School
) -> None:
    db.session.add_all(
        ReplyTemplate(municipality_id=make.home.id, wall=wall, title=title, body=f"Text: {title}")
        for title, wall in (
            ("För alla", None),
            ("För kuratorer", Wall.PSYCHOSOCIAL),
            ("För sköterskor", Wall.MEDICAL),
        )
    )
    db.session.commit()
    knock = make.knock(school).knock
    page = open_case(browser, knock)
    assert "För alla" in page.text
    assert "För kuratorer" in page.text
    assert "För sköterskor" not in page.text
    [template] = db.session.scalars(
        select(ReplyTemplate).where(ReplyTemplate.title == "För kuratorer")
    )
    fields = {"fyll-i": "1", "template": template.id, "text": "Hej Kim!"}
    page = browser.submit("/svara", fields)
    assert page.status == 200
    assert page.form("/svara").data["text"] == ["Hej Kim!\n\nText: För kuratorer"]
    assert count(Message) == 0
    browser.submit("/svara")
    assert now_of(knock).messages[0].text == "Hej Kim!\n\nText: För kuratorer"


@pytest.mark.parametrize(
    ("kind", "kept", "reached"),
    [
        (AttemptKind.CALLED_NO_ANSWER, True, False),
        (AttemptKind.TALKED, True, True),
        (AttemptKind.SMS_SENT, False, False),
        (AttemptKind.EMAIL_SENT, False, False),
        (AttemptKind.MET, False, True),
    ],
)
def test_an_attempt_is_noted_and_counts_when_it_was_on_the_pupils_way(
    browser: Browser, make: Make, school: School, kind: AttemptKind, kept: bool, reached: bool
) -> None:
    knock = make.knock(school, way=Way.CALL, phone="0701112233").knock
    page = open_case(browser, knock)
    assert page.text.count("Elevens valda sätt") == 2  # both kinds of a call
    page = browser.submit("/kontakt", kind=kind.value)
    assert "Försöket är noterat." in page.text
    row = now_of(knock)
    assert [a.kind for a in row.attempts] == [kind]
    assert (row.kept_at is not None, row.reached_at is not None) == (kept, reached)
    assert row.retry_due is (kind is AttemptKind.CALLED_NO_ANSWER)
    assert ("nytt försök senast tisdag" in page.text) is row.retry_due


def test_an_attempt_needs_a_kind(browser: Browser, make: Make, school: School) -> None:
    knock = make.knock(school, way=Way.CALL, phone="0701112233").knock
    open_case(browser, knock)
    page = browser.submit("/kontakt")
    assert page.status == 422
    assert "Välj vad du gjorde." in page.text
    assert count(Attempt) == 0


def test_an_answer_in_the_app_cannot_be_noted_by_hand(
    browser: Browser, make: Make, school: School
) -> None:
    page = open_case(browser, make.knock(school).knock)
    form = page.form("/kontakt")
    data = form.data | {"kind": [AttemptKind.ANSWERED_IN_APP.value]}
    assert browser.client.post(form.action or "", data=data).status_code == 422
    assert count(Attempt) == 0


def test_a_mark_can_be_set_and_taken_away(browser: Browser, make: Make, school: School) -> None:
    knock = make.knock(school).knock
    due = knock.due_at
    open_case(browser, knock)
    page = browser.submit("/markering", triage="urgent")
    assert page.form("/markering").data["triage"] == ["urgent"]
    assert (now_of(knock).triage, knock.due_at) == (Triage.URGENT, due)
    browser.submit("/markering", triage="ingen")
    assert now_of(knock).triage is None


def test_an_answer_that_is_waited_for_is_told_by_its_date_and_can_be_needless(
    browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    knock = make.knock(school, text="Hej").knock
    answering.answer(counsellor, knock, "Hej!", form_id=new_id())
    db.session.commit()
    assert not open_case(browser, knock).has_form("/inget-svar")
    asking.write(knock, "Tack", form_id=new_id())
    db.session.commit()
    page = open_case(browser, knock)
    assert "svar senast tisdag 24 november kl. 09.00" in page.text
    page = browser.submit("/inget-svar")
    assert "Noterat: inget svar behövs." in page.text
    assert "svar senast" not in page.text
    assert now_of(knock).awaits is None
