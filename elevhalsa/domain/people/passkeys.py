"""Keys of staff (passkeys, W3C WebAuthn): made, used to sign in and to confirm, taken away.

A challenge proves by itself when it was made, for what and for which browser, and is good once:
what has been answered is noted until it would have run out. So whoever only asks for challenges
fills no table. Must never let a key through that did not ask for the person's finger, face or PIN,
nor write anything of a key to a log.
"""

import hmac
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, select, update
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import keyring, new_id, new_token
from elevhalsa.core.errors import InvalidInput, NotFound
from elevhalsa.core.i18n import _
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.places.models import Municipality
from elevhalsa.domain.rows import changed, insert_once
from elevhalsa.extensions import db

from . import service
from .models import Passkey, SpentChallenge, Staff, StaffSession
from .queries import keys_of
from .words import SignIn

CHALLENGE_LIFE = timedelta(minutes=5)
CONFIRMED_FOR = timedelta(minutes=5)
"""How long what needs a confirmation may be done after one."""
MOST_KEYS = 10
MOST_ANSWER = 20_000
"""Characters of what a browser answers."""
LONGEST_ID = 1400


class Use(StrEnum):
    """What a challenge is made for; an answer to one is none to another."""

    NEW = "new"
    SIGN_IN = "sign in"
    CONFIRM = "confirm"


@dataclass(frozen=True)
class Asker:
    """Who asks for a key, and in which browser."""

    host: str
    """The RP ID (WebAuthn 5.1.2): the name of the host, and no part of it."""
    origin: str
    """``https://host[:port]``, as the browser has to say it (WebAuthn 7.2 step 13)."""
    browser: str
    """What only this browser has: its session, or a random value in its cookie."""


class KeyRefused(InvalidInput):
    """It opens nothing. What is said is the same for every cause.

    noted: an event was written that must be kept.
    """

    def __init__(self, *, noted: bool = False) -> None:
        super().__init__(_("Nyckeln gick inte att använda. Försök en gång till."))
        self.noted = noted


# --- challenges ----------------------------------------------------------------------------------

_NONCE, _MOMENT = 43, 8
"""Bytes of a challenge that are chance, and that tell when it was made; the rest proves both."""


def _proof(use: Use, browser: str, begins: bytes) -> bytes:
    return keyring.derive("passkey", f"{use}\0{browser}\0{begins.hex()}")


def challenge(use: Use, asker: Asker) -> bytes:
    begins = new_token().encode() + int(clock.now().timestamp()).to_bytes(_MOMENT)
    return begins + _proof(use, asker.browser, begins)


def _spend(given: bytes, use: Use, asker: Asker) -> None:
    """Raises KeyRefused unless it was made for this, for this browser, lately, and not answered."""
    begins, proof = given[: _NONCE + _MOMENT], given[_NONCE + _MOMENT :]
    if not hmac.compare_digest(proof, _proof(use, asker.browser, begins)):
        raise KeyRefused
    made = datetime.fromtimestamp(int.from_bytes(begins[_NONCE:]), UTC)
    if clock.now() >= made + CHALLENGE_LIFE:
        raise KeyRefused
    if not insert_once(
        SpentChallenge(
            challenge_hash=keyring.keyed_hash("challenge", given.hex()),
            expires_at=made + CHALLENGE_LIFE,
        )
    ):
        raise KeyRefused


# --- what the browser is asked -------------------------------------------------------------------


def _known(keys: Collection[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(key.credential_id),
            transports=[AuthenticatorTransport(way) for way in key.transports.split()],
        )
        for key in keys
    ]


def ask_new(staff: Staff, asker: Asker, *, rp_name: str) -> str:
    """JSON for ``navigator.credentials.create``: a key that is found without a name being typed,
    and that asks for finger, face or PIN. No attestation: nobody here judges makes of keys."""
    options = generate_registration_options(
        rp_id=asker.host,
        rp_name=rp_name,
        user_id=staff.id.encode(),
        user_name=f"{staff.email} · {staff.municipality.name}",
        user_display_name=staff.name,
        challenge=challenge(Use.NEW, asker),
        timeout=_milliseconds(CHALLENGE_LIFE),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_known(keys_of(staff, [asker.host])),
    )
    return options_to_json(options)


def ask(use: Use, asker: Asker, staff: Staff | None = None) -> str:
    """JSON for ``navigator.credentials.get``: any key of this host, or with ``staff`` theirs."""
    options = generate_authentication_options(
        rp_id=asker.host,
        challenge=challenge(use, asker),
        timeout=_milliseconds(CHALLENGE_LIFE),
        allow_credentials=_known(keys_of(staff, [asker.host])) if staff else None,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def _milliseconds(life: timedelta) -> int:
    return int(life.total_seconds() * 1000)


# --- what it answers -----------------------------------------------------------------------------


def _read(parse: Any, answer: str) -> Any:
    """Raises KeyRefused for what is no answer at all."""
    if len(answer) > MOST_ANSWER:
        raise KeyRefused
    return _checked(parse, answer)


def _checked(check: Any, *arguments: Any, **values: Any) -> Any:
    """The library's answer. Anything that it raises, of whatever an attacker can send, is a no."""
    try:
        return check(*arguments, **values)
    except Exception as error:
        raise KeyRefused from error


def _asked(sent: Any) -> bytes:
    """The challenge that is answered. Raises KeyRefused, also when a page was in another's."""
    said = _checked(parse_client_data_json, sent.response.client_data_json)
    if said.cross_origin:
        raise KeyRefused
    return bytes(said.challenge)


def add(session: StaffSession, asker: Asker, answer: str, *, name: str) -> Passkey:
    """Add the key that the browser has made for whoever is signed in.

    Raises KeyRefused, or InvalidInput when somebody has as many as there is room for.
    """
    staff = session.staff
    if len(keys_of(staff)) >= MOST_KEYS:
        raise InvalidInput(_("Du har redan många nycklar. Ta bort en först."))
    sent = _read(parse_registration_credential_json, answer)
    asked = _asked(sent)
    _spend(asked, Use.NEW, asker)
    made = _checked(
        verify_registration_response,
        credential=sent,
        expected_challenge=asked,
        expected_rp_id=asker.host,
        expected_origin=asker.origin,
        require_user_verification=True,
    )
    key = Passkey(
        id=new_id(),
        staff_id=staff.id,
        credential_id=bytes_to_base64url(made.credential_id),
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        transports=" ".join(sent.response.transports or ()),
        host=asker.host,
        name=name,
        created_at=clock.now(),
    )
    if len(key.credential_id) > LONGEST_ID or not insert_once(key):
        raise KeyRefused  # WebAuthn 7.1 step 26: somebody has it already
    session.needs_key, session.confirmed_at = False, key.created_at
    _record(Action.KEY_ADDED, staff)
    return key


def _answered(use: Use, asker: Asker, answer: str) -> Passkey:
    """The key that has answered, of whoever has it (WebAuthn 7.2). Raises KeyRefused."""
    sent = _read(parse_authentication_credential_json, answer)
    asked = _asked(sent)
    known = bytes_to_base64url(sent.raw_id)  # the library looks that its id is the same
    work.show(known)
    key = db.session.scalar(select(Passkey).where(Passkey.credential_id == known))
    if key is None or key.host != asker.host or not key.staff.works_on(clock.today()):
        raise KeyRefused
    # Where no list of keys was sent, the answer has to say whose it is (WebAuthn 7.2 step 6).
    handle = sent.response.user_handle
    if handle != key.staff_id.encode() and not (handle is None and use is Use.CONFIRM):
        raise KeyRefused
    _spend(asked, use, asker)
    seen = _checked(
        verify_authentication_response,
        credential=sent,
        expected_challenge=asked,
        expected_rp_id=asker.host,
        expected_origin=asker.origin,
        credential_public_key=key.public_key,
        credential_current_sign_count=0,
        require_user_verification=True,
    )
    _count(key, seen.new_sign_count)
    return key


def _count(key: Passkey, count: int) -> None:
    """Note that it was used. Raises KeyRefused when it has not counted on since: then there are two
    of it (WebAuthn 6.1.1). Of two answers with the same count one gets through."""
    before = key.sign_count
    went_on = count > before or count == before == 0
    mine = went_on and changed(
        update(Passkey)
        .where(Passkey.id == key.id, Passkey.sign_count == before)
        .values(sign_count=count, last_used_at=clock.now())
    )
    if not mine:
        _record(Action.KEY_REFUSED, key.staff)
        raise KeyRefused(noted=True)


def sign_in(asker: Asker, answer: str, hosts_of: Callable[[Municipality], Collection[str]]) -> str:
    """Begin a session of whoever has the key. Returns its token.

    hosts_of: the names of the hosts where a municipality is reached. Raises KeyRefused.
    """
    key = _answered(Use.SIGN_IN, asker, answer)
    if asker.host not in hosts_of(key.staff.municipality):
        raise KeyRefused
    return service.begin(key.staff, SignIn.PASSKEY)


def confirm(session: StaffSession, asker: Asker, answer: str) -> None:
    """Whoever is signed in shows that it is still they. Raises KeyRefused, also for another's."""
    key = _answered(Use.CONFIRM, asker, answer)
    if key.staff_id != session.staff_id:
        raise KeyRefused
    session.needs_key, session.confirmed_at = False, clock.now()
    _record(Action.KEY_CONFIRMED, key.staff)


def is_confirmed(session: StaffSession) -> bool:
    """True for a few minutes after a confirmation in the same session."""
    at = session.confirmed_at
    return at is not None and at <= clock.now() < at + CONFIRMED_FOR


# --- one's own -----------------------------------------------------------------------------------


def of(staff: Staff, key_id: str) -> Passkey:
    """One of the person's own. Raises NotFound."""
    for key in keys_of(staff):
        if key.id == key_id:
            return key
    raise NotFound(_("Nyckeln är redan borttagen."))


def rename(key: Passkey, name: str) -> None:
    key.name = name


def remove(key: Passkey) -> None:
    """By whoever has it."""
    db.session.delete(key)
    _record(Action.KEY_REMOVED, key.staff)
    db.session.flush()


def remove_all(staff: Staff, *, by: work.Actor) -> int:
    """All that one person has: a mailed link opens again. Returns how many."""
    gone = changed(delete(Passkey).where(Passkey.staff_id == staff.id))
    if gone:
        _record(Action.KEYS_REVOKED, staff, by=by)
    return gone


def _record(action: Action, staff: Staff, *, by: work.Actor | None = None) -> None:
    actor = by or work.staff(staff.id)
    audit.record(
        action,
        by=actor,
        municipality_id=staff.municipality_id,
        staff_id=staff.id,
        to_staff_id=staff.id if by and by.staff_id else None,
    )
