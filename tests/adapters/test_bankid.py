"""The client against the simulator, over the real thing: TLS with a certificate on either side."""

import re
import ssl
import time
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from elevhalsa.adapters.bankid import BankIdClient, NullBankId
from elevhalsa.adapters.gate import AT_ONCE, AWAY, FULL
from elevhalsa.core import bankid
from elevhalsa.core.ports import EidAsker, EidFailed
from elevhalsa.domain.identity import rules
from elevhalsa.domain.identity.words import Told
from tests.bankid import ADULT, CHILD, TEEN, confirms
from tools.bankid import certificates
from tools.bankid import orders as simulated

ME = EidAsker("192.0.2.7", "Exempelwebb/1 " + "x" * 400, "exempel.invalid", "ett-marke")


def client_of(bank, certificate=None, root=None, password=None, address=None):
    pem = (certificate or bank.files.client).read_text()
    made = bankid.context(pem, password, (root or bank.files.root).read_text())
    return BankIdClient(address or bank.api, made)


@pytest.fixture
def client(bank):
    return client_of(bank)


@pytest.fixture
def quick(monkeypatch, bank):
    """Time that a test lets go, in the simulator."""
    now = [1000.0]
    monkeypatch.setattr(bank.simulator, "clock", lambda: now[0])

    def wait(seconds: float) -> None:
        now[0] += seconds

    return wait


def code_of(refused: pytest.ExceptionInfo[EidFailed]) -> str:
    return refused.value.code


def test_a_whole_login(client, bank, quick):
    ordered = client.start(ME, return_url="https://exempel.invalid/tillbaka/nonce")
    assert len({*vars(ordered).values()}) == 4
    quick(2)
    assert client.collect(ordered.order_ref).hint == "outstandingTransaction"
    assert bank.simulator.open(ordered.start_token)
    quick(2)
    assert client.collect(ordered.order_ref).hint == "userSign"
    (order,) = bank.simulator.orders.values()
    back = bank.simulator.confirm(order.ref, TEEN, ip="192.0.2.8")
    assert back == "https://exempel.invalid/tillbaka/nonce"
    quick(2)
    news = client.collect(ordered.order_ref)
    assert (news.status, news.hint) == ("complete", None)
    assert (news.person.number, news.person.name) == (TEEN.number, TEEN.name)
    assert (news.person.address, news.person.risk) == ("192.0.2.8", "low")
    quick(2)
    with pytest.raises(EidFailed) as refused:  # told once
        client.collect(ordered.order_ref)
    assert rules.unheard(code_of(refused), Told.SIGN) is Told.EXPIRED


def test_what_is_told_of_the_browser_is_what_risk_is_judged_by_and_no_more(client, bank):
    client.start(ME, return_url=None)
    ((what, asked),) = bank.simulator.calls
    assert what == "auth"
    assert asked == {
        "endUserIp": "192.0.2.7",
        "returnRisk": True,
        "web": {
            "referringDomain": "exempel.invalid",
            "userAgent": ME.user_agent[:200],
            "deviceIdentifier": "ett-marke",
        },
    }


def test_a_qr_code_is_read_for_a_few_seconds(client, bank, quick):
    ordered = client.start(ME, return_url=None)
    began = datetime(2026, 11, 30, tzinfo=UTC)

    def says(second: int) -> str:
        now = began + timedelta(seconds=second)
        return rules.qr_text(ordered.qr_token, ordered.qr_secret, began, now)

    quick(12)
    assert bank.simulator.read(says(2)) is None
    assert bank.simulator.read(says(20)) is None
    assert bank.simulator.read(says(12) + "0") is None
    assert bank.simulator.read(says(11))


def test_time(client, bank, quick):
    ordered = client.start(ME, return_url=None)
    quick(31)
    assert client.collect(ordered.order_ref).hint == "startFailed"
    ordered = client.start(ME, return_url=None)
    bank.simulator.open(ordered.start_token)
    quick(181)
    assert client.collect(ordered.order_ref).hint == "expiredTransaction"
    ordered = client.start(ME, return_url=None)
    confirms(bank)
    quick(181)
    with pytest.raises(EidFailed):
        client.collect(ordered.order_ref)


def test_who_asks_too_often_is_told(client, bank, quick):
    ordered = client.start(ME, return_url=None)
    quick(2)
    client.collect(ordered.order_ref)
    with pytest.raises(EidFailed) as refused:
        client.collect(ordered.order_ref)
    assert code_of(refused) == "tooManyRequests"


def test_what_is_cancelled_is_gone(client, bank):
    ordered = client.start(ME, return_url=None)
    client.cancel(ordered.order_ref)
    assert not bank.simulator.orders
    with pytest.raises(EidFailed):
        client.cancel(ordered.order_ref)


def test_one_person_has_one_order_at_a_time(client, bank, quick):
    first, second = (client.start(ME, return_url=None) for _ in range(2))
    for one in (first, second):
        bank.simulator.open(one.start_token)
    bank.simulator.orders[first.order_ref].person = TEEN
    bank.simulator.confirm(second.order_ref, TEEN, ip="192.0.2.7")
    quick(2)
    assert client.collect(first.order_ref).hint == "cancelled"


def test_every_hint_that_there_is_has_a_meaning(client, bank, quick):
    for hint in simulated.PENDING:
        ordered = client.start(ME, return_url=None)
        bank.simulator.hint(ordered.order_ref, hint)
        quick(2)
        assert rules.pending(client.collect(ordered.order_ref).hint) is rules.PENDING[hint]
    for hint in simulated.FAILURES:
        ordered = client.start(ME, return_url=None)
        bank.simulator.fail(ordered.order_ref, hint)
        quick(2)
        assert rules.failed(client.collect(ordered.order_ref).hint) is rules.FAILURES[hint]
    assert {*simulated.PENDING, *simulated.FAILURES} == {*rules.PENDING, *rules.FAILURES}


def test_every_error_that_there_is_has_a_meaning(client, bank, caplog):
    for code in simulated.ERRORS:
        bank.simulator.next_refusal = code
        with pytest.raises(EidFailed) as refused:
            client.start(ME, return_url=None)
        assert code_of(refused) == code
        assert rules.refused(code) is not Told.FAILED
    assert {*simulated.ERRORS, AWAY, FULL} == {*rules.ERRORS}
    assert not re.search(r"192\.0\.2|Exempelwebb|marke|orderRef", caplog.text)


def test_somebody_elses_certificate_is_refused(bank, tmp_path):
    other = certificates.make(tmp_path)
    stranger = client_of(bank, certificate=other.client)
    with pytest.raises(EidFailed) as refused:
        stranger.start(ME, return_url=None)
    assert code_of(refused) == AWAY
    assert not bank.simulator.calls


def test_a_server_of_another_root_gets_to_know_nothing(bank, tmp_path):
    other = certificates.make(tmp_path)
    deceived = client_of(bank, root=other.root)
    with pytest.raises(EidFailed) as refused:
        deceived.start(ME, return_url=None)
    assert code_of(refused) == AWAY
    assert not bank.simulator.calls


def test_a_server_that_is_away_is_away(bank):
    gone = client_of(bank, address="https://127.0.0.1:1")
    with pytest.raises(EidFailed) as refused:
        gone.collect("x")
    assert code_of(refused) == AWAY


def test_one_that_does_not_answer_in_time_is_left_alone_for_a_while(monkeypatch, bank):
    slow = client_of(bank)
    monkeypatch.setattr(slow._client, "timeout", httpx.Timeout(0.2))
    monkeypatch.setattr(bank.simulator, "call", lambda *_asked: time.sleep(0.6))
    for _one in range(3):
        with pytest.raises(EidFailed) as refused:
            slow.start(ME, return_url=None)
        assert code_of(refused) == AWAY
    monkeypatch.undo()
    assert not bank.simulator.calls
    slow._gate._rests_until = 0.0
    assert slow.start(ME, return_url=None)


def test_no_more_than_a_few_wait_at_once(client, monkeypatch):
    monkeypatch.setattr("elevhalsa.adapters.gate.ROOM_SECONDS", 0.01)
    for _one in range(AT_ONCE):
        client._gate._room.acquire()
    with pytest.raises(EidFailed) as refused:
        client.collect("x")
    assert code_of(refused) == FULL
    client._gate._room.release()
    with pytest.raises(EidFailed) as refused:
        client.collect("x")
    assert code_of(refused) == "invalidParameters"


def test_where_it_is_off_it_gives_nothing():
    for call in (
        lambda: NullBankId().start(ME, return_url=None),
        lambda: NullBankId().collect("x"),
        lambda: NullBankId().cancel("x"),
    ):
        with pytest.raises(EidFailed):
            call()


# --- the certificate's file ----------------------------------------------------------------------


def test_a_key_with_a_password_opens_with_that_and_no_other(tmp_path):
    made = certificates.make(tmp_path, password="hemligt")
    pem, root = made.client.read_text(), made.root.read_text()
    assert isinstance(bankid.context(pem, "hemligt", root), ssl.SSLContext)
    for wrong in ("fel", "", None):
        with pytest.raises(bankid.WrongPassword):
            bankid.context(pem, wrong, root)


def test_what_does_not_fit_together_is_refused(tmp_path):
    one, other = (certificates.make(tmp_path / name) for name in ("a", "b"))
    root = one.root.read_text()
    first = one.client.read_text().partition("-----BEGIN PRIVATE")[0]
    mixed = first + "-----BEGIN PRIVATE" + other.client.read_text().partition("BEGIN PRIVATE")[2]
    for pem in (mixed, first, "hemligt"):
        with pytest.raises(ValueError, match="the key does not open"):
            bankid.context(pem, None, root)
    nonsense = "-----BEGIN CERTIFICATE-----\n" + b64encode(b"x" * 90).decode()
    with pytest.raises(ValueError, match="no root"):
        bankid.context(one.client.read_text(), None, nonsense)


def test_a_setting_is_a_files_name_or_its_text(tmp_path):
    made = certificates.make(tmp_path)
    text = made.client.read_text()
    assert bankid.read(str(made.client), "CERTIFICATE", "PRIVATE KEY") == text
    assert bankid.read(text, "CERTIFICATE") == text
    nowhere = (str(tmp_path / "nowhere"), "CERTIFICATE")
    for value, needed in (nowhere, (str(tmp_path), "CERTIFICATE"), (str(made.root), "PRIVATE KEY")):
        with pytest.raises(ValueError):  # noqa: PT011
            bankid.read(value, needed)


def test_the_demos_people_do_not_exist_and_are_of_each_age():
    numbers = [one.number for one in (CHILD, TEEN, ADULT)]
    assert all(number[8:11] == "000" for number in numbers)
    for number in numbers:
        digits = [int(d) * (2 - place % 2) for place, d in enumerate(number[2:])]
        assert sum(d // 10 + d % 10 for d in digits) % 10 == 0
