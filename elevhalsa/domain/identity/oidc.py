"""A login with a provider of OpenID Connect, from the press of a button until the browser is back.

State, nonce and PKCE's verifier are keyed hashes of the random token in the browser's cookie: they
are nobody else's, and nothing of them is stored. The provider is asked with no transaction open,
so these verbs commit as they go (work.py). What they must never do: give what one browser began to
another, or believe what is not proved.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import keyring, new_id, new_token
from elevhalsa.core.oidc import Provider
from elevhalsa.core.ports import EidFailed, OidcApi, OidcAsked, OidcGiven
from elevhalsa.domain.rows import changed, insert
from elevhalsa.extensions import db

from . import claims as of_claims
from . import service
from .models import Identity, OidcRequest
from .rules import LIVES
from .words import OidcTold


@dataclass(frozen=True)
class Wanted:
    """Who wants to log in where: a pupil at a school's door, or one of the staff."""

    provider: Provider
    redirect_uri: str
    school_id: str | None = None
    staff_session_id: str | None = None


@dataclass(frozen=True)
class Led:
    """The browser is to go there."""

    address: str
    token: str
    """For its cookie: a new one each time."""


@dataclass(frozen=True)
class Begun:
    """What this browser began."""

    row: OidcRequest
    token: str

    def is_answered_by(self, state: str | None) -> bool:
        return hmac.compare_digest(_state(self.token).encode(), (state or "").encode())


@dataclass(frozen=True)
class Answer:
    """What the browser brings back, word for word."""

    state: str | None
    code: str | None
    error: str | None
    issuer: str | None


class Refused(Exception):
    """Nobody is logged in; ``told`` says why."""

    def __init__(self, told: OidcTold) -> None:
        super().__init__(told)
        self.told = told


def _hash_browser(token: str) -> str:
    return keyring.keyed_hash("oidc-browser", token)


def _state(token: str) -> str:
    return keyring.keyed_hash("oidc-state", token)


def _asked(token: str, redirect_uri: str) -> OidcAsked:
    return OidcAsked(
        redirect_uri,
        _state(token),
        keyring.keyed_hash("oidc-nonce", token),
        keyring.keyed_hash("oidc-verifier", token),
    )


def start(api: OidcApi, wanted: Wanted) -> Led:
    """Lead a browser to a provider. Raises Refused when that is away, or not what it says."""
    token = new_token()
    work.commit()
    try:
        address = api.lead(wanted.provider, _asked(token, wanted.redirect_uri))
    except EidFailed as error:
        raise Refused(of_claims.failed(error.code)) from None
    browser_hash = _hash_browser(token)
    work.show(browser_hash)
    insert(
        OidcRequest(
            id=new_id(),
            provider=wanted.provider.key,
            browser_hash=browser_hash,
            school_id=wanted.school_id,
            staff_session_id=wanted.staff_session_id,
            ends_at=clock.now() + LIVES,
        )
    )
    return Led(address, token)


def find(token: str | None) -> Begun | None:
    """What the browser with this cookie began, while it lasts."""
    if not token:
        return None
    hashed = _hash_browser(token)
    work.show(hashed)
    row = db.session.scalar(select(OidcRequest).where(OidcRequest.browser_hash == hashed))
    return Begun(row, token) if row and row.ends_at > clock.now() else None


def leave(begun: Begun) -> bool:
    """It leads nowhere from now on. False when it has been used meanwhile: of two at once one gets
    True."""
    mine = delete(OidcRequest).where(OidcRequest.id == begun.row.id)
    return bool(changed(mine.execution_options(synchronize_session=False)))


def finish(
    api: OidcApi, begun: Begun, provider: Provider, answer: Answer, redirect_uri: str
) -> Mapping[str, Any]:
    """Use up what was begun. Returns the claims of whoever has logged in there, proved and let in.

    Raises Refused: an answer to another question leaves it as it is, any other ends it.
    """
    if begun.row.provider != provider.key or not begun.is_answered_by(answer.state):
        raise Refused(OidcTold.OTHER_BROWSER)
    mine = leave(begun)
    work.commit()
    if not mine:
        raise Refused(OidcTold.EXPIRED)
    if answer.issuer is not None and answer.issuer != provider.issuer:  # RFC 9207, 2.4
        raise Refused(OidcTold.UNTRUE)
    if answer.error or not answer.code:
        raise Refused(of_claims.failed(answer.error or ""))
    given = OidcGiven(answer.code, answer.issuer)
    try:
        claims = api.redeem(provider, _asked(begun.token, redirect_uri), given)
    except EidFailed as error:
        raise Refused(of_claims.failed(error.code)) from None
    if not of_claims.are_enough(provider, claims):
        raise Refused(OidcTold.NOT_LET_IN)
    return claims


def note(provider: Provider, claims: Mapping[str, Any], municipality_id: str) -> Identity:
    """Who a pupil is by such claims; no browser has it yet (``service.fetch``). Raises Refused."""
    said = of_claims.said(provider, claims, clock.today())
    if said is None:
        raise Refused(OidcTold.NAMELESS)
    return service.note(said, municipality_id)


def forget_expired() -> int:
    """Delete what nobody came back to in time. Returns how many."""
    return changed(delete(OidcRequest).where(OidcRequest.ends_at <= clock.now()))
