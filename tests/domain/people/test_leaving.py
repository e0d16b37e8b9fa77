"""What opened something for somebody who has left goes thirty days after the last day."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.domain.meetings import feed
from elevhalsa.domain.meetings.models import CalendarFeed
from elevhalsa.domain.people.models import Passkey, Reach, Staff, StaffAccount
from elevhalsa.extensions import db
from tests.domain.helpers import at
from tests.factories import Make
from workers import jobs

NOW = at("2026-11-24 09:45")
KEPT = (Passkey, StaffAccount, Reach, CalendarFeed)


def with_everything(staff: Staff) -> Staff:
    db.session.add_all(
        [
            Passkey(
                staff_id=staff.id, credential_id=f"key-{staff.id}", public_key=b"k", sign_count=0,
                transports="", host="localhost", name="Telefonen", created_at=NOW,
            ),
            StaffAccount(
                staff_id=staff.id, provider="skola", account_hash=f"hash-{staff.id}", created_at=NOW
            ),
            Reach(staff_id=staff.id, phone="+46701740605"),
        ]
    )  # fmt: skip
    feed.make(staff, shows_school=False, shows_times=False)
    return staff


def left(table: type) -> set[str]:
    return set(db.session.scalars(select(table.staff_id)))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("days", "is_kept"), [(None, True), (-1, True), (30, True), (31, False), (400, False)]
)
def test_what_opens_something_goes_thirty_days_after_the_last_day(
    make: Make, days: int | None, is_kept: bool
) -> None:
    with clock.frozen(NOW):
        school = make.school()
        here, other = (with_everything(make.nurse(school)) for _one in range(2))
        if days is not None:
            here.ends_on = clock.today() - timedelta(days=days)
        db.session.commit()
        both, one = {here.id, other.id}, {other.id}
        db.session.remove()
        jobs.tidy()
        for table in KEPT:
            assert left(table) == (both if is_kept else one), table


def test_whoever_is_shut_out_for_good_leaves_nothing(make: Make) -> None:
    with clock.frozen(NOW):
        here = with_everything(make.nurse(make.school()))
        here.active = False
        db.session.commit()
        db.session.remove()
        jobs.tidy()
        for table in KEPT:
            assert not left(table), table
