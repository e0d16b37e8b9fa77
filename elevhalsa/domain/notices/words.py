"""The words that a notice's columns may hold."""

from dataclasses import dataclass
from enum import StrEnum


class Channel(StrEnum):
    APP = "app"
    EMAIL = "email"
    PUSH = "push"
    SMS = "sms"


class Audience(StrEnum):
    """To whom a kind of notice speaks."""

    PUPIL = "pupil"
    STAFF = "staff"
    COORDINATOR = "coordinator"


class Kind(StrEnum):
    """What happened. What each is, and to whom: ``kinds``."""

    NEW_KNOCK = "new_knock"
    HANDED_OVER = "handed_over"
    PUPIL_WROTE = "pupil_wrote"
    MEETING_ANSWER = "meeting_answer"
    ATTEMPT_DUE = "attempt_due"
    PROMISE_LATE = "promise_late"
    WITHDRAWN = "withdrawn"
    SIGN_IN_LINK = "sign_in_link"
    ANSWER = "answer"
    MEETING_PROPOSED = "meeting_proposed"
    MEETING_SOON = "meeting_soon"


class Subject(StrEnum):
    """What a notice can be about."""

    KNOCK = "knock"


@dataclass(frozen=True)
class About:
    """What one notice is about, by its kind and id: packages that come later have rows of their
    own to tell of, which this one knows nothing of."""

    kind: Subject
    id: str

    @classmethod
    def knock(cls, knock_id: str) -> "About":
        return cls(Subject.KNOCK, knock_id)
