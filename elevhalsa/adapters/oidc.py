"""OpenID Connect Core 1.0 by the authorization code with PKCE, and its null twin.

Discovery and keys are fetched when first needed and kept for an hour. What a token says is believed
once it is proved (3.1.3.7): signed with a key that the provider publishes, by an algorithm whose
private half nobody else has, for us, just now, in answer to this very question. Nothing of a token
or an answer is logged but an error code.
"""

import base64
import hashlib
import json
import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from elevhalsa.core import clock
from elevhalsa.core.oidc import LOOPBACK, Claims, Provider
from elevhalsa.core.ports import EidFailed, OidcAsked, OidcGiven

from .gate import ANSWER_SECONDS, AWAY, TIMEOUT, Closed, Gate

log = logging.getLogger(__name__)

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Neither 'none' nor any whose secret we have too."""
KEPT_SECONDS = 3600.0
AGAIN_SECONDS = 30.0
"""So long the keys are not asked for anew because a token names one that is not among them."""
LEEWAY_SECONDS = 60
"""How wrong a clock may be."""
OLDEST_SECONDS = 600
"""A token was made for this login, not yesterday."""
MOST_BYTES = 256 * 1024
"""Of an answer."""
UNTRUE = "untrue"


@dataclass
class _Known:
    """Of one provider, as it says itself."""

    at: float
    """By ``time.monotonic``."""
    said: Mapping[str, Any]
    keys: KeySet | None = None
    keys_at: float = 0.0


class OidcClient:
    def __init__(self) -> None:
        self._http = httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False)
        self._gates: dict[str, Gate] = {}
        self._known: dict[str, _Known] = {}

    def lead(self, provider: Provider, asked: OidcAsked) -> str:
        said = self._discovered(provider).said
        hashed = hashlib.sha256(asked.verifier.encode()).digest()
        query = {
            # Whoever used the desk or the iPad before may still be logged in there (3.1.2.1).
            "prompt": "login",
            **provider.ask,
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": asked.redirect_uri,
            "scope": provider.scopes,
            "state": asked.state,
            "nonce": asked.nonce,
            "code_challenge": base64.urlsafe_b64encode(hashed).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        address: str = said["authorization_endpoint"]
        return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"

    def redeem(self, provider: Provider, asked: OidcAsked, given: OidcGiven) -> Mapping[str, Any]:
        known = self._discovered(provider)
        announced = known.said.get("authorization_response_iss_parameter_supported") is True
        if given.issuer != provider.issuer and (announced or given.issuer is not None):
            raise self._failed(provider, "answer", UNTRUE, "another issuer")
        token = self._post_code(provider, known, asked, given)
        claims = self._proved(provider, known, token.get("id_token"), asked.nonce)
        if _wanted(provider.claims) | provider.require.keys() <= claims.keys():
            return claims
        return {**self._more(provider, known, token, claims), **claims}

    # --- what the provider says of itself ---

    def _discovered(self, provider: Provider) -> _Known:
        """OpenID Connect Discovery 1.0."""
        known = self._known.get(provider.key)
        if known is None or time.monotonic() >= known.at + KEPT_SECONDS:
            address = f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"
            said = self._json(provider, "discovery", "GET", address)
            if said.get("issuer") != provider.issuer:  # 4.3
                raise self._failed(provider, "discovery", UNTRUE, "another issuer")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                self._check_address(provider, said.get(name))
            known = self._known[provider.key] = _Known(time.monotonic(), said)
        return known

    def _check_address(self, provider: Provider, address: object) -> None:
        try:
            parts = urlsplit(address if isinstance(address, str) else "")
        except ValueError:
            raise self._failed(provider, "discovery", UNTRUE, "no safe address") from None
        ours = urlsplit(provider.issuer).scheme == "http" and parts.hostname in LOOPBACK
        if parts.scheme != "https" and not ours:
            raise self._failed(provider, "discovery", UNTRUE, "no safe address")

    def _keys(self, provider: Provider, known: _Known, *, anew: bool = False) -> KeySet:
        now = time.monotonic()
        if known.keys is None or (anew and now >= known.keys_at + AGAIN_SECONDS):
            said = self._json(provider, "keys", "GET", known.said["jwks_uri"])
            try:  # never a secret that could be shared: RFC 8725, 3.1
                public = [key for key in said["keys"] if key.get("kty") != "oct"]
                known.keys, known.keys_at = KeySet.import_key_set({"keys": public}), now
            except (JoseError, KeyError, TypeError, AttributeError, ValueError) as error:
                raise self._failed(provider, "keys", UNTRUE, type(error).__name__) from None
        return known.keys

    # --- the code, and what it gives ---

    def _post_code(
        self, provider: Provider, known: _Known, asked: OidcAsked, given: OidcGiven
    ) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": given.code,
            "redirect_uri": asked.redirect_uri,
            "code_verifier": asked.verifier,
        }
        secret = provider.client_secret.get_secret_value()
        ways = known.said.get("token_endpoint_auth_methods_supported")
        auth = None
        if ways and "client_secret_basic" not in ways:
            form |= {"client_id": provider.client_id, "client_secret": secret}
        else:
            auth = _basic(provider.client_id, secret)
        return self._json(
            provider, "token", "POST", known.said["token_endpoint"], data=form, headers=auth
        )

    def _proved(
        self, provider: Provider, known: _Known, token: object, nonce: str
    ) -> dict[str, Any]:
        """The claims of an ID token (OpenID Connect Core 3.1.3.7)."""
        if not isinstance(token, str):
            raise self._failed(provider, "token", UNTRUE, "no ID token")
        now = int(clock.now().timestamp())
        must = jwt.JWTClaimsRegistry(
            now=now,
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": provider.issuer},
            aud={"essential": True, "value": provider.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            claims = self._signed(provider, known, token)
            must.validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise self._failed(provider, "token", UNTRUE, type(error).__name__) from None
        party = claims.get("azp")
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if party != provider.client_id and (several or party is not None):
            raise self._failed(provider, "token", UNTRUE, "for another")
        if claims["iat"] < now - OLDEST_SECONDS:
            raise self._failed(provider, "token", UNTRUE, "too old")
        return claims

    def _signed(self, provider: Provider, known: _Known, token: str) -> dict[str, Any]:
        try:
            keys = self._keys(provider, known)
            return jwt.decode(token, keys, algorithms=ALGORITHMS).claims
        except InvalidKeyIdError:  # it has changed its keys
            keys = self._keys(provider, known, anew=True)
            return jwt.decode(token, keys, algorithms=ALGORITHMS).claims

    def _more(
        self, provider: Provider, known: _Known, token: Mapping[str, Any], proved: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What the ID token does not say and we ask for (5.3); nothing where there is no more."""
        address, access = known.said.get("userinfo_endpoint"), token.get("access_token")
        if not (address and isinstance(access, str)):
            return {}
        self._check_address(provider, address)
        said = self._json(
            provider, "userinfo", "GET", address, headers={"Authorization": f"Bearer {access}"}
        )
        if said.get("sub") != proved["sub"]:  # 5.3.2
            raise self._failed(provider, "userinfo", UNTRUE, "of another")
        return said

    # --- calls ---

    def _json(
        self, provider: Provider, what: str, method: str, address: str, **sent: Any
    ) -> dict[str, Any]:
        gate = self._gates.setdefault(provider.key, Gate())
        try:
            with gate.entered():
                status, body = self._read(method, address, **sent)
            said = json.loads(body)
        except Closed as closed:
            raise EidFailed(closed.code) from None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
            raise self._failed(provider, what, AWAY, type(error).__name__) from None
        if not isinstance(said, dict):
            raise self._failed(provider, what, AWAY, "another answer")
        if not httpx.codes.is_success(status):
            code = str(said.get("error", ""))
            code = code if re.fullmatch(r"[a-z_]{1,40}", code) else AWAY
            raise self._failed(provider, what, code, str(status))
        return said

    def _read(self, method: str, address: str, **sent: Any) -> tuple[int, bytes]:
        """The status and the body, which comes to an end."""
        until = time.monotonic() + ANSWER_SECONDS
        with self._http.stream(method, address, **sent) as answer:
            body = b""
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > MOST_BYTES or time.monotonic() > until:
                    raise httpx.ReadTimeout("no end")
            return answer.status_code, body

    @staticmethod
    def _failed(provider: Provider, what: str, code: str, why: str) -> EidFailed:
        log.warning("oidc %s %s: %s (%s)", provider.key, what, code, why)
        return EidFailed(code)


def _basic(name: str, secret: str) -> dict[str, str]:
    """Each is encoded as in a form first (RFC 6749, 2.3.1)."""
    both = ":".join(urlencode({"": part})[1:] for part in (name, secret))
    return {"Authorization": f"Basic {base64.b64encode(both.encode()).decode()}"}


def _wanted(claims: Claims) -> set[str]:
    return {word for of in claims.model_dump().values() if of for word in of.split()}


class NullOidc:
    """Where no provider is set up: no page leads here, and who comes all the same gets nothing."""

    def lead(self, provider: Provider, asked: OidcAsked) -> str:
        raise EidFailed(AWAY)

    def redeem(self, provider: Provider, asked: OidcAsked, given: OidcGiven) -> Mapping[str, Any]:
        raise EidFailed(AWAY)
