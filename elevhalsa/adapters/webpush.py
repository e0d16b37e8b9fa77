"""Web push: encrypted by the ``webpush`` package, sent to known push services and nowhere else.

The endpoint comes from a browser, so it is checked against the list here too (it was when it was
stored), and the addresses behind its name are looked up and checked at each new connection, which
then goes to the very address that was checked: a name that answers differently the next time
gains nothing. Redirects and proxies of the environment are not followed, little of an answer is
read, and none of it is logged.
"""

import logging
import socket
import ssl
import time
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import httpcore
import jwt
from pydantic import AnyHttpUrl, ValidationError
from webpush import WebPush, WebPushSubscription
from webpush.types import WebPushKeys

from elevhalsa.core.ports import DeliveryFailed, PushAnswer, PushMessage
from elevhalsa.core.push_services import EndpointRefused, Target, are_public, push_services
from elevhalsa.core.vapid import VapidKey, vapid

log = logging.getLogger(__name__)

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 10.0
"""Between two pieces of an answer, and for the reading of its body as a whole."""
MOST_ANSWER_BYTES = 4096
MOST_ADDRESSES = 3
"""How many of a name's addresses are tried."""
TOKEN_SECONDS = 12 * 3600
"""RFC 8292 2: at most 24 hours."""
SIGNED_EVERY_SECONDS = 3600
MOST_TOKENS = 100


class PrivateAddress(Exception):
    """A name on the list leads to a machine that is not on the public internet."""


class CheckedNetwork(httpcore.NetworkBackend):
    """Connects to public addresses only, each looked up and checked just before."""

    def __init__(self) -> None:
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = [host] if _is_local(host, port) else _public_addresses(host, port)
        failure: Exception | None = None
        for address in addresses[:MOST_ADDRESSES]:
            try:
                return self._network.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError("no address")

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        raise PrivateAddress

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def _is_local(host: str, port: int) -> bool:
    """True for an origin that is on the list as such, which it never is in production."""
    return any(push_services.is_local(f"{scheme}://{host}:{port}") for scheme in ("http", "https"))


def _public_addresses(host: str, port: int) -> list[str]:
    """Raises PrivateAddress when any of them is not public."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise httpcore.ConnectError("name not found") from None
    addresses = list(dict.fromkeys(str(sockaddr[0]) for *_others, sockaddr in found))
    if not are_public(addresses):
        raise PrivateAddress
    return addresses


class Signature:
    """The header that says who sends, in place of the package's ``VAPID``: signed once an hour for
    each push service (RFC 8292 5: a token may be used again) rather than for each message, and with
    the port in ``aud``, which the package leaves out."""

    def __init__(self, key: VapidKey) -> None:
        self._key = key
        self._signed = lru_cache(maxsize=MOST_TOKENS)(self._sign)

    def get_authorization_header(
        self, endpoint: AnyHttpUrl, subscriber: str, expiration: int
    ) -> str:
        origin = push_services.target(str(endpoint)).origin
        turn = int(time.time() // SIGNED_EVERY_SECONDS)
        return self._signed(origin, subscriber, expiration, turn)

    def _sign(self, origin: str, subscriber: str, expiration: int, _turn: int) -> str:
        claims = {
            "aud": origin,
            "exp": int(time.time()) + expiration,
            "sub": f"mailto:{subscriber}",
        }
        token = jwt.encode(claims, self._key.private_pem, algorithm="ES256")
        return f"vapid t={token}, k={self._key.public}"


class WebPushSender:
    """Connections are kept open between messages; may be used by several threads."""

    def __init__(self, subject: str, *, tls: ssl.SSLContext | None = None) -> None:
        """subject: 'mailto:' and an address of the operator's, for the push services.

        tls: whom to trust; the usual authorities when left out.
        """
        self._subject = subject
        self._senders: dict[str, WebPush] = {}
        self._pool = httpcore.ConnectionPool(
            max_connections=10,
            max_keepalive_connections=5,
            keepalive_expiry=30,
            ssl_context=tls,
            network_backend=CheckedNetwork(),
        )

    def send(self, message: PushMessage) -> PushAnswer:
        try:
            target = push_services.target(message.endpoint)
        except EndpointRefused as refused:
            raise DeliveryFailed(f"endpoint {refused}", permanent=True) from None
        key = vapid.by_id(message.key_id)
        if key is None:
            raise DeliveryFailed("key unknown", permanent=True)
        try:
            body, headers = self._packed(message, key)
        except (ValidationError, ValueError):
            raise DeliveryFailed("subscription malformed", permanent=True) from None
        try:
            return self._post(target, body, headers)
        except PrivateAddress:
            raise DeliveryFailed("address not public", permanent=True) from None
        except (httpcore.TimeoutException, TimeoutError):
            raise DeliveryFailed("timeout", permanent=False, away=True) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise DeliveryFailed(type(error).__name__, permanent=False, away=True) from None

    def _packed(self, message: PushMessage, key: VapidKey) -> tuple[bytes, dict[str, str]]:
        """Body and headers. One WebPush a key, and never a value of its own for a message: the
        package would keep that for the next."""
        sender = self._senders.get(key.id)
        if sender is None:
            sender = self._senders[key.id] = WebPush(
                private_key=key.private_pem,
                public_key=key.public_pem,
                subscriber=self._subject.removeprefix("mailto:"),
                expiration=TOKEN_SECONDS,
            )
            sender.vapid = Signature(key)
        made = sender.get(
            message.payload,
            WebPushSubscription(
                endpoint=message.endpoint,
                keys=WebPushKeys(auth=message.auth, p256dh=message.p256dh),
            ),
        )
        return made.encrypted, {
            "Authorization": made.headers["authorization"],
            "Content-Encoding": made.headers["content-encoding"],
            "Content-Type": "application/octet-stream",
            "TTL": str(message.ttl),
            "Urgency": message.urgency,
            "Topic": message.topic,
        }

    def _post(self, target: Target, body: bytes, fields: dict[str, str]) -> PushAnswer:
        url = httpcore.URL(
            scheme=target.scheme, host=target.host, port=target.port, target=target.path
        )
        headers = {"Host": target.authority, "Content-Length": str(len(body))} | fields
        timeouts = {
            "connect": CONNECT_SECONDS,
            "read": ANSWER_SECONDS,
            "write": ANSWER_SECONDS,
            "pool": ANSWER_SECONDS,
        }
        with self._pool.stream(
            "POST",
            url,
            headers=list(headers.items()),
            content=body,
            extensions={"timeout": timeouts},
        ) as answer:
            said = {name.lower(): value for name, value in answer.headers}
            answer_until = time.monotonic() + ANSWER_SECONDS
            read = 0
            try:
                for piece in answer.iter_stream():
                    read += len(piece)
                    if read >= MOST_ANSWER_BYTES or time.monotonic() > answer_until:
                        break  # closes the connection
            except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
                pass  # the status has been said; the rest would not have been used
            return PushAnswer(
                answer.status, said.get(b"retry-after", b"").decode("latin-1") or None
            )


class NullPushSender:
    """Sends nothing: there are no VAPID keys."""

    def send(self, message: PushMessage) -> PushAnswer:
        raise DeliveryFailed("push is off", permanent=True)
