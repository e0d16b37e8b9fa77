"""A subject that has no package yet: what consents know of any."""

from datetime import datetime, timedelta
from typing import Any

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.about import About, Subject
from elevhalsa.domain.consents import queries, service
from elevhalsa.domain.consents.models import Consent, ConsentBasis
from elevhalsa.domain.consents.service import Facts, Terms
from elevhalsa.domain.consents.words import Given, Offered, Role, Side
from elevhalsa.domain.places.models import Municipality

WHAT = "stod"
NAMES = {
    Role.CHILD: "Barnet Ett",
    Role.GUARDIAN_ONE: "Vuxen Ett",
    Role.GUARDIAN_TWO: "Vuxen Två",
}


def a_subject() -> About:
    return About(Subject.REFERRAL, new_id())


def terms(**others: Any) -> Terms:
    now = clock.now()
    said: dict[str, Any] = {
        "whom": "Barnet Ett",
        "asks": "Kuratorn på Exempelskolan",
        "offer": "Stöd i vardagen från socialtjänstens öppna hjälp",
        "scope": "Vad som är svårt på morgnarna, och vad vi har provat",
        "to_whom": "Familjebehandlarna på Öppna hjälpen",
        "begins_at": now,
        "ends_at": now + timedelta(days=90),
    }
    return Terms(**(said | others))


def facts(age: int = 13, **others: Any) -> Facts:
    """Of an effort without assessment, from the counsellor to social services."""
    known: dict[str, Any] = {
        "offered": Offered.UNASSESSED,
        "sender": Side.PSYCHOSOCIAL,
        "receiver": Side.SOCIAL_SERVICES,
    }
    return Facts(age=age, **(known | others))


def found_out(
    place: Municipality,
    about: About | None = None,
    *,
    what: str = WHAT,
    age: int = 13,
    **known: Any,
) -> ConsentBasis:
    return service.find_out(
        place.id, about or a_subject(), what, facts(age, **known), terms(), by=None
    )


def asked(basis: ConsentBasis, role: Role) -> Consent:
    consent = queries.consent_of(basis, role)
    assert consent is not None
    return service.ask(None, consent, name=NAMES[role])


def all_say_yes(basis: ConsentBasis) -> list[Consent]:
    """Each known for sure."""
    found = [asked(basis, one.role) for one in queries.consents_of(basis)]
    for one in found:
        service.give(one, Given.EID)
    return found


def allowed_now(basis: ConsentBasis, now: datetime | None = None) -> bool:
    return queries.allows(basis.about, basis.what, now or clock.now())
