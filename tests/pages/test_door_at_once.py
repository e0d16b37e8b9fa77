"""Impatient fingers: the same form many times at the same moment."""

import threading

import pytest
from sqlalchemy import func, select

from elevhalsa.core.crypto import new_id
from elevhalsa.domain.knocks.models import Knock, Message
from elevhalsa.domain.notices.models import Notice
from elevhalsa.extensions import db

TIMES = 20


@pytest.fixture
def school(make):
    school = make.school(slug="norrskogen")
    make.nurse(school)
    return school


def post_at_once(app, forms: list[dict[str, str]]) -> list[tuple[int, str]]:
    """Post each form from a browser of its own, all let go at the same moment."""
    start = threading.Barrier(len(forms))
    answers: list[tuple[int, str]] = []

    def post(fields: dict[str, str]) -> None:
        client = app.test_client()
        start.wait()
        answer = client.post(
            "/knacka?skola=norrskogen", data=fields, headers={"Origin": "http://localhost"}
        )
        answers.append((answer.status_code, answer.headers.get("Location", "")))

    threads = [threading.Thread(target=post, args=(fields,)) for fields in forms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model))


def test_the_same_form_posted_twenty_times_at_once_makes_one_knock(app, school):
    form = {"who": "nurse", "way": "app", "text": "Hej", "form_id": new_id()}
    answers = post_at_once(app, [form] * TIMES)
    assert len(answers) == TIMES
    assert {status for status, _address in answers} == {303}
    assert len({address for _status, address in answers}) == 1
    assert (count(Knock), count(Message)) == (1, 1)
    assert count(Notice) == 2, "one in the app and one letter"


def test_twenty_pupils_at_once_are_twenty_knocks(app, school):
    forms = [{"who": "nurse", "way": "app", "form_id": new_id()} for _ in range(TIMES)]
    answers = post_at_once(app, forms)
    assert {status for status, _address in answers} == {303}
    assert count(Knock) == TIMES
