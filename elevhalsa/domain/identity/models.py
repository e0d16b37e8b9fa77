"""Tables of logins. Numbers, names and secrets are encrypted; cookies are known by keyed hashes."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Integer, String, false
from sqlalchemy.orm import Mapped, mapped_column

from elevhalsa.core.columns import EncryptedText, UtcDateTime, Word
from elevhalsa.core.crypto import new_id
from elevhalsa.core.i18n import _
from elevhalsa.extensions import Base

from .words import BANKID, AgeBand, App, State, Told


class Identity(Base):
    """Who somebody said to be at one login, and whose browser it is while that lasts.

    Deleted when it has ended and no knock points at it, or with the last that does. Of the birth
    date only the age band is kept.
    """

    __tablename__ = "identity"

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"))
    provider: Mapped[str] = mapped_column(String(40))
    provider_name: Mapped[str] = mapped_column(String(80))
    subject_hash: Mapped[str] = mapped_column(String(64), index=True)
    """Keyed hash of the number, or of what else the provider knows them by."""
    number: Mapped[str | None] = mapped_column(EncryptedText)
    """The personal identity number. No page shows it."""
    name: Mapped[str] = mapped_column(EncryptedText)
    school_class: Mapped[str | None] = mapped_column(EncryptedText)
    age_band: Mapped[AgeBand | None] = mapped_column(Word(AgeBand))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    browser_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    """Keyed hash of the cookie of the login. None: not fetched yet, or logged out."""
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When whoever logged in had seen what we got, and said that it may be used."""
    hides: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """A knock with it is to keep the name from staff (``Knock.hides_identity``)."""
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    @property
    def vouched_for(self) -> str:
        """For staff, before the name: an account elsewhere says less of who it is than an e-ID."""
        said = {"provider": self.provider_name}
        if self.provider == BANKID:
            return _("Legitimerad med %(provider)s", **said)
        return _("Inloggad med %(provider)s", **said)


class EidOrder(Base):
    """An order at BankID while it goes on, bound to the browser that began it. Lives minutes."""

    __tablename__ = "eid_order"

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"))
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"))
    """At whose door it began."""
    browser_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """Keyed hash of the cookie: a browser has one order."""
    nonce_hash: Mapped[str | None] = mapped_column(String(64))
    """Keyed hash of what the return address carries. None: there is no address to return to."""
    place_hash: Mapped[str | None] = mapped_column(String(70))
    """Where the browser is, as a keyed hash that is worth nothing without this row."""
    app: Mapped[App] = mapped_column(Word(App))
    state: Mapped[State] = mapped_column(Word(State))
    told: Mapped[Told] = mapped_column(Word(Told))
    order_ref: Mapped[str | None] = mapped_column(EncryptedText)
    start_token: Mapped[str | None] = mapped_column(EncryptedText)
    qr_token: Mapped[str | None] = mapped_column(EncryptedText)
    qr_secret: Mapped[str | None] = mapped_column(EncryptedText)
    """The four are None once it is over."""
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When BankID gave the order: its QR codes are counted from there."""
    ask_from: Mapped[datetime] = mapped_column(UtcDateTime)
    """Nobody asks BankID about it before."""
    renewals: Mapped[int] = mapped_column(Integer, default=0)
    identity_id: Mapped[str | None] = mapped_column(ForeignKey("identity.id", ondelete="CASCADE"))
    """Once it is done: who it was, for the browser that began it to fetch."""
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class OidcRequest(Base):
    """Somebody has been led to a provider of OpenID Connect and is to come back: pupils in order to
    knock, staff in order to sign in or to tie an account. Lives minutes, is used once.

    State, nonce and PKCE's verifier follow from the cookie's token (``oidc``) and are not here.
    """

    __tablename__ = "oidc_request"

    id: Mapped[str] = mapped_column(String(22), primary_key=True, default=new_id)
    provider: Mapped[str] = mapped_column(String(40))
    """Its key."""
    browser_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """Keyed hash of the cookie."""
    school_id: Mapped[str | None] = mapped_column(ForeignKey("school.id"))
    """At whose door a pupil began; None of staff."""
    staff_session_id: Mapped[str | None] = mapped_column(String(22))
    """In whose session an account is to be tied; None of whoever signs in."""
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
