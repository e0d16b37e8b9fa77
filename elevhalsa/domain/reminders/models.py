"""Tables of who is reminded: browsers that have asked, and where a message goes instead."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from elevhalsa.core.columns import EncryptedText, UtcDateTime
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.knocks.models import Device
from elevhalsa.domain.people.models import Staff, StaffSession
from elevhalsa.extensions import Base


class ReminderAddress(Base):
    """Where a neutral message about one knock goes when pushes do not help; only for that."""

    __tablename__ = "reminder_address"

    knock_id: Mapped[str] = mapped_column(
        ForeignKey("knock.id", ondelete="CASCADE"), primary_key=True
    )
    phone: Mapped[str | None] = mapped_column(EncryptedText)
    phone_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    """Keyed hash of the number, to count what is sent to it; None where the release before this one
    wrote it."""
    email: Mapped[str | None] = mapped_column(EncryptedText)


class PushSubscription(Base):
    """One browser, of a pupil (``device``) or of one of the staff, never both. A browser has one
    subscription at a time, so a device has one row, and so has a sign-in of the staff.

    It goes when the device is forgotten. The endpoint is as good as the browser's name, so it is
    encrypted and looked up by its keyed hash.
    """

    __tablename__ = "push_subscription"
    __table_args__ = (
        CheckConstraint("(device_id IS NULL) <> (staff_id IS NULL)", name="one_owner"),
    )

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    device_id: Mapped[str | None] = mapped_column(
        ForeignKey("device.id", ondelete="CASCADE"), index=True
    )
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"), index=True)
    staff_session_id: Mapped[str | None] = mapped_column(
        ForeignKey("staff_session.id", ondelete="SET NULL"), index=True
    )
    """Where staff are signed in with this browser. A session that has run out keeps its
    reminders; one that was ended on purpose takes them with it."""
    endpoint: Mapped[str] = mapped_column(EncryptedText)
    endpoint_hash: Mapped[str] = mapped_column(String(64), unique=True)
    p256dh: Mapped[str] = mapped_column(EncryptedText)
    auth: Mapped[str] = mapped_column(EncryptedText)
    vapid_key_id: Mapped[str] = mapped_column(String(16))
    """Which of the VAPID keys it was made for: no other can be used with it (RFC 8292 4.2)."""
    host: Mapped[str] = mapped_column(String(253))
    """The push service's, for the operator's counts."""
    origin: Mapped[str] = mapped_column(String(300))
    """Where the browser had the app open, e.g. 'https://elevhalsa.example': a tap leads there."""
    kinds: Mapped[list[str]] = mapped_column(JSON)
    """The notices' kinds that are wanted."""
    loud_kinds: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Those of them that may sound in the quiet hours too, because the pupil chose so."""
    quiet_from: Mapped[int | None] = mapped_column(Integer)
    """Minutes after midnight, Swedish wall-clock time; None with ``quiet_to``: never quiet."""
    quiet_to: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    checked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the browser last said that it still has it."""
    last_ok_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Nothing reads it, so nothing writes it any more. The release before does, so the column
    stays until the next."""
    gone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When its push service said that there is no such subscription (RFC 8030 7.3). Endpoint and
    keys are erased; what was chosen waits for the browser to come back with new ones."""

    device: Mapped[Device | None] = relationship()
    staff: Mapped[Staff | None] = relationship()
    staff_session: Mapped[StaffSession | None] = relationship()
