"""What is known of agreements. Asked of a subject that the caller may read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import joinedload

from elevhalsa.domain.about import About, Subject
from elevhalsa.extensions import db

from . import rules
from .models import Consent, ConsentBasis, ConsentShared
from .words import Role, State


def basis_of(about: About, what: str) -> ConsentBasis | None:
    """What holds now; None: nobody has found out what is needed."""
    return db.session.scalar(
        select(ConsentBasis).where(
            ConsentBasis.about_kind == about.kind,
            ConsentBasis.about_id == about.id,
            ConsentBasis.what == what,
            ConsentBasis.replaced_at.is_(None),
        )
    )


def consents_of(basis: ConsentBasis) -> list[Consent]:
    """Those that count, child first."""
    query = (
        select(Consent)
        .where(Consent.basis_id == basis.id, Consent.replaced_at.is_(None))
        .execution_options(populate_existing=True)  # another may have answered meanwhile
    )
    order = list(Role)
    return sorted(db.session.scalars(query), key=lambda one: order.index(one.role))


def consent_of(basis: ConsentBasis, role: Role) -> Consent | None:
    return next((one for one in consents_of(basis) if one.role is role), None)


def all_of(about: About) -> list[Consent]:
    """All that were ever asked about it, the newest first: what is kept."""
    query = (
        select(Consent)
        .join(ConsentBasis)
        .where(Consent.about_kind == about.kind, Consent.about_id == about.id)
        .options(joinedload(Consent.basis), joinedload(Consent.text))
    )
    return list(
        db.session.scalars(query.order_by(ConsentBasis.made_at.desc(), Consent.number.desc()))
    )


def shared(basis: ConsentBasis) -> Sequence[ConsentShared]:
    """What has been shared for this subject with this receiver, whichever basis it was by; in the
    order it was."""
    return db.session.scalars(
        select(ConsentShared)
        .join(ConsentBasis)
        .where(
            ConsentBasis.about_kind == basis.about_kind,
            ConsentBasis.about_id == basis.about_id,
            ConsentBasis.what == basis.what,
        )
        .order_by(ConsentShared.at, ConsentShared.id)
    ).all()


def shared_by(basis: ConsentBasis) -> Sequence[ConsentShared]:
    """What has been shared by this basis alone: what those who were asked of it may see."""
    query = select(ConsentShared).where(ConsentShared.basis_id == basis.id)
    return db.session.scalars(query.order_by(ConsentShared.at, ConsentShared.id)).all()


def allows(about: About, what: str, now: datetime) -> bool:
    """May that be shared now? The one place that decides it: asked before each sharing, and again
    within the transaction that shares (``service.share``). False while nobody has found out what is
    needed.

    what: a key of the subject's own (``ConsentBasis.what``).
    """
    basis = basis_of(about, what)
    if basis is None:
        return False
    records = [one.record for one in consents_of(basis)]
    return rules.all_hold(records, now, without_consent=basis.without_law is not None)


def allowed(kind: Subject, about_id: Any, what: Any, now: datetime) -> ColumnElement[bool]:
    """The same, as a condition on rows of a query: of those whose id is ``about_id``. A test holds
    the two together.

    what: a text, or the column that says it.
    """
    holds = and_(
        Consent.state == State.GIVEN,
        Consent.confirmed_at.is_not(None),
        Consent.confirmed_at <= now,
        ConsentBasis.begins_at <= now,
        ConsentBasis.ends_at > now,
    )
    waived = and_(ConsentBasis.without_law.is_not(None), ~Consent.receives)
    missing = exists().where(
        Consent.basis_id == ConsentBasis.id,
        Consent.replaced_at.is_(None),
        Consent.id.is_not(None),
        ~holds,
        ~waived,
    )
    return exists().where(
        ConsentBasis.about_kind == kind,
        ConsentBasis.about_id == about_id,
        ConsentBasis.what == what,
        ConsentBasis.replaced_at.is_(None),
        ~missing,
    )
