"""What comes in a flood is taken in and set aside, and the one who needs somebody is seen."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict, NotFound
from elevhalsa.core.walls import Profession
from elevhalsa.domain import purging
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import alike, answering, asking, devices, floods, queries
from elevhalsa.domain.knocks.floods import Flood
from elevhalsa.domain.knocks.models import Dismissal, Knock
from elevhalsa.domain.knocks.queries import Tab
from elevhalsa.domain.knocks.rules import Contact
from elevhalsa.domain.knocks.words import State, Way
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.domain.promise.service import open_about
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.domain.statistics import queries as figures
from elevhalsa.domain.statistics.models import KnockFigure
from elevhalsa.extensions import db
from tests.domain.helpers import at, counted_queries, sweep

MONDAY = at("2026-11-23 09:30")
NUMBER = "a-random-number-000000"
SPAM = "Samma text som alla andra"


@pytest.fixture
def town(make):
    school = make.school()
    nurse, counsellor = make.nurse(school), make.counsellor(school)
    make.coordinator()
    return school, nurse, counsellor


def flood(make, school, count: int = 5, **values) -> list[Knock]:
    """Of ``count``; before it was known to be one the first half had come."""
    knocks: list[Knock] = []
    with clock.frozen(MONDAY):
        for number in range(count):
            lately = [knock.id for knock in knocks]
            began = number == count // 2
            present = Flood(NUMBER, lately, begins=began) if number >= count // 2 else None
            asked = make.asked(**{"text": f"{SPAM} {number}", "wanted": None} | values)
            knocks.append(asking.knock(school, asked, flood=present).knock)
    db.session.commit()
    db.session.expire_all()
    return knocks


def told(kind: Kind, channel: Channel = Channel.EMAIL) -> int:
    query = select(func.count()).where(Notice.kind == kind, Notice.channel == channel)
    return db.session.scalar(query) or 0


def told_of_the_flood(staff) -> int:
    of = (Notice.kind == Kind.MANY_ALIKE, Notice.channel == Channel.APP)
    return db.session.scalar(select(func.count()).where(*of, Notice.staff_id == staff.id)) or 0


def listed(staff) -> list[str]:
    return [knock.id for knock in queries.inbox(staff, Tab.WAITING).knocks]


def test_nobody_is_told_anew_because_the_other_side_or_another_municipality_has_many(
    make, town, monkeypatch
):
    school, nurse, counsellor = town
    monkeypatch.setattr(alike, "FIRST_GROWTH", 8)
    elsewhere = make.school(municipality_id=make.municipality().id)
    make.nurse(elsewhere)
    flood(make, school, 2, wanted=Profession.NURSE)
    flood(make, school, 7, wanted=Profession.COUNSELLOR)
    flood(make, elsewhere, 7, wanted=Profession.NURSE)
    assert (told_of_the_flood(nurse), told_of_the_flood(counsellor)) == (1, 1)
    flood(make, school, 2, wanted=Profession.NURSE)
    flood(make, school, 4, wanted=Profession.COUNSELLOR)
    assert (told_of_the_flood(nurse), told_of_the_flood(counsellor)) == (1, 2)


def test_all_are_taken_in_with_their_promise_and_set_aside(make, town):
    school, nurse, _counsellor = town
    knocks = flood(make, school)
    assert [knock.flood for knock in knocks] == [NUMBER] * 5
    assert len({knock.due_at for knock in knocks}) == 1
    assert all(list(db.session.scalars(open_about(knock.about))) for knock in knocks)
    assert listed(nurse) == []
    [group] = floods.groups(nurse)
    assert (group.count, group.nearest) == (5, knocks[0].due_at)
    assert {k.id for k in queries.inbox(nurse, Tab.WAITING, flood=NUMBER).knocks} == {
        knock.id for knock in knocks
    }
    assert queries.summary(nurse).waiting == 0


@pytest.mark.parametrize(
    "own",
    [
        {"text": "Jag vill prata med någon om en sak hemma"},
        {"text": SPAM, "way": Way.SMS, "phone": "0701740605"},
        {"text": None},
    ],
    ids=["a text of one's own", "a number of one's own", "no text"],
)
@pytest.mark.parametrize("begins", [False, True])
def test_who_differs_stands_by_itself(make, town, own, begins):
    school, nurse, _counsellor = town
    with clock.frozen(MONDAY):
        early = make.knock(school, wanted=None, **own).knock if begins else None
    knocks = flood(make, school)
    with clock.frozen(MONDAY):
        lately = [knock.id for knock in ([early] if early else []) + knocks]
        present = Flood(NUMBER, lately, begins=begins)
        if early:
            make_one = make.asked(text=f"{SPAM} x", wanted=None)
            asking.knock(school, make_one, flood=present)
            db.session.commit()
            one = early
        else:
            one = asking.knock(school, make.asked(wanted=None, **own), flood=present).knock
    assert listed(nurse) == [one.id]


def test_who_has_knocked_from_here_before_stands_by_itself(make, town):
    school, nurse, _counsellor = town
    with clock.frozen(MONDAY - timedelta(days=2)):
        earlier = make.knock(school).knock
        device, _token = devices.make()
        devices.remember(device)
        devices.show(device, earlier, pin_given=False)
        db.session.commit()
    knocks = flood(make, school)
    with clock.frozen(MONDAY):
        present = Flood(NUMBER, [knock.id for knock in knocks], begins=False)
        asked = make.asked(text=SPAM, wanted=None)
        mine = asking.knock(school, asked, flood=present, device=device).knock
    assert mine.flood is None
    assert mine.id in listed(nurse)


def test_a_browser_that_came_with_the_flood_is_not_known_by_that(make, town):
    school, _nurse, _counsellor = town
    knocks = flood(make, school)
    device, _token = devices.make()
    devices.show(device, knocks[0], pin_given=False)
    with clock.frozen(MONDAY + timedelta(minutes=5)):
        present = Flood(NUMBER, [knock.id for knock in knocks], begins=False)
        one = asking.knock(school, make.asked(text=SPAM), flood=present, device=device).knock
    assert one.flood == NUMBER


@pytest.mark.parametrize("by", ["writing", "another way"])
def test_whose_pupil_does_more_stands_by_itself_and_is_told_of(make, town, by):
    school, nurse, _counsellor = town
    knock = flood(make, school)[-1]
    before = told(Kind.NEW_KNOCK)
    with clock.frozen(MONDAY + timedelta(minutes=20)):
        if by == "writing":
            asking.write(knock, "Det är jag igen", form_id=new_id())
        else:
            asking.change_contact(knock, Contact(way=Way.SMS, phone="0701740605"))
        db.session.commit()
    assert listed(nurse) == [knock.id]
    assert told(Kind.NEW_KNOCK) == before + 2
    assert floods.groups(nurse)[0].count == 4


def test_what_staff_have_read_or_taken_is_not_set_aside_when_a_flood_begins(make, town):
    school, nurse, _counsellor = town
    with clock.frozen(MONDAY):
        early = [make.knock(school, text=SPAM, wanted=None).knock for _number in range(3)]
        answering.read(nurse, early[0])
        answering.take(nurse, early[1])
        db.session.commit()
        present = Flood(NUMBER, [knock.id for knock in early], begins=True)
        asking.knock(school, make.asked(text=SPAM, wanted=None), flood=present)
        db.session.commit()
    db.session.expire_all()
    assert [knock.flood for knock in early] == [None, None, NUMBER]


def test_what_is_taken_out_of_a_flood_is_like_any_other(make, town):
    school, nurse, _counsellor = town
    knock = flood(make, school)[0]
    with clock.frozen(MONDAY):
        answering.take(nurse, knock)
        answering.release(nurse, knock)
    assert listed(nurse) == [knock.id]


def test_staff_are_told_of_a_flood_as_of_one_thing(make, town):
    school, nurse, _counsellor = town
    flood(make, school, count=12)
    query = select(Notice.channel, func.count()).where(
        Notice.staff_id == nurse.id, Notice.kind == Kind.MANY_ALIKE
    )
    assert dict(db.session.execute(query.group_by(Notice.channel)).all()) == {
        Channel.APP: 1,
        Channel.EMAIL: 1,
    }
    rows = db.session.scalars(select(Notice).where(Notice.kind == Kind.MANY_ALIKE))
    assert {row.about_id for row in rows} == {None}


def test_every_rung_is_climbed_and_told_of_once(make, town):
    school, nurse, _counsellor = town
    knocks = flood(make, school)
    hours = []
    for hour in range(26):
        with clock.frozen(MONDAY + timedelta(hours=hour)):
            before = told(Kind.MANY_ALIKE) + told(Kind.PROMISE_LATE)
            sweep()
            if told(Kind.MANY_ALIKE) + told(Kind.PROMISE_LATE) > before:
                hours.append(hour)
    db.session.expire_all()
    assert hours[-1] >= 24, hours
    assert all(knock.opened_wide_at for knock in knocks)
    query = select(Notice.kind, func.count()).where(
        Notice.staff_id == nurse.id, Notice.channel == Channel.EMAIL
    )
    counts = dict(db.session.execute(query.group_by(Notice.kind)).all())
    assert counts[Kind.PROMISE_LATE] == 1
    assert counts[Kind.MANY_ALIKE] <= 3


def test_each_counts_and_dismisses_only_what_they_may_read(make, town):
    school, nurse, counsellor = town
    with clock.frozen(MONDAY):
        present = Flood(NUMBER, [], begins=False)
        for wanted in (Profession.NURSE, Profession.NURSE, Profession.COUNSELLOR, None):
            asked = make.asked(text=SPAM, wanted=wanted)
            asking.knock(school, asked, flood=present)
        avoiding = make.asked(text=SPAM, wanted=None, avoid_staff_ids=(nurse.id,))
        asking.knock(school, avoiding, flood=present)
        db.session.commit()
        assert [g.count for g in floods.groups(nurse)] == [3]
        assert [g.count for g in floods.groups(counsellor)] == [3]
        assert floods.groups(make.nurse(make.school())) == []
        newest = floods.newest(nurse, NUMBER)
        assert floods.dismiss(nurse, NUMBER, newest=newest) == 3
        db.session.commit()
        assert [g.count for g in floods.groups(counsellor)] == [2]
        assert [one.count for one in floods.dismissed(nurse)] == [3]
        assert [one.count for one in floods.dismissed(counsellor)] == [1]
        [row] = db.session.scalars(select(Dismissal))
        assert floods.take_back(counsellor, row.id) == 1
        assert [one.count for one in floods.dismissed(nurse)] == [2]


def test_dismissing_ends_the_waiting_and_taking_back_begins_it_again(make, town):
    school, nurse, _counsellor = town
    knocks = flood(make, school)
    with clock.frozen(MONDAY + timedelta(hours=1)):
        floods.dismiss(nurse, NUMBER, newest=floods.newest(nurse, NUMBER))
        db.session.commit()
        assert floods.groups(nurse) == []
        assert {knock.state for knock in knocks} == {State.CLOSED}
        assert {knock.awaits for knock in knocks} == {None}
        assert all(knock.purge_at for knock in knocks)
        assert not any(list(db.session.scalars(open_about(knock.about))) for knock in knocks)
    with clock.frozen(MONDAY + timedelta(days=6, hours=23)):
        [one] = floods.dismissed(nurse)
        assert floods.take_back(nurse, one.row.id) == 5
        db.session.commit()
        assert floods.dismissed(nurse) == []
    assert {knock.state for knock in knocks} == {State.WAITING}
    assert {knock.awaits for knock in knocks} == {Awaited.FIRST_CONTACT}
    assert all(db.session.scalar(open_about(k.about)).next_rung_at for k in knocks)
    assert all(knock.deadline_at == knock.due_at for knock in knocks)
    assert not any(knock.purge_at or knock.closed_at for knock in knocks)
    events = db.session.execute(
        select(AuditEvent.action, AuditEvent.staff_id, func.count(AuditEvent.about_id.distinct()))
        .where(AuditEvent.action.in_((Action.DISMISSED, Action.DISMISSAL_UNDONE)))
        .group_by(AuditEvent.action, AuditEvent.staff_id)
    )
    assert sorted(map(tuple, events)) == [
        (Action.DISMISSAL_UNDONE, nurse.id, 5),
        (Action.DISMISSED, nurse.id, 5),
    ]


def test_after_seven_days_it_stands_and_what_is_purged_leaves_no_figure(make, town):
    school, nurse, _counsellor = town
    knocks = flood(make, school)
    with clock.frozen(MONDAY):
        floods.dismiss(nurse, NUMBER, newest=floods.newest(nurse, NUMBER))
        db.session.commit()
        [one] = floods.dismissed(nurse)
    with clock.frozen(MONDAY + timedelta(days=7)):
        assert floods.dismissed(nurse) == []
        with pytest.raises(NotFound):
            floods.take_back(nurse, one.row.id)
        assert floods.forget_expired() == 1
    with clock.frozen(MONDAY + timedelta(days=20)):
        [school_row] = [f for f in figures.school_figures(nurse) if f.school.id == school.id]
        assert (school_row.knocks_30_days, school_row.late) == (0, 0)
    with clock.frozen(MONDAY + timedelta(days=knocks[0].municipality.retention_days, hours=1)):
        assert purging.purge() == 5
    assert db.session.scalar(select(func.count()).select_from(KnockFigure)) == 0


def test_what_came_after_the_page_was_drawn_is_not_dismissed(make, town):
    school, nurse, _counsellor = town
    knocks = flood(make, school)
    newest = floods.newest(nurse, NUMBER)
    with clock.frozen(MONDAY + timedelta(minutes=1)):
        present = Flood(NUMBER, [knock.id for knock in knocks], begins=False)
        asking.knock(school, make.asked(text=SPAM, wanted=None), flood=present)
        assert floods.dismiss(nurse, NUMBER, newest=newest) == 5
        db.session.commit()
        assert [group.count for group in floods.groups(nurse)] == [1]
        with pytest.raises(Conflict):
            floods.dismiss(nurse, NUMBER, newest="of nothing")


def test_a_pupil_whose_knock_was_dismissed_writes_and_is_answered_by_a_date(make, town):
    school, nurse, _counsellor = town
    knock, *_others = flood(make, school)
    with clock.frozen(MONDAY):
        floods.dismiss(nurse, NUMBER, newest=floods.newest(nurse, NUMBER))
        db.session.commit()
        asking.write(knock, "Jag behöver verkligen prata", form_id=new_id())
        db.session.commit()
        assert listed(nurse) == [knock.id]
        assert knock.awaits is Awaited.ANSWER
        assert floods.dismissed(nurse)[0].count == 4
        floods.take_back(nurse, floods.dismissed(nurse)[0].row.id)
        assert knock.awaits is Awaited.ANSWER


def test_five_hundred_are_dismissed_in_as_many_statements_as_five_but_for_the_audit(make, town):
    school, nurse, _counsellor = town
    flood(make, school, count=5)
    with clock.frozen(MONDAY + timedelta(hours=1)), counted_queries() as statements:
        floods.dismiss(nurse, NUMBER, newest=floods.newest(nurse, NUMBER))
        db.session.flush()
    assert len([s for s in statements if "audit_event" not in s]) <= 12
