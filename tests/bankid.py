"""The simulator of BankID, one for all tests of a run: what each leaves in it is cleared."""

from collections.abc import Iterator
from typing import Any

import pytest

from tools.bankid import server
from tools.bankid.orders import Someone, people
from tools.bankid.server import Running

CHILD, TEEN, OLDER, ADULT = people()


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
