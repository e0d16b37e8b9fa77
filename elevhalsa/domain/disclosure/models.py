"""The table of what has been decided. What was given is nowhere here."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from elevhalsa.core.columns import EncryptedText, UtcDateTime, Word
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.people.models import Staff
from elevhalsa.extensions import Base

from .words import Asker, Outcome


class Disclosure(Base):
    """That somebody asked for what a knock holds, and what came of it."""

    __tablename__ = "disclosure"
    __table_args__ = (UniqueConstraint("knock_id", "form_hash"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    knock_id: Mapped[str] = mapped_column(ForeignKey("knock.id", ondelete="CASCADE"), index=True)
    form_hash: Mapped[str] = mapped_column(String(64))
    """The same form posted twice is the same decision, as text and as PDF."""
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    asker: Mapped[Asker] = mapped_column(Word(Asker))
    outcome: Mapped[Outcome] = mapped_column(Word(Outcome))
    ground: Mapped[str] = mapped_column(String(40))
    """Key of ``law``: on what ground it was asked for."""
    reason: Mapped[str | None] = mapped_column(EncryptedText)
    """Why not all was given."""
    pupil_sees: Mapped[bool] = mapped_column(Boolean)
    """It stands on the pupil's own page."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    staff: Mapped[Staff] = relationship()
