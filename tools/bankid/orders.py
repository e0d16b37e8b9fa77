"""What the API knows: orders, who may confirm them, and how long things take."""

import hashlib
import hmac
import secrets
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from ipaddress import ip_address
from threading import RLock
from typing import Any

START_SECONDS = 30
"""Until an app must have opened an order."""
WHOLE_SECONDS = 180
"""Until somebody must have confirmed it; and how long what is complete can be collected."""
FAILED_SECONDS = 300
QR_SECONDS = 5
"""How old a QR code may be when it is read."""
SOONEST_SECONDS = 1.0
"""More often than this an order may not be collected."""
MOST_URL = 512
KNOWN = {
    "auth": {
        "endUserIp", "requirement", "userVisibleData", "userNonVisibleData",
        "userVisibleDataFormat", "returnUrl", "returnRisk", "app", "web",
    },
    "collect": {"orderRef"},
    "cancel": {"orderRef"},
}  # fmt: skip
WEB = {"referringDomain", "userAgent", "deviceIdentifier"}

ERRORS = {
    "alreadyInProgress": 400,
    "invalidParameters": 400,
    "unauthorized": 401,
    "notFound": 404,
    "methodNotAllowed": 405,
    "requestTimeout": 408,
    "unsupportedMediaType": 415,
    "tooManyRequests": 429,
    "internalError": 500,
    "maintenance": 503,
}
PENDING = (
    "outstandingTransaction", "noClient", "started", "userMrtd", "userCallConfirm", "userSign",
    "processing",
)  # fmt: skip
FAILURES = (
    "expiredTransaction", "certificateErr", "userCancel", "cancelled", "startFailed",
    "userDeclinedCall", "notSupportedByUserApp", "transactionRiskBlocked",
)  # fmt: skip


class Refused(Exception):
    """What the API answers instead."""

    def __init__(self, code: str, details: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.details = details


@dataclass(frozen=True)
class Someone:
    """Nobody: the number's last digits (000) are given to no one."""

    given: str
    surname: str
    number: str

    @property
    def name(self) -> str:
        return f"{self.given} {self.surname}"


def _number(age: int, today: date) -> str:
    """12 digits of one who has been so old since January, with a right check digit."""
    nine = f"{today.year - age:04}0101000"[2:]
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(nine)]
    check = -sum(one // 10 + one % 10 for one in doubled) % 10
    return f"{today.year - age}0101000{check}"


def people(today: date | None = None) -> list[Someone]:
    """One of each age band."""
    today = today or date.today()  # noqa: DTZ011
    of_age = {10: "Tio", 13: "Tretton", 16: "Sexton", 18: "Arton"}
    return [Someone("Exempel", word, _number(age, today)) for age, word in of_age.items()]


@dataclass
class Order:
    ip: str
    return_url: str | None
    wants_risk: bool
    began: float
    ref: str = field(default_factory=lambda: str(uuid.uuid4()))
    start_token: str = field(default_factory=lambda: str(uuid.uuid4()))
    qr_token: str = field(default_factory=lambda: str(uuid.uuid4()))
    qr_secret: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "pending"
    hint: str | None = "outstandingTransaction"
    over: float | None = None
    """When it was complete or failed."""
    is_open: bool = False
    person: Someone | None = None
    app_ip: str = ""
    risk: str = "low"
    collected: float = 0.0
    """When it was last asked about."""


class Simulator:
    """Thread safe. ``clock``: seconds; of the test's own, or the machine's."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.orders: dict[str, Order] = {}
        self.next_refusal: str | None = None
        """An error code that the next call of the API is answered with."""
        self.calls: list[tuple[str, dict[str, Any]]] = []
        """What was asked, for tests."""
        self._lock = RLock()

    # --- the API ---

    def call(self, what: str, asked: Any) -> dict[str, Any]:
        """Raises Refused."""
        with self._lock:
            if self.next_refusal:
                code, self.next_refusal = self.next_refusal, None
                raise Refused(code)
            if what not in KNOWN:
                raise Refused("notFound")
            if not isinstance(asked, dict) or not set(asked) <= KNOWN[what]:
                raise Refused("invalidParameters", "Invalid parameter")
            self.calls.append((what, asked))
            self._tidy()
            answer: dict[str, Any] = getattr(self, f"_{what}")(asked)
            return answer

    def _auth(self, asked: dict[str, Any]) -> dict[str, Any]:
        try:
            ip_address(asked.get("endUserIp", ""))
        except ValueError:
            raise Refused("invalidParameters", "Incorrect endUserIp") from None
        url = asked.get("returnUrl")
        if url is not None and not 1 <= len(url) <= MOST_URL:
            raise Refused("invalidParameters", "Incorrect returnUrl")
        web = asked.get("web")
        if web is not None and (set(web) != WEB or not all(web.values())):
            raise Refused("invalidParameters", "Incorrect web")
        order = Order(asked["endUserIp"], url, bool(asked.get("returnRisk")), self.clock())
        self.orders[order.ref] = order
        return {
            "orderRef": order.ref,
            "autoStartToken": order.start_token,
            "qrStartToken": order.qr_token,
            "qrStartSecret": order.qr_secret,
        }

    def _collect(self, asked: dict[str, Any]) -> dict[str, Any]:
        order = self._order(asked)
        if self.clock() - order.collected < SOONEST_SECONDS:
            raise Refused("tooManyRequests")
        order.collected = self.clock()
        answer: dict[str, Any] = {"orderRef": order.ref, "status": order.status}
        if order.status == "pending":
            return answer | {"hintCode": order.hint}
        del self.orders[order.ref]  # told once
        if order.status == "failed":
            return answer | {"hintCode": order.hint}
        someone = order.person
        assert someone is not None  # noqa: S101
        done: dict[str, Any] = {
            "user": {
                "personalNumber": someone.number,
                "name": someone.name,
                "givenName": someone.given,
                "surname": someone.surname,
            },
            "device": {"ipAddress": order.app_ip, "uhi": "simulator"},
            "bankIdIssueDate": "2026-01-01",
            "stepUp": None,
            "signature": "",
            "ocspResponse": "",
        }
        if order.wants_risk:
            done["risk"] = order.risk
        return answer | {"completionData": done}

    def _cancel(self, asked: dict[str, Any]) -> dict[str, Any]:
        del self.orders[self._order(asked).ref]
        return {}

    def _order(self, asked: dict[str, Any]) -> Order:
        order = self.orders.get(str(asked.get("orderRef")))
        if order is None:
            raise Refused("invalidParameters", "No such order")
        return order

    def _tidy(self) -> None:
        now = self.clock()
        for order in list(self.orders.values()):
            if order.over is not None:
                kept = FAILED_SECONDS if order.status == "failed" else WHOLE_SECONDS
                if now - order.over > kept:
                    del self.orders[order.ref]
            elif not order.is_open and now - order.began > START_SECONDS:
                self._fail(order, "startFailed")
            elif now - order.began > WHOLE_SECONDS:
                self._fail(order, "expiredTransaction")

    def _fail(self, order: Order, hint: str) -> None:
        order.status, order.hint, order.over = "failed", hint, self.clock()

    # --- the app ---

    def waiting(self) -> list[Order]:
        """Those that an app could still open."""
        with self._lock:
            self._tidy()
            found = self.orders.values()
            return [one for one in found if one.status == "pending" and not one.is_open]

    def open(self, start_token: str) -> Order | None:
        """By a link on the same device. None: there is none such, or it is over."""
        with self._lock:
            self._tidy()
            return self._opened(
                next((o for o in self.orders.values() if o.start_token == start_token), None)
            )

    def read(self, text: str) -> Order | None:
        """By a QR code of at most a few seconds ago."""
        with self._lock:
            self._tidy()
            found = next((o for o in self.orders.values() if self._says(o, text)), None)
            return self._opened(found)

    def _says(self, order: Order, text: str) -> bool:
        age = int(self.clock() - order.began)
        seconds = range(max(0, age - QR_SECONDS), age + 2)
        return any(hmac.compare_digest(qr_text(order, one), text) for one in seconds)

    def _opened(self, order: Order | None) -> Order | None:
        if order is None or order.status != "pending":
            return None
        order.is_open, order.hint = True, "userSign"
        return order

    def hint(self, ref: str, code: str) -> None:
        """The app is at something else meanwhile."""
        with self._lock:
            self.orders[ref].hint = code

    def confirm(self, ref: str, person: Someone, *, ip: str, risk: str = "low") -> str | None:
        """Returns where the app leads back to."""
        with self._lock:
            self._tidy()
            order = self.orders.get(ref)
            if order is None or order.status != "pending" or not order.is_open:
                return None
            for other in self.orders.values():  # a person has one at a time
                if other.person == person and other.status == "pending":
                    self._fail(other, "cancelled")
            order.status, order.hint, order.over = "complete", None, self.clock()
            order.person, order.app_ip, order.risk = person, ip, risk
            return order.return_url

    def fail(self, ref: str, hint: str) -> str | None:
        """Returns where the app leads back to."""
        with self._lock:
            order = self.orders.get(ref)
            if order is None or order.status != "pending":
                return None
            self._fail(order, hint)
            return order.return_url


def qr_text(order: Order, second: int) -> str:
    key, said = order.qr_secret.encode(), str(second).encode()
    code = hmac.new(key, said, hashlib.sha256).hexdigest()
    return f"bankid.{order.qr_token}.{second}.{code}"


def random_ip() -> str:
    """Of a net for examples (RFC 5737)."""
    return f"203.0.113.{1 + secrets.randbelow(250)}"
