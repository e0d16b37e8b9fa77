"""The statistics table: one row a purged knock, with nothing that points to a person."""

from datetime import date

from sqlalchemy import Boolean, Date, Float, ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from elevhalsa.core.columns import Word
from elevhalsa.core.walls import Wall
from elevhalsa.domain.knocks.words import Outcome, Way
from elevhalsa.extensions import Base


class KnockFigure(Base):
    """A purged knock as figures. The day is the first of the month of the knock."""

    __tablename__ = "knock_figure"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), index=True)
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"))
    month: Mapped[date] = mapped_column(Date)
    wall: Mapped[Wall | None] = mapped_column(Word(Wall))
    way: Mapped[Way] = mapped_column(Word(Way))
    kept: Mapped[bool] = mapped_column(Boolean)
    reached: Mapped[bool] = mapped_column(Boolean)
    hours_to_contact: Mapped[float | None] = mapped_column(Float)
    """Counted hours from the knock to the first attempt on the chosen way."""
    outcome: Mapped[Outcome | None] = mapped_column(Word(Outcome))
