"""In what order the steps of the local way come. Pure."""

from collections.abc import Sequence
from enum import StrEnum


class Way(StrEnum):
    """Which way a step is moved. The values stand in the page's buttons."""

    UP = "upp"
    DOWN = "ner"


def moved(ids: Sequence[str], one: str, way: Way) -> list[str]:
    """The ids with one of them a place earlier or later. The first stays first, the last last, and
    one that is not among them changes nothing."""
    rows = list(ids)
    if one not in rows:
        return rows
    place = rows.index(one)
    other = place - 1 if way is Way.UP else place + 1
    if 0 <= other < len(rows):
        rows[place], rows[other] = rows[other], rows[place]
    return rows
