"""The words of what is kept and what becomes of it."""

from enum import StrEnum

from elevhalsa.core import labels
from elevhalsa.core.i18n import _l


class Ground(StrEnum):
    """Why something goes, or stays."""

    DECISION = "decision"
    """An official document (allmän handling): by the municipality's own decision and not before."""
    WITH_KNOCK = "with_knock"
    """Stands and falls with its knock."""
    WITH_SUBJECT = "with_subject"
    """Stands and falls with what it is about, whose package has it forgotten."""
    NOT_NEEDED = "not_needed"
    """Only the service's own work needs it, and not for long (GDPR article 5.1 e)."""
    KEPT = "kept"
    """Nothing takes it away by itself."""


class RecordKind(StrEnum):
    """What a municipality decides of; what else there is: ``kinds.all_kinds``."""

    KNOCK = "knock"
    LOG = "log"


labels.give(RecordKind, {RecordKind.KNOCK: _l("Knackningar"), RecordKind.LOG: _l("Loggen")})


class Hold(StrEnum):
    """What keeps a knock though its days are over: it stands open until then, or is locked."""

    JOURNAL = "journal"
    """Nobody has said that it is in the record system, or that nothing belongs there."""
    FOLLOW_UP = "follow_up"
    """A report of concern that nobody has followed up."""
    REVEAL = "reveal"
    """Something hidden was opened, and is not reviewed yet or not told to the pupil."""
    LEGAL = "legal"
    """Whoever discloses has said that it must stay: somebody has asked for it. It is locked."""


class Standing(StrEnum):
    """How a knock stands to its retention at a moment."""

    OPEN = "open"
    HELD = "held"
    LOCKED = "locked"
    """Its days are over, and there is no decision or somebody has asked for it: none of the staff
    reads it but whoever discloses."""
    DUE = "due"
