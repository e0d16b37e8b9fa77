"""The words that a meeting's columns may hold, and those in which a meeting is spoken of."""

from enum import StrEnum

from elevhalsa.core import labels
from elevhalsa.core.i18n import _l


class MeetingWay(StrEnum):
    ROOM = "room"
    WALK = "walk"
    PHONE = "phone"
    VIDEO = "video"


labels.give(
    MeetingWay,
    {
        MeetingWay.ROOM: _l("Rum på skolan"),
        MeetingWay.WALK: _l("Promenad"),
        MeetingWay.PHONE: _l("Telefon"),
        MeetingWay.VIDEO: _l("Video"),
    },
)


class Lacks(StrEnum):
    """What a way to meet needs and has not got."""

    LINK = "link"
    PLACE = "place"


labels.give(
    Lacks,
    {
        Lacks.LINK: _l("Skriv länken till videomötet. Den börjar med https://"),
        Lacks.PLACE: _l("Skriv var ni ska ses."),
    },
)


class ProposalState(StrEnum):
    OPEN = "open"
    PICKED = "picked"
    NONE_FITS = "none_fits"
    REPLACED = "replaced"
    """By another proposal, before it was answered."""
    MOVED = "moved"
    """It was agreed, and then another time was."""
    CANCELLED = "cancelled"
    """It was agreed, and one side called it off."""


class Standing(StrEnum):
    """How a proposal stands at a moment: its state, the time and the knock's own state together."""

    PROPOSED = "proposed"
    PASSED_BY = "passed_by"
    """Nobody answered while there was still a time to pick."""
    AGREED = "agreed"
    """A meeting that is to come, or goes on now."""
    PAST = "past"
    NONE_FITS = "none_fits"
    REPLACED = "replaced"
    MOVED = "moved"
    CANCELLED = "cancelled"
    FELL_AWAY = "fell_away"
    """The knock ended before it."""


class Odd(StrEnum):
    """What is asked about before a time is proposed."""

    EARLY = "early"
    LATE = "late"
    CLOSED = "closed"
    AGREED = "agreed"
    OFFERED = "offered"
    EACH_OTHER = "each_other"


labels.give(
    Odd,
    {
        Odd.EARLY: _l("%(when)s är före klockan 7."),
        Odd.LATE: _l("%(when)s slutar efter klockan 19."),
        Odd.CLOSED: _l("%(when)s är helg eller röd dag."),
        Odd.AGREED: _l("%(when)s krockar med ett möte som du har."),
        Odd.OFFERED: _l("%(when)s krockar med en tid som du har föreslagit en annan elev."),
        Odd.EACH_OTHER: _l("%(when)s krockar med en annan tid i förslaget."),
    },
)

MOST_SLOTS = 3
