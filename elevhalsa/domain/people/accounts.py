"""Accounts at providers of OpenID Connect that staff sign in with: tied, used, taken away.

An account is somebody's because they were signed in here, by a link that was mailed to them or a
key, when they logged in there. What the provider says of an e-mail address is never looked at: who
administers another directory can write any address in it.
"""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import delete, select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import keyring, new_id
from elevhalsa.core.errors import Conflict, InvalidInput, NotFound
from elevhalsa.core.i18n import _
from elevhalsa.core.oidc import Provider
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.identity.claims import subject
from elevhalsa.domain.rows import changed, insert_once
from elevhalsa.extensions import db

from . import service
from .models import Staff, StaffAccount
from .words import SignIn


class Unknown(InvalidInput):
    """The account is nobody's here. What is said is the same for every cause."""

    def __init__(self) -> None:
        super().__init__(_("Kontot är inte knutet till någon som arbetar här."))


def _hash(known: str) -> str:
    return keyring.keyed_hash("staff-account", known)


def sign_in(provider: Provider, claims: Mapping[str, Any], at: Collection[str]) -> str:
    """Begin a session of whoever the account is tied to. Returns its token.

    at: ids of the municipalities that are reached where it is asked. Raises Unknown.
    """
    known = subject(provider, claims)
    hashed = _hash(known or "")
    work.show(hashed)
    account = db.session.scalar(select(StaffAccount).where(StaffAccount.account_hash == hashed))
    if known is None or account is None or account.provider != provider.key:
        raise Unknown
    staff = account.staff
    here = staff.municipality_id in at and provider.is_at(staff.municipality.slug)
    if not here or not staff.works_on(clock.today()):
        raise Unknown
    account.last_used_at = clock.now()
    return service.begin(staff, SignIn.ACCOUNT)


def tie(staff: Staff, provider: Provider, claims: Mapping[str, Any]) -> StaffAccount:
    """From now on the person signs in with the account too.

    Raises Conflict when it is somebody else's, or the person has another there.
    """
    known = subject(provider, claims)
    if known is None or not provider.is_at(staff.municipality.slug):
        raise Conflict(_("Kontot kan inte användas här."))
    account = StaffAccount(
        id=new_id(),
        staff_id=staff.id,
        provider=provider.key,
        account_hash=_hash(known),
        created_at=clock.now(),
    )
    if not insert_once(account):
        raise Conflict(
            _("Det gick inte. Antingen har du redan ett konto där, eller så är kontot knutet till "
              "någon annan.")
        )  # fmt: skip
    _record(Action.ACCOUNT_TIED, staff)
    return account


def of(staff: Staff) -> list[StaffAccount]:
    """The accounts of one person, the oldest first."""
    query = select(StaffAccount).where(StaffAccount.staff_id == staff.id)
    return list(db.session.scalars(query.order_by(StaffAccount.created_at, StaffAccount.id)))


def remove(staff: Staff, account_id: str) -> None:
    """One of the person's own, by themselves. Raises NotFound."""
    mine = delete(StaffAccount).where(
        StaffAccount.id == account_id, StaffAccount.staff_id == staff.id
    )
    if not changed(mine):
        raise NotFound(_("Kontot är redan borttaget."))
    _record(Action.ACCOUNT_UNTIED, staff)


def remove_all(staff: Staff, *, by: work.Actor) -> int:
    """All that one person has. Returns how many."""
    gone = changed(delete(StaffAccount).where(StaffAccount.staff_id == staff.id))
    if gone:
        _record(Action.ACCOUNTS_REVOKED, staff, by=by)
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
