"""Secrets at rest: text sealed to its row, wrapped keys, keyed hashes, unguessable tokens.

What a person wrote is sealed with AES-256-GCM (NIST SP 800-38D; the ``cryptography`` package) under
the data key of its municipality, bound to the place where it is stored: moved to another row,
column, table or municipality it cannot be opened. Data keys are stored wrapped by a key of the
environment. What must be looked up again (codes, tokens, e-mail addresses) is stored as an
HMAC-SHA256 under a key of its own, with the purpose mixed in, so that equal values in different
columns do not look alike (docs/decisions).
"""

import base64
import hashlib
import hmac
import secrets
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .errors import NotItsOwn, SettingError
from .i18n import _

SEALED = "1"
"""What sealed text begins with: the version of its form. Then the data key's id, and base64url of
nonce, ciphertext and tag."""
OLDER = "g"
"""What the release before wrote begins with (Fernet). Read for one release, never written."""
KEY_ID_LENGTH = 11
_NONCE = 12


class Place(NamedTuple):
    """Where a text is stored, besides in which municipality."""

    table: str
    column: str
    row: str


class DataKey:
    """A municipality's key, for as long as it is in use."""

    def __init__(self, key_id: str, municipality_id: str, secret: bytes) -> None:
        """key_id: KEY_ID_LENGTH characters. municipality_id: empty for what belongs to none.
        secret: 32 bytes."""
        self.id = key_id
        self.municipality_id = municipality_id
        self.begins = SEALED + key_id
        """What all that it seals begins with."""
        self._cipher = AESGCM(secret)
        self._columns: dict[tuple[str, str], bytes] = {}

    def seal(self, text: str, place: Place) -> str:
        """A new random nonce each time; docs/decisions say for how many texts that is safe."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._cipher.encrypt(nonce, text.encode(), self._bound(place))
        return self.begins + base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, token: str, place: Place) -> str:
        """Raises NotItsOwn for anything but what this key has sealed for this very place."""
        try:
            if not token.startswith(self.begins):
                raise ValueError
            raw = base64.b64decode(token[len(self.begins) :], altchars=b"-_", validate=True)
            return self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], self._bound(place)).decode()
        except (InvalidTag, ValueError):
            raise not_its_own(place) from None

    def _bound(self, place: Place) -> bytes:
        table, column, row = place
        known = self._columns.get((table, column))
        if known is None:
            known = _joined(SEALED, self.id, self.municipality_id, table, column)
            self._columns[table, column] = known
        return known + _joined(row)


def key_id_of(token: str) -> str | None:
    """Which data key has sealed it; None of what the release before wrote."""
    return token[1 : 1 + KEY_ID_LENGTH] if token.startswith(SEALED) else None


def not_its_own(place: Place) -> NotItsOwn:
    """Says where, and nothing of what stood there."""
    return NotItsOwn(
        _("En text som är sparad här är inte den som skrevs. Därför visar vi den inte."),
        f"{place.table}.{place.column}",
    )


_NOT_YET = "keyring used before create_app() configured it"


class Keyring:
    """The process's keys. Filled once by the factory; empty until then."""

    def __init__(self) -> None:
        self._older: MultiFernet | None = None
        self._wrapping: dict[str, AESGCM] = {}
        self._hash_key: bytes = b""

    def configure(self, encryption_keys: list[str], hash_key: str) -> None:
        """Take the keys into use.

        encryption_keys: 32 bytes each, url-safe base64, newest first; at least one.
        hash_key: at least 32 characters.
        Raises SettingError if a key cannot be used.
        """
        try:
            older = MultiFernet([Fernet(key) for key in encryption_keys])
        except ValueError as error:
            raise SettingError(
                "ENCRYPTION_KEYS: varje nyckel ska vara 32 byte i url-säker base64; "
                "gör en ny med `python -m elevhalsa.cli.keys`"
            ) from error
        if len(hash_key) < 32:
            raise SettingError(
                "HASH_KEY: minst 32 tecken behövs; gör en ny med `python -m elevhalsa.cli.keys`"
            )
        self._older = older
        self._hash_key = hash_key.encode()
        self._wrapping = {_mark(key.encode()): _wrapping(key) for key in encryption_keys}

    def wrap(self, secret: bytes, key_id: str, municipality_id: str) -> str:
        """A data key as it may be stored: under the newest key, bound to whose it is."""
        nonce = secrets.token_bytes(_NONCE)
        bound = _joined("wrap", key_id, municipality_id)
        sealed = self._ready()[self.encryption_marks[0]].encrypt(nonce, secret, bound)
        return base64.urlsafe_b64encode(nonce + sealed).decode()

    def unwrap(self, wrapped: str, mark: str, key_id: str, municipality_id: str) -> bytes:
        """mark: of the key that it was wrapped by. Raises SettingError when that key is not here,
        or does not open it."""
        cipher = self._ready().get(mark)
        if cipher is None:
            raise SettingError(_lost())
        try:
            raw = base64.urlsafe_b64decode(wrapped)
            bound = _joined("wrap", key_id, municipality_id)
            return cipher.decrypt(raw[:_NONCE], raw[_NONCE:], bound)
        except (InvalidTag, ValueError):
            raise SettingError(
                "ENCRYPTION_KEYS: a data key (table data_key) is not what was wrapped"
            ) from None

    def read_older(self, token: str) -> str:
        """What the release before wrote. Raises SettingError if no configured key fits."""
        try:
            return self._fernet().decrypt(token.encode()).decode()
        except InvalidToken as error:
            raise SettingError(_lost()) from error

    def write_older(self, text: str) -> str:
        """As the release before writes: for going back to it, and for its rows in tests."""
        return self._fernet().encrypt(text.encode()).decode()

    def keyed_hash(self, purpose: str, value: str) -> str:
        """64 hexadecimal characters. The same purpose and value always give the same hash."""
        return self.derive(purpose, value).hex()

    def derive(self, purpose: str, value: str) -> bytes:
        """32 bytes that follow from the hash key, the purpose and the value."""
        self._ready()
        message = f"{purpose}\0{value}".encode()
        return hmac.new(self._hash_key, message, hashlib.sha256).digest()

    @property
    def encryption_marks(self) -> tuple[str, ...]:
        """What each of ENCRYPTION_KEYS is known by, the newest first: 64 hexadecimal characters
        that cannot be led back to the key."""
        return tuple(self._ready())

    @property
    def hash_mark(self) -> str:
        """What HASH_KEY is known by."""
        return self.keyed_hash("mark", "")

    def _ready(self) -> dict[str, AESGCM]:
        if not self._wrapping:
            raise RuntimeError(_NOT_YET)
        return self._wrapping

    def _fernet(self) -> MultiFernet:
        if self._older is None:
            raise RuntimeError(_NOT_YET)
        return self._older


def _lost() -> str:
    return _("ENCRYPTION_KEYS saknar en nyckel som databasen är skriven med. Lägg till den sist, "
             "eller peka DATABASE_URL på rätt databas.")  # fmt: skip


def _mark(key: bytes) -> str:
    return hmac.new(key, b"mark", hashlib.sha256).hexdigest()


def _wrapping(key: str) -> AESGCM:
    """The setting's 32 bytes have been Fernet's too: wrapping is done with what follows from them
    (RFC 5869), never with the same bytes."""
    derived = HKDF(SHA256(), 32, salt=None, info=b"elevhalsa wrapping 1")
    return AESGCM(derived.derive(base64.urlsafe_b64decode(key)))


def _joined(*parts: str) -> bytes:
    """Each with its length before it, so that no two lists of parts give the same bytes."""
    raw = [part.encode() for part in parts]
    return b"".join(len(one).to_bytes(4, "big") + one for one in raw)


keyring = Keyring()


def new_id() -> str:
    """An unguessable id fit for an address: 128 bits, 22 url-safe characters."""
    return secrets.token_urlsafe(16)


def new_key_id() -> str:
    """Of a data key: 64 bits, KEY_ID_LENGTH url-safe characters."""
    return secrets.token_urlsafe(8)


def new_data_key() -> bytes:
    return AESGCM.generate_key(256)


def new_token() -> str:
    """A secret for a cookie or a link: 256 bits, 43 url-safe characters."""
    return secrets.token_urlsafe(32)


def new_encryption_key() -> str:
    return Fernet.generate_key().decode()


def new_settings() -> dict[str, str]:
    """The keys of an environment that has none."""
    return {
        "SECRET_KEY": new_token(),
        "HASH_KEY": new_token(),
        "ENCRYPTION_KEYS": new_encryption_key(),
    }
