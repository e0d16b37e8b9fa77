"""Letters: a backlog, as after a mail server that was down, sent by one worker.

The mail server stands in a process of its own, so that it does not share the sender's core. How
fast a real one answers is not ours to measure.
"""

import multiprocessing
from multiprocessing.connection import Connection

from sqlalchemy import func, select, text

from elevhalsa.adapters.mail import SmtpMailer
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.domain.people.models import Staff
from elevhalsa.extensions import db
from tests.mailbox import open_mailbox
from workers import jobs

from .backing import Backing
from .figures import Figure, Unavailable
from .progress import say
from .seed import open_knocks, place
from .took import ROUNDS, Took, best_of, took


def measure(backing: Backing, *, quick: bool) -> list[Figure]:
    """Two commits a letter (PostgreSQL), and one turn of the schedule a round."""
    size = 300 if quick else 1500
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(there,), daemon=True)
    server.start()
    try:
        if not here.poll(30):
            raise Unavailable("the mail server of the tests did not start")
        url = here.recv()
        with backing.app(backing.database("letters")) as app:
            app.extensions["elevhalsa"].mailer = SmtpMailer(url, "fran@exempel.invalid")
            say(f"  {size} letters that wait")
            took = _backlog(size)
    finally:
        here.send("end")
        server.join(10)
        server.kill()
    return [
        Figure("letters from a backlog, one worker", took.rate, "1/s", least=100),
        Figure("CPU of the worker for each letter", took.cpu_ms, "ms", most=5),
    ]


def _serve(pipe: Connection) -> None:
    with open_mailbox() as box:
        pipe.send(box.url)
        pipe.recv()


def _backlog(size: int) -> Took:
    open_knocks(place(), 1, size, some_due=False, messages=False)
    receiver = db.session.scalars(select(Staff).where(Staff.profession.is_not(None))).first()
    assert receiver
    return best_of([_round(receiver, size // ROUNDS, number) for number in range(ROUNDS)])


def _round(receiver: Staff, each: int, number: int) -> Took:
    for knock in db.session.scalars(select(Knock).limit(each)):
        cause = f"{number}:{knock.id}"
        # Of a kind that is never bundled: each is a letter of its own.
        notices.post(Kind.HANDED_OVER, [receiver], cause=cause, about=knock.about)
    db.session.commit()
    db.session.execute(text("ANALYZE"))  # as the database does by itself after a while
    db.session.commit()
    result = took(each, jobs.flush_outbox)
    sent = select(func.count()).where(Notice.channel == Channel.EMAIL, Notice.sent_at.is_not(None))
    left = each * (number + 1) - (db.session.scalar(sent) or 0)
    db.session.rollback()
    if left:
        raise Unavailable(f"{left} letters did not leave in one turn")
    return result
