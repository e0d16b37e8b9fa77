"""Pushes: encrypted, signed and handed to a push service on this machine, a second and core.

The push service stands in a process of its own, so that it does not share the sender's core. How
fast a real one answers is not ours to measure; with its time taken away, this is what sending
costs us.
"""

import multiprocessing
from multiprocessing.connection import Connection

from sqlalchemy import func, select, text

from elevhalsa.adapters.webpush import WebPushSender
from elevhalsa.core.crypto import new_id
from elevhalsa.core.ports import PushMessage
from elevhalsa.core.push_services import push_services
from elevhalsa.core.vapid import new_key, vapid
from elevhalsa.domain.knocks import devices
from elevhalsa.domain.knocks.ladder import tell_pupil
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.notices.models import Kind, Notice
from elevhalsa.domain.reminders import rules, service
from elevhalsa.extensions import db
from tests.push_service import Browser, open_push_service
from workers import jobs

from .backing import Backing
from .figures import Figure, Unavailable
from .progress import say
from .seed import open_knocks, place
from .took import ROUNDS, Took, best_of, took

ORIGIN = "https://elevhalsa.exempel.invalid"


def measure(backing: Backing, *, quick: bool) -> list[Figure]:
    """The adapter alone, then the whole way from the outbox (PostgreSQL, four commits a push)."""
    size = 300 if quick else 2000
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(there,), daemon=True)
    server.start()
    try:
        if not here.poll(30):
            raise Unavailable("the push service of the tests did not start")
        origin = here.recv()
        database = backing.database("push")
        with backing.app(database) as app:
            settings = app.config["SETTINGS"]
            settings.vapid_keys, settings.vapid_subject = [new_key()], "mailto:a@exempel.invalid"
            vapid.configure(settings.vapid_keys)
            push_services.configure([origin])
            say(f"  {size} pushes, the adapter alone")
            alone = _adapter(origin, size)
            say(f"  {size} pushes from the outbox")
            whole = _outbox(origin, size)
    finally:
        here.send("end")
        server.join(10)
        server.kill()
    return [
        Figure("encrypted, signed and sent, a second and core", alone.cpu_rate, "1/s", least=300),
        Figure("encrypted, signed and sent, one at a time", alone.rate, "1/s"),
        Figure("from the outbox to the push service, one worker", whole.rate, "1/s"),
        Figure("CPU of the worker for each push from the outbox", whole.cpu_ms, "ms", most=4),
    ]


def _serve(pipe: Connection) -> None:
    with open_push_service() as push:
        push.only_count = True
        pipe.send(push.origin)
        pipe.recv()


def _adapter(origin: str, size: int) -> Took:
    sender = WebPushSender("mailto:a@exempel.invalid")
    key = vapid.newest
    assert key
    browser = Browser(f"{origin}/push/1", key.public)
    payload = rules.payload(
        title="Påminnelse", body="Du har ett svar", navigate=f"{ORIGIN}/mitt/{new_id()}",
        tag=new_id(), unread=1,
    )  # fmt: skip
    message = PushMessage(
        browser.endpoint, browser.p256dh, browser.auth, key.id, payload, 3600, "high", new_id()
    )

    def send(number: int) -> None:
        for _turn in range(number):
            if sender.send(message).status != 201:
                raise Unavailable("the push service did not accept")

    send(20)
    each = size // ROUNDS
    return best_of([took(each, lambda: send(each)) for _round in range(ROUNDS)])


def _outbox(origin: str, size: int) -> Took:
    """As many knocks as pushes, five a phone; a sixth of them is due at a time."""
    each = size // ROUNDS
    open_knocks(place(), 1, each * ROUNDS, some_due=False, messages=False)
    key = service.public_key()
    assert key
    knocks = db.session.scalars(select(Knock).limit(each * ROUNDS)).all()
    device = None
    for number, knock in enumerate(knocks):
        if number % 5 == 0 or device is None:
            device, _token = devices.make()
            devices.remember(device)
            browser = Browser(f"{origin}/push/{number}", key[1])
            row = service.subscribe(
                device, endpoint=browser.endpoint, p256dh=browser.p256dh, auth=browser.auth,
                key_id=key[0], origin=ORIGIN,
            )  # fmt: skip
            service.set_quiet(row, None, None)
        devices.show(device, knock, pin_given=False)
    db.session.commit()
    ids = [knock.id for knock in knocks]
    return best_of([_round(ids[first : first + each]) for first in range(0, len(ids), each)])


def _round(knock_ids: list[str]) -> Took:
    for knock in db.session.scalars(select(Knock).where(Knock.id.in_(knock_ids))):
        tell_pupil(knock, Kind.PROMISE_LATE, cause=f"late:{knock.id}")
    db.session.commit()
    db.session.execute(text("ANALYZE"))  # as the database does by itself after a while
    db.session.commit()

    result = took(len(knock_ids), jobs.flush_outbox)
    db.session.rollback()
    sent = select(func.count()).where(
        Notice.subscription_id.is_not(None),
        Notice.sent_at.is_not(None),
        Notice.about_id.in_(knock_ids),
    )
    left = len(knock_ids) - (db.session.scalar(sent) or 0)
    db.session.rollback()
    if left:
        raise Unavailable(f"{left} pushes did not leave")
    return result
