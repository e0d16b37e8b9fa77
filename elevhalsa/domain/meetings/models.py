"""Tables of proposed and agreed meetings, and of the times that can be booked."""

from datetime import date, datetime

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from elevhalsa.core.columns import EncryptedText, UtcDateTime, Word
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import Author
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.domain.serving.rules import Days
from elevhalsa.extensions import Base

from . import rules
from .words import MeetingWay, ProposalState, Standing


class Proposal(Base):
    """Up to three times to choose from. A new one replaces the one before, if that is not answered;
    what was agreed stands until the pupil picks of the new one."""

    __tablename__ = "meeting_proposal"

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    knock_id: Mapped[str] = mapped_column(ForeignKey("knock.id", ondelete="CASCADE"), index=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    state: Mapped[ProposalState] = mapped_column(Word(ProposalState), default=ProposalState.OPEN)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    meeting_id: Mapped[str | None] = mapped_column(String(22))
    """Of what was agreed: the same when it takes the place of another, for calendars."""
    phone: Mapped[str | None] = mapped_column(EncryptedText)
    """The number that the pupil gave for a meeting by phone."""
    move_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the pupil asked for another time than the one that was agreed."""
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_by: Mapped[Author | None] = mapped_column(Word(Author))

    staff: Mapped[Staff] = relationship()
    knock: Mapped[Knock] = relationship()
    slots: Mapped[list["Slot"]] = relationship(
        order_by="Slot.starts_at", back_populates="proposal", passive_deletes=True
    )

    @property
    def picked(self) -> "Slot | None":
        return next((slot for slot in self.slots if slot.picked), None)

    @property
    def phone_to_call(self) -> str | None:
        return rules.number_to_call(
            self.phone, self.answered_at, self.knock.phone, self.knock.contact_changed_at
        )

    def stands(self, now: datetime) -> Standing:
        return rules.standing(
            self.state,
            times=[slot.span for slot in self.slots],
            picked=self.picked.span if self.picked else None,
            made_at=self.created_at,
            closed_at=self.knock.closed_at,
            reopened_at=self.knock.reopened_at,
            now=now,
        )


class Slot(Base):
    """One proposed time with a way to meet, and a place or a link."""

    __tablename__ = "meeting_slot"
    __table_args__ = (
        Index(
            "ix_meeting_slot_picked",
            "starts_at",
            postgresql_where=text("picked"),
            sqlite_where=text("picked"),
        ),
    )

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    proposal_id: Mapped[str] = mapped_column(
        ForeignKey("meeting_proposal.id", ondelete="CASCADE"), index=True
    )
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    minutes: Mapped[int] = mapped_column(Integer, default=30)
    way: Mapped[MeetingWay] = mapped_column(Word(MeetingWay))
    place: Mapped[str | None] = mapped_column(EncryptedText)
    """Room, meeting point or https link."""
    picked: Mapped[bool] = mapped_column(Boolean, default=False)

    proposal: Mapped[Proposal] = relationship(back_populates="slots")

    @property
    def span(self) -> rules.Span:
        return rules.Span(self.starts_at, self.minutes)


class StandingTime(Base):
    """A time each week that pupils can book a meeting in. What has been booked stands when it is
    changed or taken away."""

    __tablename__ = "standing_time"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("starts_at < ends_at", name="hours"),
    )

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"), index=True)
    """Whose pupils may book it."""
    weekday: Mapped[int] = mapped_column(Integer)
    """0 is Monday."""
    starts_at: Mapped[int] = mapped_column(Integer)
    """Minutes after midnight, Swedish wall-clock time."""
    ends_at: Mapped[int] = mapped_column(Integer)
    minutes: Mapped[int] = mapped_column(Integer)
    """Of each meeting."""
    way: Mapped[MeetingWay] = mapped_column(Word(MeetingWay))
    place: Mapped[str | None] = mapped_column(EncryptedText)
    """Room, meeting point or https link."""
    starts_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    """The last day, included. None: until further notice."""

    staff: Mapped[Staff] = relationship()
    school: Mapped[School] = relationship()

    @property
    def weekly(self) -> rules.Weekly:
        days = Days(self.starts_on, self.ends_on)
        return rules.Weekly(self.weekday, self.starts_at, self.ends_at, self.minutes, days)


class CalendarFeed(Base):
    """An address by which somebody's own calendar fetches their meetings: times and no more. It is
    a key, so only its hash is kept; a new one takes the place of the old."""

    __tablename__ = "calendar_feed"

    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    shows_school: Mapped[bool] = mapped_column(Boolean, default=False)
    """Where it is, by the school's name."""
    shows_times: Mapped[bool] = mapped_column(Boolean, default=False)
    """The standing times too, as time that is free."""

    staff: Mapped[Staff] = relationship()
