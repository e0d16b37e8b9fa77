"""Tables of retention: what was decided, and what each run did. Neither holds a pupil's word."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from elevhalsa.core.columns import EncryptedText, UtcDateTime, Word
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.people.models import Staff
from elevhalsa.extensions import Base
from elevhalsa.work import ActorKind

from .words import RecordKind


class RetentionDecision(Base):
    """A decision (gallringsbeslut) of a municipality's, as it was entered. Never changed: another
    one ends it, so that what held on a day of the past can be told."""

    __tablename__ = "retention_decision"

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), index=True)
    kind: Mapped[RecordKind] = mapped_column(Word(RecordKind))
    days: Mapped[int] = mapped_column(Integer)
    """Wall-clock, from when a knock ended, or an event happened."""
    reference: Mapped[str] = mapped_column(EncryptedText)
    """Where it is found: a registration number, a paragraph."""
    decided_on: Mapped[date] = mapped_column(Date)
    decided_by: Mapped[str] = mapped_column(EncryptedText)
    """The board, or whoever it has given that to."""
    note: Mapped[str | None] = mapped_column(EncryptedText)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    """When it was entered; who did it, the trace says."""
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """None: it stands."""


class RetentionRun(Base):
    """What was locked and purged at one time: what an archive asks for (gallringsprotokoll). Of the
    service's own, only those that found something."""

    __tablename__ = "retention_run"

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), index=True)
    actor: Mapped[ActorKind] = mapped_column(Word(ActorKind))
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    """Who asked for it."""
    began_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """None: it goes on, or was broken off and goes on later."""
    purged: Mapped[int] = mapped_column(Integer, default=0)
    """Knocks."""
    locked: Mapped[int] = mapped_column(Integer, default=0)
    unlocked: Mapped[int] = mapped_column(Integer, default=0)
    events: Mapped[int] = mapped_column(Integer, default=0)
    """Of the trace, purged."""

    staff: Mapped[Staff | None] = relationship()
