"""How a row of the trace is written down to be sealed, and what a seal says against what is there.

Pure: the keyed marks are made where the key is (``sealing``).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

Row = Mapping[str, Any]

VERSION = 2
_FIRST = (
    "id", "at", "municipality_id", "actor", "staff_id", "action", "knock_id", "to_staff_id",
    "reason", "from_school_id", "to_school_id",
)  # fmt: skip
FIELDS = {1: _FIRST, 2: (*_FIRST, "about_kind")}
"""The columns of each version, in their order. A column that is added makes a new version: what an
older one has sealed is read by that one."""

TAG = 16
"""Hexadecimal characters of a row's own mark: 64 bits, which nobody makes without the key."""


def canonical(row: Row, version: int = VERSION) -> str:
    """One row as the same text on both databases."""
    at = moment(row["at"])
    said = dict(row) | {"at": written(at) if at else str(row["at"])}
    return json.dumps([said[name] for name in FIELDS[version]], separators=(",", ":"))


def moment(stored: object) -> datetime | None:
    """As a database gives it: a datetime, or SQLite's text in UTC. None when it is none."""
    try:
        found = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    except ValueError:
        return None
    if not isinstance(found, datetime):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def members(tags: Mapping[int, str]) -> str:
    """'17:9f…c2 18:01…7e', by id."""
    return " ".join(f"{number}:{tag}" for number, tag in sorted(tags.items()))


def read_members(text: str) -> dict[int, str]:
    """Raises ValueError for a text that ``members`` did not make."""
    pairs = (one.partition(":") for one in text.split())
    return {int(number): tag for number, _colon, tag in pairs}


class FaultKind(StrEnum):
    CHANGED = "changed"
    """A row does not say what it said when it was sealed."""
    REORDERED = "reordered"
    """A row says what another of the seal said."""
    REMOVED = "removed"
    INSERTED = "inserted"
    """A row that no seal has, from a time that was sealed long ago."""
    SEAL_REMOVED = "seal_removed"
    SEAL_CHANGED = "seal_changed"
    PURGE_CHANGED = "purge_changed"
    """A mark that allows a purge, made without the key."""
    CUT = "cut"
    """The newest seals are gone, or not those that were noted."""


@dataclass(frozen=True, order=True)
class Fault:
    kind: FaultKind
    number: int
    """Of the row, or of the seal."""


def faults_of(
    sealed: Mapping[int, str],
    found: Mapping[int, Row],
    tag: Callable[[Row], str],
    *,
    is_purged: bool,
) -> list[Fault]:
    """What is wrong with the rows of one seal.

    sealed: their tags when they were sealed. found: what is there now. is_purged: they may be gone.
    """
    gone = [] if is_purged else sorted(set(sealed) - set(found))
    wrong = {number for number, row in found.items() if tag(row) != sealed[number]}
    moved = {
        number
        for number in wrong
        if any(tag(dict(found[number]) | {"id": other}) == sealed[other] for other in wrong)
    }
    return [
        *(Fault(FaultKind.REMOVED, number) for number in gone),
        *(
            Fault(FaultKind.REORDERED if number in moved else FaultKind.CHANGED, number)
            for number in sorted(wrong)
        ),
    ]
