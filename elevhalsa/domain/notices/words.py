"""The words that a notice's columns may hold."""

from dataclasses import dataclass
from enum import StrEnum

from elevhalsa.core import labels
from elevhalsa.core.i18n import _l


class Channel(StrEnum):
    APP = "app"
    EMAIL = "email"
    PUSH = "push"
    SMS = "sms"


class Kind(StrEnum):
    """What happened. To a pupil: ANSWER, MEETING_PROPOSED, MEETING_SOON and PROMISE_LATE; to
    staff the others and PROMISE_LATE."""

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


labels.give(
    Kind,
    {
        Kind.NEW_KNOCK: _l("Någon har knackat på"),
        Kind.HANDED_OVER: _l("Du har fått en knackning av en kollega"),
        Kind.PUPIL_WROTE: _l("Eleven har skrivit"),
        Kind.MEETING_ANSWER: _l("Eleven har svarat om mötet"),
        Kind.ATTEMPT_DUE: _l("Det är dags för ett nytt försök"),
        Kind.PROMISE_LATE: _l("Löftet har inte hållits"),
        Kind.WITHDRAWN: _l("Eleven tog tillbaka sin knackning"),
        Kind.SIGN_IN_LINK: _l("Länk för att logga in"),
        Kind.ANSWER: _l("Svar till eleven"),
        Kind.MEETING_PROPOSED: _l("Förslag på möte till eleven"),
        Kind.MEETING_SOON: _l("Möte i morgon"),
    },
)

labels.give(
    Kind,
    {
        Kind.ANSWER: _l("Ett svar"),
        Kind.MEETING_PROPOSED: _l("En tid att ses"),
        Kind.MEETING_SOON: _l("Att vi ses i morgon"),
        Kind.PROMISE_LATE: _l("Att vi är sena"),
    },
    group="reminder",
    only=(Kind.ANSWER, Kind.MEETING_PROPOSED, Kind.MEETING_SOON, Kind.PROMISE_LATE),
)


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
