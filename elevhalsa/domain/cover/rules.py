"""Where a knock belongs while somebody is away. Pure: no database, no clock.

It goes from whoever had it to the one who covers at its school; to whoever may take it when nobody
who covers may have it or is here; and back when the cover ends. What a colleague has taken
meanwhile is that colleague's.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True)
class Baton:
    """A cover that has been accepted and whose days these are."""

    cover_id: str
    school_id: str | None
    """None: all that the giver has."""
    is_here: bool
    """Neither away nor behind another wall."""

    def is_for(self, school_id: str) -> bool:
        return self.school_id in (None, school_id)


@dataclass(frozen=True)
class Held:
    """A knock that the giver has, or had when she left."""

    school_id: str
    holder_id: str | None
    """None: it waits for whoever may take it."""
    avoided: Collection[str]
    """Ids of the staff who must not know of it."""
    went: bool
    """It has gone with a baton and is not back."""
    went_to: str | None = None
    """None: to whoever may take it."""


class Fate(Enum):
    STAYS = "stays"
    GOES = "goes"
    """To the one who covers."""
    WAITS = "waits"
    """For whoever may take it: nobody who covers may have it, or none is here."""
    COMES_BACK = "comes_back"
    IS_ANOTHERS = "is_anothers"
    """Somebody has taken it who was not given it by the baton."""


STAYS = (Fate.STAYS, None)


def fate(
    held: Held, giver_id: str, batons: Sequence[Baton], *, giver_is_here: bool
) -> tuple[Fate, str | None]:
    """What is to be done with a knock, and to whom it goes. batons: the giver's, in the order in
    which they were accepted. Doing it leads to STAYS, or ends what there is to be done."""
    mine = [baton for baton in batons if baton.is_for(held.school_id)]
    cover_id = _covering(mine, held.avoided)
    may_return = giver_is_here and giver_id not in held.avoided
    if held.holder_id == giver_id:
        return _of_the_givers(held, mine, cover_id, may_return=may_return)
    if not held.went or held.holder_id not in (None, held.went_to):
        return (Fate.IS_ANOTHERS, None) if held.went else STAYS
    if cover_id is None and may_return:
        return Fate.COMES_BACK, giver_id
    covers_still = held.went_to in {baton.cover_id for baton in mine}
    if covers_still and held.holder_id != held.went_to:  # put back to waiting: it waits on
        return STAYS
    if cover_id is not None:
        return STAYS if cover_id == held.holder_id else (Fate.GOES, cover_id)
    return STAYS if held.holder_id is None else (Fate.WAITS, None)


def _of_the_givers(
    held: Held, mine: Sequence[Baton], cover_id: str | None, *, may_return: bool
) -> tuple[Fate, str | None]:
    if cover_id is not None:
        return Fate.GOES, cover_id
    if mine and not may_return:
        return Fate.WAITS, None
    return (Fate.COMES_BACK, held.holder_id) if held.went else STAYS


def _covering(batons: Sequence[Baton], avoided: Collection[str]) -> str | None:
    """Of several the first who said yes."""
    able = (b.cover_id for b in batons if b.is_here and b.cover_id not in avoided)
    return next(able, None)
