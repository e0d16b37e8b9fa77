"""Five hundred knocks at once against exactly what ``make run`` starts: among everything else that
phones ask for, while others send slowly, never finish, or send what is refused; and from one
network, with one pupil among them who needs somebody.

The small ones of the first, that ``make test`` runs, are in ``test_slow_phones``.
"""

import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from bench.slow import held
from elevhalsa import work
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.knocks import answering
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.people.models import Staff
from elevhalsa.extensions import db
from tests import any_hour
from tests.conftest import Reader, app_for, settings_for
from tests.factories import Make
from tests.mailbox import open_mailbox
from tests.pages.browser import Browser
from tests.running import eventually
from workers.web import Limits

from .conftest import Say, copy_of
from .phones import Phone, Receipt, all_open
from .service import HOST, Service, started

KNOCKS = 500
PHONES = 25
SLOW_PHONES = 40
SLOW_AT_ONCE = 20
SLOW_SECONDS = 24
"""What such a phone takes over its knock, which is to be stored all the same."""
HALF_SENT = 200
"""Of headers and of bodies, that never come whole; again when they have been hung up on."""
LARGE = 300_000
"""Bytes of a text that the app refuses."""
ASKED = {
    "/": 200,
    "/healthz": 200,
    "/hjalp-nu": 200,
    "/mitt": 200,
    "/finns-inte": 404,
    "/mitt/finns-inte": 404,
    "/personal/inkorg": 303,
}
"""What is asked for between knocks, and what a stranger is answered."""
MOST_MORE_MB = 150
"""How much more the web may take than at rest, for as long as it lasts."""


class Memory:
    """The most that the web's processes have had together, in MB."""

    def __init__(self, service: Service) -> None:
        family = psutil.Process(service.process.pid).children(recursive=True)
        self._web = [one for one in family if one.name() == "elevhalsa-web"]
        self.most = 0.0
        assert self.now() > 0

    def now(self) -> float:
        megabytes = sum(one.memory_info().rss for one in self._web) / 2**20
        self.most = max(self.most, megabytes)
        return megabytes

    def died(self) -> bool:
        return not all(one.is_running() for one in self._web)


def knocks_and_looks_around(url: str, network: int, slug: str) -> tuple[list[Receipt], Counter]:
    receipts, answers = [], Counter[tuple[str, int]]()
    with Phone(url, network) as phone, Phone(url, network + 100) as other:
        for number in range(KNOCKS // PHONES):
            receipts.append(phone.knocks(slug, text="Ett påhittat ord. " * 50))
            for path in (list(ASKED)[number % len(ASKED)], "/"):
                answers[path, other.asks(path)] += 1
        assert phone.presses == KNOCKS // PHONES, "nobody had to press twice"
    return receipts, answers


def sends_slowly(service: Service) -> bytes:
    """A knock, bit by bit. Returns the first line of the answer."""
    sends = service.posts(4000)
    bit = len(sends) // SLOW_SECONDS // 2
    with socket.create_connection((HOST, service.port), timeout=60) as phone:
        for start in range(0, len(sends), bit):
            phone.sendall(sends[start : start + bit])
            time.sleep(0.5)
        return phone.recv(1000).partition(b"\r\n")[0]


def sends_far_too_much(service: Service) -> bytes:
    with socket.create_connection((HOST, service.port), timeout=60) as phone:
        phone.sendall(service.posts(LARGE))
        return phone.recv(1000).partition(b"\r\n")[0]


@contextmanager
def never_ending(service: Service) -> Iterator[None]:
    """Half-sent requests for as long as the block lasts, new ones when the old are hung up on."""
    over = threading.Event()

    def hold() -> None:
        while not over.is_set():
            with suppress(OSError), held(service.port, HALF_SENT):
                over.wait(Limits.request_seconds + 5)

    holder = threading.Thread(target=hold)
    holder.start()
    time.sleep(1)
    try:
        yield
    finally:
        over.set()
        holder.join(30)


@pytest.mark.trial
def test_everybody_is_answered_and_nothing_is_lost_in_a_flood(
    loaded: Path, tmp_path: Path, say: Say
) -> None:
    database = copy_of(loaded, tmp_path / "stack.db")
    log = tmp_path / "stack.log"
    with (
        open_mailbox() as mailbox,
        started(
            database,
            log,
            MAIL_URL=mailbox.url,
            MAIL_FROM="a@exempel.invalid",
            **any_hour.CHILDREN,
        ) as service,
    ):
        before, slug = service.knocks_stored, service.slug
        url = f"http://{HOST}:{service.port}"
        for path in ASKED:
            service.gets(path)
        memory = Memory(service)
        rest = memory.now()
        began = time.monotonic()
        with (
            never_ending(service),
            ThreadPoolExecutor(PHONES) as pool,
            ThreadPoolExecutor(SLOW_AT_ONCE) as slow_pool,
        ):
            slow = [slow_pool.submit(sends_slowly, service) for _number in range(SLOW_PHONES)]
            large = [pool.submit(sends_far_too_much, service) for _number in range(20)]
            phones = [
                pool.submit(knocks_and_looks_around, url, 40 + number, slug)
                for number in range(PHONES)
            ]
            everybody: list[Future] = [*phones, *slow, *large]
            while not all(one.done() for one in everybody):
                memory.now()
                time.sleep(0.2)
            say(f"{time.monotonic() - began:.0f} s; web had {rest:.0f} MB, most {memory.most:.0f}")
            receipts = [receipt for phone in phones for receipt in phone.result()[0]]
            answers = sum((phone.result()[1] for phone in phones), Counter())
        assert set(answers) == set(ASKED.items())
        assert {one.result().split()[1] for one in slow} == {b"303"}
        assert {one.result().split()[1] for one in large} == {b"413"}
        assert service.knocks_stored == before + KNOCKS + SLOW_PHONES
        assert {receipt.knock_id for receipt in receipts} <= service.knock_ids
        assert all_open(url, 80, receipts[::10])
        assert memory.most < rest + MOST_MORE_MB
        assert not memory.died()
        say(f"every receipt has its knock; {service.letters_left} letters left")
        eventually(lambda: service.letters_that_may_leave == 0, seconds=180)
        assert service.gets("/readyz") == 200
        assert service.process.ask_to_end(seconds=40) == 0
        assert "Traceback" not in service.process.said()


NETWORK = "2001:db8:1:2"
"""One /64: a home, or whoever sits in one."""
SLUG = "lugna-skolan"
LETTERS_AN_HOUR = 3
ROWS_BEFORE_HERS = 3
"""So many fit on a nurse's phone together with the figures and the tabs, and hers is the next."""


@pytest.mark.parametrize("knocks", [50, pytest.param(KNOCKS, marks=pytest.mark.trial)])
def test_who_needs_somebody_is_seen_in_a_flood_from_her_own_network(
    database: Path, tmp_path: Path, say: Say, knocks: int
) -> None:
    app = app_for(settings_for(f"sqlite:///{database}"))
    app.test_client_class = Reader
    with app.app_context(), open_mailbox() as mailbox:
        make, staff = Make(), Browser(app.test_client())
        nurse = make.nurse(make.school(slug=SLUG))
        nurse_id, address = nurse.id, nurse.email
        staff.sign_in(nurse)
        db.session.rollback()
        with started(
            database,
            tmp_path / "stack.log",
            MAIL_URL=mailbox.url,
            MAIL_FROM="a@exempel.invalid",
            TRUSTED_PROXIES="1",
            **any_hour.CHILDREN,
        ) as service:
            url = f"http://{HOST}:{service.port}"
            began, before = time.monotonic(), service.knocks_stored
            hers = floods_with_one_among_them(url, knocks)
            came = service.knocks_stored - before
            say(f"{came} knocks in {time.monotonic() - began:.0f} s")
            assert came > knocks

            inbox = staff.get("/personal/inkorg")
            rows = re.findall(r'id="k-([^"]+)"', inbox.html)
            assert rows.index(hers.knock_id) <= ROWS_BEFORE_HERS
            assert "Många liknande (" in inbox.text
            db.session.rollback()
            eventually(lambda: service.letters_that_may_leave == 0, seconds=120)
            to_her = [letter for letter in mailbox.letters if address in str(letter["To"])]
            assert 1 <= len(to_her) <= LETTERS_AN_HOUR

            with work.unit():
                me = db.session.get_one(Staff, nurse_id)
                knock = db.session.get_one(Knock, hers.knock_id)
                answering.answer(me, knock, "Ja, kom till mig nu.", form_id=new_id())
            with Phone(url, 91, headers=_from(0xFFFE)) as phone:
                assert phone.opens(hers.code) == hers.knock_id
                assert "Ja, kom till mig nu." in phone.last_page
            assert "Traceback" not in service.process.said()
        db.session.remove()
        db.engine.dispose()


def floods_with_one_among_them(url: str, knocks: int) -> Receipt:
    """Returns hers."""

    def some(number: int) -> None:
        with Phone(url, 40 + number, headers=_from(number)) as phone:
            for turn in range(knocks // PHONES + 1):
                phone.knocks(SLUG, who="nurse", text=f"hahaha vakna {turn}")

    with ThreadPoolExecutor(PHONES) as pool:
        first = [pool.submit(some, number) for number in range(PHONES // 2)]
        with Phone(url, 90, headers=_from(0xFFFF)) as phone:
            hers = phone.knocks(SLUG, who="nurse", text="Jag vågar inte gå hem. Kan du prata?")
        rest = [pool.submit(some, number) for number in range(PHONES // 2, PHONES)]
        for one in (*first, *rest):
            one.result()
    return hers


def _from(number: int) -> dict[str, str]:
    """What the proxy in front says."""
    return {"X-Forwarded-For": f"{NETWORK}::{number:x}"}
