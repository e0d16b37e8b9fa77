"""Who must agree, to what and by which paragraph; and whether they have. Pure.

The law as we read it stands in ``data/consent_law.csv``. Where it leaves a choice, more people are
asked rather than fewer. The combinations stand in ``tests/domain/consents/expected.csv``.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from .words import (
    BY_STAFF,
    GUARDIANS,
    Given,
    Law,
    Maturity,
    Offered,
    OneGuardian,
    Purpose,
    Role,
    Side,
    State,
)

ADULT, YOUTH, TEEN = 18, 15, 12
"""Years. From 18 one decides alone (föräldrabalken 9 kap. 1 §)."""
OLDEST_LINK_DAYS = 14
"""Wall-clock days that a link waits for its answer."""
MOST_WRONG = 10
"""Wrong codes behind one link, until it opens nothing."""

RECEIVERS = tuple(side for side in Side if side is not Side.FAMILY)
WITHIN = (Side.MEDICAL, Side.PSYCHOSOCIAL, Side.SCHOOL, Side.PRESCHOOL, Side.SOCIAL_SERVICES)
"""From one to another on the same of these nothing passes a border of secrecy. The others may be of
several authorities, or of none."""

_SECRECY = {
    Side.MEDICAL: Law.HEALTH_SECRECY,
    Side.PSYCHOSOCIAL: Law.PSYCHOSOCIAL_SECRECY,
    Side.SCHOOL: Law.SCHOOL_SECRECY,
    Side.PRESCHOOL: Law.PRESCHOOL_SECRECY,
    Side.SOCIAL_SERVICES: Law.SOCIAL_SECRECY,
    Side.HEALTH_CARE: Law.HEALTH_SECRECY,
    Side.INDEPENDENT: Law.INDEPENDENT_SECRECY,
    Side.LEISURE: Law.NO_SECRECY,
}
_UNLESS = {
    (Side.MEDICAL, Side.SOCIAL_SERVICES): Law.MEDICAL_NEEDED,
    (Side.MEDICAL, Side.HEALTH_CARE): Law.MEDICAL_NEEDED,
    (Side.MEDICAL, Side.PSYCHOSOCIAL): Law.MEDICAL_WITHIN,
    (Side.SOCIAL_SERVICES, Side.HEALTH_CARE): Law.SOCIAL_NEEDED,
    (Side.SOCIAL_SERVICES, Side.MEDICAL): Law.SOCIAL_NEEDED,
}
"""From, to: what may be told of one under 18 without consent, when it is needed for necessary care,
treatment or support. Somebody must have noted that it is."""
_ONE = {
    OneGuardian.SOLE: Law.SOLE,
    OneGuardian.PREVENTED: Law.PREVENTED,
    OneGuardian.DECIDED: Law.DECIDED,
    OneGuardian.PROTECTED: Law.PROTECTED,
}


@dataclass(frozen=True, order=True)
class Need:
    """One agreement that must be there."""

    who: Role
    what: Purpose
    law: Law


@dataclass(frozen=True)
class Needed:
    needs: tuple[Need, ...]
    """Empty: nobody has to agree."""
    heard: frozenset[Role]
    """Who need not agree, but is asked what they think."""
    told: frozenset[Role]
    """Who may be told of it. A guardian who does not stand here is told nothing, unless the child
    says so (OSL 12:3)."""
    never: frozenset[Role]
    """Whom the service never contacts about it."""
    secrecy: Law | None
    """What the sender's secrecy stands in; None: nothing of it is in the way."""
    unless: Law | None
    """By which paragraph it may be told without consent, once somebody has noted why. An effort
    needs its consent all the same."""
    one: Law | None
    """Why one guardian suffices; None: both must, or none."""
    also: tuple[Law, ...]
    """What else is shown with it."""

    @property
    def roles(self) -> tuple[Role, ...]:
        """Who must agree to anything of it."""
        return tuple(role for role in Role if any(need.who is role for need in self.needs))

    def of(self, role: Role) -> tuple[Need, ...]:
        return tuple(need for need in self.needs if need.who is role)

    @property
    def laws(self) -> tuple[Law, ...]:
        """All that are shown with it, each once."""
        found = [need.law for need in self.needs]
        found += [law for law in (self.secrecy, self.unless, self.one) if law]
        return tuple(dict.fromkeys([*found, *self.also]))


def who_must_agree(
    age: int,
    offered: Offered,
    sender: Side,
    receiver: Side,
    *,
    maturity: Maturity = Maturity.NOT_NOTED,
    one_guardian: OneGuardian | None = None,
    protected: bool = False,
) -> Needed:
    """age: whole years of whom it is about, on the day. protected: the child, or the guardian who
    is asked, has protected identity (skyddade personuppgifter): the other is never contacted by us,
    so that where no ground for one guardian is noted nothing is shared until there is one.

    Raises ValueError for an age below 0, or a receiver that is the family.
    """
    if age < 0 or receiver is Side.FAMILY:
        raise ValueError("no such age or receiver")
    lifts = sender is not Side.FAMILY and not (sender is receiver and sender in WITHIN)
    guardians = GUARDIANS[:1] if one_guardian else GUARDIANS
    needs: list[Need] = []
    if lifts:
        needs += _lifting(age, maturity, guardians)
    if offered is not Offered.NONE:
        needs += _receiving(age, offered, receiver, maturity, guardians)
    asked = frozenset(need.who for need in needs)
    asks_guardians = Role.GUARDIAN_ONE in asked
    is_kept_from_home = age < ADULT and Role.CHILD in asked and not asks_guardians
    never: set[Role] = set()
    if age >= ADULT:
        never.update(GUARDIANS)
    elif one_guardian or protected:
        never.add(Role.GUARDIAN_TWO)
    return Needed(
        needs=tuple(needs),
        heard=frozenset({Role.CHILD}) - asked if age < ADULT and needs else frozenset(),
        told=asked | {Role.CHILD},
        never=frozenset(never),
        secrecy=_SECRECY[sender] if lifts else None,
        unless=_UNLESS.get((sender, receiver)) if lifts and age < ADULT else None,
        one=_ONE[one_guardian] if one_guardian and asks_guardians else None,
        also=(*([Law.NOT_HOME] if is_kept_from_home else []), Law.NOT_GDPR),
    )


def _lifting(age: int, maturity: Maturity, guardians: tuple[Role, ...]) -> list[Need]:
    """OSL 12:2 and 12:3: from 15 the child alone, unless noted not to be able to; from 12 alone
    when noted to be, and otherwise with the guardians; below 12 the guardians."""
    own = Law.ADULT if age >= ADULT else Law.OWN_SECRECY
    return [
        *([Need(Role.CHILD, Purpose.LIFT, own)] if _has_a_say(age, maturity) else []),
        *(
            Need(role, Purpose.LIFT, Law.GUARDIAN_SECRECY)
            for role in guardians
            if not _decides_alone(age, maturity)
        ),
    ]


def _receiving(
    age: int, offered: Offered, receiver: Side, maturity: Maturity, guardians: tuple[Role, ...]
) -> list[Need]:
    if age >= ADULT:
        return [Need(Role.CHILD, Purpose.RECEIVE, Law.ADULT)]
    alone = _decides_alone(age, maturity)
    if receiver is not Side.SOCIAL_SERVICES:
        home = own = Law.CUSTODY
    elif offered is Offered.ASSESSED:
        own = home = Law.ASSESSED_YOUTH if age >= YOUTH else Law.ASSESSED_TEEN
        home = home if age >= TEEN else Law.ASSESSED_CHILD
    else:
        # Between 12 and 14 no maturity does without the guardian.
        alone = alone and age >= YOUTH
        own = Law.UNASSESSED_YOUTH if age >= YOUTH else Law.OWN_SAY
        home = Law.UNASSESSED_YOUTH if age >= YOUTH else Law.UNASSESSED_CHILD
    own = own if receiver is Side.SOCIAL_SERVICES or alone else Law.OWN_SAY
    return [
        *([Need(Role.CHILD, Purpose.RECEIVE, own)] if _has_a_say(age, maturity) else []),
        *(Need(role, Purpose.RECEIVE, home) for role in guardians if not alone),
    ]


def _has_a_say(age: int, maturity: Maturity) -> bool:
    """Nothing is done without the child's own yes: from 12, unless noted not to be able to; from 15
    always."""
    return age >= YOUTH or (age >= TEEN and maturity is not Maturity.NOT_YET)


def _decides_alone(age: int, maturity: Maturity) -> bool:
    if age >= ADULT:
        return True
    if age >= YOUTH:
        return maturity is not Maturity.NOT_YET
    return age >= TEEN and maturity is Maturity.MATURE


def may_share(
    needed: Needed, agreed: Collection[tuple[Role, Purpose]], *, without_consent: bool = False
) -> bool:
    """agreed: what holds now. without_consent: somebody has noted that it is needed for necessary
    care or support; that lifts secrecy where a paragraph says so, and is no yes to an effort."""
    waived = without_consent and needed.unless is not None
    return all(
        (need.who, need.what) in agreed or (waived and need.what is Purpose.LIFT)
        for need in needed.needs
    )


# --- what stands in the records -------------------------------------------------------------------


@dataclass(frozen=True)
class Record:
    """One person's agreement, as it is kept."""

    state: State
    lifts: bool
    """It is needed to lift secrecy."""
    receives: bool
    """It is needed to receive an effort."""
    begins_at: datetime
    ends_at: datetime
    """From then on it holds no more."""
    confirmed_at: datetime | None
    """When it was certain who had answered."""


def holds(record: Record, now: datetime) -> bool:
    """A yes by somebody known, of which the time has come and not gone."""
    return (
        record.state is State.GIVEN
        and record.confirmed_at is not None
        and record.confirmed_at <= now
        and record.begins_at <= now < record.ends_at
    )


def all_hold(records: Iterable[Record], now: datetime, *, without_consent: bool = False) -> bool:
    """Does each that is needed hold? without_consent: a paragraph lets it be told without, and
    somebody has noted why; what is to be received needs its yes all the same."""
    return all(holds(one, now) or (without_consent and not one.receives) for one in records)


def may_become(state: State, to: State) -> bool:
    """Can one who is asked answer so now? What was refused or taken back is asked anew, by another
    row, and never turned round."""
    return to in {
        State.NEEDED: (State.ASKED, State.GIVEN, State.REFUSED, State.EXPIRED),
        State.ASKED: (State.ASKED, State.GIVEN, State.REFUSED, State.EXPIRED),
        State.GIVEN: (State.TAKEN_BACK, State.EXPIRED),
    }.get(state, ())


def is_certain(given: Given, role: Role) -> bool:
    """Is it certain who answered? One with a link is who has the phone, until reached on the number
    that the school has (or by e-ID). The child's own page is opened by the child's own code."""
    return given in (*BY_STAFF, Given.EID) or (given is Given.OWN_PAGE and role is Role.CHILD)
