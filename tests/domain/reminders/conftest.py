"""A town with a push service, phones that ask to be reminded, and somebody who answers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

import pytest
from flask import Flask
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.push_services import KNOWN
from elevhalsa.core.vapid import new_key
from elevhalsa.domain.knocks import answering, devices
from elevhalsa.domain.knocks.models import Device, Knock
from elevhalsa.domain.notices.models import Channel, Notice
from elevhalsa.domain.people import service as people
from elevhalsa.domain.people.models import Staff, StaffSession
from elevhalsa.domain.places.models import School
from elevhalsa.domain.reminders import service as reminders
from elevhalsa.domain.reminders.models import PushSubscription
from elevhalsa.extensions import db
from tests.conftest import app_for, settings_for
from tests.domain.helpers import at
from tests.factories import Make
from tests.mailbox import Mailbox, open_mailbox
from tests.push_service import Browser, PushService, open_push_service
from tests.sms_gateway import Gateway, open_gateway
from workers import jobs

ORIGIN = "https://elevhalsa.exempel.invalid"
MONDAY = at("2026-11-23 09:30")
TUESDAY = at("2026-11-24 09:30")
KEY = new_key()


@pytest.fixture
def push() -> Iterator[PushService]:
    with open_push_service() as service:
        yield service


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with open_gateway() as gateway:
        yield gateway


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with open_mailbox() as box:
        yield box


@pytest.fixture
def app(
    database_url: str, push: PushService, gateway: Gateway, mailbox: Mailbox
) -> Iterator[Flask]:
    app = app_for(
        settings_for(
            database_url,
            vapid_keys=[KEY],
            vapid_subject="mailto:drift@exempel.invalid",
            push_services=[*KNOWN, push.origin],
            sms_url=gateway.url,
            mail_url=mailbox.url,
            mail_from="Elevhälsan <svara-inte@exempel.invalid>",
        )
    )
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def run() -> None:
    """What a worker does with what is due: the second round is for what the first one posted."""
    for _round in range(3):
        jobs.flush_outbox()
    db.session.rollback()  # so that we see what the jobs wrote


class Killed(BaseException):
    """What ends a worker in the middle of something, past all that catches errors."""


class KilledWhileSending:
    """An adapter in whose hands the worker dies: nobody knows if the message left."""

    def send(self, *_message: object, **_values: object) -> NoReturn:
        raise Killed


@dataclass
class Phone:
    """A pupil's own phone, where reminders are turned on."""

    device: Device
    browser: Browser

    @property
    def row(self) -> PushSubscription:
        return reminders.list_for(self.device)[0]


@dataclass
class Town:
    make: Make
    push: PushService
    school: School
    counsellor: Staff
    phones: list[Phone] = field(default_factory=list)

    def knock(self, **values: Any) -> Knock:
        with clock.frozen(MONDAY):
            return self.make.knock(self.school, **values).knock

    def phone(self, *rows: Knock, turned_on: bool = True) -> Phone:
        """A phone that opens these knocks."""
        with clock.frozen(MONDAY):
            device, _token = devices.make()
            devices.remember(device)
            for row in rows:
                devices.show(device, row, pin_given=False)
            phone = Phone(device, self.browser())
            if turned_on:
                self.turn_on(device, phone.browser)
            db.session.commit()
        return phone

    def browser(self) -> Browser:
        key = reminders.public_key()
        assert key
        return self.push.subscribe(key[1])

    def turn_on(
        self,
        owner: Device | Staff,
        browser: Browser,
        session: StaffSession | None = None,
        before: str | None = None,
    ) -> PushSubscription:
        key = reminders.public_key()
        assert key
        row = reminders.subscribe(
            owner,
            endpoint=browser.endpoint,
            p256dh=browser.p256dh,
            auth=browser.auth,
            key_id=key[0],
            origin=ORIGIN,
            session=session,
            before=before,
        )
        db.session.commit()
        return row

    def signed_in(self) -> StaffSession:
        token = people.redeem(people.make_link(self.counsellor))
        assert token
        session = people.live_session(token)
        assert session
        return session

    def answer(self, row: Knock, text: str = "hej på dig") -> None:
        answering.answer(self.counsellor, row, text, form_id=new_id())
        db.session.commit()


@pytest.fixture
def town(make: Make, push: PushService) -> Town:
    school = make.school()
    return Town(make, push, school, make.counsellor(school))


def rows_of(channel: Channel, *, to_pupil: bool = True) -> list[Notice]:
    """Rows on a channel, the oldest first; of pushes those to one browser."""
    db.session.rollback()
    query = select(Notice).where(
        Notice.channel == channel,
        Notice.staff_id.is_(None) if to_pupil else Notice.staff_id.is_not(None),
    )
    if channel is Channel.PUSH:
        query = query.where(Notice.subscription_id.is_not(None))
    return list(db.session.scalars(query.order_by(Notice.created_at, Notice.id)))
