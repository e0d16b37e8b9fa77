"""Tables of knocks. What a pupil or staff wrote is encrypted; what is looked up is a keyed hash."""

import hmac
from datetime import UTC, date, datetime

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    and_,
    case,
    false,
    func,
    literal,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_method, hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from elevhalsa.core.columns import EncryptedText, UtcDateTime, Word
from elevhalsa.core.crypto import keyring, new_id
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.identity.models import Identity
from elevhalsa.domain.identity.words import AgeBand
from elevhalsa.domain.notices.models import About
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.people.words import Gender
from elevhalsa.domain.places.models import Municipality, School
from elevhalsa.domain.promise.rules import is_late
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.domain.threads.models import TextRow
from elevhalsa.extensions import Base

from .words import (
    OPEN_STATES,
    AttemptKind,
    Author,
    DueShown,
    How,
    Journal,
    Measure,
    Outcome,
    PupilTold,
    ReportedBy,
    State,
    TakeOverReason,
    Triage,
    Undoing,
    Urgency,
    Way,
)


class Knock(Base):
    """One knock on the door."""

    __tablename__ = "knock"
    __table_args__ = (
        Index("ix_knock_inbox", "municipality_id", "state", "deadline_at", "id"),
        Index("ix_knock_school", "school_id", "state", "deadline_at", "id"),
        Index("ix_knock_taker", "taken_by_id", "state", "deadline_at", "id"),
        Index(
            "ix_knock_urgent",
            "municipality_id",
            "state",
            "deadline_at",
            "id",
            postgresql_where=text("triage = 'urgent'"),
            sqlite_where=text("triage = 'urgent'"),
        ),
        Index("ix_knock_done", "municipality_id", "closed_at", "id"),
        Index(
            "ix_knock_purge",
            "purge_at",
            postgresql_where=text("purge_at IS NOT NULL"),
            sqlite_where=text("purge_at IS NOT NULL"),
        ),
        Index(
            "ix_knock_identity",
            "identity_id",
            postgresql_where=text("identity_id IS NOT NULL"),
            sqlite_where=text("identity_id IS NOT NULL"),
        ),
        Index(
            "ix_knock_flood",
            "flood",
            postgresql_where=text("flood IS NOT NULL"),
            sqlite_where=text("flood IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"))
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"))

    form_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """Keyed hash of the form's client-made id: the same form twice is the same knock."""
    form_print: Mapped[str] = mapped_column(String(64))
    """Keyed hash of what the form said, to tell a retry from a changed form."""
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)

    wanted: Mapped[Profession | None] = mapped_column(Word(Profession))
    """None: "spelar ingen roll"."""
    wanted_staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    wall: Mapped[Wall | None] = mapped_column(Word(Wall))
    """None until somebody takes a knock for which the profession does not matter."""

    way: Mapped[Way] = mapped_column(Word(Way))
    phone: Mapped[str | None] = mapped_column(EncryptedText)
    email: Mapped[str | None] = mapped_column(EncryptedText)
    safe_times: Mapped[str | None] = mapped_column(EncryptedText)
    """When and where it is safe to call, or when and where to meet."""
    voicemail_ok: Mapped[bool] = mapped_column(Boolean, default=False)
    neutral_sender: Mapped[bool] = mapped_column(Boolean, default=False)
    urgency: Mapped[Urgency | None] = mapped_column(Word(Urgency))
    """What the pupil said of it when knocking."""
    wished_gender: Mapped[Gender | None] = mapped_column(Word(Gender))
    """Whom the pupil would rather meet. A wish: nobody is kept from answering by it."""
    interpreter: Mapped[str | None] = mapped_column(EncryptedText)
    """The language of the interpreter that the pupil wishes for."""
    name: Mapped[str | None] = mapped_column(EncryptedText)
    school_class: Mapped[str | None] = mapped_column(EncryptedText)
    is_protected: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """Skyddade uppgifter: the name stands on the opened knock and nowhere else."""
    identity_id: Mapped[str | None] = mapped_column(ForeignKey("identity.id"))
    """Who its pupil is by e-ID. None: they have not logged in for it."""
    hides_identity: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """The pupil keeps that from staff, or has taken it back."""
    age_band: Mapped[AgeBand | None] = mapped_column(Word(AgeBand))
    """By the same e-ID, on the day of the login. Staff see it, whatever is hidden."""

    knocked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """The promise. Computed once; never changed."""
    due_shown: Mapped[DueShown | None] = mapped_column(Word(DueShown))
    """None: it is what the form showed (``promised``)."""
    deadline_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """What the inbox sorts by: the nearest *senast* of what is waited for (promise.models.Wait),
    or the last there was."""
    awaits: Mapped[Awaited | None] = mapped_column(Word(Awaited), default=Awaited.FIRST_CONTACT)
    """What is waited for, the nearest; a guarantee only when nothing else is. None: nothing."""
    opened_wide_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    state: Mapped[State] = mapped_column(Word(State), default=State.WAITING)
    triage: Mapped[Triage | None] = mapped_column(Word(Triage))
    taken_by_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When staff first opened it."""
    read_by: Mapped[Profession | None] = mapped_column(Word(Profession))
    kept_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The first contact attempt on the way the pupil chose."""
    reached_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    contact_changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the pupil last chose another way, number or time."""
    pupil_wrote_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    staff_wrote_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    first_ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When what has been opened again ended first; None of what never was opened again."""
    reopened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the pupil last wrote to it after it had ended."""
    outcome: Mapped[Outcome | None] = mapped_column(Word(Outcome))
    purge_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """For the release before. What is due is found by ``closed_at`` and what is decided now."""
    locked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Its days are over and there is no decision (domain/retention): none of the staff reads it.
    Its pupil does, and opens it again by writing."""
    held_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Staff have said that it must stay (``holds``)."""
    unlocked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When staff took away the pupil's digits, until new ones are chosen."""
    flood: Mapped[str | None] = mapped_column(String(22))
    """Set aside with others that have the same random number (``floods``); None: it stands by
    itself."""

    municipality: Mapped[Municipality] = relationship()
    school: Mapped[School] = relationship()
    taken_by: Mapped[Staff | None] = relationship(foreign_keys=[taken_by_id])
    wanted_staff: Mapped[Staff | None] = relationship(foreign_keys=[wanted_staff_id])
    login: Mapped[Identity | None] = relationship()
    """For the pupil's own page, and for a reveal (domain/reveals): else ``identity``."""
    messages: Mapped[list["Message"]] = relationship(
        order_by="Message.created_at, Message.id", passive_deletes=True
    )
    attempts: Mapped[list["Attempt"]] = relationship(
        order_by="Attempt.at, Attempt.id", passive_deletes=True
    )

    @property
    def about(self) -> About:
        """What a notice of it is about."""
        return About.knock(self.id)

    @property
    def identity(self) -> Identity | None:
        """Who its pupil is by e-ID, for whoever may read it. None, too, of what the pupil hides."""
        return None if self.hides_identity else self.login

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def is_urgent(self) -> bool:
        """Staff or the pupil say so."""
        return self.triage is Triage.URGENT or self.urgency is Urgency.URGENT

    @property
    def retry_due(self) -> bool:
        """The last attempt got no answer, so a new one is due."""
        return self.awaits is Awaited.NEW_ATTEMPT

    @property
    def newest(self) -> str | None:
        """The id of the last text of the thread: what whoever sees the whole thread has seen."""
        return self.messages[-1].id if self.messages else None

    def is_overdue(self, now: datetime) -> bool:
        """A date that the pupil was told has passed: of the first contact, a new attempt, an
        answer or a guarantee."""
        reached = self.awaits is Awaited.FIRST_CONTACT and self.contacted_at is not None
        awaits = self.is_open and self.awaits is not None and not reached
        return self.is_late(now) or (awaits and self.deadline_at < now)

    @hybrid_property
    def was_dismissed(self) -> bool:
        """Taken out of the inbox together with others of its flood; nobody has been in touch."""
        return self.state is State.CLOSED and self.flood is not None

    @was_dismissed.inplace.expression
    @classmethod
    def _was_dismissed(cls) -> ColumnElement[bool]:
        return and_(cls.state == State.CLOSED, cls.flood.is_not(None))

    # *Late* and *kept* are said here and nowhere else, for a row and for a query alike.

    @hybrid_property
    def contacted_at(self) -> datetime | None:
        """The first contact, or attempt at it on the chosen way."""
        return self.kept_at or self.reached_at

    @contacted_at.inplace.expression
    @classmethod
    def _contacted_at(cls) -> ColumnElement[datetime | None]:
        return func.coalesce(cls.kept_at, cls.reached_at, type_=UtcDateTime)

    @hybrid_property
    def was_kept(self) -> bool:
        """The promise was kept: the first attempt on the chosen way was made before its date."""
        return self.kept_at is not None and self.kept_at <= self.due_at

    @was_kept.inplace.expression
    @classmethod
    def _was_kept(cls) -> ColumnElement[bool]:
        return func.coalesce(cls.kept_at <= cls.due_at, False)

    @hybrid_method
    def is_late(self, now: datetime) -> bool:
        """The promise's date has passed and the pupil still waits for a first contact. What has
        been opened again waits for an answer, with a date of its own."""
        return (
            self.is_open
            and self.contacted_at is None
            and self.reopened_at is None
            and self.due_at < now
        )

    @is_late.inplace.expression  # type: ignore[attr-defined,untyped-decorator]
    @classmethod
    def _is_late(cls, now: datetime) -> ColumnElement[bool]:
        return and_(
            cls.state.in_(OPEN_STATES),
            cls.kept_at.is_(None),
            cls.reached_at.is_(None),
            cls.reopened_at.is_(None),
            cls.due_at < now,
        )

    @hybrid_method
    def came_late(self, now: datetime) -> bool:
        """No contact had been made when the promise's date passed, whatever came after: neither
        had it ended."""
        ends = [moment for moment in (self.contacted_at, self.first_ended_at) if moment]
        return is_late(self.due_at, now, min(ends, default=None))

    @came_late.inplace.expression  # type: ignore[attr-defined,untyped-decorator]
    @classmethod
    def _came_late(cls, now: datetime) -> ColumnElement[bool]:
        contact = func.coalesce(cls.kept_at, cls.reached_at, type_=UtcDateTime)
        ended_before = cls.first_ended_at <= func.coalesce(
            contact, cls.first_ended_at, type_=UtcDateTime
        )
        return cls.due_at < case(
            (ended_before, cls.first_ended_at),
            else_=func.coalesce(contact, literal(now, UtcDateTime), type_=UtcDateTime),
        )


class Pin(Base):
    """The pupil's own digits for one knock, asked for besides the code."""

    __tablename__ = "knock_pin"

    knock_id: Mapped[str] = mapped_column(
        ForeignKey("knock.id", ondelete="CASCADE"), primary_key=True
    )
    digits_hash: Mapped[str] = mapped_column(String(200))
    failures: Mapped[int] = mapped_column(Integer, default=0)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Avoided(Base):
    """Inte den här personen: staff whom the pupil does not want to know of the knock."""

    __tablename__ = "avoided"

    knock_id: Mapped[str] = mapped_column(
        ForeignKey("knock.id", ondelete="CASCADE"), primary_key=True
    )
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), primary_key=True)


class Message(TextRow, Base):
    """A text in the thread between the pupil and staff."""

    __tablename__ = "message"
    __table_args__ = (UniqueConstraint("knock_id", "form_hash"),)

    knock_id: Mapped[str] = mapped_column(ForeignKey("knock.id", ondelete="CASCADE"), index=True)
    author: Mapped[Author] = mapped_column(Word(Author))


class Attempt(Base):
    """An attempt to contact the pupil."""

    __tablename__ = "attempt"

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    knock_id: Mapped[str] = mapped_column(ForeignKey("knock.id", ondelete="CASCADE"), index=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    kind: Mapped[AttemptKind] = mapped_column(Word(AttemptKind))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    on_chosen_way: Mapped[bool] = mapped_column(Boolean)

    staff: Mapped[Staff] = relationship()


class DangerNote(Base):
    """What one of the staff did when the pupil's life was in danger (domain/knocks/danger.py)."""

    __tablename__ = "danger_note"
    __table_args__ = (UniqueConstraint("knock_id", "form_hash"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    knock_id: Mapped[str] = mapped_column(ForeignKey("knock.id", ondelete="CASCADE"), index=True)
    form_hash: Mapped[str] = mapped_column(String(64))
    """The same form posted twice is the same note."""
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    measures: Mapped[str] = mapped_column(String(120))
    """Words of ``Measure`` with a space between."""
    text: Mapped[str | None] = mapped_column(EncryptedText)
    done_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When it was done, as whoever did it says."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    staff: Mapped[Staff] = relationship()

    @property
    def done(self) -> list[Measure]:
        return [measure for measure in Measure if measure in self.measures.split()]


class JournalMark(Base):
    """That what was done is in the record system, or that nothing belongs there
    (domain/knocks/journal.py)."""

    __tablename__ = "journal_mark"

    knock_id: Mapped[str] = mapped_column(
        ForeignKey("knock.id", ondelete="CASCADE"), primary_key=True
    )
    what: Mapped[Journal] = mapped_column(Word(Journal))
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    staff: Mapped[Staff | None] = relationship()


class ConcernReport(Base):
    """That one of the staff reported a concern for the pupil, never what the report says
    (domain/knocks/concern.py)."""

    __tablename__ = "concern_report"
    __table_args__ = (
        UniqueConstraint("knock_id", "form_hash"),
        Index(
            "ix_concern_report_follow_up_on",
            "follow_up_on",
            postgresql_where=text("followed_up_at IS NULL"),
            sqlite_where=text("followed_up_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    knock_id: Mapped[str] = mapped_column(ForeignKey("knock.id", ondelete="CASCADE"), index=True)
    form_hash: Mapped[str] = mapped_column(String(64))
    """The same form posted twice is the same report."""
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    is_adult: Mapped[bool] = mapped_column(Boolean)
    """18 or older: nobody has a duty to report, and something was told on another ground."""
    steps: Mapped[str] = mapped_column(String(200))
    """Keys of the checklist's steps that were ticked, with a space between."""
    way: Mapped[ReportedBy] = mapped_column(Word(ReportedBy))
    reported_on: Mapped[date] = mapped_column(Date)
    reference: Mapped[str | None] = mapped_column(EncryptedText)
    """What the receiver calls it: a number, a receipt."""
    told: Mapped[PupilTold] = mapped_column(Word(PupilTold))
    follow_up_on: Mapped[date] = mapped_column(Date)
    """When whoever reported asks what came of it; reminded from then on."""
    reminded_on: Mapped[date | None] = mapped_column(Date)
    followed_up_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    staff: Mapped[Staff] = relationship()


class Crossing(Base):
    """A knock that was moved to the other side of the wall, and on what ground.

    OSL 10 kap. 1 § (consent) or a written reason, e.g. 25 kap. 13 a §.
    """

    __tablename__ = "crossing"

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    knock_id: Mapped[str] = mapped_column(ForeignKey("knock.id", ondelete="CASCADE"), index=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    from_wall: Mapped[Wall] = mapped_column(Word(Wall))
    to_wall: Mapped[Wall] = mapped_column(Word(Wall))
    consent: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str | None] = mapped_column(EncryptedText)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    staff: Mapped[Staff] = relationship()


class Transfer(Base):
    """A knock that was moved to another school of the municipality, with all its dates."""

    __tablename__ = "transfer"

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    knock_id: Mapped[str] = mapped_column(ForeignKey("knock.id", ondelete="CASCADE"), index=True)
    from_school_id: Mapped[str] = mapped_column(ForeignKey("school.id"))
    to_school_id: Mapped[str] = mapped_column(ForeignKey("school.id"))
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    """None: the pupil did it."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    from_school: Mapped[School] = relationship(foreign_keys=[from_school_id])
    to_school: Mapped[School] = relationship(foreign_keys=[to_school_id])
    staff: Mapped[Staff | None] = relationship()


class Passing(Base):
    """A knock that went from one to another behind the same wall."""

    __tablename__ = "passing"

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    knock_id: Mapped[str] = mapped_column(ForeignKey("knock.id", ondelete="CASCADE"), index=True)
    how: Mapped[How] = mapped_column(Word(How))
    from_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    to_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    """None: whoever may take it."""
    reason: Mapped[TakeOverReason | None] = mapped_column(Word(TakeOverReason))
    note: Mapped[str | None] = mapped_column(EncryptedText)
    """From the one to the other; read by these two alone."""
    held_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when the one had it."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    from_staff: Mapped[Staff | None] = relationship(foreign_keys=[from_id])
    to_staff: Mapped[Staff | None] = relationship(foreign_keys=[to_id])


class Undo(Base):
    """Something that one of the staff did and can undo until then."""

    __tablename__ = "undo"

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    knock_id: Mapped[str] = mapped_column(ForeignKey("knock.id", ondelete="CASCADE"), index=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    what: Mapped[Undoing] = mapped_column(Word(Undoing))
    row_id: Mapped[str | None] = mapped_column(String(22))
    """Of what was done where that has a row: the Passing, the Attempt."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    knock: Mapped[Knock] = relationship()


class Presence(Base):
    """That one of the staff has a knock's page in front of them (domain/knocks/presence.py)."""

    __tablename__ = "presence"

    knock_id: Mapped[str] = mapped_column(
        ForeignKey("knock.id", ondelete="CASCADE"), primary_key=True
    )
    staff_id: Mapped[str] = mapped_column(
        ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True
    )
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    """When the page last said so."""


class Dismissal(Base):
    """That one of the staff took what they might read of a flood out of the inbox, at one moment:
    those of its knocks that were closed then. Until a later one it can be taken back."""

    __tablename__ = "dismissal"

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), index=True)
    flood: Mapped[str] = mapped_column(String(22))
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    staff: Mapped[Staff] = relationship()


class Device(Base):
    """A browser that may open some knocks. Known only by a random cookie, whose hash is kept.

    Not remembered: it forgets after half an hour. Remembered only when the pupil has said that
    the phone is their own.
    """

    __tablename__ = "device"

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    remembered: Mapped[bool] = mapped_column(Boolean, default=False)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class DeviceKnock(Base):
    """That a device has shown the code (and the PIN, if any) of a knock."""

    __tablename__ = "device_knock"

    device_id: Mapped[str] = mapped_column(
        ForeignKey("device.id", ondelete="CASCADE"), primary_key=True
    )
    knock_id: Mapped[str] = mapped_column(
        ForeignKey("knock.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    pin_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Until when the PIN counts as given on this device."""
    mac: Mapped[str | None] = mapped_column(String(64))
    """Keyed hash of all of it: whoever can only write in the table cannot give a device a knock."""

    def sign(self) -> None:
        """What it says is ours; to be done again whenever it says something else."""
        self.mac = self._mac()

    @property
    def is_ours(self) -> bool:
        return hmac.compare_digest(self.mac or "", self._mac())

    def _mac(self) -> str:
        until = self.pin_until.astimezone(UTC).isoformat() if self.pin_until else ""
        return keyring.keyed_hash("device-knock", f"{self.device_id} {self.knock_id} {until}")


class Draft(Base):
    """A form of a knock's page as it was typed and not sent, by staff or at a pupil's device.

    Shown to whoever typed it when they come back, within a day (domain/knocks/drafts.py).
    """

    __tablename__ = "draft"
    __table_args__ = (
        UniqueConstraint("staff_id", "knock_id", "form"),
        UniqueConstraint("device_id", "knock_id", "form"),
    )

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    device_id: Mapped[str | None] = mapped_column(ForeignKey("device.id", ondelete="CASCADE"))
    knock_id: Mapped[str] = mapped_column(ForeignKey("knock.id", ondelete="CASCADE"), index=True)
    form: Mapped[str] = mapped_column(String(40))
    """The form's name on the page, e.g. 'answer'."""
    fields: Mapped[str] = mapped_column(EncryptedText)
    """Names and values, as JSON."""
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Handoff(Base):
    """That what a device may open can be carried to another one: once, for a few minutes.

    At most one a device. The code and the token follow from the id (domain/knocks/handoff.py);
    only their keyed hashes are kept.
    """

    __tablename__ = "handoff"

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    device_id: Mapped[str] = mapped_column(ForeignKey("device.id", ondelete="CASCADE"), unique=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    forget: Mapped[bool] = mapped_column(Boolean)
    """The old device opens nothing any more once the new one has fetched it."""
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
