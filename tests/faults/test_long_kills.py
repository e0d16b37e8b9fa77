"""A minute of knocking while web, worker and queue are killed again and again.

What must hold afterwards: every receipt that a pupil was shown has its knock, everybody who was to
be told of it was told, and nobody twice but of the letters a killed worker had in its hands (see
``test_lost_and_found`` for why that cannot be had, and for the single faults).
"""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from elevhalsa.core import clock
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.domain.people.models import Staff
from elevhalsa.extensions import db
from tests.factories import Make
from tests.mailbox import Mailbox, open_mailbox
from tests.running import (
    eventually,
    free_port,
)

from .conftest import Say
from .house import House, a_house, in_a_workers_hands, let_claims_run_out
from .phones import Phone, Receipt, all_open

pytestmark = pytest.mark.trial

KNOCKS = 300
"""On two quiet cores; a machine that does much else comes to fewer in ``SECONDS``."""
FEWEST = 60
PHONES = 3
LATE = 30
"""Knocks whose whole ladder is due when the killing begins."""
SECONDS = 50
LETTER_SECONDS = 0.03
"""What the mail server takes over a letter, so that a worker that is killed often has one."""


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with open_mailbox() as box:
        box.seconds = LETTER_SECONDS
        yield box


def letters_left() -> int:
    db.session.rollback()
    return db.session.scalar(
        select(func.count()).select_from(Notice).where(
            Notice.sent_at.is_(None), Notice.given_up_at.is_(None)
        )
    )  # fmt: skip


class Killer:
    """Kills and starts again, and remembers what a killed worker may have sent."""

    def __init__(self, house: House, chance: random.Random) -> None:
        self.house = house
        self.chance = chance
        self.kills: Counter[str] = Counter()
        self.may_repeat: set[tuple[str, int]] = set()

    def kills_one(self) -> None:
        name = self.chance.choice(["worker", "worker", "web", "one of the web", "queue"])
        self.kills[name] += 1
        if name == "one of the web":
            self.house.kill_one_web_process()
            return
        self.house.kill(name)
        if name == "worker":
            self.may_repeat |= in_a_workers_hands()
        time.sleep(self.chance.uniform(0, 1))
        self.house.start(name)


def knocking(url: str, network: int, slug: str, count: int) -> tuple[list[Receipt], int]:
    pause = random.Random(network)  # noqa: S311
    receipts: list[Receipt] = []
    until = time.monotonic() + SECONDS
    with Phone(url, network) as phone:
        while len(receipts) < count and time.monotonic() < until:
            receipts.append(phone.knocks(slug))
            time.sleep(pause.uniform(0, SECONDS / count))
        return receipts, phone.presses


def late_knocks(make: Make, school) -> set[str]:
    with clock.frozen(clock.now() - timedelta(days=10)):
        return {make.knock(school).knock.id for _number in range(LATE)}


def test_nothing_is_lost_and_nobody_told_twice_while_everything_is_killed_again_and_again(
    app: Flask, make: Make, database_url: str, mailbox: Mailbox, tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory, say: Say,
) -> None:  # fmt: skip
    seed = int(os.environ.get("KILLS_SEED") or time.time())
    say(f"KILLS_SEED={seed} does it again")
    chance = random.Random(seed)  # noqa: S311
    school = make.school()
    told = {make.counsellor(school).id for _number in range(2)}
    coordinator = make.coordinator().id
    slug, port = school.slug, free_port()
    late = late_knocks(make, school)
    url = f"http://127.0.0.1:{port}"

    with a_house(database_url, mailbox, tmp_path_factory.mktemp("k"), port) as house:
        killer = Killer(house, chance)
        with ThreadPoolExecutor(PHONES) as pool:
            phones = [
                pool.submit(knocking, url, 20 + number, slug, KNOCKS // PHONES)
                for number in range(PHONES)
            ]
            kill_while(phones, killer, say)
        receipts = [receipt for phone in phones for receipt in phone.result()[0]]
        say(f"{sum(phone.result()[1] for phone in phones)} presses for {len(receipts)} receipts; "
            f"kills: {dict(killer.kills)}; {letters_left()} letters left")  # fmt: skip

        house.kill("worker")
        killer.may_repeat |= in_a_workers_hands()
        let_claims_run_out()
        mailbox.seconds = 0
        house.start("worker")
        eventually(house.is_open, seconds=60)
        assert all_open(url, 30, receipts)
        eventually(lambda: letters_left() == 0, seconds=90)
        assert "Traceback" not in house.said()

    db.session.rollback()
    new = set(db.session.scalars(select(Knock.id))) - late
    assert new == {receipt.knock_id for receipt in receipts}
    assert len(new) == len(receipts) >= FEWEST, "a knock that was sent again is one knock"
    each_was_told_once(new, told)
    only_what_was_of_no_use_was_given_up(late)
    the_ladder_was_climbed_once(late, told | {coordinator})
    letters_came_once(mailbox, killer.may_repeat, say)


def kill_while(phones: list[Future], killer: Killer, say: Say) -> None:
    until = time.monotonic() + 2 * SECONDS
    while not all(phone.done() for phone in phones) and time.monotonic() < until:
        time.sleep(killer.chance.uniform(0.2, 2.5))
        killer.kills_one()
        if killer.kills.total() % 10 == 0:
            say(f"{killer.kills.total()} kills, {letters_left()} letters wait")


def each_was_told_once(knocks: set[str], told: set[str]) -> None:
    rows = db.session.execute(
        select(Notice.about_id, Notice.staff_id, Notice.channel).where(
            Notice.kind == Kind.NEW_KNOCK,
            Notice.about_id.in_(knocks),
            Notice.channel.in_((Channel.APP, Channel.EMAIL)),
        )
    )
    expected = {
        (knock, person, channel)
        for knock in knocks
        for person in told
        for channel in (Channel.APP, Channel.EMAIL)
    }
    assert Counter(tuple(row) for row in rows) == Counter(expected)


def only_what_was_of_no_use_was_given_up(late: set[str]) -> None:
    """That somebody knocked ten days ago."""
    rows = db.session.scalars(select(Notice).where(Notice.given_up_at.is_not(None)))
    assert {(row.kind, row.error, row.about_id in late) for row in rows} <= {
        (Kind.NEW_KNOCK, "too late", True)
    }


def the_ladder_was_climbed_once(knocks: set[str], told: set[str]) -> None:
    """Each rung of what was late: a cause is ``knock:<id>:<rung>:<receiver>:<channel>``."""
    rows = db.session.execute(
        select(Notice.about_id, Notice.cause, Notice.staff_id).where(
            Notice.kind == Kind.PROMISE_LATE, Notice.channel == Channel.EMAIL
        )
    ).all()
    by_rung = Counter((about, cause.split(":")[2], person) for about, cause, person in rows)
    assert max(by_rung.values()) == 1
    for knock in knocks:
        assert {person for about, _rung, person in by_rung if about == knock} == told


def letters_came_once(mailbox: Mailbox, may_repeat: set[tuple[str, int]], say: Say) -> None:
    """Every letter at least once, and once more for each time a worker died with it in hand."""
    rows = db.session.execute(
        select(Notice.id, Staff)
        .join(Staff, Staff.id == Notice.staff_id)
        .where(Notice.channel == Channel.EMAIL, Notice.sent_at.is_not(None))
    )
    addresses = {notice_id: staff.email for notice_id, staff in rows}
    came = Counter(letter["Message-ID"].strip("<>").partition("@")[0] for letter in mailbox.letters)
    assert set(came) == set(addresses), "every letter came, and no other"
    for letter in mailbox.letters:
        notice_id = letter["Message-ID"].strip("<>").partition("@")[0]
        assert letter["To"].addresses[0].addr_spec == addresses[notice_id]
    most = Counter(notice_id for notice_id, _attempt in may_repeat)
    assert {one: n for one, n in came.items() if n > 1 + most[one]} == {}
    say(f"{len(came)} letters, {came.total() - len(came)} of them twice, "
        f"{len(may_repeat)} were in the hands of a worker that was killed")  # fmt: skip
