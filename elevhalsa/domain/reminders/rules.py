"""When a reminder may sound, how it is packed, and what a push service's answer means. Pure."""

import json
from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum
from zoneinfo import ZoneInfo

from elevhalsa.core.i18n import lang
from elevhalsa.domain.notices.words import Kind

STOCKHOLM = ZoneInfo("Europe/Stockholm")

DAY_MINUTES = 24 * 60
PUPIL_QUIET = (21 * 60, 7 * 60)
"""From and to, minutes after midnight: what a pupil has who has not chosen anything else."""
MOST_SUBSCRIPTIONS = 5
"""Of one of the staff; a pupil's device has one."""
GONE_KEPT = timedelta(days=120)
"""How long what was chosen waits for a browser that has lost its subscription: over a summer."""
SOON_FROM = time(16)
"""When, on the day before, a pupil is reminded of a meeting (Swedish wall-clock time)."""

PAYLOAD_BYTES = 1024
"""Every payload has this size, so that its length tells nothing. RFC 8030 7.2: a push service
must take 4096 bytes of body, and encryption adds 103."""
LONGEST_TTL = timedelta(days=28)
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)


# --- quiet hours ---------------------------------------------------------------------------------


def quiet_until(moment: datetime, quiet_from: int | None, quiet_to: int | None) -> datetime | None:
    """When the quiet hours that ``moment`` lies in are over; None when it lies in none.

    quiet_from, quiet_to: minutes after midnight, Swedish wall-clock time; the first belongs to
    the quiet hours, the second does not. May span midnight. Both None: never quiet.
    """
    if quiet_from is None or quiet_to is None or quiet_from == quiet_to:
        return None
    local = moment.astimezone(STOCKHOLM)
    minute = local.hour * 60 + local.minute
    spans_midnight = quiet_from > quiet_to
    if spans_midnight:
        is_quiet = minute >= quiet_from or minute < quiet_to
    else:
        is_quiet = quiet_from <= minute < quiet_to
    if not is_quiet:
        return None
    end_day = local.date() + timedelta(days=1 if spans_midnight and minute >= quiet_from else 0)
    end = datetime.combine(end_day, time(quiet_to // 60, quiet_to % 60))
    # An hour that the spring change skips moves past the gap; of the two that the autumn change
    # gives the first is meant, unless that has been.
    first = end.replace(tzinfo=STOCKHOLM).astimezone(UTC)
    return first if first > moment else end.replace(tzinfo=STOCKHOLM, fold=1).astimezone(UTC)


def send_at(
    now: datetime,
    *,
    quiet: tuple[int | None, int | None],
    is_loud: bool = False,
    useful_until: datetime | None = None,
) -> datetime | None:
    """When to send what is due ``now``: at once, or when the quiet hours are over.

    None when it would then be of no use. ``is_loud``: the pupil has chosen that it may sound.
    """
    at = now if is_loud else quiet_until(now, *quiet) or now
    return None if useful_until and at >= useful_until else at


def are_minutes(value: int | None) -> bool:
    return value is None or 0 <= value < DAY_MINUTES


def kinds_among(wanted: Collection[str], possible: Collection[Kind]) -> list[str]:
    """Those of the wanted kinds that there are, in the usual order."""
    return [kind.value for kind in possible if kind.value in wanted]


# --- how many SMS ---------------------------------------------------------------------------------

SMS_A_NUMBER = 5
"""To one phone number within SMS_WITHIN."""
SMS_WITHIN = timedelta(days=1)


def sms_stopped(*, to_number: int, of_municipality: int, most: int) -> bool:
    """May no more leave? The first two: how many have within SMS_WITHIN; most: of the
    municipality's."""
    return to_number >= SMS_A_NUMBER or of_municipality >= most


# --- how it is sent ------------------------------------------------------------------------------


def ttl_seconds(keep: timedelta, now: datetime, useful_until: datetime | None) -> int:
    """Whole seconds that a push service may keep it: never longer than it is of use."""
    keep = min(keep, LONGEST_TTL)
    if useful_until:
        keep = min(keep, useful_until - now)
    return max(0, int(keep.total_seconds()))


def payload(*, title: str, body: str, navigate: str, tag: str, unread: int) -> bytes:
    """The message as Declarative Web Push has it, which our own service worker reads too.

    UTF-8 JSON, padded with spaces to PAYLOAD_BYTES. ``app_badge`` stands in both places because
    engines and the draft differ. Raises ValueError when it does not fit.
    """
    message = {
        "web_push": 8030,
        "notification": {
            "title": title,
            "navigate": navigate,
            "body": body,
            "lang": lang(),
            "tag": tag,
            "app_badge": str(unread),
        },
        "app_badge": unread,
    }
    data = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    if len(data) > PAYLOAD_BYTES:
        raise ValueError("payload too long")
    return data.ljust(PAYLOAD_BYTES)


# --- what the push service said ------------------------------------------------------------------


class Verdict(Enum):
    """What to do after an answer (RFC 8030 5, 7.3 and 8; RFC 8292 4.2; RFC 6585 4)."""

    ACCEPTED = "accepted"
    GONE = "gone"
    """The subscription exists no more: delete it."""
    TOO_BIG = "too big"
    """A fault of ours: trying again cannot help."""
    WAIT = "wait"
    """Try again, not before what Retry-After says."""
    AGAIN = "again"
    """A fault of theirs: try again after a wait that grows."""
    REFUSED = "refused"
    """Our keys or headers are wrong: do not try again, delete nothing, tell the operator."""


def verdict(status: int) -> Verdict:
    if status in (200, 201, 202, 204):
        return Verdict.ACCEPTED
    if status in (404, 410):
        return Verdict.GONE
    if status == 413:
        return Verdict.TOO_BIG
    if status == 429:
        return Verdict.WAIT
    if status == 408 or status >= 500:
        return Verdict.AGAIN
    return Verdict.REFUSED  # 400, 401, 403, and redirects, which are never followed


def retry_after(header: str | None, now: datetime) -> timedelta | None:
    """RFC 9110 10.2.3: seconds or a date. None when it is missing, past or cannot be read."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), LONGEST_TTL.total_seconds()))
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(moment - now, LONGEST_TTL) if moment > now else None


def wait_before(attempt: int, chance: float, at_least: timedelta | None = None) -> timedelta:
    """How long to wait after the ``attempt``:th failed try (from 1): 30 s, 1, 2 … 60 minutes,
    or as long as was asked for, and then up to half as long again by ``chance`` (0 to 1), so
    that not all come back at once."""
    grown = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(attempt - 1, 12))
    base = grown if at_least is None else max(at_least, FIRST_WAIT)
    return base + min(base, LONGEST_WAIT) * 0.5 * chance
