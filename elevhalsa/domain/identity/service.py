"""A login by e-ID, of whatever provider: it begins, is looked at and confirmed, and ends. Nothing
here commits."""

from sqlalchemy import select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import keyring, new_token
from elevhalsa.domain.rows import insert
from elevhalsa.extensions import db

from .models import Identity
from .rules import LOGIN, Said


def hash_subject(provider: str, subject: str) -> str:
    """The keyed hash by which the same person is known again at the same provider."""
    return keyring.keyed_hash("eid-subject", f"{provider} {subject}")


def _hash_browser(token: str) -> str:
    return keyring.keyed_hash("eid-login", token)


def note(said: Said, municipality_id: str) -> Identity:
    """What a provider said, which no browser has yet (``fetch``)."""
    now = clock.now()
    row = Identity(
        municipality_id=municipality_id,
        provider=said.provider,
        provider_name=said.provider_name,
        subject_hash=hash_subject(said.provider, said.subject),
        number=said.number,
        name=said.name,
        school_class=said.school_class,
        age_band=said.age_band,
        made_at=now,
        ends_at=now + LOGIN,
    )
    insert(row, keep=True)
    work.hold(row.id)
    return row


def fetch(identity: Identity) -> str:
    """Give the login to the browser that asks. Returns the token for its cookie: always a new one,
    whatever the browser had before."""
    token = new_token()
    work.hold(identity.id)
    identity.browser_hash = _hash_browser(token)
    work.show(identity.browser_hash)
    return token


def find(token: str | None) -> Identity | None:
    """The login of a cookie's token, while it lasts."""
    if not token:
        return None
    hashed = _hash_browser(token)
    work.show(hashed)
    found = db.session.scalar(select(Identity).where(Identity.browser_hash == hashed))
    return found if found and found.ends_at > clock.now() else None


def confirm(identity: Identity, *, hides: bool = False) -> None:
    """Whoever logged in has seen what we got of them, and wants it to be used. hides: staff are not
    to see the name."""
    if identity.confirmed_at is None:
        identity.confirmed_at = clock.now()
    identity.hides = hides


def end(identity: Identity) -> None:
    """Logged out: no browser has it any more. The row goes when no knock needs it."""
    work.hold(identity.id)
    identity.browser_hash = None
    identity.ends_at = min(identity.ends_at, clock.now())
