"""Who may be named to answer for what."""

from dataclasses import dataclass

from elevhalsa.core.walls import SCHOOL_WALLS, Profession, Wall

from .words import Duty


@dataclass(frozen=True)
class Seat:
    """What one person of a municipality, and no more than one at a time, is named to."""

    duty: Duty
    wall: Wall | None = None
    """Behind which wall; None where the duty reaches over all of the municipality."""

    @property
    def word(self) -> str:
        """For forms and the trace: 'oversight', 'disclosure_medical'."""
        return f"{self.duty}_{self.wall}" if self.wall else str(self.duty)


SEATS = (Seat(Duty.OVERSIGHT), *(Seat(Duty.DISCLOSURE, wall) for wall in SCHOOL_WALLS))


def may_hold(seat: Seat, profession: Profession | None, *, is_partner: bool) -> bool:
    """Behind a wall only somebody who stands there; over all of the municipality only somebody who
    stands behind none, or the log would tell one part of elevhälsan of the other (OSL 8 kap. 2 §).
    Nobody of an organisation beside the schools: another authority names its own, and not here.
    """
    return not is_partner and seat.wall is (profession.wall if profession else None)
