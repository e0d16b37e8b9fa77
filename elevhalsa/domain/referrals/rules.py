"""Rules of a referral. Pure: no database, no Flask, no clock.

Where it can stand and what leads on (``STEPS``), who may do it, by when each open step is to be
done, and who holds the baton. The names in HL7 FHIR R5 stand at ``State``: a referral is a
``ServiceRequest`` (``intent`` proposal), where it stands a ``Task.status``, an offer a
``HealthcareService``, a form a ``Questionnaire`` and what was answered a ``QuestionnaireResponse``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from elevhalsa.domain.promise.rules import due_at

from .words import ENDED, OPEN, WITH_OPTIONS, Deed, FieldKind, Party, State

# --- where it stands ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One way on from where a referral stands."""

    to: State
    by: frozenset[Party]
    """Who may do it, whoever else may look."""


def _by(*parties: Party) -> frozenset[Party]:
    return frozenset(parties)


SENDER, RECEIVER, FAMILY = Party.SENDER, Party.RECEIVER, Party.FAMILY
_ENDS = {Deed.WITHDRAW: Step(State.WITHDRAWN, _by(SENDER, FAMILY))}

STEPS: Mapping[State, Mapping[Deed, Step]] = {
    State.DRAFT: {Deed.SEND: Step(State.SENT, _by(SENDER, FAMILY))} | _ENDS,
    State.SENT: {
        Deed.RECEIVE: Step(State.RECEIVED, _by(RECEIVER)),
        Deed.ACCEPT: Step(State.ACCEPTED, _by(RECEIVER)),
        Deed.RETURN: Step(State.RETURNED, _by(RECEIVER)),
    }
    | _ENDS,
    State.RECEIVED: {
        Deed.ACCEPT: Step(State.ACCEPTED, _by(RECEIVER)),
        Deed.RETURN: Step(State.RETURNED, _by(RECEIVER)),
    }
    | _ENDS,
    State.ACCEPTED: {
        Deed.BOOK: Step(State.BOOKED, _by(RECEIVER, FAMILY)),
        Deed.WAIT: Step(State.WAITING, _by(RECEIVER)),
        Deed.RETURN: Step(State.RETURNED, _by(RECEIVER)),
        Deed.CLOSE: Step(State.CLOSED, _by(RECEIVER)),
    }
    | _ENDS,
    State.BOOKED: {
        Deed.BOOK: Step(State.BOOKED, _by(RECEIVER, FAMILY)),
        Deed.GO_ON: Step(State.ACCEPTED, _by(RECEIVER)),
        Deed.WAIT: Step(State.WAITING, _by(RECEIVER)),
        Deed.CLOSE: Step(State.CLOSED, _by(RECEIVER)),
    }
    | _ENDS,
    State.WAITING: {
        Deed.GO_ON: Step(State.ACCEPTED, _by(RECEIVER, FAMILY)),
        Deed.BOOK: Step(State.BOOKED, _by(RECEIVER, FAMILY)),
        Deed.WAIT: Step(State.WAITING, _by(RECEIVER)),
        Deed.CLOSE: Step(State.CLOSED, _by(RECEIVER)),
    }
    | _ENDS,
    State.RETURNED: {
        Deed.TAKE_BACK: Step(State.RETURNED, _by(SENDER)),
        Deed.SEND_AGAIN: Step(State.SENT, _by(SENDER, FAMILY)),
        Deed.CLOSE: Step(State.CLOSED, _by(SENDER, RECEIVER)),
    }
    | _ENDS,
    State.CLOSED: {},
    State.WITHDRAWN: {},
}
"""Where it can stand -> what can be done -> where that leads. No other change exists."""


def step(state: State, deed: Deed, by: Party) -> Step | None:
    """The way on, or None where there is none for that party."""
    found = STEPS[state].get(deed)
    return found if found and by in found.by else None


def deeds(state: State, by: Party) -> tuple[Deed, ...]:
    """What that party can do now, in the order of ``Deed``."""
    return tuple(deed for deed in Deed if step(state, deed, by))


# --- who answers, and who holds the baton ---------------------------------------------------------


def answers(state: State, *, has_sender: bool) -> Party | None:
    """Who must take the next step and is reminded of it; None once it has ended.

    has_sender: one of staff began it. What a guardian or a young person began comes back to the
    family, and the receiver who returned it stays beside them until it is somewhere else.
    """
    if state in ENDED:
        return None
    if state is State.DRAFT:
        return SENDER if has_sender else FAMILY
    if state is State.RETURNED:
        return SENDER if has_sender else RECEIVER
    return RECEIVER


@dataclass(frozen=True)
class Baton:
    """Who holds a referral: one named person, until another has accepted it."""

    holder: str
    """The id of the person; of a family that began one by itself ``FAMILY_HOLDS``."""


FAMILY_HOLDS = "family"


def baton_after(baton: Baton, deed: Deed, by: Party, who: str) -> Baton:
    """Whoever accepts it has it, and whoever sent it has it again once they take it back. Nothing
    that others do moves it: to send it, to return it or to leave lays it on nobody."""
    if deed is Deed.ACCEPT and by is RECEIVER:
        return Baton(who)
    if deed in (Deed.TAKE_BACK, Deed.SEND_AGAIN) and by is SENDER:
        return Baton(who)
    return baton


# --- by when --------------------------------------------------------------------------------------

USUAL_HOURS: Mapping[State, int] = {
    State.DRAFT: 120,
    State.SENT: 24,
    State.RECEIVED: 48,
    State.ACCEPTED: 72,
    State.RETURNED: 48,
    State.BOOKED: 48,
    State.WAITING: 240,
}
"""Counted hours, 24 a *helgfri vardag*, from when the step began until its *senast*, where a
municipality has decided nothing. Of ``BOOKED`` from when the meeting begins."""
MOST_HOURS = 24 * 60
"""About three months of weekdays: after that nobody would call it waiting."""


def senast(
    state: State,
    began_at: datetime,
    hours: Mapping[State, int],
    *,
    is_closed: Callable[[date], bool],
    meeting_at: datetime | None = None,
) -> datetime | None:
    """By when the next step is to be taken, in Europe/Stockholm; None once it has ended.

    began_at: when it came to stand there, aware. hours: the municipality's own, counted; a step
    that it says nothing of has the usual. meeting_at: when a booked meeting begins.
    Raises ValueError as ``promise.rules.due_at``.
    """
    if state in ENDED:
        return None
    start = max(began_at, meeting_at) if state is State.BOOKED and meeting_at else began_at
    return due_at(start, hours.get(state, USUAL_HOURS[state]), is_closed=is_closed)


def is_fit(hours: Mapping[State, int]) -> bool:
    """Hours that every open step can be watched by."""
    return set(hours) == set(OPEN) and all(1 <= one <= MOST_HOURS for one in hours.values())


REMINDED_AT = 0.75
"""Of the counted hours to the *senast*, when whoever answers for the step is reminded."""

# --- what is offered ------------------------------------------------------------------------------

OLDEST = 20
"""The highest age, in years, that an offer can be for."""


class OfferFault(StrEnum):
    """Why an offer cannot stand in the catalogue."""

    AGES = "ages"
    """The two ages do not make a span."""
    NO_RECEIVER = "no_receiver"
    """What is offered is received by somebody."""
    NO_DECISION = "no_decision"
    """What is given without an assessment, or written down without names, rests on a decision of
    the nämnd's that lists it (socialtjänstlagen 11 kap. 5 §, 14 kap. 4-5 §§)."""


def fault_of_offer(
    *,
    age_from: int,
    age_to: int,
    needs_decision: bool,
    has_decision: bool,
    is_offered: bool,
    has_receiver: bool,
) -> OfferFault | None:
    if not 0 <= age_from <= age_to <= OLDEST:
        return OfferFault.AGES
    if needs_decision and not has_decision:
        return OfferFault.NO_DECISION
    if is_offered and not has_receiver:
        return OfferFault.NO_RECEIVER
    return None


def fits(age_from: int, age_to: int, age: int) -> bool:
    """Is an offer for a child of that age in years? Both ends are included."""
    return age_from <= age <= age_to


# --- the forms ------------------------------------------------------------------------------------

MOST_FIELDS = 30
MOST_OPTIONS = 12
LONGEST_LABEL = 160
LONGEST_HELP = 400
LONGEST_OPTION = 120
LONGEST_ANSWER = 4000


@dataclass(frozen=True)
class Field:
    """One field of a form, as data. The key stays when the words change."""

    key: str
    label: str
    kind: FieldKind
    help: str = ""
    required: bool = False
    options: tuple[str, ...] = ()

    @property
    def stored(self) -> dict[str, object]:
        return {
            "key": self.key,
            "label": self.label,
            "kind": self.kind.value,
            "help": self.help,
            "required": self.required,
            "options": list(self.options),
        }


def field_of(stored: Mapping[str, object]) -> Field:
    """Raises ValueError or KeyError for what cannot be read."""
    options = stored.get("options") or ()
    if not isinstance(options, Iterable) or isinstance(options, str):
        raise ValueError("options are a list")
    return Field(
        key=str(stored["key"]),
        label=str(stored["label"]),
        kind=FieldKind(str(stored["kind"])),
        help=str(stored.get("help") or ""),
        required=bool(stored.get("required")),
        options=tuple(map(str, options)),
    )


class FieldFault(StrEnum):
    """Why a field cannot stand in a form."""

    NO_LABEL = "no_label"
    NO_OPTIONS = "no_options"
    SAME_OPTION = "same_option"
    TOO_MANY_OPTIONS = "too_many_options"
    LONG_OPTION = "long_option"


def fault_of_field(field: Field) -> FieldFault | None:
    if not field.label:
        return FieldFault.NO_LABEL
    return _fault_of_options(field.options) if field.kind in WITH_OPTIONS else None


def _fault_of_options(options: Sequence[str]) -> FieldFault | None:
    if len(options) < 2:
        return FieldFault.NO_OPTIONS
    if len(set(options)) < len(options):
        return FieldFault.SAME_OPTION
    if len(options) > MOST_OPTIONS:
        return FieldFault.TOO_MANY_OPTIONS
    is_long = any(len(option) > LONGEST_OPTION for option in options)
    return FieldFault.LONG_OPTION if is_long else None


def put(fields: Sequence[Field], field: Field, place: int) -> tuple[Field, ...]:
    """The form with that field, new or changed, as number ``place`` (the first is 1)."""
    others = [one for one in fields if one.key != field.key]
    at = min(max(place, 1), len(others) + 1) - 1
    return (*others[:at], field, *others[at:])


def without(fields: Sequence[Field], key: str) -> tuple[Field, ...]:
    return tuple(one for one in fields if one.key != key)


class AnswerFault(StrEnum):
    MISSING = "missing"
    NOT_AMONG = "not_among"
    TOO_LONG = "too_long"


def faults_of_answers(
    fields: Iterable[Field], answers: Mapping[str, Sequence[str]]
) -> dict[str, AnswerFault]:
    """What is wrong with what was answered, by the field's key.

    answers: of each field what was said; of ``SEVERAL`` any number, of the others at most one."""
    found = {}
    for field in fields:
        said = [one for one in answers.get(field.key, ()) if one]
        if field.required and not said:
            found[field.key] = AnswerFault.MISSING
        elif (among := _among(field)) is not None and not set(said) <= set(among):
            found[field.key] = AnswerFault.NOT_AMONG
        elif sum(map(len, said)) > LONGEST_ANSWER or (
            len(said) > 1 and field.kind is not FieldKind.SEVERAL
        ):
            found[field.key] = AnswerFault.TOO_LONG
    return found


YES, NO = "yes", "no"


def _among(field: Field) -> tuple[str, ...] | None:
    """What can be answered; None: anything."""
    if field.kind is FieldKind.YES_NO:
        return (YES, NO)
    return field.options if field.kind in WITH_OPTIONS else None


# --- the first question ---------------------------------------------------------------------------


class Suspects(StrEnum):
    """What was said to "Misstänker du att barnet far illa?"."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


def may_refer(said: Suspects) -> bool:
    """Only after a no. Who suspects reports at once (socialtjänstlagen 19 kap. 1 §), and no form of
    ours keeps them from it; who is unsure asks the social services first, without a name."""
    return said is Suspects.NO


OWN_AGE = 15
"""From when a young person asks alone for what is given without an assessment (socialtjänstlagen
21 kap. 2 §)."""


def may_begin_alone(age: int) -> bool:
    return age >= OWN_AGE
