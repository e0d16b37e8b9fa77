"""The words that a knock's columns may hold."""

from enum import StrEnum

from elevhalsa.core import labels
from elevhalsa.core.i18n import _l


class State(StrEnum):
    WAITING = "waiting"
    """Nobody has taken it."""
    TAKEN = "taken"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


labels.give(
    State,
    {
        State.WAITING: _l("Väntar"),
        State.TAKEN: _l("Mottagen"),
        State.CLOSED: _l("Avslutad"),
        State.WITHDRAWN: _l("Tillbakatagen"),
    },
)

OPEN_STATES = (State.WAITING, State.TAKEN)


class Way(StrEnum):
    """How the pupil wants to be contacted."""

    APP = "app"
    SMS = "sms"
    CALL = "call"
    EMAIL = "email"
    MEET = "meet"


labels.give(
    Way,
    {
        Way.APP: _l("Här i appen"),
        Way.SMS: _l("Sms"),
        Way.CALL: _l("Samtal"),
        Way.EMAIL: _l("E-post"),
        Way.MEET: _l("Möt mig på skolan"),
    },
)

labels.give(
    Way,
    {
        Way.APP: _l("I appen"),
        Way.SMS: _l("Sms"),
        Way.CALL: _l("Samtal"),
        Way.EMAIL: _l("E-post"),
        Way.MEET: _l("Möte på skolan"),
    },
    group="staff",
)

labels.give(
    Way,
    {
        Way.APP: _l("Du kan vara anonym"),
        Way.SMS: _l("Vi skriver till ditt nummer"),
        Way.CALL: _l("Välj tider då du kan prata ostört"),
        Way.EMAIL: _l("Vi skriver till din adress"),
        Way.MEET: _l("Vi söker upp dig där du vill"),
    },
    group="about",
)


class Triage(StrEnum):
    URGENT = "urgent"
    CAN_WAIT = "can_wait"


labels.give(
    Triage,
    {
        Triage.URGENT: _l("Bråttom"),
        Triage.CAN_WAIT: _l("Kan vänta några dagar"),
    },
)


class Urgency(StrEnum):
    """What the pupil says of it. Nothing said: as usual."""

    URGENT = "urgent"
    CAN_WAIT = "can_wait"


labels.give(
    Urgency,
    {
        Urgency.URGENT: _l("Det är bråttom"),
        Urgency.CAN_WAIT: _l("Det kan vänta några dagar"),
    },
)


class DueShown(StrEnum):
    """What the form showed of the *senast*, when that is not what the knock was given."""

    ANOTHER = "another"
    """One that no longer held."""
    NONE = "none"
    """It was made without a net, before forms showed one, or was not ours."""


labels.give(
    DueShown,
    {
        DueShown.ANOTHER: _l(
            "Tiden har ändrats. Den du såg gällde en halvtimme, och din knackning kom senare."
        ),
        DueShown.NONE: _l("Tiden räknas från när din knackning kom fram."),
    },
)


class Outcome(StrEnum):
    TALKED = "talked"
    MET = "met"
    REFERRED = "referred"
    NOT_REACHED = "not_reached"
    NOT_NEEDED = "not_needed"


labels.give(
    Outcome,
    {
        Outcome.TALKED: _l("Samtal eller svar gavs"),
        Outcome.MET: _l("Möte hölls"),
        Outcome.REFERRED: _l("Hänvisad vidare"),
        Outcome.NOT_REACHED: _l("Eleven gick inte att nå"),
        Outcome.NOT_NEEDED: _l("Behovet fanns inte längre"),
    },
)


class Author(StrEnum):
    PUPIL = "pupil"
    STAFF = "staff"


class How(StrEnum):
    """How a knock went from one to another, behind the same wall."""

    HANDED_OVER = "handed_over"
    TAKEN_OVER = "taken_over"
    STEPPED_ASIDE = "stepped_aside"
    """Whoever had it knows the pupil; it waits for somebody else."""
    COVERED = "covered"
    """It went with the baton: to a cover, or to whoever may take it."""
    CAME_BACK = "came_back"
    """To whoever had it before it went with the baton."""


labels.give(
    How,
    {
        How.HANDED_OVER: _l("Överlämnad"),
        How.TAKEN_OVER: _l("Övertagen"),
        How.STEPPED_ASIDE: _l("Lämnad till en annan"),
        How.COVERED: _l("Hos en ersättare"),
        How.CAME_BACK: _l("Tillbaka från ersättaren"),
    },
)


class TakeOverReason(StrEnum):
    """Why a colleague's knock is taken over: a word, so that it can stand in the audit."""

    AWAY = "away"
    NO_WORD = "no_word"
    PUPIL_ASKED = "pupil_asked"
    AGREED = "agreed"


labels.give(
    TakeOverReason,
    {
        TakeOverReason.AWAY: _l("Kollegan är borta"),
        TakeOverReason.NO_WORD: _l("Eleven har inte fått svar i tid"),
        TakeOverReason.PUPIL_ASKED: _l("Eleven vill prata med mig"),
        TakeOverReason.AGREED: _l("Vi har kommit överens"),
    },
)


class Undoing(StrEnum):
    """What can be undone for some minutes."""

    CLOSE = "close"
    HAND_OVER = "hand_over"
    ATTEMPT = "attempt"


labels.give(
    Undoing,
    {
        Undoing.CLOSE: _l("Du avslutade en knackning."),
        Undoing.HAND_OVER: _l("Du lämnade över en knackning."),
        Undoing.ATTEMPT: _l("Du noterade ett försök."),
    },
)


class Measure(StrEnum):
    """What staff did when a pupil's life was in danger."""

    CALLED_112 = "called_112"
    CALLED_DUTY = "called_duty"
    TALKED = "talked"
    WROTE = "wrote"
    HELP_CAME = "help_came"
    REPORTED = "reported"


labels.give(
    Measure,
    {
        Measure.CALLED_112: _l("Ringde 112"),
        Measure.CALLED_DUTY: _l("Ringde socialjouren"),
        Measure.TALKED: _l("Pratade med eleven"),
        Measure.WROTE: _l("Skrev till eleven"),
        Measure.HELP_CAME: _l("Någon är hos eleven"),
        Measure.REPORTED: _l("Anmälde till socialtjänsten"),
    },
)


class Journal(StrEnum):
    """What became of a knock in the record system."""

    RECORDED = "recorded"
    NOTHING = "nothing"
    BEFORE = "before"


labels.give(
    Journal,
    {
        Journal.RECORDED: _l("Journalfört"),
        Journal.NOTHING: _l("Inget att journalföra"),
        Journal.BEFORE: _l("Avslutad innan tjänsten frågade"),
    },
)


class ReportedBy(StrEnum):
    """By which way a concern was reported to the social services."""

    FORM = "form"
    PHONE = "phone"
    DUTY = "duty"
    LETTER = "letter"


labels.give(
    ReportedBy,
    {
        ReportedBy.FORM: _l("Socialtjänstens e-tjänst"),
        ReportedBy.PHONE: _l("Telefon till socialtjänsten"),
        ReportedBy.DUTY: _l("Telefon till socialjouren"),
        ReportedBy.LETTER: _l("Brev eller besök"),
    },
)


class PupilTold(StrEnum):
    """What the pupil knows of a report."""

    BEFORE = "before"
    AFTER = "after"
    NOT_REACHED = "not_reached"
    NOT_SAFE = "not_safe"


labels.give(
    PupilTold,
    {
        PupilTold.BEFORE: _l("Ja, före anmälan"),
        PupilTold.AFTER: _l("Ja, efter anmälan"),
        PupilTold.NOT_REACHED: _l("Nej, jag har inte nått eleven"),
        PupilTold.NOT_SAFE: _l("Nej, det är inte säkert för eleven"),
    },
)


class AttemptKind(StrEnum):
    """What staff did to reach the pupil."""

    ANSWERED_IN_APP = "answered_in_app"
    CALLED_NO_ANSWER = "called_no_answer"
    TALKED = "talked"
    SMS_SENT = "sms_sent"
    EMAIL_SENT = "email_sent"
    MET = "met"


labels.give(
    AttemptKind,
    {
        AttemptKind.ANSWERED_IN_APP: _l("Svarade i appen"),
        AttemptKind.CALLED_NO_ANSWER: _l("Ringde, inget svar"),
        AttemptKind.TALKED: _l("Pratade"),
        AttemptKind.SMS_SENT: _l("Sms skickat"),
        AttemptKind.EMAIL_SENT: _l("E-post skickad"),
        AttemptKind.MET: _l("Träffades"),
    },
)
