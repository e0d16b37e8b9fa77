"""The keys by which push services know who sends (VAPID, RFC 8292).

A browser's subscription is bound to the key that was the newest when it was made. So a key that
is exchanged is kept, behind the new one, until the subscriptions made for it are gone.
"""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
)

POINT_BYTES = 65
"""An uncompressed point on P-256."""
AUTH_BYTES = 16
"""RFC 8291 3.2."""


def to_base64url(data: bytes) -> str:
    """Without padding, as browsers write it."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Raises ValueError for anything that is not base64url, with or without padding."""
    text = text.strip().rstrip("=")
    padded = text + "=" * (-len(text) % 4)
    data = urlsafe_b64decode(padded)
    if to_base64url(data) != text:  # characters that the decoder passes over in silence
        raise ValueError("not base64url")
    return data


@dataclass(frozen=True)
class VapidKey:
    """One key pair on P-256."""

    private_pem: bytes
    public_pem: bytes
    public: str
    """base64url of the uncompressed point: a browser's ``applicationServerKey``."""

    @cached_property
    def id(self) -> str:
        """16 hexadecimal characters that follow from the public key."""
        return hashlib.sha256(self.public.encode()).hexdigest()[:16]


def _of(private: ec.EllipticCurvePrivateKey) -> VapidKey:
    public = private.public_key()
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return VapidKey(
        private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        to_base64url(point),
    )


def new_key() -> str:
    """A fresh private key in the form that ``read_key`` takes: one word, 184 characters."""
    private = ec.generate_private_key(ec.SECP256R1())
    return to_base64url(private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def read_key(text: str) -> VapidKey:
    """A private key as base64 (either alphabet) of its DER or PEM.

    Raises ValueError, without the text, when it is no private key on P-256.
    """
    try:
        data = _either_alphabet(text)
        load = load_pem_private_key if data.startswith(b"-----BEGIN") else load_der_private_key
        private = load(data, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("not a private key") from None
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name != "secp256r1":
        raise ValueError("not on P-256")
    return _of(private)


def _either_alphabet(text: str) -> bytes:
    return from_base64url(text.replace("+", "-").replace("/", "_"))


class Vapid:
    """The process's keys. Filled by the factory; empty where pushes are off."""

    def __init__(self) -> None:
        self._keys: tuple[VapidKey, ...] = ()

    def configure(self, keys: Sequence[str]) -> None:
        """keys: as ``read_key`` takes them, newest first. Raises ValueError."""
        self._keys = tuple(read_key(key) for key in keys)

    @property
    def is_on(self) -> bool:
        return bool(self._keys)

    @property
    def newest(self) -> VapidKey | None:
        return self._keys[0] if self._keys else None

    @property
    def all(self) -> tuple[VapidKey, ...]:
        return self._keys

    def by_id(self, key_id: str) -> VapidKey | None:
        return next((key for key in self._keys if key.id == key_id), None)


vapid = Vapid()


def is_point(p256dh: bytes) -> bool:
    """True for a browser's public key: an uncompressed point that lies on P-256."""
    if len(p256dh) != POINT_BYTES or p256dh[0] != 4:
        return False
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), p256dh)
    except ValueError:
        return False
    return True
