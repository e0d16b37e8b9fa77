"""The columns of a text in a thread."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from elevhalsa.core.columns import EncryptedText, UtcDateTime
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.people.models import Staff


class TextRow:
    """A mixin. The table adds the column of what it is about, unique with ``form_hash``, and
    ``author``, a word of its own: those who write are not the same everywhere."""

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    form_hash: Mapped[str] = mapped_column(String(64))
    """The same form posted twice is the same text."""
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    """Who of the staff wrote it; None: not one of the staff."""
    text: Mapped[str] = mapped_column(EncryptedText)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the other side first had it on a screen."""

    @declared_attr
    def staff(cls) -> Mapped[Staff | None]:  # noqa: N805  (SQLAlchemy gives the class)
        return relationship()
