"""The statistics table: one row a purged knock, with nothing that points to a pupil."""

from datetime import date

from sqlalchemy import Boolean, Date, Float, ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from elevhalsa.core.columns import Word
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.knocks.words import Outcome, Way
from elevhalsa.extensions import Base


class KnockFigure(Base):
    """A purged knock as figures. Never shown row by row: where a school has one of a profession,
    ``answered_by`` is a person. What is None "of before" was not kept before these columns were.
    """

    __tablename__ = "knock_figure"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), index=True)
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"))
    first_day: Mapped[date] = mapped_column("month", Date)
    """Of the knock's week, see ``rules.period_of``; of before, of its month. The column's name is
    from then, and stays while the release before may run beside this one."""
    last_day: Mapped[date | None] = mapped_column(Date)
    """None of before: the last of the month."""
    in_break: Mapped[bool | None] = mapped_column(Boolean)
    """The school had a break (lov) the day of the knock; None of before."""
    wanted: Mapped[Profession | None] = mapped_column(Word(Profession))
    """None: "spelar ingen roll", or of before."""
    answered_by: Mapped[Profession | None] = mapped_column(Word(Profession))
    """Who made the first attempt on the chosen way, or else the first of all."""
    wall: Mapped[Wall | None] = mapped_column(Word(Wall))
    way: Mapped[Way] = mapped_column(Word(Way))
    kept: Mapped[bool] = mapped_column(Boolean)
    late: Mapped[bool | None] = mapped_column(Boolean)
    """Neither kept nor late is what ended before the promise's date without contact."""
    told: Mapped[bool | None] = mapped_column(Boolean)
    """The pupil was told, outside the own page, that we were late."""
    guarantees_kept: Mapped[bool | None] = mapped_column(Boolean)
    """All of those that it had besides the promise; None when it had none, or of before."""
    opened_wide: Mapped[bool | None] = mapped_column(Boolean)
    reached: Mapped[bool] = mapped_column(Boolean)
    hours_to_contact: Mapped[float | None] = mapped_column(Float)
    """Counted hours, the begun one included (of before, with its fraction), from the knock to the
    first attempt on the chosen way."""
    outcome: Mapped[Outcome | None] = mapped_column(Word(Outcome))
    """None: the pupil took it back."""
