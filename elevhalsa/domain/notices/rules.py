"""How many letters one of the staff gets, how hard a server is asked, and why something was not
sent. Pure: no database, no clock."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .words import Kind, Reason

BUNDLED = (
    Kind.NEW_KNOCK,
    Kind.STILL_WAITS,
    Kind.MANY_ALIKE,
    Kind.WAITS_FOR_ANSWER,
    Kind.PROMISE_LATE,
)
"""What many pupils can cause at once. In the app each is told by itself, at once."""
LETTERS_WITHIN = timedelta(hours=1)


def letter_at(
    kind: Kind, lately: Sequence[tuple[Kind, datetime]], now: datetime, *, most: int
) -> datetime:
    """When the next letter of a kind may leave for somebody.

    lately: kind and moment of the letters that have left for the same person, all of BUNDLED.
    most: within LETTERS_WITHIN; of a kind one less, so that of what is new and what is late neither
    keeps the other away.
    """
    of_kind = [moment for known, moment in lately if known is kind]
    every = [moment for _kind, moment in lately]
    return max(now, _free(of_kind, most - 1, now), _free(every, most, now))


def _free(moments: Sequence[datetime], most: int, now: datetime) -> datetime:
    """When fewer than ``most`` of them are still within the time."""
    recent = sorted(moment for moment in moments if moment > now - LETTERS_WITHIN)
    return recent[-most] + LETTERS_WITHIN if len(recent) >= most else now


AT_ONCE = 4
"""Messages that one process has under way at a time on one channel. What takes the time is the
server's answer."""
LEFT_ALONE_SECONDS = 5.0
"""How long a server that cannot be reached is not asked again."""


@dataclass(frozen=True)
class Pace:
    """How hard a server may be asked now. Moments are seconds since 1970."""

    at_once: int = AT_ONCE
    closed_until: float = 0.0

    def is_open(self, now: float) -> bool:
        """A moment further ahead than that comes from a clock that has been set back."""
        return not 0 < self.closed_until - now <= LEFT_ALONE_SECONDS

    def after(self, *, answered: bool, now: float) -> "Pace":
        """One more at a time after each that was answered. After one that was not, half as many: a
        server may take no more than a few connections. When even one alone is not answered nobody
        asks for a while, and then one alone."""
        if answered:
            return Pace(min(self.at_once + 1, AT_ONCE))
        if self.at_once > 1:
            return Pace(self.at_once // 2, self.closed_until)
        return Pace(1, now + LEFT_ALONE_SECONDS)


MEANT = frozenset(
    {"seen", "undone", "bundled", "quiet hours", "receiver inactive", "not told by letter",
     "not wanted any more", "not so any more", "away"}
)  # fmt: skip
"""Codes of what was not sent because it was not to be: nothing that anybody need know of."""
_REASONS = tuple(
    (re.compile(pattern), reason)
    for pattern, reason in (
        (r"unknown|sms [A-Z]\w+", Reason.UNKNOWN),
        (r"too late", Reason.TOO_LATE),
        (r"(push )?address.*|smtp 5\d\d recipient|smtp without smtputf8|(push )?endpoint .*|"
         r"(push )?subscription malformed", Reason.ADDRESS),
        (r"push \d+ refused|(push )?key unknown|(push |sms )?(push )?is off|smtp without tls|"
         r"smtp 53\d", Reason.SETUP),
        (r"sms cap", Reason.CAP),
        (r"sms country", Reason.COUNTRY),
        (r"fault", Reason.FAULT),
        (r"(smtp 5|push [34]|sms [34])\d\d", Reason.REFUSED),
    )
)  # fmt: skip


def reason_of(code: str) -> Reason | None:
    """What stands behind ``Notice.error`` of something that was given up; None when it was meant. A
    code that is none of ours is a server's that did not answer as it should."""
    if code in MEANT:
        return None
    return next((reason for known, reason in _REASONS if known.fullmatch(code)), Reason.AWAY)


def may_be_sent_again(reason: Reason) -> bool:
    """Not what may have left: a push or an SMS would come twice. Nor what is of no use now."""
    return reason not in (Reason.UNKNOWN, Reason.TOO_LATE)
