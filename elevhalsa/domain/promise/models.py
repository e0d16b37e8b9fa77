"""The table of what is waited for. The sweep walks it; the queue takes no part."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from elevhalsa.core.columns import UtcDateTime, Word
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.about import About, Subject
from elevhalsa.domain.places.models import Guarantee
from elevhalsa.extensions import Base

from .words import Awaited


class Wait(Base):
    """Somebody waits for something, until ``ended_at``. What it is about may have several."""

    __tablename__ = "wait"
    __table_args__ = (
        Index("ix_wait_about", "about_id", "about_kind"),
        Index(
            "ix_wait_sweep",
            "next_rung_at",
            postgresql_where=text("next_rung_at IS NOT NULL"),
            sqlite_where=text("next_rung_at IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"))
    about_kind: Mapped[Subject] = mapped_column(Word(Subject))
    about_id: Mapped[str] = mapped_column(String(22))
    awaited: Mapped[Awaited] = mapped_column(Word(Awaited))
    guarantee_id: Mapped[str | None] = mapped_column(String(22))
    """Which, of ``Awaited.GUARANTEE``: the date stands when it has been taken away."""
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    """Who answers for it. None: whoever may take what it is about."""
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """*Senast*. Computed once; never changed."""
    again_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The new *senast*, once the first has passed and the pupil has been told so."""
    rung_hours: Mapped[int] = mapped_column(Integer, default=0)
    """The highest rung that has been climbed, in counted hours."""
    next_rung_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the sweep must look at it next; None when nothing more is due."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    guarantee: Mapped[Guarantee | None] = relationship(
        primaryjoin=lambda: foreign(Wait.guarantee_id) == Guarantee.id, viewonly=True
    )

    @property
    def about(self) -> About:
        return About(self.about_kind, self.about_id)


class FormerTerms(Base):
    """What a municipality had decided of its promise until then: what began before keeps it."""

    __tablename__ = "former_terms"

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), index=True)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    promise_hours: Mapped[int] = mapped_column(Integer)
    eves_closed: Mapped[bool] = mapped_column(Boolean)
    ladder: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)


class ClimbedRung(Base):
    """That a rung of a wait has been climbed, and who was told: once, whatever crashes."""

    __tablename__ = "climbed_rung"

    wait_id: Mapped[str] = mapped_column(
        ForeignKey("wait.id", ondelete="CASCADE"), primary_key=True
    )
    hours: Mapped[int] = mapped_column(Integer, primary_key=True)
    """Which rung, as ``Wait.rung_hours`` has it."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the first of them was told; of one that opens wide or is late, when it did."""
    told: Mapped[dict[str, int]] = mapped_column(JSON)
    """How many, by profession, or "coordinator"."""
    is_late: Mapped[bool] = mapped_column(Boolean)
    """The *senast* had passed, and the pupil was told so."""
    again_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The new one that was told then."""
