"""The SMS adapter against a real HTTP server that answers as 46elks does."""

import base64
import socket
from collections.abc import Iterator

import pytest

from elevhalsa.adapters.sms import ElksTexter, NullTexter
from elevhalsa.core.phones import international
from elevhalsa.core.ports import DeliveryFailed
from tests.sms_gateway import Gateway, open_gateway

NUMBER = "+46701740605"
TEXT = "Du har ett svar. Öppna appen där du knackade."


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with open_gateway() as gateway:
        yield gateway


def failure(url: str, timeout: float = 2) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as raised:
        ElksTexter(url, timeout=timeout).send(to=NUMBER, text=TEXT)
    assert NUMBER not in str(raised.value)
    return raised.value


def test_a_message_is_sent_with_the_neutral_sender(gateway: Gateway) -> None:
    ElksTexter(gateway.url).send(to=NUMBER, text=TEXT)
    assert gateway.sent == [{"from": "Exempel", "to": NUMBER, "message": TEXT}]
    ((path, authorization),) = gateway.said
    assert path == "/a1/sms"
    assert base64.b64decode(authorization.removeprefix("Basic ")) == b"u@ser:p:ass"


@pytest.mark.parametrize(
    ("status", "permanent"), [(400, True), (401, True), (403, True), (429, False), (500, False)]
)
def test_what_the_gateway_says_decides_whether_to_try_again(
    gateway: Gateway, status: int, permanent: bool
) -> None:
    gateway.answer = status
    failed = failure(gateway.url)
    assert (failed.reason, failed.permanent) == (f"sms {status}", permanent)


def test_a_redirect_is_not_followed(gateway: Gateway) -> None:
    gateway.answer = 307
    gateway.headers = {"Location": f"http://127.0.0.1:{gateway.port}/elsewhere"}
    assert failure(gateway.url).permanent
    assert len(gateway.said) == 1


def test_a_gateway_that_is_down_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert not failure(f"46elks+http://u:p@127.0.0.1:{port}?from=Exempel").permanent


def test_one_that_takes_the_message_and_says_nothing_is_not_asked_twice() -> None:
    """It may have been sent."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"46elks+http://u:p@127.0.0.1:{silent.getsockname()[1]}?from=Exempel"
        assert failure(url, timeout=0.2).permanent


def test_without_an_account_nothing_is_sent_and_nothing_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    with pytest.raises(DeliveryFailed, match="off"):
        NullTexter().send(to=NUMBER, text=TEXT)
    assert "sms is not set up" in caplog.text
    assert NUMBER not in caplog.text


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0701740605", "+46701740605"),
        ("+46701740605", "+46701740605"),
        ("0046701740605", "+46701740605"),
        ("004712345678", "+4712345678"),
    ],
)
def test_a_swedish_number_gets_its_country_code(typed: str, number: str) -> None:
    assert international(typed) == number
