"""Signing in by a one-time link, and server-side sessions that can be ended from elsewhere."""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import joinedload

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import keyring, new_token
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.rows import changed
from elevhalsa.extensions import db

from . import queries
from .models import SignInLink, Staff, StaffSession, hash_email
from .words import Gender, SignIn

LINK_LIFE = timedelta(minutes=15)
IDLE_LIMIT = timedelta(minutes=60)
ABSOLUTE_LIMIT = timedelta(hours=10)
SEEN_EVERY = timedelta(minutes=1)
LATELY = timedelta(days=1)


def find_by_email(email: str, municipality_id: str | None) -> list[Staff]:
    """Who may sign in with an address at one municipality's host, or with None at a shared one:
    there a row for each municipality that the person works in."""
    hashed = hash_email(email)
    work.show(hashed)
    query = select(Staff).where(Staff.email_hash == hashed, Staff.works_on(clock.today()))
    if municipality_id:
        query = query.where(Staff.municipality_id == municipality_id)
    return list(db.session.scalars(query.order_by(Staff.id)))


def say_gender(staff: Staff, gender: Gender | None) -> None:
    """Of oneself; None: it is not said."""
    staff.gender = gender


def note_key_offered(staff: Staff) -> None:
    """She has been shown how a key is made, and is not shown it again unasked."""
    staff.key_offered = True


def make_link(staff: Staff, *, by: work.Actor = work.OPERATOR) -> str:
    """A token for one sign-in within 15 minutes. Shown or mailed once; only its hash is kept."""
    token = new_token()
    now = clock.now()
    db.session.add(
        SignInLink(
            staff_id=staff.id,
            token_hash=keyring.keyed_hash("sign-in-link", token),
            created_at=now,
            expires_at=now + LINK_LIFE,
        )
    )
    audit.record(
        Action.INVITED,
        by=by,
        staff_id=staff.id,
        municipality_id=staff.municipality_id,
    )
    return token


def find_link(token: str) -> SignInLink | None:
    """The link if it can still be used."""
    hashed = keyring.keyed_hash("sign-in-link", token)
    work.show(hashed)
    link = db.session.scalar(select(SignInLink).where(SignInLink.token_hash == hashed))
    if link is None or link.used_at or link.expires_at <= clock.now():
        return None
    return link if link.staff.works_on(clock.today()) else None


def redeem(token: str, *, at: Collection[str] | None = None) -> str | None:
    """Use a link up. Returns the new session's token, or None when the link does not hold, or opens
    nothing because its owner has a key (``queries.keys_of``).

    Of two that use the same link at once, one gets in.
    """
    link = find_link(token)
    if link is None or queries.keys_of(link.staff, at):
        return None
    mine = changed(
        update(SignInLink)
        .where(SignInLink.id == link.id, SignInLink.used_at.is_(None))
        .values(used_at=clock.now())
    )
    return begin(link.staff, SignIn.LINK) if mine == 1 else None


def begin(staff: Staff, way: SignIn) -> str:
    """Begin a session of somebody who has shown who they are. Returns its token."""
    now = clock.now()
    token = new_token()
    by_key = way is SignIn.PASSKEY
    db.session.add(
        StaffSession(
            staff_id=staff.id,
            token_hash=keyring.keyed_hash("staff-session", token),
            created_at=now,
            last_seen_at=now,
            expires_at=now + ABSOLUTE_LIMIT,
            way=way,
            confirmed_at=now if by_key else None,
            needs_key=staff.municipality.requires_passkey and not by_key,
        )
    )
    audit.record(
        Action.SIGNED_IN,
        by=work.staff(staff.id),
        municipality_id=staff.municipality_id,
        reason=way,
    )
    db.session.flush()
    return token


# With all that every page for staff needs to know of who opens it. Made once: to build such a
# statement takes as long as to run it.
_SESSION = (
    select(StaffSession)
    .where(StaffSession.token_hash == bindparam("token_hash"))
    .options(
        joinedload(StaffSession.staff).options(
            joinedload(Staff.assignments), joinedload(Staff.responsibilities)
        )
    )
)


def live_session(token: str) -> StaffSession | None:
    """The session of a cookie's token, unless revoked, idle, too old, or its owner has left."""
    hashed = keyring.keyed_hash("staff-session", token)
    work.show(hashed)
    session = db.session.scalars(_SESSION, {"token_hash": hashed}).unique().one_or_none()
    now = clock.now()
    if (
        session is None
        or session.revoked_at
        or session.expires_at <= now
        or session.last_seen_at + IDLE_LIMIT <= now
        or not session.staff.works_on(clock.today())
    ):
        return None
    return session


def lately(token: str) -> Staff | None:
    """Whose session a cookie's token was, when it ended at most a day ago. It opens nothing: what
    was being typed is put aside for them."""
    hashed = keyring.keyed_hash("staff-session", token)
    work.show(hashed)
    session = db.session.scalar(select(StaffSession).where(StaffSession.token_hash == hashed))
    if session is None or not session.staff.works_on(clock.today()):
        return None
    ends = [session.expires_at, session.last_seen_at + IDLE_LIMIT, session.revoked_at]
    ended = min(moment for moment in ends if moment)
    return session.staff if ended > clock.now() - LATELY else None


def needs_seen(session: StaffSession) -> bool:
    """True when it is time to note again that the session is in use, at most once a minute."""
    return session.last_seen_at + SEEN_EVERY <= clock.now()


def seen(session_id: str) -> None:
    """Note that a session is in use, so that it does not end for being idle."""
    db.session.execute(
        update(StaffSession).where(StaffSession.id == session_id).values(last_seen_at=clock.now())
    )


def sessions_of(staff: Staff) -> list[StaffSession]:
    """The sessions of one person that still hold, newest first."""
    now = clock.now()
    return list(
        db.session.scalars(
            select(StaffSession)
            .where(
                StaffSession.staff_id == staff.id,
                StaffSession.revoked_at.is_(None),
                StaffSession.expires_at > now,
                StaffSession.last_seen_at > now - IDLE_LIMIT,
            )
            .order_by(StaffSession.created_at.desc())
        )
    )


def revoke(session: StaffSession) -> None:
    session.revoked_at = clock.now()
    audit.record(
        Action.SIGNED_OUT,
        by=work.staff(session.staff_id),
        municipality_id=session.staff.municipality_id,
    )


def revoke_all(staff: Staff, *, by: work.Actor) -> int:
    """End every session of one person, e.g. when a phone is lost. Returns how many."""
    live = sessions_of(staff)
    for session in live:
        session.revoked_at = clock.now()
    audit.record(
        Action.SESSIONS_REVOKED,
        by=by,
        staff_id=staff.id,
        to_staff_id=staff.id if by.staff_id else None,
        municipality_id=staff.municipality_id,
    )
    return len(live)
