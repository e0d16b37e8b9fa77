"""The words that a meeting's columns may hold."""

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


class ProposalState(StrEnum):
    OPEN = "open"
    PICKED = "picked"
    NONE_FITS = "none_fits"
    REPLACED = "replaced"


MOST_SLOTS = 3
