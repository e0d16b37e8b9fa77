"""The words that a meeting's columns may hold."""

from enum import StrEnum


class MeetingWay(StrEnum):
    ROOM = "room"
    WALK = "walk"
    PHONE = "phone"
    VIDEO = "video"


class ProposalState(StrEnum):
    OPEN = "open"
    PICKED = "picked"
    NONE_FITS = "none_fits"
    REPLACED = "replaced"


MOST_SLOTS = 3
