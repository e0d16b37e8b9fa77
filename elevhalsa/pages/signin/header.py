"""What stands on top of every page that staff see."""

from dataclasses import dataclass

from flask_login import current_user

from elevhalsa.core import labels
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.people.models import Role
from elevhalsa.web.signed_in import me

MOST_UNSEEN = 99


@dataclass(frozen=True)
class Header:
    title: str
    """Profession, or role for someone without one."""
    schools: int | None
    """How many schools a professional serves."""
    unseen: str
    """How many notices are new: '', '3' or '99+'."""


def signed_in_header() -> Header | None:
    """Two queries for a professional, none for anybody else; None when nobody is signed in."""
    if not current_user.is_authenticated:
        return None
    staff = me()
    if staff.role is not Role.PROFESSIONAL:
        return Header(labels.of(staff.role), None, "")
    count = notices.unseen_count(staff, at_most=MOST_UNSEEN + 1)
    unseen = f"{MOST_UNSEEN}+" if count > MOST_UNSEEN else str(count or "")
    return Header(labels.of(staff.profession), len(staff.assignments), unseen)
