"""Rules of a thread. Pure: no database, no Flask, no clock."""

from collections.abc import Container, Sequence
from enum import StrEnum
from typing import TypeVar

Author = TypeVar("Author", bound=StrEnum)

MOST_TEXT = 5000
"""Characters in one text."""


def missed_a_text(
    thread: Sequence[tuple[str, Author]], shown: str | None, *, of: Container[Author]
) -> bool:
    """True when one of ``of`` has written after the last text that was shown.

    thread: id and author of each text, the oldest first. shown: the id of the last one on the
    page; None, or one that is not of this thread, when none was.
    """
    ids = [text_id for text_id, _author in thread]
    later = thread[ids.index(shown) + 1 :] if shown in ids else thread
    return any(author in of for _id, author in later)
