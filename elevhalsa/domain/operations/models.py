"""Tables of what the database says of itself: the keys that it is written with (what they are known
by, never a key), and the code that can work with it."""

from enum import StrEnum

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from elevhalsa.extensions import Base


class KeyUse(StrEnum):
    """The word names the setting."""

    HASH = "HASH_KEY"
    ENCRYPTION = "ENCRYPTION_KEYS"


class KeyMark(Base):
    """A key that something here is written with: every process must have it.

    Of HASH_KEY; and of each of ENCRYPTION_KEYS that the release before wrote with, until all of
    that has been sealed anew. What wraps the municipalities' keys is said beside each of them.
    """

    __tablename__ = "key_mark"

    mark: Mapped[str] = mapped_column(String(64), primary_key=True)
    use: Mapped[str] = mapped_column(String(40))
    """A ``KeyUse``. No screen shows it, so it is no ``Word``, which would need a label."""


class SchemaMark(Base):
    """One row, which migrations/env.py writes."""

    __tablename__ = "schema_mark"

    id: Mapped[int] = mapped_column(primary_key=True)
    oldest_code: Mapped[str] = mapped_column(String(32))
    """The newest migration of the oldest code that can work with these tables."""
