"""Tables of what a municipality offers by Bron, and of its forms: nothing of anybody's."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Date, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from elevhalsa.core.columns import UtcDateTime, Word
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.places.models import Organisation
from elevhalsa.extensions import Base

from .rules import Field, field_of, fits
from .words import Assessment, Documented, FormKey, State


class Offer(Base):
    """What the municipality offers, for whom, and who receives it (FHIR: ``HealthcareService``)."""

    __tablename__ = "referral_offer"

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    about: Mapped[str] = mapped_column(Text)
    """What it is, to a family."""
    age_from: Mapped[int] = mapped_column(Integer)
    age_to: Mapped[int] = mapped_column(Integer)
    """Years, the last included."""
    assessment: Mapped[Assessment] = mapped_column(Word(Assessment))
    documented: Mapped[Documented] = mapped_column(Word(Documented))
    decision: Mapped[str | None] = mapped_column(String(120))
    """Where the nämnd's decision is found."""
    decided_on: Mapped[date | None] = mapped_column(Date)
    form: Mapped[FormKey] = mapped_column(Word(FormKey))
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"))
    """Who receives it. None only of what is not offered."""
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    """Offered now. What is not stays, for the referrals that were sent to it."""

    organisation: Mapped[Organisation | None] = relationship()

    @property
    def is_offered(self) -> bool:
        """By the municipality's word, and received by somebody who is still there."""
        return self.active and self.organisation is not None and self.organisation.active

    def is_for(self, age: int) -> bool:
        return fits(self.age_from, self.age_to, age)


class FormVersion(Base):
    """A form as a municipality has it, and had it: what is written keeps the one it was written on
    (FHIR: ``Questionnaire``)."""

    __tablename__ = "referral_form_version"
    __table_args__ = (UniqueConstraint("municipality_id", "form", "number"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), index=True)
    form: Mapped[FormKey] = mapped_column(Word(FormKey))
    number: Mapped[int] = mapped_column(Integer)
    stored: Mapped[list[dict[str, Any]]] = mapped_column("fields", JSON)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When something was first written on it: from then on it is as it is."""

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(map(field_of, self.stored))


class StepHours(Base):
    """How many counted hours a municipality gives one step of a referral."""

    __tablename__ = "referral_hours"
    __table_args__ = (UniqueConstraint("municipality_id", "state"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), index=True)
    state: Mapped[State] = mapped_column(Word(State))
    hours: Mapped[int] = mapped_column(Integer)
