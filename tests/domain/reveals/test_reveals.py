"""In danger to life one person opens what a pupil hides; another reviews it, whoever oversees
knows, and the pupil is told. Nothing of what was hidden is anywhere else."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict, InvalidInput, NotFound
from elevhalsa.domain import purging
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.identity import service as logins
from elevhalsa.domain.identity.rules import Said
from elevhalsa.domain.identity.words import BANKID, AgeBand
from elevhalsa.domain.knocks import answering, asking, holds
from elevhalsa.domain.knocks.words import Outcome, Triage
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.domain.people import duties
from elevhalsa.domain.people.rules import Seat
from elevhalsa.domain.people.words import Duty
from elevhalsa.domain.promise import sweep as sweeping
from elevhalsa.domain.promise.models import Wait
from elevhalsa.domain.reminders.models import ReminderAddress
from elevhalsa.domain.retention.words import Hold
from elevhalsa.domain.reveals import service as reveals
from elevhalsa.domain.reveals.models import Reveal
from elevhalsa.domain.reveals.service import Contents
from elevhalsa.domain.reveals.words import Ground, Hidden, Verdict
from elevhalsa.domain.statistics import service as statistics
from elevhalsa.extensions import db
from tests.domain.helpers import at, everything_stored
from workers.jobs import CLIMBERS

FRIDAY = at("2026-11-27 17:30")
MONDAY_EVENING = at("2026-12-01 00:00")
NAME, NUMBER, ADDRESS = "Exa Exempelson", "201301012392", "exa@exempel.invalid"
REASON = "Eleven skriver att hen står på bron."


class Street:
    """A pupil who hides who they are, two counsellors, and whoever oversees."""

    def __init__(self, make) -> None:
        self.make, self.school = make, make.school()
        self.me, self.colleague = make.counsellor(self.school), make.counsellor(self.school)
        self.nurse = make.nurse(self.school)
        self.overseer = make.coordinator()
        duties.name(self.school.municipality, Seat(Duty.OVERSIGHT), self.overseer, by=work.OPERATOR)
        said = Said(BANKID, "BankID", NUMBER, NAME, NUMBER, AgeBand.FROM_12)
        login = logins.note(said, self.school.municipality_id)
        logins.confirm(login, hides=True)
        db.session.flush()
        self.knock = asking.knock(self.school, make.asked(), identity=login).knock
        db.session.add(ReminderAddress(knock_id=self.knock.id, email=ADDRESS))
        db.session.commit()

    def opens(self, *what: Hidden, by=None, form_id: str | None = None) -> Reveal:
        row = reveals.reveal(
            by or self.me, self.knock, what or list(Hidden), Ground.OWN_LIFE, REASON,
            form_id=form_id or new_id(),
        )  # fmt: skip
        db.session.commit()
        return row


@pytest.fixture
def street(make) -> Street:
    with clock.frozen(FRIDAY):
        return Street(make)


def told_of(kind: Kind, channel: Channel = Channel.APP) -> set[str | None]:
    found = select(Notice.staff_id).where(Notice.kind == kind, Notice.channel == channel)
    return set(db.session.scalars(found))


def sweeps() -> None:
    sweeping.sweep(CLIMBERS)
    db.session.expire_all()


def test_one_person_opens_it_at_once_and_nobody_else_sees_it(street):
    with clock.frozen(FRIDAY):
        assert reveals.hidden_of(street.knock) == tuple(Hidden)
        form_id = new_id()
        row = street.opens(form_id=form_id)
        assert street.opens(form_id=form_id).id == row.id  # sent twice
        assert reveals.contents(street.me, row) == Contents(NAME, NUMBER, None, ADDRESS)
        for other in (street.colleague, street.nurse, street.overseer):
            assert reveals.contents(other, row) is None
        assert reveals.of(street.nurse, street.knock) == []
        assert street.knock.triage is Triage.URGENT
        assert (row.due_at, row.tell_by) == (MONDAY_EVENING, FRIDAY.date() + timedelta(days=14))
    with clock.frozen(FRIDAY + timedelta(hours=24)):
        assert reveals.contents(street.me, row) is None
    assert told_of(Kind.REVEALED) == {street.colleague.id, street.overseer.id}
    query = select(AuditEvent.reason).where(AuditEvent.action == Action.REVEALED)
    assert db.session.scalars(query).all() == ["name_number_reminder"]
    stored = everything_stored()
    assert not any(word in stored for word in (NAME, NUMBER, ADDRESS, REASON))


def test_only_what_was_asked_for_is_opened_and_only_with_a_reason(street):
    with clock.frozen(FRIDAY):
        row = street.opens(Hidden.REMINDER)
        assert reveals.contents(street.me, row) == Contents(email=ADDRESS)
        for what, reason in (([], REASON), ([Hidden.NAME], "Fara")):
            with pytest.raises(InvalidInput):
                reveals.reveal(
                    street.me, street.knock, what, Ground.ILLNESS, reason, form_id=new_id()
                )
        street.knock.hides_identity = False
        with pytest.raises(Conflict):
            street.opens(Hidden.NAME)
        db.session.execute(delete(ReminderAddress))
        assert reveals.hidden_of(street.knock) == (Hidden.NUMBER,)


def test_another_behind_the_wall_reviews_it_and_never_whoever_opened_it(street):
    with clock.frozen(FRIDAY):
        row = street.opens()
        with pytest.raises(Conflict):
            reveals.review(street.me, street.knock, row.id, Verdict.RIGHT, "")
        with pytest.raises(NotFound):
            reveals.review(street.nurse, street.knock, row.id, Verdict.RIGHT, "")
        (seen,) = reveals.for_overseer(street.overseer)
        assert (seen.name, seen.what, seen.may_review) == (street.me.name, tuple(Hidden), False)
        with pytest.raises(Conflict):
            reveals.review_as_overseer(street.overseer, row.id, Verdict.RIGHT, "")
        reveals.review(street.colleague, street.knock, row.id, Verdict.NOT_RIGHT, "Vi pratade.")
        db.session.commit()
        assert reveals.contents(street.me, row) is None  # found wrong: closed at once
        with pytest.raises(Conflict):
            reveals.review(street.colleague, street.knock, row.id, Verdict.RIGHT, "")
    with clock.frozen(MONDAY_EVENING + timedelta(hours=12)):
        sweeps()
        assert told_of(Kind.REVIEW_WAITS) == set()


def test_nobody_reviews_in_time_and_then_whoever_oversees_does(street):
    with clock.frozen(FRIDAY):
        row = street.opens()
    with clock.frozen(MONDAY_EVENING - timedelta(minutes=1)):
        sweeps()
        assert told_of(Kind.REVIEW_WAITS) == {street.colleague.id}
    with clock.frozen(MONDAY_EVENING + timedelta(minutes=1)):
        sweeps()
        assert told_of(Kind.REVIEW_WAITS) == {street.colleague.id, street.overseer.id}
        assert reveals.happened(street.overseer, row.id).may_review
        reveals.review_as_overseer(street.overseer, row.id, Verdict.RIGHT, "")
        db.session.commit()
        assert db.session.get_one(Reveal, row.id).reviewer_id == street.overseer.id


def test_where_nobody_else_is_behind_the_wall_whoever_oversees_reviews_at_once(make):
    with clock.frozen(FRIDAY):
        street = Street(make)
        street.colleague.active = False
        db.session.commit()
        row = street.opens()
        assert reveals.happened(street.overseer, row.id).may_review
        other = make.coordinator()
        assert reveals.for_overseer(other) == []  # named to nothing
        elsewhere = make.staff(None, municipality_id=make.municipality().id)
        with pytest.raises(NotFound):
            reveals.happened(elsewhere, row.id)


def test_the_pupil_is_told_when_it_is_safe_and_at_the_latest_on_its_last_day(street):
    with clock.frozen(FRIDAY):
        first, second = street.opens(), street.opens(Hidden.NAME)
        assert reveals.told(street.knock) == []
        reveals.tell_now(street.me, street.knock, first.id)
        assert reveals.told(street.knock) == [first]
        with pytest.raises(Conflict):
            reveals.wait_to_tell(
                street.me, street.knock, first.id, second.tell_by, "Hemma läser mobilen."
            )
        late = second.tell_by + timedelta(days=1)
        for day, reason in (
            (clock.today(), REASON),
            (late, ""),
            (late + timedelta(days=9), REASON),
        ):
            with pytest.raises(InvalidInput):
                reveals.wait_to_tell(street.colleague, street.knock, second.id, day, reason)
        day = clock.today() + timedelta(days=3)
        reveals.wait_to_tell(street.colleague, street.knock, second.id, day, "")
        db.session.commit()
    morning = at(f"{day} 08:00")
    with clock.frozen(morning - timedelta(hours=20)):
        sweeps()
        assert told_of(Kind.TELLING_NEAR) == {street.me.id, street.colleague.id}
    with clock.frozen(morning + timedelta(minutes=1)):
        sweeps()
        assert {one.id for one in reveals.told(street.knock)} == {first.id, second.id}
    assert told_of(Kind.REVEALED, Channel.PUSH) >= {None}  # to an address, without a word of it


def test_a_reason_moves_the_last_day(street):
    with clock.frozen(FRIDAY):
        row = street.opens()
    with clock.frozen(FRIDAY + timedelta(days=10)):
        day = clock.today() + timedelta(days=14)
        reveals.wait_to_tell(street.me, street.knock, row.id, day, "Hemma läser någon mobilen.")
        db.session.commit()
        assert (row.tell_on, row.tell_by) == (day, day)
    with clock.frozen(at(f"{day} 09:00")):
        sweeps()
        assert reveals.told(street.knock) == [row]


def test_a_knock_stays_until_it_is_reviewed_and_told_and_then_all_of_it_goes(street):
    with clock.frozen(FRIDAY):
        row = street.opens()
        answering.answer(street.me, street.knock, "Hej!", form_id=new_id())
        answering.close(street.me, street.knock, Outcome.TALKED, shown=street.knock.newest)
        db.session.commit()
        assert Hold.REVEAL in holds.of(street.knock)
        reveals.tell_now(street.me, street.knock, row.id)
        reveals.review(street.colleague, street.knock, row.id, Verdict.RIGHT, "")
        db.session.commit()
        assert Hold.REVEAL not in holds.of(street.knock)
        statistics.replace_by_figures(street.knock)
        db.session.commit()
    for table in (Reveal, Wait):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0
    assert purging.purge() == 0
