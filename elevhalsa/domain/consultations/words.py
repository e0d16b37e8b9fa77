"""The words that the columns of a consultation may hold."""

from enum import StrEnum

from elevhalsa.core import labels
from elevhalsa.core.i18n import _l


class Role(StrEnum):
    """What whoever asks works as."""

    TEACHER = "teacher"
    AFTER_SCHOOL = "after_school"
    PRESCHOOL = "preschool"
    HEAD = "head"
    OTHER = "other"


class Theme(StrEnum):
    ATTENDANCE = "attendance"
    CALM = "calm"
    RELATIONS = "relations"
    WELLBEING = "wellbeing"
    HEALTH = "health"
    LEARNING = "learning"
    HOME = "home"
    OTHER = "other"


class Concerns(StrEnum):
    """Whom it is about, as far as that is said at all."""

    ONE = "one"
    GROUP = "group"
    MYSELF = "myself"


class Form(StrEnum):
    """How whoever asks would like to talk."""

    PHONE = "phone"
    MEETING = "meeting"
    CLASSROOM = "classroom"


class State(StrEnum):
    WAITING = "waiting"
    """Nobody has taken it."""
    TAKEN = "taken"
    FOLLOW_UP = "follow_up"
    """They have talked, and will again on a day."""
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


OPEN = (State.WAITING, State.TAKEN, State.FOLLOW_UP)


class Outcome(StrEnum):
    ADVICE = "advice"
    FOLLOW_UP = "follow_up"
    TEAM_MEETING = "team_meeting"
    """Elevhälsomöte."""
    PUPIL = "pupil"
    """A contact with the pupil, in the usual way."""
    NOT_REACHED = "not_reached"


class Sign(StrEnum):
    """Of what a text seems to hold that can point somebody out (``spotting``)."""

    NUMBER = "number"
    DATE = "date"
    CONTACT = "contact"
    INITIALS = "initials"
    NAME = "name"
    CLASS = "class"


labels.give(
    Role,
    {
        Role.TEACHER: _l("Lärare"),
        Role.AFTER_SCHOOL: _l("Personal på fritids"),
        Role.PRESCHOOL: _l("Personal i förskolan"),
        Role.HEAD: _l("Rektor"),
        Role.OTHER: _l("Något annat i skolan"),
    },
)
labels.give(
    Theme,
    {
        Theme.ATTENDANCE: _l("Närvaro och att komma till skolan"),
        Theme.CALM: _l("Lugn och ro i gruppen"),
        Theme.RELATIONS: _l("Vänner, bråk och kränkningar"),
        Theme.WELLBEING: _l("Hur någon mår"),
        Theme.HEALTH: _l("Kropp, sömn och hälsa"),
        Theme.LEARNING: _l("Lärande och stöd"),
        Theme.HOME: _l("Hemma och familj"),
        Theme.OTHER: _l("Något annat"),
    },
)
labels.give(
    Concerns,
    {
        Concerns.ONE: _l("Ett barn"),
        Concerns.GROUP: _l("En grupp eller en klass"),
        Concerns.MYSELF: _l("Hur jag själv kan göra"),
    },
)
labels.give(
    Form,
    {
        Form.PHONE: _l("15 minuter på telefon"),
        Form.MEETING: _l("Ett möte"),
        Form.CLASSROOM: _l("Ett besök i gruppen"),
    },
)
labels.give(
    State,
    {
        State.WAITING: _l("Väntar"),
        State.TAKEN: _l("Någon har tagit emot"),
        State.FOLLOW_UP: _l("Följs upp"),
        State.CLOSED: _l("Avslutad"),
        State.WITHDRAWN: _l("Tillbakatagen"),
    },
)
labels.give(
    Outcome,
    {
        Outcome.ADVICE: _l("Rådet räckte"),
        Outcome.FOLLOW_UP: _l("Vi följer upp"),
        Outcome.TEAM_MEETING: _l("Det tas upp på ett elevhälsomöte"),
        Outcome.PUPIL: _l("Det blir en kontakt med eleven"),
        Outcome.NOT_REACHED: _l("Det gick inte att nå den som frågade"),
    },
)
labels.give(
    Sign,
    {
        Sign.NUMBER: _l("ett personnummer"),
        Sign.DATE: _l("ett datum som kan vara en födelsedag"),
        Sign.CONTACT: _l("en adress eller ett nummer till någon"),
        Sign.INITIALS: _l("initialer"),
        Sign.NAME: _l("ett namn"),
        Sign.CLASS: _l("en klass. Är den liten förstår man vem det är"),
    },
)
