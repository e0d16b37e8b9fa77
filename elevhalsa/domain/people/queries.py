"""Which keys somebody has."""

from collections.abc import Collection

from sqlalchemy import select

from elevhalsa.extensions import db

from .models import Passkey, Staff


def keys_of(staff: Staff, at: Collection[str] | None = None) -> list[Passkey]:
    """The keys of one person, the oldest first.

    at: the host names where the person's municipality is reached; a key that was made for another
    opens nothing there any more, and is left out. None: whichever.
    """
    query = select(Passkey).where(Passkey.staff_id == staff.id)
    if at is not None:
        query = query.where(Passkey.host.in_(at))
    return list(db.session.scalars(query.order_by(Passkey.created_at, Passkey.id)))
