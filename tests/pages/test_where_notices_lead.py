"""Every address that a letter or a reminder leads to opens, at once, for whom it was sent to.

Goes over all kinds and all whom they speak to. An address that led on would never be found among
the open pages by the service worker, which compares it as it stands.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask

from elevhalsa.adapters.mail import SmtpMailer
from elevhalsa.core import clock
from elevhalsa.core.push_services import KNOWN
from elevhalsa.core.vapid import new_key
from elevhalsa.core.walls import Profession
from elevhalsa.domain.consultations import service as consultations
from elevhalsa.domain.knocks.models import Device, Knock
from elevhalsa.domain.meetings import service as meetings
from elevhalsa.domain.meetings.service import Offer
from elevhalsa.domain.meetings.words import MeetingWay
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.kinds import KINDS
from elevhalsa.domain.notices.models import About, Kind
from elevhalsa.domain.notices.words import Audience
from elevhalsa.domain.people import duties
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.people.rules import Seat
from elevhalsa.domain.people.words import Duty
from elevhalsa.domain.places.models import Municipality
from elevhalsa.domain.reminders import service as reminders
from elevhalsa.extensions import db
from elevhalsa.work import OPERATOR
from tests.conftest import app_for, settings_for
from tests.domain.helpers import propose
from tests.factories import Make
from tests.mailbox import Mailbox, open_mailbox
from tests.pages.every_form import a_consultation
from tests.push_service import PushService, open_push_service
from workers import jobs

from .browser import Browser

HOST = "elevhalsa.annan.exempel.invalid"
ORIGIN = f"https://{HOST}"
PUBLIC_URL = "https://elevhalsa.exempel.invalid"
TO = [(kind, audience) for kind, described in KINDS.items() for audience in described.to]


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with open_mailbox() as box:
        yield box


@pytest.fixture
def push() -> Iterator[PushService]:
    with open_push_service() as service:
        yield service


@pytest.fixture
def app(database_url: str, mailbox: Mailbox, push: PushService) -> Iterator[Flask]:
    app = app_for(
        settings_for(
            database_url,
            public_url=PUBLIC_URL,
            vapid_keys=[new_key()],
            vapid_subject="mailto:drift@exempel.invalid",
            push_services=[*KNOWN, push.origin],
        )
    )
    app.extensions["elevhalsa"].mailer = SmtpMailer(mailbox.url, "fran@exempel.invalid")
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def town(make: Make) -> Municipality:
    """A municipality with a host of its own, which is not the first one of the deployment."""
    make.municipality()
    return make.municipality(host=HOST)


def remind(owner: Staff | Device, push: PushService) -> None:
    key = reminders.public_key()
    assert key
    browser = push.subscribe(key[1])
    row = reminders.subscribe(
        owner,
        endpoint=browser.endpoint,
        p256dh=browser.p256dh,
        auth=browser.auth,
        key_id=key[0],
        origin=ORIGIN,
    )
    reminders.set_quiet(row, None, None)
    db.session.commit()


def sent(mailbox: Mailbox, push: PushService) -> list[str]:
    """The addresses in all that was sent."""
    for _round in range(2):
        jobs.flush_outbox()
    db.session.rollback()
    letters = [re.findall(r"https?://\S+", letter.get_content()) for letter in mailbox.letters]
    assert all(len(found) == 1 for found in letters)
    return [found[0] for found in letters] + [one.notification["navigate"] for one in push.accepted]


def knock_and_be_reminded(app: Flask, slug: str, push: PushService) -> Browser:
    pupil = Browser(app.test_client(), base_url=ORIGIN)
    pupil.get(f"/knacka?skola={slug}")
    pupil.submit("/knacka", who="counsellor", way="app")
    remind(db.session.query(Device).one(), push)
    return pupil


def meet_tomorrow(row: Knock, counsellor: Staff) -> datetime:
    starts_at = clock.now() + timedelta(hours=20)
    proposal = propose(counsellor, row, [Offer(starts_at, 30, MeetingWay.ROOM, "rum 7")])
    meetings.pick(row, proposal.id, proposal.slots[0].id)
    db.session.commit()
    return starts_at


def about_of(kind: Kind, row: Knock) -> About:
    """The knock, or a consultation at the same school."""
    if not kind.startswith("consultation"):
        return About.knock(row.id)
    return consultations.ask(row.school, a_consultation(Profession.COUNSELLOR)).row.about


@pytest.mark.parametrize(("kind", "audience"), TO)
def test_what_is_sent_leads_straight_to_a_page_of_the_municipalitys_own(
    app: Flask,
    make: Make,
    town: Municipality,
    mailbox: Mailbox,
    push: PushService,
    kind: Kind,
    audience: Audience,
) -> None:
    school = make.school(municipality_id=town.id)
    counsellor = make.staff(Profession.COUNSELLOR, [school], municipality_id=town.id)
    browser = knock_and_be_reminded(app, school.slug, push)
    row = db.session.query(Knock).one()
    useful_until = meet_tomorrow(row, counsellor) if kind is Kind.MEETING_SOON else None
    about = about_of(kind, row)
    db.session.commit()
    sent(mailbox, push)  # of what led here
    mailbox.letters.clear()
    push.received.clear()
    if audience is Audience.PUPIL:
        notices.post_to_pupil(
            kind,
            about=row.about,
            municipality_id=town.id,
            cause="a",
            useful_until=useful_until,
        )
        db.session.commit()
    else:
        receiver = counsellor
        if audience is Audience.COORDINATOR:
            receiver = make.staff(None, municipality_id=town.id)
            duties.name(town, Seat(Duty.OVERSIGHT), receiver, by=OPERATOR)
        remind(receiver, push)
        browser = Browser(app.test_client(), base_url=ORIGIN)
        browser.arrives_as(receiver)
        notices.post(kind, [receiver], cause="a", about=about)
        db.session.commit()
    told = KINDS[kind].to[audience]
    addresses = sent(mailbox, push)
    assert bool(addresses) == bool(told.letter or told.push)
    for address in addresses:
        assert address.startswith(f"{ORIGIN}/")
        assert browser.send("GET", address.removeprefix(ORIGIN)).status_code == 200, address
