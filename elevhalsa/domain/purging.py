"""What is due to go goes, and what nobody has decided of is locked: one municipality after another,
one knock a transaction, so that it can be broken off anywhere and done again.

The worker's hourly round, a coordinator's button and the operator's command are this same code.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, false, func, not_, or_, select, true

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.errors import without_words
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.knocks import holds, journal
from elevhalsa.domain.knocks import queries as knocks
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import OPEN_STATES
from elevhalsa.domain.operations import trace
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places import queries as places
from elevhalsa.domain.places.models import Municipality
from elevhalsa.domain.retention import queries, rules, service
from elevhalsa.domain.retention.models import RetentionRun
from elevhalsa.domain.retention.queries import Keeping
from elevhalsa.domain.retention.words import Hold, RecordKind, Standing
from elevhalsa.domain.statistics import service as statistics
from elevhalsa.extensions import db

log = logging.getLogger(__name__)

BATCH = 200


@dataclass(frozen=True)
class Counts:
    """How a municipality's knocks stand now. Numbers alone."""

    due: int
    """Their days are over, and nothing holds them: the next run takes them."""
    to_lock: int
    """Where there is no decision, or somebody has asked for it: the next run locks them."""
    locked: int
    to_unlock: int
    """Of the locked those that the next run opens again, or takes."""
    held: Mapping[Hold, int]
    """Their days are over, and this holds them."""
    unrecorded: int
    """All that have ended and wait for a word on the record, whether their days are over or not."""


def counts(
    municipality: Municipality, asking: Staff | None = None, keeping: Keeping | None = None
) -> Counts:
    """asking: what she must not know of does not count. keeping: as if that were decided."""
    keeping = keeping or queries.keeping(municipality.id)
    over = _is_over(municipality, keeping)
    ended = Knock.closed_at.is_not(None)
    columns = {
        "due": _is_due(over, keeping),
        "to_lock": _is_to_lock(over, keeping),
        "locked": Knock.locked_at.is_not(None),
        "to_unlock": _is_wrongly_locked(over),
        "unrecorded": and_(ended, journal.waits()),
        **{hold.value: and_(over, holds.CONDITIONS[hold]()) for hold in Hold},
    }
    query = select(*(func.count().filter(one).label(name) for name, one in columns.items()))
    query = query.select_from(Knock).where(
        Knock.municipality_id == municipality.id, ended, Knock.state.not_in(OPEN_STATES)
    )
    if asking:
        query = query.where(~knocks.avoids(asking.id))
    with work.beyond(work.Beyond.COUNTS):
        found = db.session.execute(query).one()._mapping
    return Counts(
        due=found["due"],
        to_lock=found["to_lock"],
        locked=found["locked"],
        to_unlock=found["to_unlock"],
        held={hold: found[hold.value] for hold in Hold},
        unrecorded=found["unrecorded"],
    )


def purge() -> int:
    """A run of every municipality, and what was left of those broken off. Returns how many knocks
    were purged."""
    return _run_each(places.municipalities())


def _run_each(municipalities: Iterable[Municipality]) -> int:
    """One that fails is left for the next time and keeps no other from its turn."""
    done = 0
    for municipality in municipalities:
        try:
            done += sum(word.purged for word in run(municipality))
        except Exception as error:  # noqa: BLE001  (one that fails hides no other)
            work.rollback()
            log.error("retention of %s failed: %s", municipality.slug, without_words(error))
    return done


def run_asked() -> None:
    """Do what somebody has asked for, or what was broken off."""
    asked = {row.municipality_id for row in queries.unfinished()}
    _run_each(one for one in places.municipalities() if one.id in asked)


@dataclass
class Done:
    """What was done since the last word, of one municipality."""

    purged: int = 0
    locked: int = 0
    unlocked: int = 0
    events: int = 0

    def add(self, became: "Became | None", number: int = 1) -> None:
        if became:
            setattr(self, became, getattr(self, became) + number)

    def __iadd__(self, other: "Done") -> "Done":
        for one in Became:
            self.add(one, getattr(other, one))
        return self

    @property
    def all(self) -> int:
        return sum(getattr(self, one) for one in Became)


class Became(StrEnum):
    """What a run did with something: the names of its counts."""

    PURGED = "purged"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    EVENTS = "events"


def run(municipality: Municipality, *, by: work.Actor = work.SYSTEM) -> Iterator[Done]:
    """Lock, unlock and purge what is due; each knock is committed with the count of it. Gives a
    word after each batch.

    What is written down of it: at a run that was asked for or broken off, otherwise at a new one
    as soon as there is something to write.
    """
    municipality_id = municipality.id
    protocol = _Protocol(municipality, by)
    left: set[str] = set()
    while ids := _to_settle(municipality, left):
        done = Done()
        for knock_id in ids:
            try:
                became = _settle(knock_id)
                if became:
                    protocol.note(became)
                else:
                    left.add(knock_id)
                work.commit()
            except Exception as error:  # noqa: BLE001  (one that fails hides no other)
                work.rollback()
                left.add(knock_id)
                log.error("purge failed for one knock: %s", without_words(error))
            else:
                done.add(became)
        yield done
    yield _purge_log(municipality, protocol)
    for row in queries.unfinished(municipality_id):
        row.ended_at = clock.now()
    work.commit()


class _Protocol:
    def __init__(self, municipality: Municipality, by: work.Actor) -> None:
        self._municipality = municipality
        self._by = by
        self._id: str | None = None

    def note(self, became: Became, number: int = 1) -> None:
        """In the transaction of what is counted."""
        row = db.session.get(RetentionRun, self._id, with_for_update=True) if self._id else None
        if row is None:
            under_way = queries.unfinished(self._municipality.id)
            row = under_way[0] if under_way else service.begin(self._municipality, self._by)
            self._id = row.id
        setattr(row, became, getattr(row, became) + number)


def _is_over(municipality: Municipality, keeping: Keeping) -> ColumnElement[bool]:
    """As ``rules.standing``: the days of a knock are over."""
    last = rules.ended_before(clock.now(), keeping.days)
    return and_(
        Knock.municipality_id == municipality.id,
        Knock.state.not_in(OPEN_STATES),
        Knock.closed_at <= last,
    )


def _is_due(over: ColumnElement[bool], keeping: Keeping) -> ColumnElement[bool]:
    return and_(over, holds.nothing()) if keeping.has_decision else false()


def _is_to_lock(over: ColumnElement[bool], keeping: Keeping) -> ColumnElement[bool]:
    asked_for = holds.CONDITIONS[Hold.LEGAL]() if keeping.has_decision else true()
    return and_(over, holds.nothing(but=Hold.LEGAL), asked_for, Knock.locked_at.is_(None))


def _is_wrongly_locked(over: ColumnElement[bool]) -> ColumnElement[bool]:
    stays_locked = and_(over, holds.nothing(but=Hold.LEGAL))
    return and_(Knock.locked_at.is_not(None), not_(stays_locked))


def _to_settle(municipality: Municipality, besides: set[str]) -> list[str]:
    """Some of those that a run changes; the oldest first."""
    keeping = queries.keeping(municipality.id)
    over = _is_over(municipality, keeping)
    wanted = or_(_is_due(over, keeping), _is_to_lock(over, keeping), _is_wrongly_locked(over))
    query = (
        select(Knock.id)
        .where(Knock.municipality_id == municipality.id, wanted)
        .order_by(Knock.closed_at, Knock.id)
        .limit(BATCH + len(besides))
    )
    return [knock_id for knock_id in db.session.scalars(query) if knock_id not in besides]


def _settle(knock_id: str) -> Became | None:
    """Asked once more of the row that is held: its pupil may have written meanwhile, and then it is
    open again."""
    knock = db.session.get(Knock, knock_id, with_for_update=True, populate_existing=True)
    if knock is None:
        return None
    keeping = queries.keeping(knock.municipality_id)
    standing = rules.standing(
        None if knock.is_open else knock.closed_at,
        clock.now(),
        days=keeping.days,
        has_decision=keeping.has_decision,
        holds=holds.of(knock),
    )
    if standing is Standing.DUE:
        statistics.replace_by_figures(knock)
        return Became.PURGED
    if (standing is Standing.LOCKED) is (knock.locked_at is not None):
        return None
    is_locked = standing is Standing.LOCKED
    knock.locked_at = clock.now() if is_locked else None
    audit.record(
        Action.LOCKED if is_locked else Action.UNLOCKED,
        by=work.SYSTEM, municipality_id=knock.municipality_id, about=knock.about,
    )  # fmt: skip
    return Became.LOCKED if is_locked else Became.UNLOCKED


def events_due(municipality: Municipality) -> int:
    """How many events of the log a run would take."""
    decided = queries.decision(municipality.id, RecordKind.LOG)
    return trace.count_due(municipality.id, decided.days) if decided else 0


def _purge_log(municipality: Municipality, protocol: _Protocol) -> Done:
    done = Done()
    decided = queries.decision(municipality.id, RecordKind.LOG)
    if decided:
        gone = trace.purge(municipality.id, decided.days)
        if gone:
            protocol.note(Became.EVENTS, gone)
        done.add(Became.EVENTS, gone)
    work.commit()
    return done
