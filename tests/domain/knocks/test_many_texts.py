"""A pupil who writes many times: nothing is lost, staff are told once, and a thread has an end."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import InvalidInput
from elevhalsa.domain.knocks import answering, asking
from elevhalsa.domain.knocks.rules import (
    MOST_A_DAY,
    MOST_SIGNS_A_DAY,
    MOST_TEXT,
    MOST_UNREAD,
    is_full,
)
from elevhalsa.domain.knocks.words import Outcome
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.extensions import db


@pytest.fixture
def pair(make):
    school = make.school()
    staff = make.counsellor(school)
    knock = make.knock(school, text="hej").knock
    answering.read(staff, knock)
    answering.answer(staff, knock, "Hej!", form_id=new_id())
    db.session.commit()
    return staff, knock


def letters() -> int:
    query = select(func.count()).where(
        Notice.kind == Kind.PUPIL_WROTE, Notice.channel == Channel.EMAIL
    )
    return db.session.scalar(query) or 0


def test_of_many_texts_that_nobody_has_read_one_letter_goes(pair):
    staff, knock = pair
    for number in range(5):
        asking.write(knock, f"text {number}", form_id=new_id())
    assert letters() == 1
    assert len(knock.messages) == 7
    answering.read(staff, knock)
    db.session.expire_all()
    asking.write(knock, "en till", form_id=new_id())
    assert letters() == 2


def test_a_text_after_an_answer_is_told_of_though_those_before_were_never_marked_as_read(pair):
    staff, knock = pair
    asking.write(knock, "ett", form_id=new_id())
    answering.answer(staff, knock, "svar", form_id=new_id())
    asking.write(knock, "två", form_id=new_id())
    assert letters() == 2


def test_a_text_that_opens_a_closed_knock_is_told_of(pair):
    staff, knock = pair
    asking.write(knock, "ett", form_id=new_id())
    answering.close(staff, knock, Outcome.TALKED, shown=knock.newest)
    asking.write(knock, "två", form_id=new_id())
    assert letters() == 2


def test_a_thread_takes_no_more_until_somebody_has_read_it(pair):
    staff, knock = pair
    for number in range(MOST_UNREAD):
        asking.write(knock, f"text {number}", form_id=new_id())
    with pytest.raises(InvalidInput, match="Ring 112"):
        asking.write(knock, "en för mycket", form_id=new_id())
    answering.read(staff, knock)
    db.session.expire_all()
    asking.write(knock, "nu går det", form_id=new_id())
    assert knock.messages[-1].text == "nu går det"


def test_a_thread_takes_so_many_signs_a_day_and_the_next_day_as_many_again(pair):
    _staff, knock = pair
    text = "a" * MOST_TEXT
    start = clock.now()
    for _number in range(MOST_SIGNS_A_DAY // MOST_TEXT - 1):
        asking.write(knock, text, form_id=new_id())
    with pytest.raises(InvalidInput, match="Hjälp nu"):
        asking.write(knock, text, form_id=new_id())
    asking.write(knock, "kort", form_id=new_id())
    with clock.frozen(start + timedelta(hours=25)):
        asking.write(knock, text, form_id=new_id())
    assert knock.messages[-1].text == text


def test_the_same_form_again_is_no_text_too_many(pair):
    _staff, knock = pair
    ids = [new_id() for _number in range(MOST_UNREAD)]
    for form_id in ids:
        asking.write(knock, "text", form_id=form_id)
    asking.write(knock, "text", form_id=ids[0])
    assert len(knock.messages) == MOST_UNREAD + 2


@given(
    st.integers(0, 2 * MOST_UNREAD),
    st.lists(st.integers(1, MOST_TEXT), max_size=2 * MOST_A_DAY),
    st.integers(1, MOST_TEXT),
)
def test_what_is_full_stays_so_whatever_more_is_written(unread, lately, size):
    text = "a" * size
    full = is_full(unread, lately, text)
    assert full is (
        unread >= MOST_UNREAD or len(lately) >= MOST_A_DAY or sum(lately) + size > MOST_SIGNS_A_DAY
    )
    if full:
        assert is_full(unread + 1, [*lately, size], text)
