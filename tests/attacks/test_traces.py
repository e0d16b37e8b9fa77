"""A whole journey, in which what anybody types lies nowhere in clear: not in the database, the
queue, a log, a letter, an SMS, a push or the name of a file, in any spelling."""

import io
import logging
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import select

from elevhalsa.adapters.queue import QUEUE_NAME, connect
from elevhalsa.core import clock
from elevhalsa.core.columns import Sealed
from elevhalsa.core.push_services import KNOWN
from elevhalsa.core.vapid import new_key
from elevhalsa.core.walls import Profession
from elevhalsa.domain.consultations import links as consultation_links
from elevhalsa.domain.consultations import service as consultations
from elevhalsa.domain.consultations.models import Consultation
from elevhalsa.domain.identity import rules as eid
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.people import duties
from elevhalsa.domain.people.models import Staff, hash_email
from elevhalsa.domain.people.rules import Seat
from elevhalsa.domain.people.words import Duty
from elevhalsa.domain.places.models import School
from elevhalsa.domain.reminders import service as reminders
from elevhalsa.domain.sealing import columns
from elevhalsa.extensions import db
from elevhalsa.work import OPERATOR
from tests import bankid, postgres
from tests.conftest import Reader, app_for, settings_for
from tests.factories import Make
from tests.mailbox import Mailbox, open_mailbox
from tests.oidc import Providers
from tests.pages import test_providers as by_oidc
from tests.pages.browser import Browser, Page
from tests.pages.every_form import HERE
from tests.pages.test_eid import logs_in
from tests.pages.test_mine import code_on
from tests.pages.test_push import post
from tests.push_service import PushService, open_push_service
from tests.running import running_valkey
from tests.sms_gateway import Gateway, open_gateway
from tools.bankid.server import Running
from workers import jobs
from workers.run import Consumer

from .conftest import MONDAY
from .traces import LONG, of_files, of_postgresql, of_redis, of_sqlite, traces

PASSWORD = "hemligt-hos-posten"
TYPED = {
    # A pupil without a name at first.
    "text": "Jag vågar inte gå hem i kväll, katten Sotis vet.",
    "more": "Sotis är borta och mormor Gullvi ligger på sjukhus.",
    "name": "Ödla Påhittsdotter",
    "class": "Klass 8Q-påhitt",
    "interpreter": "påhittska-dialekt",
    "number": "0701740611",
    "digits": "73190482",
    "reminded by": "0701740622",
    # One who has logged in, and one who is reminded by letter.
    "what is written with BankID": "Bollen Snurrig träffade mig i huvudet.",
    "number with BankID": bankid.TEEN.number,
    "name with BankID": bankid.TEEN.name,
    "address": "plutten.pahitt@exempel.se",
    "where to meet": "bakom cykelstället Zebra",
    # Staff.
    "answer": "Kom till mig på torsdag, vi tar bussen Humlan.",
    "place": "Rum Kastanj-77",
    "reference": "Dnr-PAHITT-4711",
    "why": "Skolläkaren Påhittius måste bedöma utslaget Lurvigt.",
    "note": "Tänk på syskonet Pyret-Påhitt.",
    "half-written": "Utkast om hunden Brumbas.",
    "what was done in danger": "Polisen möter hen vid bron Krumelur.",
    "why it was opened": "Hen skriver adjö till kaninen Fluff.",
    "what is struck": "mormor Gullvi",
    "why all is not given": "Det skulle skada släktingen Påhittsmor.",
    # Somebody at the school who asks for a talk, and a login by OpenID Connect.
    "what is asked": "Hur får vi lugn kring bordet trasselröd?",
    "what is advised": "Prova schemat mossgrön en vecka.",
    "number at work": "0701740644",
    "name by OpenID Connect": "Exempel Elva",
    "what is written with OpenID Connect": "Cykeln Rostbiff blev tagen.",
    "staff": "Kuratorsson Påhittsén",
    "address of staff": "kurator.pahitt@personalpost.invalid",
    "number of staff": "0701740633",
    # What a browser says of itself.
    "agent": "PahittBrowser/77.3 (Påhittsfabriken)",
    "ip": "203.0.113.77",
    "another ip": "2001:db8:77:1::77",
    "password of the mail server": PASSWORD,
}
MUST = {
    ("reminded by", "sms"): "whom the gateway is to reach",
    ("number of staff", "sms"): "as above",
    ("address", "letters"): "to whom it goes",
    ("address of staff", "letters"): "as above",
    ("link", "letters"): "what the letter is for: minutes, and once",
}
"""What must stand somewhere in clear, and why. All else is a leak."""


class Person(Browser):
    """Whose every form is taken in."""

    def submit(self, *arguments: Any, **values: Any) -> Page:
        page = super().submit(*arguments, **values)
        assert page.status == HTTPStatus.OK, page.text
        return page


@dataclass
class Journey:
    """The web and a worker on a queue, and who is to be reached."""

    app: Flask
    make: Make
    school: School
    bank: Running
    oidc: Providers
    mailbox: Mailbox
    gateway: Gateway
    push: PushService
    redis: Redis
    folder: Path
    log: io.StringIO
    typed: dict[str, str] = field(default_factory=lambda: dict(TYPED))
    pushed: list[bytes] = field(default_factory=list)
    """As the push service gets them."""
    queued: list[bytes] = field(default_factory=list)
    """The queue, each time before its jobs are done."""
    known: list[str] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    """Headers that a proxy would log: where one is led, and the names of files."""

    def browser(self, ip: str = "ip") -> Browser:
        client = self.app.test_client()
        client.environ_base |= {
            "REMOTE_ADDR": self.typed[ip], "HTTP_USER_AGENT": self.typed["agent"],
        }  # fmt: skip
        return Person(client)

    def keeps_cookies_of(self, browser: Browser) -> None:
        """What only that browser knows is looked for as well."""
        for cookie in browser.client._cookies.values():
            if len(cookie.value) > LONG:
                self.typed[f"cookie {cookie.key}: {cookie.value[:4]}"] = cookie.value

    @property
    def knock(self) -> Knock:
        """The newest."""
        db.session.rollback()
        [found] = db.session.scalars(select(Knock).where(Knock.id.not_in(self.known)))
        self.known.append(found.id)
        return found

    def works_off(self) -> None:
        """The queue is read as it is, then RQ does its jobs, and what recurs is done."""
        self.queued.append(of_redis(self.redis))
        db.session.commit()
        queue = Queue(QUEUE_NAME, connection=self.redis, serializer=JSONSerializer)
        Consumer(queue).work(burst=True, logging_level="DEBUG")
        for job in (jobs.flush_outbox, jobs.sweep, jobs.flush_outbox):
            job()
        db.session.rollback()


def a_pupil_knocks(we: Journey, avoided: Staff) -> tuple[Browser, Knock]:
    """Without a name that is known, with digits, and a number to be reminded at."""
    typed, pupil = we.typed, we.browser()
    pupil.get("/knacka?skola=norrskogen")
    pupil.submit(
        "/knacka", who="counsellor", way="sms", text=typed["text"], sms_phone=typed["number"],
        name=typed["name"], school_class=typed["class"], interpreter=typed["interpreter"],
        avoid=[avoided.id],
    )  # fmt: skip
    knock = we.knock
    typed["code"] = code_on(pupil.page)
    pupil.get("/push/")
    pupil.submit("/push/annars", phone=typed["reminded by"])
    pupil.get(f"/mitt/{knock.id}")
    pupil.submit("/skriv", text=typed["more"])
    pupil.submit("/siffror", pin=typed["digits"], again=typed["digits"])
    pupil.get("/flytta")
    pupil.submit("/flytta")
    typed["code to move"] = re.search(r"[a-zåäö]+ \d{4} [a-zåäö]+", pupil.page.text)[0]
    we.keeps_cookies_of(pupil)
    return pupil, knock


def a_pupil_knocks_with_bankid(we: Journey) -> tuple[Browser, Knock]:
    """Reminded by letter, and by a push to a phone."""
    typed, pupil = we.typed, we.browser("another ip")
    logs_in(pupil, we.bank)
    we.keeps_cookies_of(pupil)
    pupil.submit(
        "/knacka/inloggad", who="counsellor", way="meet", meet_name=typed["name"],
        meet_class=typed["class"], meet_where=typed["where to meet"],
        text=typed["what is written with BankID"],
    )  # fmt: skip
    pupil.get("/push/")
    pupil.submit("/push/annars", email=typed["address"])
    return pupil, we.knock


def a_pupil_knocks_with_openid_connect(we: Journey) -> None:
    pupil = we.browser()
    we.oidc.skola.clock = MONDAY.timestamp
    by_oidc.logs_in(pupil, we.oidc)
    we.keeps_cookies_of(pupil)
    page = pupil.submit("/logga-in/klart")
    assert we.typed["name by OpenID Connect"] in page.html
    pupil.submit(
        "inloggad", who="counsellor", way="app",
        text=we.typed["what is written with OpenID Connect"],
    )  # fmt: skip
    assert we.knock.identity.name == we.typed["name by OpenID Connect"]


def a_phone_asks_to_be_reminded(we: Journey, browser: Browser, address: str) -> None:
    key_id, key = reminders.public_key()
    phone = we.push.subscribe(key)
    words = {"endpoint": phone.endpoint, "key_id": key_id,
             "keys": {"p256dh": phone.p256dh, "auth": phone.auth}}  # fmt: skip
    assert post(browser, address, words).status_code == 201
    for what in ("endpoint", "p256dh", "auth"):
        we.typed[f"{what} of {address}"] = str(getattr(phone, what))


def staff_sign_in_by_letter(we: Journey, staff: Staff) -> Browser:
    browser = we.browser()
    browser.get("/logga-in/")
    browser.submit("/logga-in/", email=we.typed["address of staff"])
    we.works_off()
    [link] = re.findall(
        r"/logga-in/lank/[\w-]+", "".join(letter.get_content() for letter in we.mailbox.letters)
    )
    we.typed["link"] = link.rpartition("/")[2]
    browser.get(link)
    assert browser.submit(link).url == "/personal/inkorg"
    return browser


def staff_answers(we: Journey, browser: Browser, knock: Knock) -> None:
    typed, case = we.typed, f"/personal/arende/{knock.id}"
    browser.get(case)
    browser.submit("/ta-emot")
    browser.submit("/svara", text=typed["answer"])
    browser.get(case)
    day = str(clock.today() + timedelta(days=2))
    browser.submit("/foresla-tider", {"tid1-date": day, "tid1-time": "10:00", "tid1-way": "room",
                                      "tid1-place": typed["place"]})  # fmt: skip
    browser.get(f"{case}/oro")
    browser.submit("/oro", age="under18", way="form", told="before", reference=typed["reference"])
    browser.get(f"/personal/ersattare/knackning/{knock.id}")
    browser.submit("/knackning/" + knock.id, text=typed["note"])
    browser.get("/personal/paminnelser")
    browser.submit("/besked", phone=typed["number of staff"])
    for form in ("text", "pdf"):
        browser.get(case)
        answer = browser.send("POST", f"{case}/journalutdrag", data={"form": form}, headers=HERE)
        we.answers.append(str(answer.headers).encode())
    fields = {"till": f"{case}/svara", "text": typed["half-written"]}
    browser.send("POST", "/personal/utkast", data=fields, headers=HERE)


def staff_act_in_danger(we: Journey, browser: Browser, knock: Knock) -> None:
    case = f"/personal/arende/{knock.id}"
    browser.get(f"{case}/fara-for-liv")
    browser.submit(
        "/fara-for-liv", measures=["called_112"], text=we.typed["what was done in danger"]
    )
    browser.get(f"{case}/dolt")
    browser.submit(
        "/dolt", what=["reminder"], ground="own_life", reason=we.typed["why it was opened"]
    )


def staff_disclose(we: Journey, browser: Browser, staff: Staff, knock: Knock) -> None:
    typed, address = we.typed, f"/personal/utlamnande/{knock.id}/pupil"
    duties.name(we.make.home, Seat(Duty.DISCLOSURE, staff.wall), staff, by=OPERATOR)
    db.session.commit()
    form = browser.get(address).form(address)
    offered = {name: [v for c in form.controls if c.name == name for v in c.options or c.values]
               for name in ("ground", "checked", "struck_by")}  # fmt: skip
    browser.submit(
        address, ground=offered["ground"][0], checked=offered["checked"],
        struck=typed["what is struck"], struck_by=offered["struck_by"][-1],
        reason=typed["why all is not given"], gor="visa",
    )  # fmt: skip
    data = browser.page.form(address).data | {"gor": ["text"]}
    answer = browser.send("POST", address, data=data, headers=HERE)
    assert answer.mimetype == "text/plain", answer.text
    we.answers.append(str(answer.headers).encode())


def somebody_asks_for_a_talk(we: Journey, browser: Browser) -> None:
    typed, asker = we.typed, we.browser()
    link = consultation_links.renew(we.make.coordinator(), we.school)
    db.session.commit()
    typed["school's own link"] = link.token
    address = f"/rad/l/{link.token}"
    asker.get(address)
    asker.submit(
        address, role="teacher", theme="calm", concerns="group", form="phone",
        phone=typed["number at work"], text=typed["what is asked"],
    )  # fmt: skip
    db.session.rollback()
    row = db.session.scalars(select(Consultation)).one()
    typed["code of a talk"] = consultations.code_of(row.id)
    we.keeps_cookies_of(asker)
    browser.get(f"/personal/rad/{row.id}")
    browser.submit("/ta-emot")
    browser.submit("/svara", text=typed["what is advised"])


def staff_send_it_over_the_wall(we: Journey, browser: Browser, knock: Knock) -> None:
    case = f"/personal/arende/{knock.id}"
    browser.get(case)
    browser.submit("/over-gransen", reason=we.typed["why"])


def a_coordinator_looks(we: Journey) -> None:
    browser = we.browser()
    browser.arrives_as(we.make.coordinator())
    for address in ("/samordnare/", "/samordnare/luckor", "/samordnare/utskick", "/kommun/loftet"):
        assert browser.get(address).status == 200


def all_that_happens(we: Journey) -> None:
    home, typed = we.make.home, we.typed
    home.private_numbers_from = clock.today()
    staff = we.make.staff(
        Profession.COUNSELLOR, [we.school], name=typed["staff"], email=typed["address of staff"],
        email_hash=hash_email(typed["address of staff"]),
    )  # fmt: skip
    avoided, _nurse = we.make.counsellor(we.school), we.make.nurse(we.school)
    pupil, first = a_pupil_knocks(we, avoided)
    other, second = a_pupil_knocks_with_bankid(we)
    a_pupil_knocks_with_openid_connect(we)
    browser = staff_sign_in_by_letter(we, staff)
    we.keeps_cookies_of(browser)
    staff_answers(we, browser, first)
    staff_act_in_danger(we, browser, first)
    staff_disclose(we, browser, staff, first)
    somebody_asks_for_a_talk(we, browser)
    we.works_off()
    a_phone_asks_to_be_reminded(we, browser, "/personal/paminnelser/prenumerera")
    pupil.get(f"/mitt/{first.id}")
    pupil.submit("/skriv", text=typed["more"])
    browser.get(f"/personal/arende/{second.id}")
    browser.submit("/ta-emot")
    browser.submit("/svara", text=typed["answer"])
    we.works_off()
    a_phone_asks_to_be_reminded(we, other, "/push/prenumerera")
    browser.get(f"/personal/arende/{second.id}")
    browser.submit("/svara", text=typed["answer"])
    staff_send_it_over_the_wall(we, browser, first)
    a_coordinator_looks(we)
    with clock.frozen(MONDAY + timedelta(days=1, hours=2)):  # the ladder, and what was not seen
        we.works_off()


# --- where all of it happens ----------------------------------------------------------------------


@contextmanager
def everything_logged() -> Iterator[io.StringIO]:
    """By the web and the worker, at the level at which most is said."""
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    handler.addFilter(lambda record: record.name != "mail.log")  # the mail server of the tests
    loggers = [logging.getLogger(), logging.getLogger("rq.worker")]
    levels = [one.level for one in loggers]
    for one in loggers:
        one.addHandler(handler)
        one.setLevel(logging.DEBUG)
    yield said
    for one, level in zip(loggers, levels, strict=True):
        one.removeHandler(handler)
        one.setLevel(level)


@pytest.fixture(params=["sqlite_url", pytest.param("postgres_url", marks=pytest.mark.trial)])
def journey(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    bank: Running,
    oidc: Providers,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Journey]:
    monkeypatch.setattr(eid, "BETWEEN", timedelta())
    monkeypatch.setattr("tools.bankid.orders.SOONEST_SECONDS", 0)
    folder, url = tmp_path_factory.mktemp("t"), request.getfixturevalue(request.param)
    redis_url = f"unix://{folder / 'q'}"
    with ExitStack() as stack:
        log = stack.enter_context(everything_logged())
        stack.enter_context(running_valkey(folder / "q"))
        mailbox = stack.enter_context(open_mailbox())
        gateway = stack.enter_context(open_gateway())
        push = stack.enter_context(open_push_service())
        app = app_for(
            settings_for(
                postgres.as_role(url, postgres.WEB),
                redis_url=redis_url,
                mail_url=mailbox.url,
                mail_from="dorr@exempel.invalid",
                sms_url=gateway.url,
                vapid_keys=[new_key()],
                vapid_subject="mailto:drift@exempel.invalid",
                push_services=[*KNOWN, push.origin],
                **bankid.settings(bank),
                **oidc.settings,
            )
        )
        app.test_client_class = Reader
        stack.enter_context(app.app_context())
        stack.enter_context(clock.frozen(MONDAY))
        make = Make()
        school = make.school(slug="norrskogen", name="Norrskogens exempelskola")
        we = Journey(
            app, make, school, bank, oidc, mailbox, gateway, push, connect(redis_url), folder, log
        )
        take = push.take

        def noted(path: str, headers: dict[str, str], body: bytes) -> int:
            we.pushed.append(body)
            return take(path, headers, body)

        monkeypatch.setattr(push, "take", noted)
        yield we
        db.session.remove()
        db.engine.dispose()


def places(we: Journey) -> dict[str, bytes]:
    db.session.commit()
    url = db.engine.url
    is_file = url.get_backend_name() == "sqlite"
    path = Path(url.database) if is_file else we.folder
    owner = postgres.as_owner(url.render_as_string(hide_password=False))
    letters = [one.as_bytes() + one.get_content().encode() for one in we.mailbox.letters]
    messages = [one.plain + repr(one.headers).encode() for one in we.push.received]
    return {
        "database": of_sqlite(path) if is_file else of_postgresql(owner),
        "queue": b"\n".join([*we.queued, of_redis(we.redis)]),
        "log": we.log.getvalue().encode(),
        "letters": b"\n".join([*letters, *(one.encode() for one in we.mailbox.receivers)]),
        "sms": repr(we.gateway.sent).encode(),
        "pushes": b"\n".join([*messages, *we.pushed]),
        "names of files": b"\n".join([*we.answers, of_files(we.folder), of_files(path.parent)]),
    }


def test_nothing_that_is_typed_in_a_whole_journey_lies_anywhere_in_clear(journey, monkeypatch):
    all_that_happens(journey)
    there = places(journey)
    assert journey.push.faults == []
    assert len(journey.gateway.sent) >= 2
    assert len(journey.push.received) >= 2
    assert all(len(lies) > LONG for lies in there.values())
    found = {(one.what, one.where) for one in traces(journey.typed, there)}
    assert found == set(MUST)

    # A column that is no longer sealed is seen.
    monkeypatch.setattr(columns, "seal", lambda _row, _name, text: Sealed(text, text))
    journey.make.knock(journey.school, text=TYPED["text"])
    there = {"database": places(journey)["database"]}
    assert [one.what for one in traces({"text": TYPED["text"]}, there)] == ["text"]
