"""The words that a disclosure's columns may hold."""

from enum import StrEnum

from elevhalsa.core import labels
from elevhalsa.core.i18n import _l


class Asker(StrEnum):
    """Who asks for it."""

    PUPIL = "pupil"
    GUARDIAN = "guardian"
    AUTHORITY = "authority"
    ANYBODY = "anybody"


labels.give(
    Asker,
    {
        Asker.PUPIL: _l("Eleven själv"),
        Asker.GUARDIAN: _l("En vårdnadshavare"),
        Asker.AUTHORITY: _l("En annan myndighet"),
        Asker.ANYBODY: _l("Någon annan"),
    },
)


class Outcome(StrEnum):
    """What came of it."""

    GIVEN = "given"
    PARTLY = "partly"
    REFUSED = "refused"


labels.give(
    Outcome,
    {
        Outcome.GIVEN: _l("Allt lämnas ut"),
        Outcome.PARTLY: _l("En del lämnas ut"),
        Outcome.REFUSED: _l("Inget lämnas ut"),
    },
)
