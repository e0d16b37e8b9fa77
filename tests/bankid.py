"""The simulator of BankID, one for all tests of a run: what each leaves in it is cleared."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from elevhalsa.core.ports import EidAsker, EidNews, EidOrdered
from elevhalsa.domain.identity import orders, service
from elevhalsa.domain.identity.rules import Said
from elevhalsa.domain.identity.words import BANKID, AgeBand, App
from elevhalsa.domain.places.models import School
from elevhalsa.extensions import db
from tools.bankid import certificates, server
from tools.bankid.orders import Someone, people
from tools.bankid.server import Running

CHILD, TEEN, OLDER, ADULT = people()


def settings_of_nobody() -> dict[str, Any]:
    """Of an app that is set up and would reach nobody."""
    with TemporaryDirectory() as folder:
        made = certificates.make(Path(folder))
        return {
            "bankid": "https://127.0.0.1:1",
            "bankid_certificate": made.client.read_text(),
            "bankid_root": made.root.read_text(),
        }


class Waiting:
    """An API where nobody ever opens an app."""

    def start(self, asker: EidAsker, *, return_url: str | None) -> EidOrdered:
        return EidOrdered("order", "start", "qr", "secret")

    def collect(self, order_ref: str) -> EidNews:
        return EidNews("pending", "outstandingTransaction")

    def cancel(self, order_ref: str) -> None:
        pass


def an_order(school: School) -> str:
    """That waits. Returns what its cookie holds."""
    wanted = orders.Wanted(school.municipality_id, school.id, App.ELSEWHERE)
    token = orders.start(Waiting(), EidAsker("127.0.0.1", "x", "x", "x"), wanted)
    db.session.commit()
    return f"{token}."


def a_login(school: School, *, confirmed: bool = False) -> str:
    """Returns what its cookie holds."""
    said = Said(BANKID, "BankID", TEEN.number, TEEN.name, TEEN.number, AgeBand.FROM_12)
    identity = service.note(said, school.municipality_id)
    if confirmed:
        service.confirm(identity)
    token = service.fetch(identity)
    db.session.commit()
    return f"{token}."


def settings(bank: Running) -> dict[str, Any]:
    """Of an app that asks it."""
    return {
        "bankid": bank.api,
        "bankid_certificate": str(bank.files.client),
        "bankid_root": str(bank.files.root),
        "bankid_app": bank.app,
    }


@pytest.fixture(scope="session")
def bank_of_the_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with server.running(tmp_path_factory.mktemp("bankid")) as bank:
        yield bank


@pytest.fixture
def bank(bank_of_the_run: Running) -> Running:
    bank_of_the_run.simulator.orders.clear()
    bank_of_the_run.simulator.calls.clear()
    bank_of_the_run.simulator.next_refusal = None
    return bank_of_the_run


def confirms(bank: Running, someone: Someone = TEEN, *, ip: str = "127.0.0.1", **how: Any) -> Any:
    """In the app, what waits there. Returns where the app leads back to."""
    (order,) = bank.simulator.waiting()
    assert bank.simulator.open(order.start_token)
    return bank.simulator.confirm(order.ref, someone, ip=ip, **how)
