"""The *senast* that a form shows before it is sent, signed by us: sent within half an hour, it is
what the knock is given. Holds nothing of whoever asked for the form.
"""

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from elevhalsa.core.crypto import keyring
from elevhalsa.domain.promise.policy import Policy

from .words import DueShown

HOLDS = timedelta(minutes=30)
"""Wall-clock time from when it was shown."""


@dataclass(frozen=True)
class Promised:
    since: datetime
    """From when its hours are counted."""
    due_at: datetime

    def holds_at(self, now: datetime) -> bool:
        return now - self.since <= HOLDS

    def signed(self, school_id: str) -> str:
        """As the form of one school carries it."""
        said = f"{self.since.timestamp():.0f}.{self.due_at.timestamp():.0f}"
        return f"{said}.{_mark(said, school_id)}"


def at(policy: Policy, now: datetime) -> Promised:
    """What a form shows that is made now, to the second."""
    since = now.replace(microsecond=0)
    return Promised(since, policy.due_at(since))


def read(carried: str, school_id: str) -> Promised | None:
    """What a form has shown; None of one that showed nothing, or whose words are not ours."""
    said, _dot, mark = carried.rpartition(".")
    if not hmac.compare_digest(_mark(said, school_id).encode(), mark.encode()):
        return None
    since, due_at = (datetime.fromtimestamp(int(part), UTC) for part in said.split("."))
    return Promised(since, due_at)


def given(
    policy: Policy,
    now: datetime,
    carried: str,
    school_id: str,
    others: Callable[[datetime], Iterable[datetime]] = lambda _since: (),
) -> tuple[Promised, DueShown | None]:
    """What a knock is given whose form comes now, and what is to be said of it when that is not
    what the form showed.

    others: the dates of its other clocks, counted from a moment: the nearest of all is shown.
    """
    shown = read(carried, school_id)
    if shown and shown.holds_at(now):
        return shown, None
    new = Promised(now, policy.due_at(now))
    if shown is None:
        return new, DueShown.NONE
    before, after = (min([one.due_at, *others(one.since)]) for one in (shown, new))
    return new, DueShown.ANOTHER if before != after else None


def _mark(said: str, school_id: str) -> str:
    return keyring.keyed_hash("senast", f"{school_id} {said}")[:32]
