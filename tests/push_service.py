"""A push service of the tests' own: real HTTP on 127.0.0.1, which reads what it gets.

It holds every message to the RFCs: TTL is there (RFC 8030 5.2), Topic and Urgency are well formed
(5.3, 5.4), the VAPID token is signed by the key that the subscription was made for (RFC 8292), and
the body decrypts (RFC 8291, RFC 8188) with the browser's keys. The decryption is written here, on
primitives, so that a fault in the library that encrypts would be seen.
"""

import base64
import json
import re
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CREATED = 201
DAY_SECONDS = 24 * 3600
MOST_BODY_BYTES = 4096


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Faulty(Exception):
    """A message that breaks a rule, and what a push service answers to it."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass
class Browser:
    """A browser's side of a subscription: the keys that only it has."""

    endpoint: str
    application_server_key: str
    auth_secret: bytes = b"sixteen bytes ok"
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @property
    def point(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def p256dh(self) -> str:
        return encode(self.point)

    @property
    def auth(self) -> str:
        return encode(self.auth_secret)

    def decrypt(self, body: bytes) -> bytes:
        """RFC 8291 3.3 and 3.4, then RFC 8188 2. Raises Faulty."""
        if len(body) < 21:
            raise Faulty(400, "no header")
        salt, record_size, id_length = body[:16], struct.unpack("!L", body[16:20])[0], body[20]
        sender_point, records = body[21 : 21 + id_length], body[21 + id_length :]
        try:
            sender = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender_point)
        except ValueError:
            raise Faulty(400, "keyid is no point") from None
        shared = self.private.exchange(ec.ECDH(), sender)
        info = b"WebPush: info\x00" + self.point + sender_point
        key = _hkdf(self.auth_secret, shared, info, 32)
        content_key = _hkdf(salt, key, b"Content-Encoding: aes128gcm\x00", 16)
        base_nonce = _hkdf(salt, key, b"Content-Encoding: nonce\x00", 12)
        return _open_records(records, record_size, content_key, base_nonce)


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869 with SHA-256, of at most one block."""
    return _hmac(_hmac(salt, secret), info + b"\x01")[:length]


def _hmac(key: bytes, data: bytes) -> bytes:
    signer = hmac.HMAC(key, hashes.SHA256())
    signer.update(data)
    return signer.finalize()


def _open_records(records: bytes, size: int, key: bytes, base_nonce: bytes) -> bytes:
    plain = b""
    pieces = [records[start : start + size] for start in range(0, len(records), size)]
    for number, piece in enumerate(pieces):
        counter = number.to_bytes(12, "big")
        nonce = bytes(a ^ b for a, b in zip(base_nonce, counter, strict=True))
        try:
            opened = AESGCM(key).decrypt(nonce, piece, None)
        except InvalidTag:
            raise Faulty(400, "does not decrypt") from None
        content = opened.rstrip(b"\x00")
        delimiter = 2 if number == len(pieces) - 1 else 1
        if not content or content[-1] != delimiter:
            raise Faulty(400, "padding delimiter")
        plain += content[:-1]
    return plain


@dataclass(frozen=True)
class Received:
    """One message that was held to the rules and found good."""

    browser: Browser
    headers: dict[str, str]
    """Names in lower case."""
    claims: dict[str, Any]
    size: int
    """Of the encrypted body, in bytes."""
    plain: bytes
    status: int

    @property
    def message(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.plain)
        return found

    @property
    def notification(self) -> dict[str, Any]:
        found: dict[str, Any] = self.message["notification"]
        return found


@dataclass
class PushService:
    """What has come, and what is answered. Every request is counted."""

    port: int = 0
    received: list[Received] = field(default_factory=list)
    """All that were good, whatever was answered."""
    faults: list[str] = field(default_factory=list)
    connections: int = 0
    attempts: int = 0
    answer: int = CREATED
    answer_headers: dict[str, str] = field(default_factory=dict)
    answer_body: bytes = b""
    only_count: bool = False
    """Take what comes without reading it, so that the sender alone is measured."""
    held: threading.Event = field(default_factory=threading.Event)
    """Set when a message has come that is not answered."""
    let_go: threading.Event = field(default_factory=threading.Event)
    browsers: dict[str, Browser] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.let_go.set()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def accepted(self) -> list[Received]:
        return [one for one in self.received if one.status in (200, 201, 202)]

    def subscribe(self, application_server_key: str) -> Browser:
        """As ``pushManager.subscribe``: a browser with an endpoint at this service."""
        path = f"/push/{len(self.browsers) + 1}-{encode(str(time.monotonic_ns()).encode())}"
        browser = Browser(self.origin + path, application_server_key)
        self.browsers[path] = browser
        return browser

    def hold(self) -> None:
        """Read messages and answer none until ``release``."""
        self.held.clear()
        self.let_go.clear()

    def release(self) -> None:
        self.let_go.set()

    def take(self, path: str, headers: dict[str, str], body: bytes) -> int:
        """The status that is answered."""
        self.attempts += 1
        if self.only_count:
            return self.answer
        try:
            one = self._read(path, headers, body)
        except Faulty as faulty:
            self.faults.append(str(faulty))
            return faulty.status
        self.received.append(one)
        if not self.let_go.is_set():
            self.held.set()
            self.let_go.wait(60)
        return self.answer

    def _read(self, path: str, headers: dict[str, str], body: bytes) -> Received:
        browser = self.browsers.get(path)
        if browser is None:
            raise Faulty(404, "unknown subscription")
        if not re.fullmatch(r"\d+", headers.get("ttl", "")):
            raise Faulty(400, "TTL")
        if headers.get("urgency", "normal") not in ("very-low", "low", "normal", "high"):
            raise Faulty(400, "Urgency")
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", headers.get("topic", "a")):
            raise Faulty(400, "Topic")
        if headers.get("content-encoding") != "aes128gcm":
            raise Faulty(400, "Content-Encoding")
        if len(body) > MOST_BODY_BYTES:
            raise Faulty(413, "too big")
        claims = self._claims(browser, headers.get("authorization", ""))
        plain = browser.decrypt(body)
        return Received(browser, headers, claims, len(body), plain, self.answer)

    def _claims(self, browser: Browser, authorization: str) -> dict[str, Any]:
        """RFC 8292 3 and 2; RFC 7518 3.4 for the signature."""
        found = re.fullmatch(r"vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), ?k=([\w-]+)", authorization)
        if not found:
            raise Faulty(401, "Authorization")
        head, body, signature, key = found.groups()
        if key != browser.application_server_key:
            raise Faulty(403, "another key than the subscription's")
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode(key))
        raw = decode(signature)
        if json.loads(decode(head)).get("alg") != "ES256" or len(raw) != 64:
            raise Faulty(403, "algorithm")
        numbers = (int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        try:
            public.verify(
                encode_dss_signature(*numbers), f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256())
            )
        except InvalidSignature:
            raise Faulty(403, "signature") from None
        claims: dict[str, Any] = json.loads(decode(body))
        if claims.get("aud") != self.origin:
            raise Faulty(403, "aud")
        if not time.time() < claims.get("exp", 0) <= time.time() + DAY_SECONDS:
            raise Faulty(403, "exp")
        if not re.fullmatch(r"(mailto:[^@]+@[^@]+|https://.+)", claims.get("sub", "")):
            raise Faulty(403, "sub")
        return claims


class _Handler(BaseHTTPRequestHandler):
    """Hands what comes to the service; ``open_push_service`` makes a class for each."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    service: PushService

    def setup(self) -> None:
        self.service.connections += 1
        super().setup()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        service = self.service
        status = service.take(self.path, headers, body)
        try:
            self.send_response(status)
            for name, value in service.answer_headers.items():
                self.send_header(name, value)
            if status == CREATED:
                self.send_header("Location", f"{service.origin}/message/{service.attempts}")
            self.send_header("Content-Length", str(len(service.answer_body)))
            self.end_headers()
            self.wfile.write(service.answer_body)
        except OSError:  # the sender died before it was answered
            self.close_connection = True

    def do_GET(self) -> None:
        """Nobody asks a push service for anything: a redirect was followed."""
        self.service.faults.append("GET")
        self.send_error(405)

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:  # a handshake that the sender broke off
            self.close_connection = True

    def log_message(self, *_args: object) -> None:
        pass


@contextmanager
def open_push_service(tls: ssl.SSLContext | None = None) -> Iterator[PushService]:
    """Serve on a free port, in threads that end with the block."""
    service = PushService()
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), type("Handler", (_Handler,), {"service": service})
    )
    if tls:
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    server.daemon_threads = True
    server.block_on_close = False
    service.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.release()
        server.shutdown()
        server.server_close()
        thread.join(5)
