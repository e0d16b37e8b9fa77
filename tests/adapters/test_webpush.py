"""The push adapter against a real push service, and against those it must not talk to."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from elevhalsa.adapters.webpush import NullPushSender, WebPushSender
from elevhalsa.core.ports import DeliveryFailed, PushMessage
from elevhalsa.core.push_services import KNOWN, push_services
from elevhalsa.core.vapid import new_key, vapid
from elevhalsa.domain.reminders import rules
from tests.push_service import Browser, PushService, open_push_service
from tests.running import eventually
from tests.tls import Authority

PAYLOAD = rules.payload(
    title="Påminnelse", body="Du har ett svar", navigate="https://exempel.invalid/mitt", tag="a",
    unread=1,
)  # fmt: skip


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    vapid.configure([])
    push_services.configure(KNOWN)


@pytest.fixture
def service() -> Iterator[PushService]:
    with open_push_service() as service:
        vapid.configure([new_key()])
        push_services.configure([*KNOWN, service.origin])
        yield service


@pytest.fixture
def sender() -> WebPushSender:
    return WebPushSender("mailto:drift@exempel.invalid")


def browser_of(service: PushService) -> Browser:
    assert vapid.newest
    return service.subscribe(vapid.newest.public)


def message(browser: Browser | str, **values: Any) -> PushMessage:
    """To a browser, or to an address that a hostile one has given."""
    if isinstance(browser, str):
        browser = Browser(browser, "")
    assert vapid.newest
    usual: dict[str, Any] = {
        "endpoint": browser.endpoint,
        "p256dh": browser.p256dh,
        "auth": browser.auth,
        "key_id": vapid.newest.id,
        "payload": PAYLOAD,
        "ttl": 3600,
        "urgency": "high",
        "topic": "a-topic",
    }
    return PushMessage(**usual | values)


def test_a_message_arrives_signed_encrypted_and_with_its_headers(
    service: PushService, sender: WebPushSender
) -> None:
    browser = browser_of(service)
    answer = sender.send(message(browser))
    assert answer.status == 201
    assert service.faults == []
    (one,) = service.received
    assert one.browser is browser
    assert one.plain == PAYLOAD
    assert (one.headers["ttl"], one.headers["urgency"], one.headers["topic"]) == (
        "3600", "high", "a-topic",
    )  # fmt: skip
    assert one.claims["aud"] == service.origin
    assert one.claims["sub"] == "mailto:drift@exempel.invalid"
    assert "user-agent" not in one.headers


def test_the_service_of_the_tests_does_refuse_what_is_wrong(
    service: PushService, sender: WebPushSender
) -> None:
    good = browser_of(service)
    other_key = service.subscribe(Browser("", "").p256dh)
    other_keys_in_browser = Browser(good.endpoint, good.application_server_key)
    for wrong, status in (
        (message(other_key), 403),
        (message(other_keys_in_browser), 400),
        (message(good, urgency="loud"), 400),
        (message(good, topic="a.b"), 400),
        (message(good, payload=b" " * 4000), 413),
        (message(good.endpoint + "-not"), 404),
    ):
        assert sender.send(wrong).status == status
    assert service.received == []


def test_one_message_leaves_nothing_for_the_next(
    service: PushService, sender: WebPushSender
) -> None:
    """The package keeps the values of one message for those that follow."""
    browser = browser_of(service)
    for ttl in (60, 0, 3600):
        sender.send(message(browser, ttl=ttl, topic=f"t{ttl}"))
    assert [one.headers["ttl"] for one in service.received] == ["60", "0", "3600"]
    assert [one.headers["topic"] for one in service.received] == ["t60", "t0", "t3600"]
    assert service.connections == 1, "the connection is kept open"


def test_a_push_service_sees_the_same_token_for_an_hour_and_another_sees_its_own(
    service: PushService, sender: WebPushSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, hour = browser_of(service), time.time() // 3600 * 3600
    with open_push_service() as other:
        push_services.configure([service.origin, other.origin])
        for moment in (hour, hour + 3599, hour + 3600):
            monkeypatch.setattr(time, "time", lambda now=moment: now)
            assert sender.send(message(browser)).status == 201
        assert sender.send(message(browser_of(other))).status == 201
        (elsewhere,) = other.received
    first, second, third = (one.headers["authorization"] for one in service.received)
    assert first == second
    assert len({second, third, elsewhere.headers["authorization"]}) == 3


def test_an_old_key_is_used_for_the_subscriptions_made_for_it(
    service: PushService, sender: WebPushSender
) -> None:
    old = vapid.newest
    assert old
    before = browser_of(service)
    private = new_key()
    vapid.configure([private])
    with pytest.raises(DeliveryFailed, match="key unknown") as thrown_away:
        sender.send(message(before, key_id=old.id))
    assert thrown_away.value.permanent
    assert service.attempts == 0


def test_both_keys_are_used_while_there_are_two(
    service: PushService, sender: WebPushSender
) -> None:
    first = new_key()
    vapid.configure([first])
    before = browser_of(service)
    old_id = vapid.all[0].id
    vapid.configure([new_key(), first])
    after = browser_of(service)
    assert sender.send(message(before, key_id=old_id)).status == 201
    assert sender.send(message(after)).status == 201
    assert service.faults == []


@pytest.mark.parametrize("status", [200, 201, 202, 400, 401, 403, 404, 410, 413, 429, 500, 503])
def test_the_answer_is_told_as_it_was(
    service: PushService, sender: WebPushSender, status: int
) -> None:
    service.answer = status
    service.answer_headers = {"Retry-After": "120"}
    answer = sender.send(message(browser_of(service)))
    assert (answer.status, answer.retry_after) == (status, "120")
    assert service.attempts == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(
    service: PushService, sender: WebPushSender, status: int
) -> None:
    with open_push_service() as elsewhere:
        service.answer = status
        service.answer_headers = {"Location": f"{elsewhere.origin}/push/1"}
        assert sender.send(message(browser_of(service))).status == status
        assert (elsewhere.connections, elsewhere.attempts) == (0, 0)
    assert service.attempts == 1


def test_little_is_read_of_a_long_answer(service: PushService, sender: WebPushSender) -> None:
    service.answer_body = b"x" * 5_000_000
    assert sender.send(message(browser_of(service))).status == 201


def test_a_service_that_says_nothing_is_left(
    service: PushService, sender: WebPushSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("elevhalsa.adapters.webpush.ANSWER_SECONDS", 0.2)
    service.hold()
    with pytest.raises(DeliveryFailed, match="timeout") as failed:
        sender.send(message(browser_of(service)))
    assert not failed.value.permanent


def test_a_service_that_is_down_is_tried_again_later(sender: WebPushSender) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        origin = f"http://127.0.0.1:{closed.getsockname()[1]}"
    vapid.configure([new_key()])
    push_services.configure([origin])
    with pytest.raises(DeliveryFailed) as failed:
        sender.send(message(f"{origin}/push/1"))
    assert not failed.value.permanent


@pytest.mark.parametrize(
    ("p256dh", "auth"), [("", "YQ"), ("!!", "YQ"), ("YWJj", "YQ"), ("BA" * 44, "YQ")]
)
def test_keys_that_are_none_are_given_up(
    service: PushService, sender: WebPushSender, p256dh: str, auth: str
) -> None:
    with pytest.raises(DeliveryFailed) as failed:
        sender.send(message(browser_of(service), p256dh=p256dh, auth=auth))
    assert failed.value.permanent
    assert service.connections == 0


def test_without_keys_nothing_is_sent() -> None:
    vapid.configure([new_key()])
    one = message("https://fcm.googleapis.com/fcm/send/a")
    with pytest.raises(DeliveryFailed, match="off"):
        NullPushSender().send(one)


# --- those it must not talk to -------------------------------------------------------------------


class Listening:
    """A socket that counts who connects to it."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self.port: int = listener.getsockname()[1]
        self.connected = 0
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            self.connected += 1
            connection.close()


@contextmanager
def listening() -> Iterator[Listening]:
    listener = socket.create_server(("127.0.0.1", 0))
    try:
        yield Listening(listener)
    finally:
        listener.close()


@pytest.fixture
def everything_leads_to_us(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listening]:
    """Whatever name is asked for is this machine, and every port is the one that counts."""
    with listening() as here:
        connect = socket.create_connection

        def resolve(*_args: object, **_values: object) -> list[tuple[object, ...]]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", here.port))]

        def to_us(_address: tuple[str, int], *args: object, **values: Any) -> socket.socket:
            monkeypatch.setattr(socket, "getaddrinfo", real)
            return connect(("127.0.0.1", here.port), *args, **values)  # type: ignore[arg-type]

        real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        monkeypatch.setattr(socket, "create_connection", to_us)
        vapid.configure([new_key()])
        yield here


HOSTILE = [
    "http://fcm.googleapis.com/fcm/send/a",
    "ftp://fcm.googleapis.com/a",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_INFO",
    "//fcm.googleapis.com/fcm/send/a",
    "https:fcm.googleapis.com/a",
    "https:///a",
    "",
    "https://127.0.0.1/push/a",
    "https://10.0.0.1/push/a",
    "https://169.254.169.254/latest/meta-data",
    "https://2130706433/push/a",
    "https://0177.0.0.1/push/a",
    "https://0x7f.1/push/a",
    "https://0x7f000001/push/a",
    "https://127.1/push/a",
    "https://8.8.8.8/push/a",
    "https://[::1]/push/a",
    "https://[::ffff:127.0.0.1]/push/a",
    "https://[2606:4700::1111]/push/a",
    "https://[fe80::1%25eth0]/push/a",
    "https://localhost/push/a",
    "https://localhost.localdomain/push/a",
    "https://user@fcm.googleapis.com/fcm/send/a",
    "https://user:word@fcm.googleapis.com/fcm/send/a",
    "https://fcm.googleapis.com@127.0.0.1/push/a",
    "https://@fcm.googleapis.com/a",
    "https://fcm.googleapis.com.evil.example/fcm/send/a",
    "https://fcm.googleapis.com./fcm/send/a",
    "https://evilfcm.googleapis.com/a",
    "https://evil.fcm.googleapis.com/a",
    "https://evilpush.apple.com/a",
    "https://push.apple.com/a",
    "https://web.push.apple.com.evil.example/a",
    "https://notify.windows.com/a",
    "https://evil-notify.windows.com/a",
    "https://googleapis.com/a",
    "https://storage.googleapis.com/a",
    "https://fcm.googleapis.com:8443/a",
    "https://fcm.googleapis.com:80/a",
    "https://fcm.googleapis.com:0/a",
    "https://fcm.googleapis.com:99999/a",
    "https://fcm.googleapis.com:x/a",
    "https://fcm.googleapis.com\\@127.0.0.1/a",
    "https://fcm.googleapis.com#@127.0.0.1/a",
    "https://127.0.0.1#.push.apple.com/a",
    "https://127.0.0.1\\.push.apple.com/a",
    "https://127.0.0.1?.push.apple.com",
    "https://127.0.0.1/.push.apple.com",
    "https://.push.apple.com/a",
    "https://a..push.apple.com/a",
    "https://fcm.googleapis.com%00.evil.example/a",
    "https://fcm.googleapis.com%2eevil.example/a",
    "https://fcm。googleapis。com/a",
    "https://ｆcm.googleapis.com/a",
    "https://fcm.googleapis.com/a b",
    "https://fcm.googleapis.com/a\r\nHost: 127.0.0.1",
    "https://fcm.googleapis.com/a\n",
    "\thttps://fcm.googleapis.com/a",
    "https://fcm.googleapis.com/" + "a" * 1024,
]


@pytest.mark.parametrize("endpoint", HOSTILE)
def test_an_endpoint_that_is_no_push_services_is_refused_with_nothing_connected(
    everything_leads_to_us: Listening, sender: WebPushSender, endpoint: str
) -> None:
    with pytest.raises(DeliveryFailed) as failed:
        sender.send(message(endpoint))
    assert failed.value.permanent
    assert everything_leads_to_us.connected == 0
    assert "google" not in failed.value.reason


ENDPOINTS = [
    "https://fcm.googleapis.com/fcm/send/abc:def",
    "https://fcm.googleapis.com/wp/abc",
    "https://FCM.googleapis.com:443/fcm/send/abc",
    "https://updates.push.services.mozilla.com/wpush/v2/abc",
    "https://web.push.apple.com/abc",
    "https://wns2-par02p.notify.windows.com/w/?token=abc%2f",
]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_known_push_service_whose_name_leads_to_a_private_address_is_not_connected(
    everything_leads_to_us: Listening, sender: WebPushSender, endpoint: str
) -> None:
    with pytest.raises(DeliveryFailed, match="not public") as failed:
        sender.send(message(endpoint))
    assert failed.value.permanent
    assert everything_leads_to_us.connected == 0


def test_that_would_be_seen(
    everything_leads_to_us: Listening, sender: WebPushSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("elevhalsa.adapters.webpush.are_public", lambda _addresses: True)
    with pytest.raises(DeliveryFailed):
        sender.send(message(ENDPOINTS[0]))
    eventually(lambda: everything_leads_to_us.connected == 1)


PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "0.0.0.1", "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1",
    "fe80::1%2", "fd00::1", "ff02::1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::a00:1",
    "2001:db8::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_one_private_address_among_public_ones_is_enough_to_refuse(
    monkeypatch: pytest.MonkeyPatch, sender: WebPushSender, address: str
) -> None:
    vapid.configure([new_key()])
    connected: list[object] = []
    monkeypatch.setattr(socket, "create_connection", lambda *a, **_v: connected.append(a))
    found = [
        (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443))
        for one in ("142.250.74.10", address)
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_v: found)
    with pytest.raises(DeliveryFailed, match="not public"):
        sender.send(message("https://fcm.googleapis.com/fcm/send/a"))
    assert connected == []


def test_the_connection_goes_to_the_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch, sender: WebPushSender
) -> None:
    """A name that answers with a private address the second time gains nothing."""
    vapid.configure([new_key()])
    answers = iter(["142.250.74.10", "127.0.0.1", "127.0.0.1", "127.0.0.1"])
    asked: list[object] = []
    connected: list[object] = []

    def resolve(host: str, *_args: object, **_values: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), 443))]

    def connect(address: tuple[str, int], *_args: object, **_values: object) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(DeliveryFailed) as failed:
        sender.send(message("https://fcm.googleapis.com/fcm/send/a"))
    assert not failed.value.permanent
    assert asked == ["fcm.googleapis.com"]
    assert connected == [("142.250.74.10", 443)]


@pytest.mark.parametrize(
    ("name", "trusted"), [("fcm.googleapis.com", True), ("evil.example", False)]
)
def test_the_certificate_must_be_the_names_although_an_address_is_connected(
    monkeypatch: pytest.MonkeyPatch, name: str, trusted: bool
) -> None:
    authority = Authority()
    vapid.configure([new_key()])
    with open_push_service(tls=authority.server(name)) as service:
        connect = socket.create_connection
        public = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("142.250.74.10", 443))]
        real = socket.getaddrinfo
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda host, *a, **v: public if "google" in host else real(host, *a, **v),
        )
        monkeypatch.setattr(
            socket,
            "create_connection",
            lambda _address, *a, **v: connect(("127.0.0.1", service.port), *a, **v),
        )
        service.only_count = True
        sender = WebPushSender("mailto:drift@exempel.invalid", tls=authority.client())
        if trusted:
            assert sender.send(message("https://fcm.googleapis.com/fcm/send/a")).status == 201
        else:
            with pytest.raises(DeliveryFailed):
                sender.send(message("https://fcm.googleapis.com/fcm/send/a"))
        assert service.attempts == int(trusted)


def test_a_name_that_is_not_found_is_tried_again_later(
    monkeypatch: pytest.MonkeyPatch, sender: WebPushSender
) -> None:
    vapid.configure([new_key()])

    def nobody(*_args: object, **_values: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "later")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    with pytest.raises(DeliveryFailed) as failed:
        sender.send(message("https://web.push.apple.com/a"))
    assert not failed.value.permanent


def test_a_proxy_of_the_environment_is_not_used(
    service: PushService, sender: WebPushSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert sender.send(message(browser_of(service))).status == 201
        assert proxy.connected == 0
