"""The words that a cover's columns may hold, and those that follow from them."""

from enum import StrEnum

from elevhalsa.core import labels
from elevhalsa.core.i18n import _l


class Standing(StrEnum):
    """How one colleague stands to a baton that was handed over."""

    ASKED = "asked"
    """It does not hold: there is no answer yet."""
    ACCEPTED = "accepted"
    """It holds on its days."""
    DECLINED = "declined"
    TAKEN_BACK = "taken_back"
    """By whoever handed it over, or a coordinator."""
    GIVEN_BACK = "given_back"
    """By the cover, before its days were over."""
    CANNOT = "cannot"
    """One of the two no longer works here."""
    OVER = "over"
    """Its days have passed."""


labels.give(
    Standing,
    {
        Standing.ASKED: _l("Väntar på svar, gäller inte än"),
        Standing.ACCEPTED: _l("Har sagt ja"),
        Standing.DECLINED: _l("Har sagt nej"),
        Standing.TAKEN_BACK: _l("Tillbakatagen"),
        Standing.GIVEN_BACK: _l("Lämnad tillbaka"),
        Standing.CANNOT: _l("Arbetar inte här längre"),
        Standing.OVER: _l("Över"),
    },
)
