"""The table of the knocks that went along with a baton. Who covers for whom is a row of
``serving.models.Cover``, since that is what everybody who asks who serves a school reads."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from elevhalsa.core.columns import EncryptedText, UtcDateTime
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.people.models import Staff
from elevhalsa.extensions import Base


class Carried(Base):
    """A knock that somebody had, and that goes or went with the baton until ``back_at``."""

    __tablename__ = "carried"
    __table_args__ = (
        Index(
            "ix_carried_open",
            "giver_id",
            "knock_id",
            unique=True,
            postgresql_where=text("back_at IS NULL"),
            sqlite_where=text("back_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    knock_id: Mapped[str] = mapped_column(ForeignKey("knock.id", ondelete="CASCADE"), index=True)
    giver_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    """Who had it, and is to have it back."""
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"))
    """Where it was when it went: a baton may be for some schools."""
    to_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    """To whom it went; None: to whoever may take it."""
    note: Mapped[str | None] = mapped_column(EncryptedText)
    """From the giver to the cover; read by these two alone."""
    went_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """None: it has not gone yet, there is only a note."""
    back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    knock: Mapped[Knock] = relationship()
    to: Mapped[Staff | None] = relationship(foreign_keys=[to_id])
