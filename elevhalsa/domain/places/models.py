"""Tables of places. Everything else belongs to a municipality through them."""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    ForeignKey,
    Integer,
    String,
    Text,
    UniqueConstraint,
    false,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from elevhalsa.core.columns import EncryptedText, Word
from elevhalsa.core.crypto import new_id
from elevhalsa.core.walls import SCHOOL_PROFESSIONS, Profession, Wall
from elevhalsa.extensions import Base

from .words import OrganisationKind, Unit


class SchoolForm(StrEnum):
    COMPULSORY = "grundskola"
    UPPER_SECONDARY = "gymnasium"


class Municipality(Base):
    """A tenant: the huvudman whose schools share one elevhälsa and one promise."""

    __tablename__ = "municipality"

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    host: Mapped[str | None] = mapped_column(String(253), unique=True)
    promise_hours: Mapped[int] = mapped_column(Integer, default=24)
    eves_closed: Mapped[bool] = mapped_column(Boolean, default=True)
    ladder: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)
    """Rungs of its own, as read by promise.rules.ladder_from; None means the usual ones."""
    private_numbers_from: Mapped[date | None] = mapped_column(Date)
    """From which day staff may choose SMS to a number of their own, by a decision of the
    municipality's. None: there is no such decision."""
    private_numbers_ref: Mapped[str | None] = mapped_column(EncryptedText)
    """Where that decision is found, as somebody wrote it."""
    show_names: Mapped[bool] = mapped_column(Boolean, default=False)
    requires_passkey: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """Staff who have no key must make one before anything else opens."""
    retention_days: Mapped[int] = mapped_column(Integer, default=180)
    """Wall-clock days from when a knock ended until it is purged, where that is decided
    (domain/retention), and otherwise locked."""
    log_days: Mapped[int | None] = mapped_column(Integer)
    """How long events of the trace are kept, where that is decided. None: for good."""
    duty_phone: Mapped[str | None] = mapped_column(String(40))
    """The municipality's socialjour, shown among the crisis lines."""
    sms_countries: Mapped[str] = mapped_column(String(80), default="46", server_default="46")
    """Codes of the countries whose mobile numbers get SMS, with spaces between."""
    sms_a_day: Mapped[int] = mapped_column(Integer, default=300, server_default="300")
    """How many SMS we send at most within 24 hours (wall-clock)."""
    contact_email: Mapped[str | None] = mapped_column(String(254))
    """Where to report accessibility faults and ask about privacy."""

    schools: Mapped[list["School"]] = relationship(
        back_populates="municipality", order_by="School.name"
    )


class School(Base):
    __tablename__ = "school"
    __table_args__ = (UniqueConstraint("municipality_id", "slug"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), index=True)
    slug: Mapped[str] = mapped_column(String(60))
    """The present one, which is also a ``SchoolAddress``."""
    name: Mapped[str] = mapped_column(String(120))
    form: Mapped[SchoolForm] = mapped_column(Word(SchoolForm), default=SchoolForm.COMPULSORY)
    town: Mapped[str | None] = mapped_column(String(80))
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    successor_id: Mapped[str | None] = mapped_column(ForeignKey("school.id"))
    """Where a closed school's addresses lead."""

    municipality: Mapped[Municipality] = relationship(back_populates="schools")


class SchoolAddress(Base):
    """A slug that a school has or has had: what was printed leads to it for ever, and never to
    another. The key is what holds when two ask for the same slug at once."""

    __tablename__ = "school_address"

    space: Mapped[str] = mapped_column(String(22), primary_key=True)
    """As in ``rules.slug_space``: within which the slug is unique."""
    slug: Mapped[str] = mapped_column(String(60), primary_key=True)
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"), index=True)


class Break(Base):
    """A school break (lov). Tells the pupil that the promise holds then too; closes nothing."""

    __tablename__ = "school_break"
    __table_args__ = (UniqueConstraint("municipality_id", "school_id", "name", "starts_on"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), index=True)
    school_id: Mapped[str | None] = mapped_column(ForeignKey("school.id"))
    """None: every school of the municipality."""
    name: Mapped[str] = mapped_column(String(80))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    """The last day of the break, included."""


class CrisisLine(Base):
    """Help outside the service, as data: hours, ages and the day somebody checked them."""

    __tablename__ = "crisis_line"
    __table_args__ = (UniqueConstraint("municipality_id", "name"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str | None] = mapped_column(ForeignKey("municipality.id"), index=True)
    """None: shown in every municipality."""
    name: Mapped[str] = mapped_column(String(80))
    about: Mapped[str] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(String(40))
    sms: Mapped[str | None] = mapped_column(String(40))
    url: Mapped[str | None] = mapped_column(String(300))
    hours: Mapped[str] = mapped_column(String(120))
    """As read by places.hours.parse: 'dygnet runt' or 'mån-fre 18-22; lör-sön 14-18'."""
    needs: Mapped[str] = mapped_column(String(80), default="", server_default="")
    """What it helps with: words of ``Need`` with a space between."""
    age_from: Mapped[int | None] = mapped_column(Integer)
    age_to: Mapped[int | None] = mapped_column(Integer)
    urgent: Mapped[bool] = mapped_column(Boolean, default=False)
    position: Mapped[int] = mapped_column(Integer, default=100)
    verified_on: Mapped[date] = mapped_column(Date)
    source: Mapped[str | None] = mapped_column(String(300))


def _is_of_school(wanted: Profession | None) -> bool:
    return wanted is None or wanted in SCHOOL_PROFESSIONS


class Guarantee(Base):
    """Another clock than the promise, by law or by decision: by when a pupil who knocks is to have
    been in contact with a profession. Data with a source: the code knows of none by itself."""

    __tablename__ = "guarantee"
    __table_args__ = (UniqueConstraint("municipality_id", "name", "profession", "starts_on"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str | None] = mapped_column(ForeignKey("municipality.id"), index=True)
    """None: it holds in every municipality."""
    name: Mapped[str] = mapped_column(String(80))
    profession: Mapped[Profession | None] = mapped_column(Word(Profession))
    """Whom it gives contact with, of a pupil who asked for that one; None: with anybody of
    elevhälsan, whoever of it was asked for."""
    amount: Mapped[int] = mapped_column(Integer)
    unit: Mapped[Unit] = mapped_column(Word(Unit))
    starts_on: Mapped[date] = mapped_column(Date)
    """It holds for knocks from that day on."""
    ends_on: Mapped[date | None] = mapped_column(Date)
    """The last day, included."""
    verified_on: Mapped[date] = mapped_column(Date)
    """When somebody saw the source say so."""
    source: Mapped[str] = mapped_column(String(300))
    url: Mapped[str | None] = mapped_column(String(300))

    def holds_for(self, municipality_id: str, wanted: Profession | None, day: date) -> bool:
        """Of a knock at one of its schools on a day, by a pupil who asks for that profession."""
        return (
            self.municipality_id in (None, municipality_id)
            and (wanted == self.profession if self.profession else _is_of_school(wanted))
            and self.starts_on <= day
            and (self.ends_on is None or day <= self.ends_on)
        )


class ConcernStep(Base):
    """What a municipality says in place of the usual text of one step when staff report a concern,
    and where the step leads."""

    __tablename__ = "concern_step"
    __table_args__ = (UniqueConstraint("municipality_id", "key"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), index=True)
    key: Mapped[str] = mapped_column(String(40))
    says: Mapped[str | None] = mapped_column(Text)
    """None: the usual text."""
    link: Mapped[str | None] = mapped_column(String(400))


class AgeText(Base):
    """What a municipality says in place of the usual text of what holds at an age."""

    __tablename__ = "age_text"
    __table_args__ = (UniqueConstraint("municipality_id", "key"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), index=True)
    key: Mapped[str] = mapped_column(String(40))
    says: Mapped[str] = mapped_column(Text)


class DisclosureText(Base):
    """What a municipality says in place of the usual text when somebody asks to have something
    disclosed: what is weighed, and how one appeals to whom."""

    __tablename__ = "disclosure_text"
    __table_args__ = (UniqueConstraint("municipality_id", "key"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), index=True)
    key: Mapped[str] = mapped_column(String(40))
    says: Mapped[str] = mapped_column(Text)


class AreaText(Base):
    """What a municipality says in place of the usual words of an area of secrecy: the paragraph,
    and what it means. None: the usual."""

    __tablename__ = "area_text"
    __table_args__ = (UniqueConstraint("municipality_id", "wall"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), index=True)
    wall: Mapped[Wall] = mapped_column(Word(Wall))
    law: Mapped[str | None] = mapped_column(String(120))
    says: Mapped[str | None] = mapped_column(Text)
    """To a pupil."""
    to_staff: Mapped[str | None] = mapped_column(Text)


class Organisation(Base):
    """Beside the schools: social services' open help, a preschool, an association. Its people are
    staff who stand in an area of secrecy of their own."""

    __tablename__ = "organisation"
    __table_args__ = (UniqueConstraint("municipality_id", "name"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), index=True)
    kind: Mapped[OrganisationKind] = mapped_column(Word(OrganisationKind))
    name: Mapped[str] = mapped_column(String(120))
    contact: Mapped[str | None] = mapped_column(String(254))
    """Where it is reached: an address or a number of its own, of no person."""
    at_door: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """The municipality says that its people with set time at a school are shown to the pupils
    there."""
    active: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())

    municipality: Mapped[Municipality] = relationship()


class ReplyTemplate(Base):
    """A text that staff may start an answer from."""

    __tablename__ = "reply_template"
    __table_args__ = (UniqueConstraint("municipality_id", "title"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), index=True)
    wall: Mapped[Wall | None] = mapped_column(Word(Wall))
    """None: for either side of the wall."""
    title: Mapped[str] = mapped_column(String(80))
    body: Mapped[str] = mapped_column(Text)
