"""The verbs of consents: find out what is needed, ask, answer, take back, and share by it. Nothing
here commits. The caller may read what it is about, and says who acts.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import keyring, new_id, new_token
from elevhalsa.core.errors import Conflict, InvalidInput, NotFound
from elevhalsa.core.i18n import _
from elevhalsa.domain.about import About, Subject
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.rows import changed, insert_once, lock
from elevhalsa.extensions import db

from . import law, queries, rules, texts
from .models import Consent, ConsentBasis, ConsentShared
from .rules import MOST_WRONG, OLDEST_LINK_DAYS, Needed
from .words import (
    BY_STAFF,
    Given,
    Law,
    Maturity,
    Offered,
    OneGuardian,
    Purpose,
    Reader,
    Role,
    Side,
    State,
)

LONGEST_NAME = 80
LONGEST_WORDS = 600
CODE_DIGITS = 8


@dataclass(frozen=True)
class Facts:
    """What is known of whom it is about: what ``rules.who_must_agree`` goes by."""

    age: int
    offered: Offered
    sender: Side
    receiver: Side
    maturity: Maturity = Maturity.NOT_NOTED
    one_guardian: OneGuardian | None = None
    one_note: str = ""
    """How the ground is known; needed where there is one."""
    protected: bool = False

    @property
    def needed(self) -> Needed:
        return rules.who_must_agree(
            self.age,
            self.offered,
            self.sender,
            self.receiver,
            maturity=self.maturity,
            one_guardian=self.one_guardian,
            protected=self.protected,
        )


@dataclass(frozen=True)
class Terms:
    """What is said yes to, in the words that are shown. Never an address, a number or anything of
    where a person is: the guardian reads it."""

    whom: str
    """Whom it is about, as those who are asked know them: a first name."""
    asks: str
    """Who asks: 'Kuratorn på Norra skolan'."""
    offer: str
    """What for."""
    scope: str
    """What is told."""
    to_whom: str
    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Door:
    """What leads to a guardian's page, shown once and stored nowhere. The two go different ways:
    the link by SMS or letter, the code by word of mouth."""

    token: str = field(repr=False)
    """128 bits, for ``/samtycke/<token>``."""
    code: str = field(repr=False)
    """Eight digits, in two groups."""


Heard = Callable[[Consent], None]
_HEARD: dict[Subject, Heard] = {}


def tell(kind: Subject, heard: Heard | None) -> None:
    """Have a subject's own package hear of each answer, in the same transaction: to tell whoever
    holds the baton. Called once, as that package loads. None: nobody hears any more."""
    if heard is None:
        _HEARD.pop(kind, None)
    else:
        _HEARD[kind] = heard


# --- what is needed -------------------------------------------------------------------------------


def find_out(
    municipality_id: str, about: About, what: str, facts: Facts, terms: Terms, *, by: Staff | None
) -> ConsentBasis:
    """Work out who must agree, and keep it. It takes the place of what was found before, also of
    what had been agreed to then: who must agree to other words is asked anew.

    by: None: a guardian or a young person does it.
    Raises InvalidInput for terms that say too little, or a ground for one guardian without how it
    is known; Conflict when somebody else has just found out too.
    """
    _check(facts, terms)
    needed, now = facts.needed, clock.now()
    before = queries.basis_of(about, what)
    if before is not None:
        lock(before)
        if before.replaced_at is not None:
            raise Conflict(_("Någon annan ändrade samtyckena nyss. Titta på sidan igen."))
        before.replaced_at = now
        _close_doors(before)
    number = _last_number(about, what) + 1
    row = ConsentBasis(
        id=new_id(), municipality_id=municipality_id, about_kind=about.kind, about_id=about.id,
        what=what, number=number, age=facts.age, offered=facts.offered, sender=facts.sender,
        receiver=facts.receiver, maturity=facts.maturity, one_guardian=facts.one_guardian,
        one_note=facts.one_note.strip() or None, protected=facts.protected,
        laws=" ".join(needed.laws), whom=terms.whom, asks=terms.asks, offer=terms.offer,
        scope=terms.scope, to_whom=terms.to_whom, begins_at=terms.begins_at,
        ends_at=terms.ends_at, made_at=now, made_by_id=by.id if by else None,
    )  # fmt: skip
    db.session.flush()
    if not insert_once(row):
        raise Conflict(_("Någon annan ändrade samtyckena nyss. Titta på sidan igen."))
    for role in needed.roles:
        _add(row, role, needed)
    _record(Action.CONSENT_FOUND, row, by=by, reason=" ".join(needed.roles) or "nobody")
    return row


def _check(facts: Facts, terms: Terms) -> None:
    if facts.one_guardian and not facts.one_note.strip():
        raise InvalidInput(_("Skriv hur du vet att en vårdnadshavare räcker."), "one_note")
    words = (terms.whom, terms.asks, terms.offer, terms.scope, terms.to_whom)
    if not all(one.strip() for one in words):
        raise InvalidInput(
            _("Skriv vem det gäller, vem som frågar, varför, vad som lämnas, till vem.")
        )
    if any(len(one) > LONGEST_WORDS for one in (*words, facts.one_note)):
        raise InvalidInput(
            _("Texten är lite för lång. Högst %(most)s tecken får plats.", most=LONGEST_WORDS)
        )
    if terms.ends_at <= terms.begins_at:
        raise InvalidInput(_("Sista dagen kommer före den första."))


def _last_number(about: About, what: str) -> int:
    query = (
        select(ConsentBasis.number)
        .where(
            ConsentBasis.about_kind == about.kind,
            ConsentBasis.about_id == about.id,
            ConsentBasis.what == what,
        )
        .order_by(ConsentBasis.number.desc())
        .limit(1)
    )
    return db.session.scalar(query) or 0


def _add(basis: ConsentBasis, role: Role, needed: Needed) -> None:
    purposes = {need.what for need in needed.of(role)}
    row = Consent(
        id=new_id(), municipality_id=basis.municipality_id, basis_id=basis.id,
        about_kind=basis.about_kind, about_id=basis.about_id, role=role, number=1,
        lifts=Purpose.LIFT in purposes, receives=Purpose.RECEIVE in purposes, state=State.NEEDED,
        wrong_codes=0,
    )  # fmt: skip
    insert_once(row)


def needed_of(basis: ConsentBasis) -> Needed:
    """As the rules find it now, from what was known then."""
    return rules.who_must_agree(
        basis.age,
        basis.offered,
        basis.sender,
        basis.receiver,
        maturity=basis.maturity,
        one_guardian=basis.one_guardian,
        protected=basis.protected,
    )


def shown_to(consent: Consent) -> list[law.Line]:
    """The paragraphs that whoever is asked reads: of her own agreement, never why the other
    guardian is not asked."""
    needed = needed_of(consent.basis)
    keys = [need.law for need in needed.of(consent.role)]
    keys += [needed.secrecy] if needed.secrecy else []
    return law.of(consent.municipality_id, dict.fromkeys([*keys, Law.NOT_GDPR]))


def note_without(staff: Staff, basis: ConsentBasis, why: str) -> None:
    """It is needed for necessary care or support, so that a paragraph lets it be told without
    consent. An effort needs its yes all the same.

    Raises Conflict where no paragraph does, InvalidInput without a reason.
    """
    lock(basis)
    law = needed_of(basis).unless
    if law is None or basis.replaced_at is not None:
        raise Conflict(_("Här finns ingen regel som gör att det kan lämnas utan ja."))
    if not why.strip():
        raise InvalidInput(_("Skriv varför det behövs."), "why")
    basis.without_law, basis.without_why = law, why.strip()
    basis.without_by_id, basis.without_at = staff.id, clock.now()
    _record(Action.CONSENT_NOT_NEEDED, basis, by=staff, reason=law.value)


# --- to ask ---------------------------------------------------------------------------------------


def ask(staff: Staff | None, consent: Consent, *, name: str) -> Consent:
    """Somebody is asked: by name, and with the text that stands then. Asked anew after a no, or
    after it was taken back, it is another row that counts.

    staff: None: the family asks each other. Raises InvalidInput without a name, Conflict when it is
    given already, has been replaced, or the person must not be contacted.
    """
    _lock(consent)
    _require_present(consent)
    if not name.strip() or len(name) > LONGEST_NAME:
        raise InvalidInput(_("Skriv namnet."), "name")
    _require_reachable(consent)
    if consent.state is State.GIVEN:
        raise Conflict(_("Den här personen har redan svarat ja."))
    if not rules.may_become(consent.state, State.ASKED):
        consent = _anew(consent)
    reader = Reader.CHILD if consent.role is Role.CHILD else Reader.GUARDIAN
    if consent.name != name.strip():  # a link and a code that another has lead nowhere
        consent.link_hash = consent.code_hash = None
    consent.name = name.strip()
    if consent.text_id is None:
        consent.text_id = texts.use(consent.municipality_id, reader).id
    consent.state, consent.asked_at = State.ASKED, clock.now()
    consent.asked_by_id = staff.id if staff else None
    consent.call_me_at = None
    db.session.flush()
    _record_one(Action.CONSENT_ASKED, consent, by=staff)
    return consent


def _anew(consent: Consent) -> Consent:
    consent.replaced_at, consent.link_hash = clock.now(), None
    db.session.flush()
    row = Consent(
        id=new_id(), municipality_id=consent.municipality_id, basis_id=consent.basis_id,
        about_kind=consent.about_kind, about_id=consent.about_id, role=consent.role,
        number=consent.number + 1, lifts=consent.lifts, receives=consent.receives,
        state=State.NEEDED, wrong_codes=0,
    )  # fmt: skip
    if not insert_once(row):
        raise Conflict(_("Någon annan ändrade samtyckena nyss. Titta på sidan igen."))
    return row


def open_door(consent: Consent) -> Door:
    """A link and a code for whoever has been asked; what was given before opens nothing any more.

    Raises Conflict when nobody has been asked, or it has been answered no or taken back.
    """
    _lock(consent)
    _require_present(consent)
    _require_reachable(consent)
    if consent.state not in (State.ASKED, State.GIVEN):
        raise Conflict(_("Fråga först, så får du en länk."))
    token = new_token()
    digits = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    consent.link_hash, consent.code_hash = hash_link(token), _hash_code(consent, digits)
    consent.link_until = clock.now() + timedelta(days=OLDEST_LINK_DAYS)
    consent.wrong_codes = 0
    db.session.flush()
    _record_one(Action.CONSENT_LINK_MADE, consent)
    return Door(token, f"{digits[:4]} {digits[4:]}")


def hash_link(token: str) -> str:
    """What a link is known by: shown to the database's walls before it is looked for."""
    return keyring.keyed_hash("consent-link", token.strip())


def _hash_code(consent: Consent, digits: str) -> str:
    return keyring.keyed_hash("consent-code", f"{consent.id} {digits}")


def behind(token: str) -> Consent:
    """What a link leads to. Nothing of it may be shown before the code is right.

    Raises NotFound when it leads nowhere (any more).
    """
    work.show(hash_link(token))
    row = db.session.scalar(select(Consent).where(Consent.link_hash == hash_link(token)))
    if row is None or not _is_open(row):
        raise NotFound(_("Länken gäller inte längre. Be den som frågade om en ny."))
    return row


def _is_open(row: Consent) -> bool:
    """Until it is answered for so many days, afterwards for as long as there is something to take
    back or to look at."""
    now = clock.now()
    if row.replaced_at is not None or row.basis.replaced_at is not None:
        return False
    if row.wrong_codes >= MOST_WRONG or row.link_until is None:
        return False
    if row.state in (State.NEEDED, State.ASKED):
        return now < min(row.link_until, row.basis.ends_at)
    return now < row.basis.ends_at


def is_right(consent: Consent, code: str) -> bool:
    """Is it the code of this link? A wrong one counts, and after some the link opens nothing."""
    lock(consent)
    if consent.wrong_codes >= MOST_WRONG:
        return False
    known = _hash_code(consent, "".join(one for one in code if one.isdigit()))
    if consent.code_hash and secrets.compare_digest(known, consent.code_hash):
        consent.wrong_codes = 0
        _record_one(Action.CONSENT_OPENED, consent)
        return True
    consent.wrong_codes += 1
    return False


# --- to answer ------------------------------------------------------------------------------------


def give(consent: Consent, given: Given) -> None:
    """The person says yes. Again is no more.

    given: not on paper or by phone, which somebody notes (``note_given``).
    Raises Conflict when it cannot be answered so any more.
    """
    _answer(consent, State.GIVEN, given)


def refuse(consent: Consent, given: Given) -> None:
    """The person says no. Raises as ``give``."""
    _answer(consent, State.REFUSED, given)


def note_given(staff: Staff, consent: Consent, given: Given, *, name: str) -> None:
    """Somebody said yes on paper, or by phone when called on the number that the school has.

    Raises InvalidInput for another way or no name, Conflict as ``give``.
    """
    _require_by_staff(given)
    _note_name(consent, name)
    _answer(consent, State.GIVEN, given, noted_by=staff)


def note_refused(staff: Staff, consent: Consent, given: Given, *, name: str) -> None:
    """Likewise, no."""
    _require_by_staff(given)
    _note_name(consent, name)
    _answer(consent, State.REFUSED, given, noted_by=staff)


def _require_by_staff(given: Given) -> None:
    if given not in BY_STAFF:
        raise InvalidInput(_("Välj på papper eller på telefon."), "given")


def _note_name(consent: Consent, name: str) -> None:
    if not name.strip() or len(name) > LONGEST_NAME:
        raise InvalidInput(_("Skriv namnet."), "name")
    if consent.state in (State.NEEDED, State.ASKED):
        consent.name = name.strip()


def _answer(consent: Consent, to: State, given: Given, *, noted_by: Staff | None = None) -> None:
    _lock(consent)
    _require_present(consent)
    _require_reachable(consent)
    if consent.state is to:
        if noted_by and to is State.GIVEN and consent.confirmed_at is None:
            _make_certain(consent, given, noted_by)
        return
    if not rules.may_become(consent.state, to) or clock.now() >= consent.basis.ends_at:
        raise Conflict(_("Det är redan besvarat, eller så har tiden gått ut."))
    if consent.text_id is None:
        reader = Reader.CHILD if consent.role is Role.CHILD else Reader.GUARDIAN
        consent.text_id = texts.use(consent.municipality_id, reader).id
    consent.state, consent.answered_at, consent.given = to, clock.now(), given
    consent.noted_by_id = noted_by.id if noted_by else None
    consent.call_me_at = None
    if rules.is_certain(given, consent.role):
        consent.confirmed_at = consent.answered_at
        consent.confirmed_by_id = noted_by.id if noted_by else None
    db.session.flush()
    action = Action.CONSENT_GIVEN if to is State.GIVEN else Action.CONSENT_REFUSED
    _record_one(action, consent, by=noted_by, way=given.value)
    _heard(consent)


def _make_certain(consent: Consent, given: Given, staff: Staff) -> None:
    """What was answered by a link has been said on paper or by phone too: by that it holds."""
    consent.given, consent.noted_by_id = given, staff.id
    consent.confirmed_at, consent.confirmed_by_id = clock.now(), staff.id
    db.session.flush()
    _record_one(Action.CONSENT_CONFIRMED, consent, by=staff, way=given.value)
    _heard(consent)


def confirm(staff: Staff, consent: Consent) -> None:
    """The person was reached on the number that the school has, and it was they who answered. Again
    is no more. Raises Conflict when there is no yes to confirm."""
    _lock(consent)
    _require_present(consent)
    _require_reachable(consent)
    if consent.state is not State.GIVEN:
        raise Conflict(_("Det finns inget ja att bekräfta."))
    if consent.confirmed_at is not None:
        return
    consent.confirmed_at, consent.confirmed_by_id = clock.now(), staff.id
    db.session.flush()
    _record_one(Action.CONSENT_CONFIRMED, consent, by=staff)
    _heard(consent)


def call_me(consent: Consent) -> None:
    """The person would rather be called before an answer. Raises Conflict when it is answered."""
    _lock(consent)
    _require_present(consent)
    if consent.state is not State.ASKED:
        raise Conflict(_("Det är redan besvarat, eller så har tiden gått ut."))
    if consent.call_me_at is None:
        consent.call_me_at = clock.now()
        db.session.flush()
        _record_one(Action.CONSENT_CALL_ASKED, consent)
        _heard(consent)


def take_back(consent: Consent, *, noted_by: Staff | None = None) -> None:
    """Nothing more is shared from now on. What has been stays shared: ``queries.shared`` says what.
    Again is no more.

    noted_by: who was told of it, on paper or by phone.
    Raises Conflict when there is no yes to take back.
    """
    _lock(consent)
    if consent.state is State.TAKEN_BACK:
        return
    if not rules.may_become(consent.state, State.TAKEN_BACK):
        raise Conflict(_("Det finns inget ja att ta tillbaka."))
    consent.state, consent.taken_back_at = State.TAKEN_BACK, clock.now()
    db.session.flush()
    _record_one(Action.CONSENT_TAKEN_BACK, consent, by=noted_by)
    _heard(consent)


def _require_present(consent: Consent) -> None:
    if consent.replaced_at is not None or consent.basis.replaced_at is not None:
        raise Conflict(_("Det har ändrats sedan du frågade. Titta på sidan igen."))


def _require_reachable(consent: Consent) -> None:
    if consent.role in needed_of(consent.basis).never:
        raise Conflict(_("Den här personen kontaktar vi inte."))


def _lock(consent: Consent) -> None:
    """Its basis first, as whoever shares does: of the two at once one comes after the other."""
    lock(consent.basis)
    lock(consent)


def _heard(consent: Consent) -> None:
    heard = _HEARD.get(consent.about_kind)
    if heard:
        heard(consent)


# --- to share -------------------------------------------------------------------------------------


def share(
    about: About, what: str, *, told: str, to_whom: str, cause: str, by: Staff | None
) -> bool:
    """Keep that something is shared now, in the transaction that shares it. The same cause again is
    no more, and False.

    told: what, in words that whoever agreed can read. cause: what the subject calls this sharing.
    Raises Conflict, and nothing may be shared, when it is not allowed (any more).
    """
    basis = queries.basis_of(about, what)
    if basis is not None:
        lock(basis)
    now = clock.now()
    if basis is None or basis.replaced_at is not None or not queries.allows(about, what, now):
        raise Conflict(_("Ett ja saknas eller är återtaget. Inget är skickat."))
    row = ConsentShared(
        id=new_id(), municipality_id=basis.municipality_id, basis_id=basis.id,
        cause_hash=keyring.keyed_hash("consent-shared", cause), what=told, to_whom=to_whom, at=now,
        staff_id=by.id if by else None, without_law=basis.without_law,
    )  # fmt: skip
    if not insert_once(row):
        return False
    _record(Action.CONSENT_SHARED, basis, by=by)
    return True


# --- what comes by itself -------------------------------------------------------------------------


def expire(about: About) -> int:
    """What was asked about it or agreed to, and whose time has gone. Returns how many. (Nothing
    holds past its time whether this is done or not.)"""
    now, done = clock.now(), 0
    for row in queries.all_of(about):
        is_over = row.basis.ends_at <= now
        if is_over and rules.may_become(row.state, State.EXPIRED):
            row.state, row.link_hash = State.EXPIRED, None
            _record_one(Action.CONSENT_EXPIRED, row)
            done += 1
    db.session.flush()
    return done


def _close_doors(basis: ConsentBasis) -> None:
    db.session.execute(update(Consent).where(Consent.basis_id == basis.id).values(link_hash=None))


def end(about: About) -> None:
    """The subject has ended: nobody need answer, and no link leads anywhere any more."""
    for basis in db.session.scalars(
        select(ConsentBasis).where(
            ConsentBasis.about_kind == about.kind, ConsentBasis.about_id == about.id
        )
    ):
        _close_doors(basis)


def forget(about: About) -> int:
    """The subject is purged: all of its agreements go with it. Returns how many bases."""
    return changed(
        delete(ConsentBasis).where(
            ConsentBasis.about_kind == about.kind, ConsentBasis.about_id == about.id
        )
    )


# --- the trace ------------------------------------------------------------------------------------


def _record(
    action: Action, basis: ConsentBasis, *, by: Staff | None = None, reason: str | None = None
) -> None:
    audit.record(
        action,
        by=work.staff(by.id) if by else None,
        municipality_id=basis.municipality_id,
        about=basis.about,
        reason=reason[:40] if reason else None,
    )


def _record_one(
    action: Action, consent: Consent, *, by: Staff | None = None, way: str | None = None
) -> None:
    """The reason is whose, and how: never a name."""
    reason = f"{consent.role}_{way}" if way else consent.role.value
    _record(action, consent.basis, by=by, reason=reason)
