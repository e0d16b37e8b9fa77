"""The words that a knock's columns may hold."""

from enum import StrEnum


class State(StrEnum):
    WAITING = "waiting"
    """Nobody has taken it."""
    TAKEN = "taken"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


OPEN_STATES = (State.WAITING, State.TAKEN)


class Way(StrEnum):
    """How the pupil wants to be contacted."""

    APP = "app"
    SMS = "sms"
    CALL = "call"
    EMAIL = "email"
    MEET = "meet"


class Triage(StrEnum):
    URGENT = "urgent"
    CAN_WAIT = "can_wait"


class Outcome(StrEnum):
    TALKED = "talked"
    MET = "met"
    REFERRED = "referred"
    NOT_REACHED = "not_reached"
    NOT_NEEDED = "not_needed"


class Author(StrEnum):
    PUPIL = "pupil"
    STAFF = "staff"


class AttemptKind(StrEnum):
    """What staff did to reach the pupil."""

    ANSWERED_IN_APP = "answered_in_app"
    CALLED_NO_ANSWER = "called_no_answer"
    TALKED = "talked"
    SMS_SENT = "sms_sent"
    EMAIL_SENT = "email_sent"
    MET = "met"
