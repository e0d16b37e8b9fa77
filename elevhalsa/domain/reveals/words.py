"""What can be hidden, on what ground it may be opened, and what a review finds."""

from enum import StrEnum

from elevhalsa.core import labels
from elevhalsa.core.i18n import _l


class Hidden(StrEnum):
    NAME = "name"
    """By e-ID, while the pupil hides it."""
    NUMBER = "number"
    """The personal identity number: no page of staff's ever has it."""
    REMINDER = "reminder"
    """Where the pupil's own reminders go."""


class Ground(StrEnum):
    """Why somebody feared for a life."""

    OWN_LIFE = "own_life"
    VIOLENCE = "violence"
    ILLNESS = "illness"


class Verdict(StrEnum):
    RIGHT = "right"
    NOT_RIGHT = "not_right"


labels.give(
    Hidden,
    {
        Hidden.NAME: _l("Namnet från e-legitimationen"),
        Hidden.NUMBER: _l("Personnumret från e-legitimationen"),
        Hidden.REMINDER: _l("Dit elevens påminnelser går"),
    },
)
labels.give(
    Hidden,
    {
        Hidden.NAME: _l("ditt namn"),
        Hidden.NUMBER: _l("ditt personnummer"),
        Hidden.REMINDER: _l("dit du får påminnelser"),
    },
    group="pupil",
)
labels.give(
    Ground,
    {
        Ground.OWN_LIFE: _l("Eleven kan ta sitt liv"),
        Ground.VIOLENCE: _l("Någon kan döda eller svårt skada eleven"),
        Ground.ILLNESS: _l("Eleven kan vara livshotande sjuk eller skadad"),
    },
)
labels.give(
    Ground,
    {
        Ground.OWN_LIFE: _l("Vi var rädda att du tänkte ta ditt liv."),
        Ground.VIOLENCE: _l("Vi var rädda att någon skulle skada dig svårt."),
        Ground.ILLNESS: _l("Vi var rädda att du var svårt sjuk eller skadad."),
    },
    group="pupil",
)
labels.give(Verdict, {Verdict.RIGHT: _l("Riktigt"), Verdict.NOT_RIGHT: _l("Inte riktigt")})
