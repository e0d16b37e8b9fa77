"""Tables of consultations: the school's own address to ask at, what was asked, what was written."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from elevhalsa.core.columns import EncryptedText, UtcDateTime, Word
from elevhalsa.core.crypto import new_id
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.about import About, Subject
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import Municipality, School
from elevhalsa.extensions import Base

from .words import OPEN, Concerns, Form, Outcome, Role, State, Theme


class ConsultationTerms(Base):
    """What a municipality has decided of its consultations; without a row what is usual."""

    __tablename__ = "consultation_terms"

    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), primary_key=True)
    hours: Mapped[int] = mapped_column(Integer)
    """Counted hours within which whoever asks hears from somebody."""


class ConsultationLink(Base):
    """A school's own address for its staff to ask at. A new one ends the old, which goes on saying
    so to whoever has it on paper."""

    __tablename__ = "consultation_link"

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"))
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    token: Mapped[str | None] = mapped_column(EncryptedText)
    """So that it can be printed again. None: it has ended."""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    school: Mapped[School] = relationship()


class Consultation(Base):
    """About nobody by name. Behind no wall until somebody takes it, unless a profession was asked
    for: a text may say more than it should."""

    __tablename__ = "consultation"
    __table_args__ = (
        Index(
            "ix_consultation_open", "municipality_id", "due_at",
            postgresql_where=text("closed_at IS NULL"), sqlite_where=text("closed_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"))
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"), index=True)
    form_hash: Mapped[str] = mapped_column(String(64), unique=True)
    form_print: Mapped[str] = mapped_column(String(64))
    """Of what the form said: the same id with other words is another form."""
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """Of what the browser that asked, or was given the code, shows."""
    role: Mapped[Role] = mapped_column(Word(Role))
    theme: Mapped[Theme] = mapped_column(Word(Theme))
    concerns: Mapped[Concerns] = mapped_column(Word(Concerns))
    form: Mapped[Form] = mapped_column(Word(Form))
    wanted: Mapped[Profession | None] = mapped_column(Word(Profession))
    wall: Mapped[Wall | None] = mapped_column(Word(Wall))
    phone: Mapped[str | None] = mapped_column(EncryptedText)
    call_when: Mapped[str | None] = mapped_column(EncryptedText)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """*Senast*. Computed once; never changed."""
    state: Mapped[State] = mapped_column(Word(State), default=State.WAITING)
    taken_by_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    contacted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When whoever asked was first answered, or talked with."""
    opened_wide_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    outcome: Mapped[Outcome | None] = mapped_column(Word(Outcome))
    minutes: Mapped[int | None] = mapped_column(Integer)
    """All that it has taken so far, as whoever talked says."""
    follow_up_on: Mapped[date | None] = mapped_column(Date)

    municipality: Mapped[Municipality] = relationship()
    school: Mapped[School] = relationship()
    taken_by: Mapped[Staff | None] = relationship()
    texts: Mapped[list["ConsultationText"]] = relationship(
        order_by="ConsultationText.at", passive_deletes=True
    )

    @property
    def about(self) -> About:
        return About(Subject.CONSULTATION, self.id)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


class ConsultationText(Base):
    """One text: of whoever asked, or an answer."""

    __tablename__ = "consultation_text"
    __table_args__ = (UniqueConstraint("consultation_id", "form_hash"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    consultation_id: Mapped[str] = mapped_column(ForeignKey("consultation.id", ondelete="CASCADE"))
    form_hash: Mapped[str] = mapped_column(String(64))
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    """Who answered; None: whoever asked."""
    text: Mapped[str | None] = mapped_column(EncryptedText)
    """None: taken away when its time was up."""
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    staff: Mapped[Staff | None] = relationship()
