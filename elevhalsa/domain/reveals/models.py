"""The table of what was opened in danger to life; what that says stands where it did."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from elevhalsa.core.columns import EncryptedText, UtcDateTime, Word
from elevhalsa.core.crypto import new_id
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.about import About, Subject
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.people.models import Staff
from elevhalsa.extensions import Base

from .rules import Opened
from .words import Ground, Hidden, Verdict


class Reveal(Base):
    """That one of the staff opened what a pupil hides. Read behind the wall of whoever did."""

    __tablename__ = "reveal"
    __table_args__ = (UniqueConstraint("knock_id", "form_hash"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    knock_id: Mapped[str] = mapped_column(ForeignKey("knock.id", ondelete="CASCADE"), index=True)
    form_hash: Mapped[str] = mapped_column(String(64))
    """The same form posted twice is the same reveal."""
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    profession: Mapped[Profession] = mapped_column(Word(Profession))
    """As the pupil is told."""
    wall: Mapped[Wall] = mapped_column(Word(Wall))
    what: Mapped[str] = mapped_column(String(60))
    """Words of ``Hidden`` with a space between."""
    ground: Mapped[Ground] = mapped_column(Word(Ground))
    reason: Mapped[str] = mapped_column(EncryptedText)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """*Senast* of the review."""
    reviewer_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    verdict: Mapped[Verdict | None] = mapped_column(Word(Verdict))
    note: Mapped[str | None] = mapped_column(EncryptedText)
    tell_on: Mapped[date] = mapped_column(Date)
    """The day on which the pupil is told, unless somebody tells before."""
    tell_by: Mapped[date] = mapped_column(Date)
    """The last day for that, unless somebody gives a reason to wait longer."""
    wait_reason: Mapped[str | None] = mapped_column(EncryptedText)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    knock: Mapped[Knock] = relationship()
    staff: Mapped[Staff] = relationship(foreign_keys=[staff_id])
    reviewer: Mapped[Staff | None] = relationship(foreign_keys=[reviewer_id])

    @property
    def about(self) -> About:
        return About(Subject.REVEAL, self.id)

    @property
    def opened(self) -> list[Hidden]:
        return [what for what in Hidden if what in self.what.split()]

    @property
    def facts(self) -> Opened:
        return Opened(self.staff_id, self.at, self.verdict)
