"""How staff are told: by the ways they chose, and once a day of what waits."""

from datetime import date, time, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks import answering
from elevhalsa.domain.notices import kinds, outbox
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.domain.notices.words import Audience
from elevhalsa.domain.people import reaching
from elevhalsa.domain.reminders import morning, to_staff
from elevhalsa.domain.serving.models import Absence
from elevhalsa.extensions import db
from tests.domain.helpers import an_outbox, at

MONDAY = at("2026-11-23 09:30")
EIGHT = at("2026-11-24 08:00")


def chooses(staff, **others) -> None:
    chosen = {"by_email": True, "by_push": True, "phone": None, "summary_at": None} | others
    reaching.choose(staff, **chosen)
    db.session.commit()


def channels(kind: Kind) -> set[Channel]:
    return set(db.session.scalars(select(Notice.channel).where(Notice.kind == kind)))


def summaries() -> list[tuple[str, str | None]]:
    query = select(Notice.staff_id, Notice.figures).where(
        Notice.kind == Kind.SUMMARY, Notice.channel == Channel.EMAIL
    )
    return sorted((staff_id, figures) for staff_id, figures in db.session.execute(query))


@pytest.fixture
def town(make):
    class Town:
        school = make.school()
        nurse = make.nurse(school)

        def knock(self, moment=MONDAY, wanted=Profession.NURSE):
            with clock.frozen(moment):
                return make.knock(self.school, wanted=wanted).knock

    return Town()


def test_who_wants_no_letters_is_told_in_the_app_alone_but_may_sign_in_by_one(town):
    chooses(town.nurse, by_email=False)
    town.knock()
    notices.post(Kind.SIGN_IN_LINK, [town.nurse], cause="link")
    assert channels(Kind.NEW_KNOCK) == {Channel.APP}
    assert channels(Kind.SIGN_IN_LINK) == {Channel.EMAIL}


def texted(app) -> list[tuple[str, str]]:
    """What leaves by SMS now; letters and pushes leave too, and are not looked at."""
    sent: list[tuple[str, str]] = []

    class Texter:
        def send(self, *, to: str, text: str) -> None:
            sent.append((to, text))

    texts: Any = to_staff.Texts(SimpleNamespace(texter=Texter()))

    class Silent(outbox.Sender[str]):
        def takes(self, notice):
            return True

        def prepare(self, notice):
            return "x"

        def send(self, ready):
            pass

    with clock.frozen(MONDAY):
        an_outbox(app, texts, Silent()).deliver_waiting(seconds=30)
    return sent


def test_a_private_number_is_not_used_once_the_decision_is_taken_back(app, town, make):
    make.home.private_numbers_from = date(2026, 11, 1)
    with clock.frozen(MONDAY):
        chooses(town.nurse, phone="0701740605")
    town.knock()
    make.home.private_numbers_from = None
    db.session.commit()
    assert Channel.SMS in channels(Kind.NEW_KNOCK), "it waited already"
    assert texted(app) == []


def test_a_private_number_is_used_when_the_municipality_has_decided_so_and_not_else(
    app, town, make
):
    with pytest.raises(InvalidInput, match="Kommunen har inte beslutat"):
        chooses(town.nurse, phone="070 174 06 05")
    make.home.private_numbers_from = date(2026, 11, 1)
    with clock.frozen(MONDAY):
        chooses(town.nurse, phone="0701740605")
    knock = town.knock()
    assert channels(Kind.NEW_KNOCK) == {Channel.APP, Channel.EMAIL, Channel.SMS}
    assert texted(app) == [("+46701740605", "Påminnelse: Något nytt väntar på svar")]
    make.home.private_numbers_from = None
    db.session.commit()
    town.knock(MONDAY + timedelta(minutes=1))
    assert (
        len([row for row in db.session.scalars(select(Notice)) if row.channel is Channel.SMS]) == 1
    )
    assert knock.state


def test_what_waits_is_summed_up_once_a_day_at_the_chosen_time_and_counts_only(town, make):
    with clock.frozen(MONDAY):
        chooses(town.nurse, summary_at=time(8))
        chooses(make.nurse(town.school), summary_at=time(9))
        chooses(make.counsellor(town.school), summary_at=time(8))
    town.knock()
    town.knock(at("2026-11-24 07:00"))
    with clock.frozen(EIGHT - timedelta(minutes=1)):
        assert morning.sum_up() == 0
    with clock.frozen(EIGHT):
        assert morning.sum_up() == 1
        assert morning.sum_up() == 0
    assert summaries() == [(town.nurse.id, "2 1")]
    words = kinds.telling(Kind.SUMMARY, Audience.STAFF)
    assert kinds.say(words.letter.line, None, "2 1") == "2 väntar, 1 har senast i dag."
    assert kinds.say(words.push.line, None, "3 0") == "3 väntar."
    assert channels(Kind.SUMMARY) == {Channel.EMAIL}, "the app shows it better"


def test_of_nothing_nobody_is_told_and_not_later_that_day_either(town):
    with clock.frozen(MONDAY):
        chooses(town.nurse, summary_at=time(8))
    with clock.frozen(EIGHT):
        assert morning.sum_up() == 0
    town.knock(at("2026-11-24 08:10"))
    with clock.frozen(at("2026-11-24 08:15")):
        assert morning.sum_up() == 0
    assert summaries() == []


def test_nothing_is_summed_up_on_a_day_off_and_not_before_work_begins(town):
    with clock.frozen(MONDAY):
        chooses(town.nurse, summary_at=time(6, 30))
        tuesday = date(2026, 11, 24)
        db.session.add(Absence(staff_id=town.nurse.id, starts_on=tuesday, ends_on=tuesday))
        db.session.commit()
    town.knock()
    for moment in ("2026-11-24 08:00", "2026-11-25 06:30", "2026-11-28 10:00"):
        with clock.frozen(at(moment)):
            assert morning.sum_up() == 0
    with clock.frozen(at("2026-11-25 08:00")):
        assert morning.sum_up() == 1


def test_what_was_answered_is_not_counted(town):
    with clock.frozen(MONDAY):
        chooses(town.nurse, summary_at=time(8))
    knock = town.knock()
    with clock.frozen(MONDAY):
        answering.answer(town.nurse, knock, "hej", form_id=new_id())
        db.session.commit()
    with clock.frozen(EIGHT):
        assert morning.sum_up() == 0
