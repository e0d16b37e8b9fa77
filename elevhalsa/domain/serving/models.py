"""Tables of who is where and when: places by weekday, absence, and cover for the absent."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from elevhalsa.core.columns import UtcDateTime, Word
from elevhalsa.core.crypto import new_id
from elevhalsa.core.walls import Wall
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.extensions import Base

from .words import Standing


class Place(Base):
    """Where one of the staff is on a weekday. That a school is served at all is an Assignment."""

    __tablename__ = "place"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("starts_at < ends_at", name="hours"),
    )

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"), index=True)
    weekday: Mapped[int] = mapped_column(Integer)
    """0 is Monday."""
    starts_at: Mapped[int] = mapped_column(Integer)
    """Minutes after midnight, Swedish wall-clock time."""
    ends_at: Mapped[int] = mapped_column(Integer)
    starts_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    """The last day, included. None: until further notice."""

    school: Mapped[School] = relationship()


class Absence(Base):
    """Days when one of the staff is away. No reason is asked for, and none is kept."""

    __tablename__ = "absence"
    __table_args__ = (CheckConstraint("starts_on <= ends_on", name="days"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    """The last day, included."""


class Cover(Base):
    """Ersättare: one of the staff answers at another's schools for some days.

    It holds from when it was accepted until it was ended. What the cover may read follows from the
    cover's own wall. How it comes and goes: ``domain/cover``.
    """

    __tablename__ = "cover"
    __table_args__ = (
        CheckConstraint("starts_on <= ends_on", name="days"),
        CheckConstraint("absent_id <> cover_id", name="another"),
    )

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    absent_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    cover_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    school_id: Mapped[str | None] = mapped_column(ForeignKey("school.id"))
    """None: every school that the absent one serves."""
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    """The last day, included."""
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    baton_id: Mapped[str | None] = mapped_column(String(22), index=True)
    """The same for all that was handed over in one act: to several, for several schools."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """From when it does not hold, whatever its days are."""
    ended_as: Mapped[Standing | None] = mapped_column(Word(Standing))

    absent: Mapped[Staff] = relationship(foreign_keys=[absent_id])
    cover: Mapped[Staff] = relationship(foreign_keys=[cover_id])
    school: Mapped[School | None] = relationship()

    @property
    def standing(self) -> Standing:
        if self.ended_as:
            return self.ended_as
        return Standing.ACCEPTED if self.accepted_at else Standing.ASKED


class GapTold(Base):
    """That the coordinators have been told of days on which nobody behind a wall answers at a
    school. It goes when the days have passed or somebody answers then."""

    __tablename__ = "gap_told"
    __table_args__ = (UniqueConstraint("school_id", "wall", "step", "first_on"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"))
    wall: Mapped[Wall] = mapped_column(Word(Wall))
    step: Mapped[int] = mapped_column(Integer)
    """So many days before."""
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date | None] = mapped_column(Date)
    """The last day, included. None: it went on for as long as anybody looked ahead."""


class GapAccepted(Base):
    """That it is as it should be that nobody behind a wall answers at a school on some days, by the
    word of a coordinator: nobody is told of them. It goes when most of the days have somebody."""

    __tablename__ = "gap_accepted"

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"), index=True)
    wall: Mapped[Wall] = mapped_column(Word(Wall))
    weekdays: Mapped[int] = mapped_column(Integer)
    """Bits: 1 is Monday."""
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date | None] = mapped_column(Date)
    """The last day, included. None: until further notice."""
