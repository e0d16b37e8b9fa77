"""What stands on top of every page that staff see."""

from dataclasses import dataclass

from flask_login import current_user

from elevhalsa.domain.disclosure import queries as disclosures
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.people import duties
from elevhalsa.web.signed_in import me

MOST_UNSEEN = 99


@dataclass(frozen=True)
class Header:
    name: str
    title: str
    """What the person works as."""
    schools: int | None
    """How many schools a professional serves."""
    unseen: str
    """How many notices are new: '', '3' or '99+'."""
    coordinates: bool
    leads: bool
    """Coordinates an organisation beside the schools."""
    oversees: bool
    """Is named to review the log."""
    discloses: bool
    """Is named to answer for what is disclosed from behind her wall."""


def signed_in_header() -> Header | None:
    """One query for a professional, none for anybody else; None when nobody is signed in."""
    if not current_user.is_authenticated:
        return None
    staff = me()
    title, oversees = staff.works_as, bool(duties.held_by(staff))
    if not staff.is_professional:
        return Header(
            staff.name, title, None, "", staff.coordinates, staff.leads, oversees, discloses=False
        )
    count = notices.unseen_count(staff, at_most=MOST_UNSEEN + 1)
    unseen = f"{MOST_UNSEEN}+" if count > MOST_UNSEEN else str(count or "")
    return Header(
        staff.name, title, len(staff.assignments), unseen, staff.coordinates, staff.leads, oversees,
        disclosures.answers_for(staff),
    )  # fmt: skip
