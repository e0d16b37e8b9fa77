"""What it knows: keys, clients, codes; and the tokens that it gives."""

import base64
import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import ECKey

CODE_SECONDS = 60
TOKEN_SECONDS = 300


class Refused(Exception):
    """What the token endpoint answers instead (RFC 6749, 5.2)."""


@dataclass
class Code:
    """Somebody has logged in, for one client and one question."""

    asked: dict[str, str]
    sub: str
    until: float


@dataclass
class Provider:
    """Thread safe enough: each value is replaced whole. ``issuer`` is set when it is running."""

    secrets_of: dict[str, str]
    """Client -> its secret."""
    people: dict[str, dict[str, Any]]
    """Subject -> what is said of them."""
    clock: Callable[[], float] = time.time
    says_issuer: bool = True
    """RFC 9207."""
    issuer: str = ""
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "one"}))
    codes: dict[str, Code] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    """Access token -> subject."""
    changes: dict[str, Any] = field(default_factory=dict)
    """What the next ID tokens say instead; None: nothing of it."""
    only_userinfo: frozenset[str] = frozenset()
    """Claims that stand in no ID token."""
    signs: Callable[[dict[str, Any]], str] | None = None
    """Makes an ID token in another way."""
    is_away: bool = False
    calls: list[str] = field(default_factory=list)

    def metadata(self) -> dict[str, Any]:
        """OpenID Connect Discovery 1.0."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": self.says_issuer,
        }

    def keys(self) -> dict[str, Any]:
        return {"keys": [{**self.key.as_dict(private=False), "use": "sig", "alg": "ES256"}]}

    def back(self, asked: dict[str, str], **answer: str) -> str:
        """Where the browser goes with an answer."""
        said = {**answer, "state": asked.get("state", "")}
        if self.says_issuer:
            said["iss"] = self.issuer
        return f"{asked['redirect_uri']}?{urlencode(said)}"

    def logs_in(self, asked: dict[str, str], sub: str) -> str:
        """Somebody has. Returns where the browser goes."""
        code = secrets.token_urlsafe(24)
        self.codes[code] = Code(asked, sub, self.clock() + CODE_SECONDS)
        return self.back(asked, code=code)

    def redeem(self, client: str, secret: str, form: dict[str, str]) -> dict[str, Any]:
        """Raises Refused."""
        if not secrets.compare_digest(self.secrets_of.get(client, ""), secret) or not secret:
            raise Refused("invalid_client")
        code = self.codes.pop(form.get("code", ""), None)
        hashed = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
        if (
            code is None
            or code.until < self.clock()
            or code.asked.get("client_id") != client
            or code.asked.get("redirect_uri") != form.get("redirect_uri")
            or code.asked.get("code_challenge") != challenge
        ):
            raise Refused("invalid_grant")
        access = secrets.token_urlsafe(24)
        self.tokens[access] = code.sub
        return {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
            "id_token": self.id_token(client, code),
        }

    def id_token(self, client: str, code: Code) -> str:
        now = int(self.clock())
        said = {
            "iss": self.issuer,
            "aud": client,
            "sub": code.sub,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "nonce": code.asked.get("nonce"),
            **{k: v for k, v in self.people[code.sub].items() if k not in self.only_userinfo},
            **self.changes,
        }
        said = {name: value for name, value in said.items() if value is not None}
        if self.signs:
            return self.signs(said)
        return jwt.encode({"alg": "ES256", "kid": self.key.kid}, said, self.key)

    def userinfo(self, access: str) -> dict[str, Any] | None:
        """None: nobody has been given that token."""
        sub = self.tokens.get(access)
        return {"sub": sub, **self.people[sub]} if sub else None
