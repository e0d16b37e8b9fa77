"""Secrets at rest: encrypted text, keyed hashes, unguessable tokens.

What a person wrote is encrypted with Fernet (the ``cryptography`` package). Several keys may be
configured: the first encrypts, all decrypt, so keys can be rotated. What must be looked up again
(codes, tokens, e-mail addresses) is stored as an HMAC-SHA256 under a key of its own, with the
purpose mixed in, so that equal values in different columns do not look alike.
"""

import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from .errors import SettingError


class Keyring:
    """The process's keys. Filled once by the factory; empty until then."""

    def __init__(self) -> None:
        self._fernet: MultiFernet | None = None
        self._hash_key: bytes = b""
        self._marks: tuple[str, ...] = ()

    def configure(self, encryption_keys: list[str], hash_key: str) -> None:
        """Take the keys into use.

        encryption_keys: Fernet keys (32 bytes, url-safe base64), newest first; at least one.
        hash_key: at least 32 characters.
        Raises SettingError if a key cannot be used.
        """
        try:
            self._fernet = MultiFernet([Fernet(key) for key in encryption_keys])
        except ValueError as error:
            raise SettingError(
                "ENCRYPTION_KEYS: varje nyckel ska vara 32 byte i url-säker base64; "
                "gör en ny med `python -m elevhalsa.cli.keys`"
            ) from error
        if len(hash_key) < 32:
            raise SettingError(
                "HASH_KEY: minst 32 tecken behövs; gör en ny med `python -m elevhalsa.cli.keys`"
            )
        self._hash_key = hash_key.encode()
        self._marks = tuple(_mark(key.encode()) for key in encryption_keys)

    def encrypt(self, text: str) -> str:
        return self._ready().encrypt(text.encode()).decode()

    def decrypt(self, token: str) -> str:
        """Raises SettingError if no configured key fits: a key was lost, not a user's mistake."""
        try:
            return self._ready().decrypt(token.encode()).decode()
        except InvalidToken as error:
            raise SettingError("ENCRYPTION_KEYS: ingen nyckel passar lagrad text") from error

    def rotate(self, token: str) -> str:
        """The same secret under the newest key."""
        return self._ready().rotate(token.encode()).decode()

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
        self._ready()
        return self._marks

    @property
    def hash_mark(self) -> str:
        """What HASH_KEY is known by."""
        return self.keyed_hash("mark", "")

    def _ready(self) -> MultiFernet:
        if self._fernet is None:
            raise RuntimeError("keyring used before create_app() configured it")
        return self._fernet


def _mark(key: bytes) -> str:
    return hmac.new(key, b"mark", hashlib.sha256).hexdigest()


keyring = Keyring()


def new_id() -> str:
    """An unguessable id fit for an address: 128 bits, 22 url-safe characters."""
    return secrets.token_urlsafe(16)


def new_token() -> str:
    """A secret for a cookie or a link: 256 bits, 43 url-safe characters."""
    return secrets.token_urlsafe(32)


def new_encryption_key() -> str:
    return Fernet.generate_key().decode()
