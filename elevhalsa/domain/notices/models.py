"""The outbox table. One row is one notice to one receiver on one channel."""

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, Integer, String, and_, text
from sqlalchemy.orm import Mapped, mapped_column

from elevhalsa.core.columns import UtcDateTime, Word
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.about import About, Subject
from elevhalsa.extensions import Base

from .words import Audience, Channel, Kind

__all__ = ["About", "Channel", "Kind", "Notice", "ScheduledRun", "Subject"]


class Notice(Base):
    """Written in the transaction of its cause. Holds ids and words of ours, never content.

    A row waits while ``sent_at`` and ``given_up_at`` are empty and ``not_before`` has passed.
    A worker claims it for a while (``claimed_until``) before it sends.
    In the app (channel 'app') a row is delivered by being seen.

    A push (channel 'push') without a subscription stands for all browsers of its receiver: when
    it is sent it becomes a row for each, with ``parent_id``. So does a message that goes out when
    pushes do not help (channel 'sms', or 'email' to a pupil). To a pupil: ``staff_id`` is empty.
    """

    __tablename__ = "notice"
    __table_args__ = (
        Index(
            "ix_notice_waiting",
            "not_before",
            postgresql_where=text("sent_at IS NULL AND given_up_at IS NULL"),
            sqlite_where=text("sent_at IS NULL AND given_up_at IS NULL"),
        ),
        Index(
            "ix_notice_leaving",
            "channel",
            "due_at",
            "not_before",
            postgresql_where=text("sent_at IS NULL AND given_up_at IS NULL"),
            sqlite_where=text("sent_at IS NULL AND given_up_at IS NULL"),
        ),
        Index("ix_notice_staff_id_created_at", "staff_id", "channel", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"))
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    subscription_id: Mapped[str | None] = mapped_column(
        ForeignKey("push_subscription.id", ondelete="CASCADE"), index=True
    )
    parent_id: Mapped[str | None] = mapped_column(String(22), index=True)
    told_as: Mapped[Audience | None] = mapped_column(Word(Audience))
    """In which capacity somebody who may have two is told; None: as what they are first of all."""
    kind: Mapped[Kind] = mapped_column(Word(Kind))
    channel: Mapped[Channel] = mapped_column(Word(Channel))
    figures: Mapped[str | None] = mapped_column(String(20))
    """Of a kind that counts: how many wait, and of how many today is the last day."""
    about_kind: Mapped[Subject] = mapped_column(
        Word(Subject), default=Subject.KNOCK, server_default=Subject.KNOCK.value
    )
    """Of what the next column is the id; without an id it says nothing."""
    about_id: Mapped[str | None] = mapped_column("knock_id", String(22), index=True)
    """The column's name is from when a notice was always about a knock, and stays while the
    release before may run beside this one."""
    cause: Mapped[str] = mapped_column(String(120), unique=True)
    """What makes it the same notice: cause + receiver + channel. A second post is ignored."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """*Senast* of what it is about when it was posted, of what has none the moment from which it
    may leave: the nearest leaves first. None: posted by the release before."""
    useful_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """From when it may have left, on channels where a second try could be a second message."""
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    given_up_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(String(80))
    """A short code such as 'smtp 451' or 'push 410', never an address."""
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def about(self) -> About | None:
        """None: of nothing that has a row, such as a link to sign in with."""
        return About(self.about_kind, self.about_id) if self.about_id else None

    @classmethod
    def is_about(cls, about: About) -> ColumnElement[bool]:
        return and_(cls.about_id == about.id, cls.about_kind == about.kind)


class ScheduledRun(Base):
    """When each thing on the schedule last began and ended. Claiming a row is the lock; a thing
    that began and has not ended may be shared."""

    __tablename__ = "scheduled_run"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
