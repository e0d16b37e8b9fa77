"""The words that the columns of referrals may hold."""

from enum import StrEnum

from elevhalsa.core import labels
from elevhalsa.core.i18n import _l


class State(StrEnum):
    """Where a referral stands. Behind each its name in HL7 FHIR R5 (``Task.status``); our own word
    is what FHIR calls ``Task.businessStatus``."""

    DRAFT = "draft"
    """``draft``: written, waits for those who must agree. Nobody who is to receive it sees it."""
    SENT = "sent"
    """``requested``"""
    RECEIVED = "received"
    """``received``"""
    ACCEPTED = "accepted"
    """``accepted``"""
    RETURNED = "returned"
    """``rejected``: with a reason (``Task.statusReason``) and to whom instead."""
    BOOKED = "booked"
    """``in-progress``: a meeting is booked."""
    WAITING = "waiting"
    """``on-hold``: waits for the family."""
    CLOSED = "closed"
    """``completed``"""
    WITHDRAWN = "withdrawn"
    """``cancelled``: ended by the family or by whoever began it."""


ENDED = (State.CLOSED, State.WITHDRAWN)
OPEN = tuple(state for state in State if state not in ENDED)
WITH_RECEIVER = (State.SENT, State.RECEIVED, State.ACCEPTED, State.BOOKED, State.WAITING)
"""The receiving organisation has it."""


class Deed(StrEnum):
    """What somebody does with a referral, which may change where it stands."""

    SEND = "send"
    RECEIVE = "receive"
    ACCEPT = "accept"
    """And the baton with it."""
    RETURN = "return"
    BOOK = "book"
    WAIT = "wait"
    GO_ON = "go_on"
    """The family has answered, or the meeting has been: the receiver is at work again."""
    TAKE_BACK = "take_back"
    """Whoever sent it takes the baton again, of what was returned."""
    SEND_AGAIN = "send_again"
    """To another offer, of what was returned."""
    CLOSE = "close"
    WITHDRAW = "withdraw"


class Party(StrEnum):
    """Who somebody is to a referral."""

    SENDER = "sender"
    """Whoever began it, when that is one of staff: at a school, a preschool, BVC or MVC."""
    RECEIVER = "receiver"
    """Somebody of the organisation that receives it."""
    FAMILY = "family"
    """The child and those guardians who are to know, as each has a right to."""


class Assessment(StrEnum):
    """Is an effort given after an assessment of individual needs? Socialtjänstlagen (2025:400)
    11 kap. 5 §: most can be given without."""

    ASSESSED = "assessed"
    UNASSESSED = "unassessed"


class Documented(StrEnum):
    """What is written down of an effort, by the nämnd's decision (socialtjänstlagen 14 kap.
    3-5 §§)."""

    IDENTIFIED = "identified"
    ANONYMOUS = "anonymous"
    NOTHING = "nothing"


class FieldKind(StrEnum):
    """How a field of a form is answered."""

    LINE = "line"
    TEXT = "text"
    YES_NO = "yes_no"
    CHOICE = "choice"
    """One of several."""
    SEVERAL = "several"
    DAY = "day"


WITH_OPTIONS = (FieldKind.CHOICE, FieldKind.SEVERAL)

labels.give(
    State,
    {
        State.DRAFT: _l("Väntar på samtycke"),
        State.SENT: _l("Skickad"),
        State.RECEIVED: _l("Mottagen"),
        State.ACCEPTED: _l("Antagen"),
        State.RETURNED: _l("Återsänd"),
        State.BOOKED: _l("Möte bokat"),
        State.WAITING: _l("Väntar på familjen"),
        State.CLOSED: _l("Avslutad"),
        State.WITHDRAWN: _l("Återtagen"),
    },
)
# What is to have happened before the *senast* of each step.
labels.give(
    State,
    {
        State.DRAFT: _l("De som ska säga ja har svarat"),
        State.SENT: _l("Mottagaren har tagit emot"),
        State.RECEIVED: _l("Mottagaren har sagt ja, eller sänt tillbaka"),
        State.ACCEPTED: _l("Familjen har fått ett förslag på tid"),
        State.RETURNED: _l("Avsändaren har tagit tillbaka eller skickat vidare"),
        State.BOOKED: _l("Efter mötet: nästa steg är bestämt"),
        State.WAITING: _l("Mottagaren har hört av sig till familjen igen"),
    },
    group="next",
    only=OPEN,
)
labels.give(
    Assessment,
    {
        Assessment.UNASSESSED: _l("Utan behovsprövning"),
        Assessment.ASSESSED: _l("Efter behovsprövning"),
    },
)
labels.give(
    Documented,
    {
        Documented.IDENTIFIED: _l("Dokumenteras med namn"),
        Documented.ANONYMOUS: _l("Dokumenteras utan namn"),
        Documented.NOTHING: _l("Dokumenteras inte: råd"),
    },
)
labels.give(
    FieldKind,
    {
        FieldKind.LINE: _l("En rad"),
        FieldKind.TEXT: _l("Fri text"),
        FieldKind.YES_NO: _l("Ja eller nej"),
        FieldKind.CHOICE: _l("Ett av flera svar"),
        FieldKind.SEVERAL: _l("Flera svar går bra"),
        FieldKind.DAY: _l("En dag"),
    },
)


class FormKey(StrEnum):
    """Which form a referral to an offer is written on."""

    BRON = "bron"
    """The lower and middle years of school, and older."""
    MINIBRON = "minibron"
    """0 to 6 years."""


labels.give(FormKey, {FormKey.BRON: _l("Bron"), FormKey.MINIBRON: _l("Minibron")})
