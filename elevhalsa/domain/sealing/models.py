"""The table of the municipalities' keys, each wrapped by one of ENCRYPTION_KEYS."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from elevhalsa.core.columns import UtcDateTime
from elevhalsa.core.crypto import new_key_id
from elevhalsa.extensions import Base


class WrappedKey(Base):
    """One key of one municipality: what is written with it names it by its id.

    Gone when nothing is written with it any more, or when the municipality has left.
    """

    __tablename__ = "data_key"

    id: Mapped[str] = mapped_column(String(11), primary_key=True, default=new_key_id)
    municipality_id: Mapped[str] = mapped_column(String(22), index=True)
    """Empty: of what belongs to no municipality, e.g. a pupil's browser. It points at no row: a
    municipality's first text and its key come with its own row."""
    current_of: Mapped[str | None] = mapped_column(String(22), unique=True)
    """The municipality once more, while new text is sealed with it; None of one that is retired."""
    wrapped: Mapped[str] = mapped_column(Text)
    wrapped_by: Mapped[str] = mapped_column(String(64))
    """What the key of ENCRYPTION_KEYS is known by."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
