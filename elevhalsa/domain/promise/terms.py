"""What a municipality decides of its promise, and what it had decided when something began."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.places.models import Municipality
from elevhalsa.extensions import db

from . import rules
from .models import FormerTerms
from .policy import Policy, policy_of
from .rules import Rung

LONGEST_REF = 120
"""Characters of where a decision is found."""


class Policies:
    """Of some municipalities, for one transaction."""

    def __init__(self, municipality_ids: Collection[str]) -> None:
        self._former: dict[str, list[tuple[datetime, Policy]]] = {}
        self._present: dict[str, Policy] = {}
        query = (
            select(FormerTerms)
            .where(FormerTerms.municipality_id.in_(municipality_ids))
            .order_by(FormerTerms.until)
        )
        for row in db.session.scalars(query):
            self._former.setdefault(row.municipality_id, []).append((row.until, policy_of(row)))

    def of(self, municipality: Municipality, moment: datetime) -> Policy:
        """What held at that moment."""
        for until, policy in self._former.get(municipality.id, []):
            if moment < until:
                return policy
        if municipality.id not in self._present:
            self._present[municipality.id] = policy_of(municipality)
        return self._present[municipality.id]


def candidate(hours: int, eves_closed: bool, between: Sequence[Rung]) -> Policy:
    """As it would be. between: the rungs between the first and the last."""
    ladder = rules.whole_ladder(hours, between)
    return Policy(hours, eves_closed, [_stored(rung) for rung in ladder])


def _stored(rung: Rung) -> dict[str, object]:
    return {
        "hours": rung.hours,
        "audience": [word.value for word in rung.audience],
        "opens_wide": rung.opens_wide,
    }


def change(
    municipality: Municipality,
    *,
    hours: int,
    eves_closed: bool,
    between: Sequence[Rung],
    by: work.Actor,
) -> bool:
    """From now on. What has begun keeps its dates and its rungs. False when nothing was another.

    Raises InvalidInput for a ladder that nobody could keep watch by (``rules.is_fit``).
    """
    if not rules.is_fit(hours, between):
        raise InvalidInput(_("Stegen går inte ihop. Titta på timmarna en gång till."))
    new, before = candidate(hours, eves_closed, between), policy_of(municipality)
    if (new.hours, new.eves_closed, new.ladder) == (
        before.hours,
        before.eves_closed,
        before.ladder,
    ):
        return False
    db.session.add(
        FormerTerms(
            municipality_id=municipality.id,
            until=clock.now(),
            promise_hours=municipality.promise_hours,
            eves_closed=municipality.eves_closed,
            ladder=municipality.ladder,
        )
    )
    municipality.promise_hours = hours
    municipality.eves_closed = eves_closed
    municipality.ladder = [_stored(rung) for rung in new.ladder]
    audit.record(Action.PROMISE_CHANGED, by=by, municipality_id=municipality.id)
    return True


def decide_private_numbers(
    municipality: Municipality, since: date | None, reference: str, *, by: work.Actor
) -> bool:
    """That staff may choose SMS to a number of their own: from which day, and where the decision is
    found. None: no longer. False when nothing was another.

    Raises InvalidInput when only one of the two is said.
    """
    reference = reference.strip()
    if (since is None) is not (not reference):
        raise InvalidInput(
            _("Skriv både dagen och var beslutet finns, eller lämna båda tomma."),
            "private_ref" if since else "private_from",
        )
    if (municipality.private_numbers_from, municipality.private_numbers_ref or "") == (
        since,
        reference,
    ):
        return False
    municipality.private_numbers_from = since
    municipality.private_numbers_ref = reference or None
    audit.record(
        Action.PRIVATE_NUMBERS_DECIDED,
        by=by,
        municipality_id=municipality.id,
        reason="on" if since else "off",
    )
    return True
