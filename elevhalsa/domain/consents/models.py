"""The tables of consents: what was found to be needed, who has agreed, what has been shared, and
the texts that were shown."""

from datetime import datetime

from sqlalchemy import (
    Boolean,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from elevhalsa.core.columns import EncryptedText, UtcDateTime, Word
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.about import About, Subject
from elevhalsa.extensions import Base

from .rules import Record
from .words import (
    Given,
    Law,
    Maturity,
    Offered,
    OneGuardian,
    Reader,
    Role,
    Side,
    State,
)


class ConsentText(Base):
    """What a municipality says to whoever is asked: one version. Never changed, so that what
    somebody agreed to can be shown again."""

    __tablename__ = "consent_text"
    __table_args__ = (UniqueConstraint("municipality_id", "reader", "number"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), index=True)
    reader: Mapped[Reader] = mapped_column(Word(Reader))
    number: Mapped[int] = mapped_column(Integer)
    body: Mapped[str] = mapped_column(Text)
    """Paragraphs with an empty line between."""
    mark: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the body, as UTF-8."""
    since: Mapped[datetime] = mapped_column(UtcDateTime)


class ConsentLawText(Base):
    """What a municipality says in place of the usual text of a paragraph."""

    __tablename__ = "consent_law_text"
    __table_args__ = (UniqueConstraint("municipality_id", "key"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), index=True)
    key: Mapped[Law] = mapped_column(Word(Law))
    says: Mapped[str] = mapped_column(Text)


class ConsentBasis(Base):
    """What was found to be needed before one thing about somebody is shared with one receiver, from
    what was known then. What is found anew takes its place."""

    __tablename__ = "consent_basis"
    __table_args__ = (
        UniqueConstraint("about_kind", "about_id", "what", "number"),
        Index("ix_consent_basis_about_id", "about_id"),
    )

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), index=True)
    about_kind: Mapped[Subject] = mapped_column(Word(Subject))
    about_id: Mapped[str] = mapped_column(String(22))
    what: Mapped[str] = mapped_column(String(40))
    """A key of the subject's own: which sharing, with whom."""
    number: Mapped[int] = mapped_column(Integer)
    age: Mapped[int] = mapped_column(Integer)
    """In whole years, of whom it is about."""
    offered: Mapped[Offered] = mapped_column(Word(Offered))
    sender: Mapped[Side] = mapped_column(Word(Side))
    receiver: Mapped[Side] = mapped_column(Word(Side))
    maturity: Mapped[Maturity] = mapped_column(Word(Maturity))
    one_guardian: Mapped[OneGuardian | None] = mapped_column(Word(OneGuardian))
    one_note: Mapped[str | None] = mapped_column(EncryptedText)
    """How that is known; where the decision is found."""
    protected: Mapped[bool] = mapped_column(Boolean)
    """Nothing of where somebody is may be told."""
    laws: Mapped[str] = mapped_column(Text)
    """Words of ``Law`` with a space between: all that it was found by."""
    whom: Mapped[str] = mapped_column(EncryptedText)
    """Whom it is about, as those who are asked know them."""
    asks: Mapped[str] = mapped_column(EncryptedText)
    """Who asks, as it is shown."""
    offer: Mapped[str] = mapped_column(EncryptedText)
    """What for."""
    scope: Mapped[str] = mapped_column(EncryptedText)
    """What is told."""
    to_whom: Mapped[str] = mapped_column(EncryptedText)
    begins_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """From then on no agreement holds any more."""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    replaced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """None of the one that holds."""
    without_law: Mapped[Law | None] = mapped_column(Word(Law))
    """By which paragraph it may be told without consent."""
    without_why: Mapped[str | None] = mapped_column(EncryptedText)
    without_by_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    without_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    consents: Mapped[list["Consent"]] = relationship(
        back_populates="basis", order_by="Consent.number", viewonly=True
    )

    @property
    def about(self) -> About:
        return About(self.about_kind, self.about_id)

    @property
    def shown_by(self) -> tuple[Law, ...]:
        return tuple(Law(word) for word in self.laws.split())


class Consent(Base):
    """One person's agreement. What is asked anew is another row."""

    __tablename__ = "consent"
    __table_args__ = (
        UniqueConstraint("basis_id", "role", "number"),
        Index("ix_consent_about_id", "about_id"),
    )

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), index=True)
    basis_id: Mapped[str] = mapped_column(ForeignKey("consent_basis.id", ondelete="CASCADE"))
    about_kind: Mapped[Subject] = mapped_column(Word(Subject))
    about_id: Mapped[str] = mapped_column(String(22))
    """As its basis says."""
    role: Mapped[Role] = mapped_column(Word(Role))
    number: Mapped[int] = mapped_column(Integer)
    name: Mapped[str | None] = mapped_column(EncryptedText)
    """Whose it is."""
    lifts: Mapped[bool] = mapped_column(Boolean)
    receives: Mapped[bool] = mapped_column(Boolean)
    state: Mapped[State] = mapped_column(Word(State))
    text_id: Mapped[str | None] = mapped_column(ForeignKey("consent_text.id"))
    """What was shown: settled when it was asked."""
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    asked_by_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    given: Mapped[Given | None] = mapped_column(Word(Given))
    """How it was answered, yes or no."""
    noted_by_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    """Who noted an answer that was given on paper or by phone."""
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was certain who had answered: until then a yes does not hold."""
    confirmed_by_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    """Who reached the person on the number that the school has."""
    taken_back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    call_me_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The person would rather be called before an answer."""
    link_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    code_hash: Mapped[str | None] = mapped_column(String(64))
    link_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Of a link that nobody has answered by."""
    wrong_codes: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    replaced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """None of the one that counts."""

    basis: Mapped[ConsentBasis] = relationship(back_populates="consents")
    text: Mapped[ConsentText | None] = relationship()

    @property
    def about(self) -> About:
        return About(self.about_kind, self.about_id)

    @property
    def record(self) -> Record:
        return Record(
            state=self.state,
            lifts=self.lifts,
            receives=self.receives,
            begins_at=self.basis.begins_at,
            ends_at=self.basis.ends_at,
            confirmed_at=self.confirmed_at,
        )


class ConsentShared(Base):
    """That something was shared by it: what, with whom and when. It cannot be taken back."""

    __tablename__ = "consent_shared"
    __table_args__ = (UniqueConstraint("basis_id", "cause_hash"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), index=True)
    basis_id: Mapped[str] = mapped_column(ForeignKey("consent_basis.id", ondelete="CASCADE"))
    cause_hash: Mapped[str] = mapped_column(String(64))
    """Of what the subject calls it: told of twice it was shared once."""
    what: Mapped[str] = mapped_column(EncryptedText)
    to_whom: Mapped[str] = mapped_column(EncryptedText)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    without_law: Mapped[Law | None] = mapped_column(Word(Law))
    """By which paragraph, where it was not by consent alone."""
