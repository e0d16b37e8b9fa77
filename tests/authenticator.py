"""A key in software (WebAuthn 6): makes passkeys and answers with them as a browser would, and does
what no browser does when a test asks for it."""

import hashlib
import json
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_token
from elevhalsa.domain.people.models import Passkey, Staff

PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40
"""Flags of authenticator data (WebAuthn 6.1)."""


@dataclass
class Credential:
    id: bytes
    host: str
    handle: bytes
    key: ec.EllipticCurvePrivateKey
    count: int = 0


@dataclass
class Authenticator:
    origin: str = "http://localhost"
    """Of the page, as the browser says it."""
    verifies: bool = True
    """Asks for finger, face or PIN."""
    counts: bool = True
    credentials: list[Credential] = field(default_factory=list)

    def create(self, question: str, **lies: Any) -> str:
        """As ``navigator.credentials.create``, of the JSON of its options."""
        options = json.loads(question)
        made = Credential(
            id=new_token().encode(),
            host=options["rp"]["id"],
            handle=base64url_to_bytes(options["user"]["id"]),
            key=ec.generate_private_key(ec.SECP256R1()),
        )
        self.credentials.append(made)
        data = self._data(made, WITH_KEY, lies)
        data += bytes(16) + struct.pack(">H", len(made.id)) + made.id + _cose(made.key)
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        said = self._said("webauthn.create", options["challenge"], lies)
        return _answer(made, {"clientDataJSON": said, "attestationObject": attestation})

    def get(self, question: str, *, by: Credential | None = None, **lies: Any) -> str:
        """As ``navigator.credentials.get``. lies: ``host``, ``origin``, ``challenge``, ``type``,
        ``count``, ``handle``, ``signed_by``, ``flags``, ``cross_origin``."""
        options = json.loads(question)
        used = by or self.credentials[-1]
        if self.counts:
            used.count += 1
        data = self._data(used, 0, lies)
        said = self._said("webauthn.get", options["challenge"], lies)
        key = lies.get("signed_by", used).key
        signature = key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        handle = lies.get("handle", used.handle)
        return _answer(
            used,
            {"clientDataJSON": said, "authenticatorData": data, "signature": signature}
            | ({"userHandle": handle} if handle is not None else {}),
        )

    def _data(self, used: Credential, flags: int, lies: dict[str, Any]) -> bytes:
        flags |= lies.get("flags", PRESENT | (VERIFIED if self.verifies else 0))
        host = hashlib.sha256(lies.get("host", used.host).encode()).digest()
        return host + bytes([flags]) + struct.pack(">I", lies.get("count", used.count))

    def _said(self, kind: str, challenge: str, lies: dict[str, Any]) -> bytes:
        said = {
            "type": lies.get("type", kind),
            "challenge": lies.get("challenge", challenge),
            "origin": lies.get("origin", self.origin),
            "crossOrigin": lies.get("cross_origin", False),
        }
        return json.dumps(said).encode()


def _cose(key: ec.EllipticCurvePrivateKey) -> bytes:
    numbers = key.public_key().public_numbers()
    x, y = (number.to_bytes(32) for number in (numbers.x, numbers.y))
    return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})


def _answer(used: Credential, response: dict[str, bytes]) -> str:
    name = bytes_to_base64url(used.id)
    said = {part: bytes_to_base64url(value) for part, value in response.items()}
    return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": said})


def a_key(staff: Staff, host: str = "localhost") -> Passkey:
    """A row of one that nobody answers with."""
    return Passkey(
        staff_id=staff.id,
        credential_id=new_token(),
        public_key=b"",
        sign_count=0,
        transports="",
        host=host,
        name="Mobilen",
        created_at=clock.now(),
    )
