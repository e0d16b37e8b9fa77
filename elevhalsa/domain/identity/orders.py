"""An order at BankID, from the press of a button until whoever began it has fetched the answer.

BankID is asked by the server alone, with no row held and no transaction open meanwhile, by one at a
time and at most every other second (``rules.BETWEEN``), however many pages ask. So these verbs
commit as they go (work.py). What they must never do: give what one browser began to another.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from elevhalsa import work
from elevhalsa.core import addresses, clock
from elevhalsa.core.crypto import keyring, new_id, new_token
from elevhalsa.core.ports import EidApi, EidAsker, EidFailed, EidNews, EidPerson
from elevhalsa.domain.rows import Gone, changed, insert, lock
from elevhalsa.extensions import db

from . import rules, service
from .models import EidOrder, Identity
from .transitions import UNDER_WAY, Step, after
from .words import BANKID, AgeBand, App, State, Told

NAME = "BankID"


@dataclass(frozen=True)
class Wanted:
    """Where and how somebody wants to log in."""

    municipality_id: str
    school_id: str
    app: App
    return_url: Callable[[str], str | None] | None = None
    """The address to come back to with a nonce in it; None: there is none, one switches back."""


@dataclass(frozen=True)
class Fetched:
    """A login that is this browser's from now on."""

    identity: Identity
    token: str
    """For its cookie."""
    school_id: str


def _hash_browser(token: str) -> str:
    return keyring.keyed_hash("eid-order", token)


def _hash_nonce(nonce: str) -> str:
    return keyring.keyed_hash("eid-nonce", nonce)


def _hash_place(order_id: str, address: str) -> str:
    """Behind what kind of address it is, since one of each cannot be compared."""
    place = addresses.place(address)
    return ("6" if ":" in place else "4") + keyring.keyed_hash("eid-place", f"{order_id} {place}")


def start(api: EidApi, asker: EidAsker, wanted: Wanted) -> str:
    """Begin an order. Returns the token for the browser's cookie, a new one each time.

    Raises EidFailed when BankID gives none (``rules.refused`` says why).
    """
    nonce = new_token()
    return_url = wanted.return_url(nonce) if wanted.return_url else None
    work.commit()
    given = api.start(asker, return_url=return_url)
    now, token, row_id = clock.now(), new_token(), new_id()
    browser_hash = _hash_browser(token)
    work.show(browser_hash)
    insert(
        EidOrder(
            id=row_id,
            municipality_id=wanted.municipality_id,
            school_id=wanted.school_id,
            browser_hash=browser_hash,
            nonce_hash=_hash_nonce(nonce) if return_url else None,
            place_hash=_hash_place(row_id, asker.address) if wanted.app is App.HERE else None,
            app=wanted.app,
            state=State.WAITING,
            told=Told.OUTSTANDING,
            order_ref=given.order_ref,
            start_token=given.start_token,
            qr_token=given.qr_token,
            qr_secret=given.qr_secret,
            began_at=now,
            ask_from=now,
            ends_at=now + rules.LIVES,
        )
    )
    return token


def find(token: str | None) -> EidOrder | None:
    """The order that a browser's cookie belongs to."""
    if not token:
        return None
    hashed = _hash_browser(token)
    work.show(hashed)
    row = db.session.scalar(select(EidOrder).where(EidOrder.browser_hash == hashed))
    return row if row and row.ends_at > clock.now() else None


def qr_text(order: EidOrder) -> str | None:
    """What its QR code says in this second; None when there is nothing to read."""
    if order.app is not App.ELSEWHERE or order.state is not State.WAITING:
        return None
    return rules.qr_text(order.qr_token or "", order.qr_secret or "", order.began_at, clock.now())


def hear(api: EidApi, asker: EidAsker, order: EidOrder) -> EidOrder | None:
    """Ask BankID how it goes, if it is time to. Returns the order as it is then; None when whoever
    began it has fetched it or left meanwhile."""
    now = clock.now()
    if order.state not in UNDER_WAY or not _take_turn(order, now):
        return order
    reference, last_told = order.order_ref or "", order.told
    work.commit()
    try:
        news = api.collect(reference)
        told = _read(news)
        if rules.is_renewed(told, order.app, order.renewals):
            work.commit()
            return _renew(api, asker, order, reference)
    except EidFailed as error:
        news, told = None, rules.unheard(error.code, last_told)
    try:
        lock(order)
    except Gone:
        return None
    order.ask_from = now + rules.BETWEEN
    if news and news.person:
        _finish(order, news.person, reference)
    elif told in rules.UNDER_WAY:
        _step(order, Step.WAIT if told is Told.OUTSTANDING else Step.OPEN, told)
    elif told not in rules.PASSES:
        _step(order, Step.FAIL, told)
    elif order.state in UNDER_WAY:
        order.told = told  # until BankID answers again
    return order


def _take_turn(order: EidOrder, now: datetime) -> bool:
    """Of all who ask at the same time one does, and until it has its answer no other."""
    mine = update(EidOrder).where(EidOrder.id == order.id, EidOrder.ask_from <= now)
    return bool(changed(mine.values(ask_from=now + rules.LEASE)))


def _read(news: EidNews) -> Told:
    if news.status == "pending":
        return rules.pending(news.hint)
    return rules.failed(news.hint)


def _renew(api: EidApi, asker: EidAsker, order: EidOrder, reference: str) -> EidOrder | None:
    """Nobody read the QR code in time: another order in the place of this one."""
    given = api.start(asker, return_url=None)
    try:
        lock(order)
    except Gone:
        return None
    now = clock.now()
    if order.order_ref == reference:
        _step(order, Step.WAIT, Told.OUTSTANDING)
        order.order_ref, order.start_token = given.order_ref, given.start_token
        order.qr_token, order.qr_secret = given.qr_token, given.qr_secret
        order.began_at, order.ask_from = now, now + rules.BETWEEN
        order.renewals += 1
    return order


def _finish(order: EidOrder, person: EidPerson, reference: str) -> None:
    """Somebody has identified themselves. Of one that was left meanwhile nothing is kept."""
    if order.order_ref != reference:
        return
    refusal = _refusal(order, person)
    if refusal:
        _step(order, Step.FAIL, refusal)
    elif _step(order, Step.FINISH, Told.PROCESSING):
        order.identity_id = service.note(_said(person), order.municipality_id).id


def _refusal(order: EidOrder, person: EidPerson) -> Told | None:
    if person.risk == rules.HIGH:
        return Told.RISK
    if order.place_hash is None:
        return None
    its = _hash_place(order.id, person.address)
    apart = rules.are_apart(order.place_hash, its)
    # With no return address it is all there is to go by.
    unknown = order.nonce_hash is None and order.place_hash[0] != its[0]
    return Told.OTHER_NET if apart or unknown else None


def _said(person: EidPerson) -> rules.Said:
    return rules.Said(
        provider=BANKID,
        provider_name=NAME,
        subject=person.number,
        name=person.name,
        number=person.number,
        age_band=_age_band(person.number),
    )


def _age_band(number: str) -> AgeBand | None:
    """None of a number in which no day stands."""
    try:
        return rules.age_band(rules.born_on(number), clock.today())
    except ValueError:
        return None


def _step(order: EidOrder, step: Step, told: Told) -> bool:
    """False when it is over, and stays as it is."""
    state = after(order.state, step)
    if state is None:
        return False
    order.state, order.told = state, told
    if state not in UNDER_WAY:
        order.order_ref = order.start_token = order.qr_token = order.qr_secret = None
        order.place_hash = None
    return True


def fetch(order: EidOrder, nonce: str | None = None) -> Fetched | None:
    """Give what has been done to the browser that began it, once. None when it is not done, or must
    first come back by its return address (``nonce``)."""
    try:
        lock(order)
    except Gone:
        return None
    if order.state is not State.DONE or not _has_come_back(order, nonce):
        return None
    identity = db.session.get_one(Identity, order.identity_id)
    school_id = order.school_id
    db.session.execute(delete(EidOrder).where(EidOrder.id == order.id))
    return Fetched(identity, service.fetch(identity), school_id)


def _has_come_back(order: EidOrder, nonce: str | None) -> bool:
    if order.nonce_hash is None:
        return True
    return hmac.compare_digest(order.nonce_hash, _hash_nonce(nonce or ""))


def leave(order: EidOrder) -> str | None:
    """Whoever began it has gone. Returns what to cancel at BankID, once that is committed; None:
    nothing is under way there."""
    try:
        lock(order)
    except Gone:
        return None
    reference = order.order_ref
    identity_id = order.identity_id
    if not _step(order, Step.LEAVE, Told.LEFT):
        return None
    order.identity_id = None
    if identity_id:
        service.end(db.session.get_one(Identity, identity_id))
    return reference


def forget_expired() -> int:
    """Delete orders whose time has passed. Returns how many."""
    return changed(delete(EidOrder).where(EidOrder.ends_at <= clock.now()))
