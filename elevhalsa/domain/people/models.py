"""Tables of people who work here. Pupils have no account and no row."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    and_,
    false,
    or_,
)
from sqlalchemy.ext.hybrid import hybrid_method
from sqlalchemy.orm import Mapped, mapped_column, relationship

from elevhalsa.core import labels
from elevhalsa.core.columns import EncryptedText, UtcDateTime, Word
from elevhalsa.core.crypto import keyring, new_id
from elevhalsa.core.i18n import _l
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.places.models import Municipality, Organisation, School
from elevhalsa.extensions import Base

from .rules import Seat
from .words import Duty, Gender, SignIn

labels.give(
    Profession,
    {
        Profession.NURSE: _l("Skolsköterska och samordnare"),
        Profession.DOCTOR: _l("Skolläkare och samordnare"),
        Profession.COUNSELLOR: _l("Kurator och samordnare"),
        Profession.PSYCHOLOGIST: _l("Skolpsykolog och samordnare"),
        Profession.SPECIAL_EDUCATOR: _l("Specialpedagog och samordnare"),
        Profession.SOCIAL_WORKER: _l("Person från socialtjänsten och samordnare"),
        Profession.HEALTH_WORKER: _l("Person från vården och samordnare"),
        Profession.PRESCHOOL_TEACHER: _l("Förskollärare och samordnare"),
        Profession.LEADER: _l("Ledare och samordnare"),
        None: _l("Samordnare"),
    },
    group="coordinates",
)


class Staff(Base):
    """Somebody who signs in at one municipality: a professional, a coordinator, or both.

    The wall follows from the profession alone: whoever coordinates too reads content only as far
    as the profession does. A person who works in two municipalities has a row in each.
    """

    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("municipality_id", "email_hash"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), index=True)
    profession: Mapped[Profession | None] = mapped_column(Word(Profession))
    """None for somebody who only coordinates."""
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    """Where they work beside the schools; None: in elevhälsan. Their profession is one of its kind
    (``places.words.may_work_at``)."""
    leads: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """Coordinates the organisation: its people and what comes to it, and nothing of elevhälsan's.
    Nobody of an organisation ``coordinates``."""
    coordinates: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    name: Mapped[str] = mapped_column(EncryptedText)
    email: Mapped[str] = mapped_column(EncryptedText)
    email_hash: Mapped[str] = mapped_column(String(64), index=True)
    gender: Mapped[Gender | None] = mapped_column(Word(Gender))
    """What they have chosen to say, for pupils who wish for a woman or a man."""
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    ends_on: Mapped[date | None] = mapped_column(Date)
    """The last day of the account, included. None: until further notice."""
    key_offered: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """Has been shown, after signing in by a link, how a key is made."""

    municipality: Mapped[Municipality] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
    assignments: Mapped[list["Assignment"]] = relationship(
        back_populates="staff", cascade="all, delete-orphan"
    )
    responsibilities: Mapped[list["Responsibility"]] = relationship(
        primaryjoin="and_(Staff.id == Responsibility.staff_id, Responsibility.until.is_(None))",
        viewonly=True,
    )
    """What they are named to now (``duties.held_by`` says what of it they may hold)."""

    # Who works here is said here and nowhere else, for a row and for a query alike.

    @hybrid_method
    def works_on(self, day: date) -> bool:
        """Has an account that lets them in on that day, Swedish time."""
        return self.active and (self.ends_on is None or day <= self.ends_on)

    @works_on.inplace.expression  # type: ignore[attr-defined,untyped-decorator]
    @classmethod
    def _works_on(cls, day: date) -> ColumnElement[bool]:
        return and_(cls.active, or_(cls.ends_on.is_(None), cls.ends_on >= day))

    @property
    def is_professional(self) -> bool:
        return self.profession is not None

    @property
    def is_partner(self) -> bool:
        """Works at an organisation beside the schools, and not in elevhälsan."""
        return self.organisation_id is not None

    @property
    def keeps_records(self) -> bool:
        """Must what they do be in a patient record?"""
        return self.profession is not None and self.profession.keeps_records

    @property
    def works_as(self) -> str:
        """For a screen: ``Kurator``, ``Samordnare``, ``Kurator och samordnare``; of who is neither
        ``Granskare``."""
        if self.leads:
            return labels.of(self.profession, "coordinates")
        if not self.is_professional and not self.coordinates:
            return labels.of(Duty.OVERSIGHT, "as")
        return labels.of(
            self.profession,
            None if self.is_professional and not self.coordinates else "coordinates",
        )

    @property
    def wall(self) -> Wall | None:
        return self.profession.wall if self.profession else None


def hash_email(email: str) -> str:
    """The keyed hash by which an address is found again; letter case and spaces do not count."""
    return keyring.keyed_hash("staff-email", email.strip().casefold())


class Assignment(Base):
    """Staff serve several schools; this says which."""

    __tablename__ = "assignment"

    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"), primary_key=True, index=True)

    staff: Mapped[Staff] = relationship(back_populates="assignments")
    school: Mapped[School] = relationship()


class Responsibility(Base):
    """Somebody is named to answer for something (``rules.Seat``). Ended rows stay: who it was on a
    day of the past can be told."""

    __tablename__ = "responsibility"

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), index=True)
    duty: Mapped[Duty] = mapped_column(Word(Duty))
    wall: Mapped[Wall | None] = mapped_column(Word(Wall))
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """None: still."""

    staff: Mapped[Staff] = relationship()

    @property
    def seat(self) -> Seat:
        return Seat(self.duty, self.wall)


class Reach(Base):
    """How one of the staff has chosen to be told, besides in the app. Without a row: as from the
    start."""

    __tablename__ = "reach"

    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    by_email: Mapped[bool] = mapped_column(Boolean, default=True)
    by_push: Mapped[bool] = mapped_column(Boolean, default=True)
    """In the browsers where it has been turned on."""
    phone: Mapped[str | None] = mapped_column(EncryptedText)
    """A number of their own, where the municipality has decided that it may be used."""
    summary_at: Mapped[int | None] = mapped_column(Integer)
    """When what waits is summed up on a day of work: minutes after midnight. None: never."""
    summed_up_on: Mapped[date | None] = mapped_column(Date)
    """The last day on which it was, or there was nothing to sum up."""

    staff: Mapped[Staff] = relationship()


class SignInLink(Base):
    """A link that signs one person in, once, within 15 minutes. Only its hash is kept."""

    __tablename__ = "sign_in_link"

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    staff: Mapped[Staff] = relationship()


class StaffSession(Base):
    """One signed-in browser. Can be ended from elsewhere; ends by itself when idle or old."""

    __tablename__ = "staff_session"

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    way: Mapped[SignIn | None] = mapped_column(Word(SignIn))
    """How it began; None of one that the release before began."""
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the person last confirmed with a key in it; signing in with one does so too."""
    needs_key: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """The municipality requires a key, and none has been shown in it: nothing opens but making one,
    or confirming with one."""

    staff: Mapped[Staff] = relationship()


class Passkey(Base):
    """A key of one of the staff (WebAuthn): what is secret of it never leaves their device."""

    __tablename__ = "passkey"

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)
    """As the authenticator calls it: at most 1023 bytes, base64url (WebAuthn 6.1)."""
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    """COSE (RFC 9052)."""
    sign_count: Mapped[int] = mapped_column(BigInteger)
    """How often it had been used, by its own count; 0 of one that does not count."""
    transports: Mapped[str] = mapped_column(String(100))
    """How the browser reaches it, with spaces between."""
    host: Mapped[str] = mapped_column(String(253))
    """At which host it opens (its RP ID): at no other, by the browser's own word."""
    name: Mapped[str] = mapped_column(EncryptedText)
    """What the person calls it."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    staff: Mapped[Staff] = relationship()


class SpentChallenge(Base):
    """What a key has answered once, and never again. Kept for as long as it would be good."""

    __tablename__ = "spent_challenge"

    challenge_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class StaffAccount(Base):
    """An account at a provider of OpenID Connect that one of the staff signs in with: theirs since
    they showed both at once, and never because of an e-mail address."""

    __tablename__ = "staff_account"
    __table_args__ = (UniqueConstraint("staff_id", "provider"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    provider: Mapped[str] = mapped_column(String(40))
    """Its key."""
    account_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """Keyed hash of issuer and subject: whose it is elsewhere stands nowhere here."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    staff: Mapped[Staff] = relationship()
