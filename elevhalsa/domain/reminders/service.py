"""Which browsers are reminded, of what and when. Who acts is an argument; nothing here commits."""

from collections.abc import Collection
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, bindparam, case, delete, exists, false, func, or_, select

from elevhalsa import work
from elevhalsa.core import clock, phones, typed
from elevhalsa.core.crypto import keyring, new_id
from elevhalsa.core.errors import Conflict, InvalidInput, NotFound
from elevhalsa.core.i18n import _
from elevhalsa.core.push_services import EndpointRefused, push_services
from elevhalsa.core.vapid import AUTH_BYTES, from_base64url, is_point, vapid
from elevhalsa.domain.knocks.models import Device, DeviceKnock, Knock
from elevhalsa.domain.notices.kinds import pushed_to
from elevhalsa.domain.notices.models import Channel, Kind, Notice, Subject
from elevhalsa.domain.notices.words import Audience
from elevhalsa.domain.people.models import Staff, StaffSession
from elevhalsa.domain.rows import changed, lock
from elevhalsa.extensions import db

from . import rules
from .models import PushSubscription, ReminderAddress

MOST_UNREAD = 99
IS_LIVE = PushSubscription.gone_at.is_(None)

Owner = Device | Staff
"""Whose browser it is: a pupil's device, or one of the staff."""


class Standing(StrEnum):
    """What the server knows of a browser that asks."""

    KNOWN = "known"
    """All is well."""
    WANTED = "wanted"
    """Reminders were turned on here, but this subscription is not the one, has gone or was made
    for a key that has been exchanged: the browser subscribes anew, without asking the person."""
    UNWANTED = "unwanted"
    """Nobody has turned them on here, or they were removed."""


# --- what pages need to know ---------------------------------------------------------------------


def public_key() -> tuple[str, str] | None:
    """Id and base64url of the newest key, the browser's ``applicationServerKey``; None: off."""
    key = vapid.newest
    return (key.id, key.public) if key else None


def kinds_for(owner: Owner) -> tuple[Kind, ...]:
    """What an owner can be reminded of."""
    if isinstance(owner, Device):
        return pushed_to(Audience.PUPIL)
    own = pushed_to(Audience.STAFF) if owner.is_professional else ()
    more = pushed_to(Audience.COORDINATOR) if owner.coordinates else ()
    return tuple(dict.fromkeys((*own, *more)))


def list_for(owner: Owner) -> list[PushSubscription]:
    """An owner's browsers, the one that was last in use first."""
    return list(
        db.session.scalars(
            select(PushSubscription)
            .where(_owned_by(owner))
            .order_by(PushSubscription.checked_at.desc(), PushSubscription.id)
        )
    )


def find(owner: Owner, subscription_id: str) -> PushSubscription:
    """Raises NotFound for one that is not the owner's."""
    row = db.session.scalar(
        select(PushSubscription).where(PushSubscription.id == subscription_id, _owned_by(owner))
    )
    if row is None:
        raise NotFound(_("De påminnelserna finns inte längre."))
    return row


_UNREAD = (
    select(Notice.id)
    .join(DeviceKnock, DeviceKnock.knock_id == Notice.about_id)
    .where(
        Notice.about_kind == Subject.KNOCK,
        DeviceKnock.device_id == bindparam("device_id"),
        Notice.staff_id.is_(None),
        Notice.channel == Channel.APP,
        Notice.seen_at.is_(None),
    )
    .limit(MOST_UNREAD)
)


def unread_count(device: Device) -> int:
    """What the app's badge shows: what the pupil was told of and has not looked at, 99 at most."""
    return len(db.session.scalars(_UNREAD, {"device_id": device.id}).all())


# --- the verbs -----------------------------------------------------------------------------------


def subscribe(
    owner: Owner,
    *,
    endpoint: str,
    p256dh: str,
    auth: str,
    key_id: str,
    origin: str,
    before: str | None = None,
    kinds: Collection[str] | None = None,
    session: StaffSession | None = None,
) -> PushSubscription:
    """Remind this browser from now on. The same browser again, with this or a new endpoint, keeps
    what was chosen for it.

    endpoint, p256dh, auth: from the browser's PushSubscription, the keys as base64url.
    key_id: from ``public_key``. before: the endpoint that the browser had last.
    origin: where the browser has the app open, 'https://host[:port]'.
    kinds: None for all. session: of staff, so that signing out ends the reminders too.
    Raises InvalidInput for an endpoint that is not a known push service's or keys that are none,
    Conflict when the key has been exchanged (ask the browser to subscribe anew) or a person of
    the staff has too many browsers.
    """
    if vapid.by_id(key_id) is None:
        raise Conflict(_("Ladda om sidan och prova igen."))
    host = _check(endpoint, p256dh, auth, origin)
    lock(owner)  # so that of many at once no more than allowed are kept
    now = clock.now()
    hashed = _hash(endpoint)
    work.show(hashed)
    row = db.session.scalar(
        select(PushSubscription).where(PushSubscription.endpoint_hash == hashed).with_for_update()
    )
    if row is not None and not _is_owned_by(row, owner):
        # The browser has changed hands; what the one before had chosen does not go along.
        db.session.delete(row)
        db.session.flush()
        row = None
    row = row or _of_same_browser(owner, session, before)
    if row is None:
        _check_room(owner)
        quiet = (None, None) if isinstance(owner, Staff) else rules.PUPIL_QUIET
        row = PushSubscription(
            id=new_id(),
            device_id=None if isinstance(owner, Staff) else owner.id,
            staff_id=owner.id if isinstance(owner, Staff) else None,
            kinds=[kind.value for kind in kinds_for(owner)],
            loud_kinds=[],
            quiet_from=quiet[0],
            quiet_to=quiet[1],
            created_at=now,
        )
        db.session.add(row)
    row.endpoint = endpoint
    row.endpoint_hash = hashed
    row.gone_at = None
    row.p256dh = p256dh
    row.auth = auth
    row.vapid_key_id = key_id
    row.host = host
    row.origin = origin.rstrip("/")
    row.checked_at = now
    row.staff_session_id = session.id if session else None
    if kinds is not None:
        row.kinds = rules.kinds_among(kinds, kinds_for(owner))
    db.session.flush()
    return row


def _check(endpoint: str, p256dh: str, auth: str, origin: str) -> str:
    """The push service's host. Raises InvalidInput."""
    problem = InvalidInput(_("Webbläsarens påminnelser går inte att använda här."))
    try:
        target = push_services.target(endpoint)
        if not is_point(from_base64url(p256dh)) or len(from_base64url(auth)) != AUTH_BYTES:
            raise problem
    except (EndpointRefused, ValueError):
        raise problem from None
    parts = urlsplit(origin)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/"):
        raise problem
    return target.host


def _of_same_browser(
    owner: Owner, session: StaffSession | None, before: str | None
) -> PushSubscription | None:
    """A device is one browser's cookie; of staff, a sign-in is, or what the browser had before."""
    query = select(PushSubscription).where(_owned_by(owner))
    if isinstance(owner, Staff):
        same = []
        if session:
            same.append(PushSubscription.staff_session_id == session.id)
        if before:
            same.append(PushSubscription.endpoint_hash == _hash(before))
        query = query.where(or_(false(), *same))
    return db.session.scalars(query.limit(1)).first()


def _check_room(owner: Owner) -> None:
    if sum(row.gone_at is None for row in list_for(owner)) >= rules.MOST_SUBSCRIPTIONS:
        raise Conflict(
            _("Du har redan påminnelser i %(most)s webbläsare. Ta bort någon av dem först.",
              most=rules.MOST_SUBSCRIPTIONS)
        )  # fmt: skip


def check(
    owner: Owner,
    endpoint: str | None,
    *,
    before: str | None = None,
    session: StaffSession | None = None,
) -> Standing:
    """The browser tells which subscription it has (None: none), and which it had before, and hears
    how that stands."""
    row = None
    if endpoint is not None:
        hashed = PushSubscription.endpoint_hash == _hash(endpoint)
        row = db.session.scalar(select(PushSubscription).where(hashed, _owned_by(owner)))
    if row is None:
        lost = _of_same_browser(owner, session, before)
        return Standing.WANTED if lost else Standing.UNWANTED
    if session:
        row.staff_session_id = session.id
    if vapid.newest is None or row.gone_at or row.vapid_key_id != vapid.newest.id:
        return Standing.WANTED
    row.checked_at = clock.now()
    return Standing.KNOWN


def forget_gone(row: PushSubscription) -> None:
    """Its push service knows it no more: erase what it was reached by, and what waits for it."""
    row.endpoint = row.p256dh = row.auth = ""
    row.gone_at = clock.now()
    db.session.execute(
        delete(Notice)
        .where(Notice.subscription_id == row.id, Notice.sent_at.is_(None))
        .execution_options(synchronize_session=False)
    )


def is_subscribed(owner: Owner) -> bool:
    """True when any browser of the owner's is reminded."""
    query = select(PushSubscription.id).where(_owned_by(owner), IS_LIVE).limit(1)
    return db.session.scalar(query) is not None


def set_kinds(
    row: PushSubscription, kinds: Collection[str], loud_kinds: Collection[str] = ()
) -> None:
    """What to be reminded of, and what of it in the quiet hours too. Unknown words are left out."""
    possible = kinds_for(row.staff) if row.staff else pushed_to(Audience.PUPIL)
    row.kinds = rules.kinds_among(kinds, possible)
    row.loud_kinds = [kind for kind in rules.kinds_among(loud_kinds, possible) if kind in row.kinds]


def set_quiet(row: PushSubscription, quiet_from: int | None, quiet_to: int | None) -> None:
    """Quiet hours in minutes after midnight, Swedish wall-clock time; both None for none.

    Raises InvalidInput when only one is given, both are the same, or one is outside the day.
    """
    if (
        not rules.are_minutes(quiet_from)
        or not rules.are_minutes(quiet_to)
        or (quiet_from is None) is not (quiet_to is None)
        or (quiet_from is not None and quiet_from == quiet_to)
    ):
        raise InvalidInput(_("Välj två olika klockslag."))
    row.quiet_from = quiet_from
    row.quiet_to = quiet_to


def remove(row: PushSubscription) -> None:
    """Remind this browser no more. What waits to be sent to it goes too."""
    db.session.execute(delete(PushSubscription).where(PushSubscription.id == row.id))
    db.session.expunge(row)


def remove_session(session: StaffSession) -> int:
    """The browsers that were signed in with a session, when that ends on purpose."""
    return _delete(PushSubscription.staff_session_id == session.id)


def remove_staff(staff: Staff) -> int:
    """Every browser of one person, e.g. when a phone is lost."""
    return _delete(PushSubscription.staff_id == staff.id)


def set_fallback(knock: Knock, *, phone: str | None, email: str | None) -> None:
    """Where a neutral message goes when pushes do not help; None or empty for nowhere.

    Raises InvalidInput for what is no e-mail address, and no mobile phone number of a country that
    the municipality sends SMS to.
    """
    number = address = None
    if typed.line(phone):
        try:
            number = phones.read(phone, sms=True)
        except typed.Refused as fault:
            raise InvalidInput(fault.why, "phone") from None
    if typed.line(email):
        try:
            address = typed.email(email)
        except typed.Refused as fault:
            raise InvalidInput(fault.why, "email") from None
    countries = knock.municipality.sms_countries.split()
    if number and not phones.may_get_sms(number, countries):
        raise InvalidInput(phones.refused_sms(countries), "phone")
    lock(knock)  # two taps at once: one after the other
    if number or address:
        hashed = hash_phone(number) if number else None
        db.session.merge(
            ReminderAddress(knock_id=knock.id, phone=number, phone_hash=hashed, email=address)
        )
    else:
        db.session.execute(delete(ReminderAddress).where(ReminderAddress.knock_id == knock.id))


def hash_phone(number: str) -> str:
    """The keyed hash by which what is sent to a number is counted."""
    return keyring.keyed_hash("reminder-phone", phones.international(number))


def address_of(knock_id: str) -> ReminderAddress | None:
    """Where a message about a knock goes instead of a push; None for nowhere."""
    return db.session.get(ReminderAddress, knock_id)


def has_address(knock_id: str) -> bool:
    """Is there one? Nothing of it is opened."""
    return bool(db.session.scalar(select(exists().where(ReminderAddress.knock_id == knock_id))))


def forget_dead() -> int:
    """Delete what nobody can be reminded by any more: of sessions that were ended on purpose, of
    staff who have left, and of browsers that have not come back. Returns how many."""
    ended = select(StaffSession.id).where(StaffSession.revoked_at.is_not(None))
    left = select(Staff.id).where(~Staff.works_on(clock.today()))
    return _delete(
        or_(
            PushSubscription.staff_session_id.in_(ended),
            PushSubscription.staff_id.in_(left),
            PushSubscription.gone_at < clock.now() - rules.GONE_KEPT,
        )
    )


# --- for the operator ----------------------------------------------------------------------------


def count_by_host() -> dict[str, int]:
    """The push services' hosts -> subscriptions."""
    found = db.session.execute(
        select(PushSubscription.host, func.count())
        .where(IS_LIVE)
        .group_by(PushSubscription.host)
        .order_by(func.count().desc(), PushSubscription.host)
    )
    return {row[0]: row[1] for row in found}


def count_lately(hours: int = 24) -> dict[str, int]:
    """How pushes of the last hours (wall-clock) went: 'sent', 'waiting' or the error's code ->
    how many. (One to a browser that was gone leaves no row.)"""
    how = case(
        (Notice.sent_at.is_not(None), "sent"),
        (Notice.given_up_at.is_(None), "waiting"),
        else_=Notice.error,
    )
    found = db.session.execute(
        select(how, func.count())
        .where(
            Notice.subscription_id.is_not(None),
            Notice.created_at >= clock.now() - timedelta(hours=hours),
        )
        .group_by(how)
        .order_by(func.count().desc())
    )
    return {row[0] or "": row[1] for row in found}


def count_by_key() -> dict[str, int]:
    """Key id -> subscriptions made for it. A key without any can be thrown away."""
    counts = dict.fromkeys((key.id for key in vapid.all), 0)
    found = db.session.execute(
        select(PushSubscription.vapid_key_id, func.count())
        .where(IS_LIVE)
        .group_by(PushSubscription.vapid_key_id)
    )
    for key_id, count in found:
        counts[key_id] = count
    return counts


def _owned_by(owner: Owner) -> ColumnElement[bool]:
    if isinstance(owner, Staff):
        return PushSubscription.staff_id == owner.id
    return PushSubscription.device_id == owner.id


def _is_owned_by(row: PushSubscription, owner: Owner) -> bool:
    return owner.id == (row.staff_id if isinstance(owner, Staff) else row.device_id)


def _hash(endpoint: str) -> str:
    return keyring.keyed_hash("push-endpoint", endpoint)


def _delete(*conditions: ColumnElement[bool]) -> int:
    return changed(
        delete(PushSubscription).where(*conditions).execution_options(synchronize_session=False)
    )
