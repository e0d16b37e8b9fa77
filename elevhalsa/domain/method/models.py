"""What a municipality has agreed on: words and steps. No row is about anybody."""

from sqlalchemy import Boolean, ForeignKey, Integer, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from elevhalsa.core.crypto import new_id
from elevhalsa.extensions import Base


class GlossaryWord(Base):
    """A word that a municipality has added, or says in its own way, or has taken away."""

    __tablename__ = "glossary_word"
    __table_args__ = (UniqueConstraint("municipality_id", "key"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), index=True)
    key: Mapped[str] = mapped_column(String(40))
    """Of a word in the data, or of the municipality's own."""
    word: Mapped[str] = mapped_column(Text)
    school: Mapped[str] = mapped_column(Text)
    """What the school means by it; empty: it does not use it. So the next two."""
    social: Mapped[str] = mapped_column(Text)
    care: Mapped[str] = mapped_column(Text)
    we_say: Mapped[str] = mapped_column(Text)
    removed: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """It stands in the data and not here."""


class MethodStep(Base):
    """One step of the local way."""

    __tablename__ = "method_step"

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), index=True)
    place: Mapped[int] = mapped_column(Integer)
    """From 1; two may share one for a moment, then the id decides."""
    what: Mapped[str] = mapped_column(Text)
    who: Mapped[str] = mapped_column(Text)
    """A task, such as "skolsköterskan"; never a name."""
    by_when: Mapped[str] = mapped_column(Text)
    """In words, such as "samma dag"; empty: not said."""
