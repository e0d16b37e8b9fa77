"""What became of a login when its pupil knocked, and when nothing needs it any more."""

from sqlalchemy import delete, exists

from elevhalsa.core import clock
from elevhalsa.domain.identity.models import Identity
from elevhalsa.domain.rows import changed

from .models import Knock


def forget_unused(*only: str) -> int:
    """Delete each identity that no knock points at and whose login has ended. Returns how many.

    only: ids of those that are looked at; none: all.
    """
    used = exists().where(Knock.identity_id == Identity.id)
    over = [Identity.ends_at <= clock.now(), ~used]
    if only:
        over.append(Identity.id.in_(only))
    return changed(delete(Identity).where(*over))
