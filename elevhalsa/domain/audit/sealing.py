"""Seals over the trace: a removed, changed, reordered or added row is found, also by whoever has
only the database.

Events are written without looking at any other, so that no knock waits for another. The worker
seals them afterwards, in batches: a seal lists its events, with a mark of each that only the holder
of HASH_KEY can make, and is chained to the seal before. What commits late is sealed with the next
batch, whatever its number. What nothing inside the database can tell, that the newest seals were
cut off together with all that knew of them, is told by the head that is written down outside.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, delete, func, select, type_coerce

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import keyring
from elevhalsa.domain.rows import changed, insert, insert_once, lock
from elevhalsa.extensions import db

from . import service
from .models import Action, AuditChain, AuditEvent, AuditPurge, AuditSeal
from .rules import (
    TAG,
    VERSION,
    Fault,
    FaultKind,
    canonical,
    faults_of,
    members,
    moment,
    read_members,
    written,
)

OF_NONE = "-"
"""The chain of the events that belong to no municipality."""
SETTLES = timedelta(minutes=1)
"""How old an event is before it is sealed: most transactions are over by then."""
LATE = timedelta(hours=1)
"""How much later than those of its time an event may still come. No transaction lives as long."""
BATCH = 1000
WRITTEN = 16
"""Characters of a seal's mark that are written down: as hard to make as a row's own."""
PIECE = 500
"""How many are purged between two commits."""

_TABLE = AuditEvent.__table__
_COLUMNS = [
    column if column.name == "id" else type_coerce(column, String).label(column.name)
    for column in _TABLE.columns
]
"""As they stand in the database: what somebody forged may be no word or moment of ours."""


def chain_of(municipality_id: str | None) -> str:
    return municipality_id or OF_NONE


def _of(municipality_id: str | None) -> Any:
    return _TABLE.c.municipality_id.is_not_distinct_from(municipality_id)


def _rows(*which: Any, limit: int | None = None) -> dict[int, dict[str, Any]]:
    query = select(*_COLUMNS).where(*which).order_by(_TABLE.c.at, _TABLE.c.id).limit(limit)
    return {row["id"]: dict(row) for row in db.session.execute(query).mappings()}


def _tag(row: Any, version: int) -> str:
    return keyring.keyed_hash("audit-event", canonical(row, version))[:TAG]


def _mark_of_seal(seal: AuditSeal) -> str:
    said = [
        seal.chain, seal.number, seal.version, seal.previous, written(seal.sealed_at),
        written(seal.up_to), seal.reach, seal.members,
    ]  # fmt: skip
    return keyring.keyed_hash("audit-seal", json.dumps(said))


def _mark_of_purge(purge: AuditPurge) -> str:
    said = [
        purge.chain, purge.number, written(purge.before), purge.reach, written(purge.purged_at),
    ]  # fmt: skip
    return keyring.keyed_hash("audit-purge", json.dumps(said))


# --- sealing --------------------------------------------------------------------------------------


def seal(municipality_id: str | None) -> int:
    """Seal what has settled of one chain, each batch committed. Returns how many events."""
    done = 0
    while number := _seal_batch(municipality_id):
        work.commit()
        done += number
        if number < BATCH:
            break
    return done


def _held(municipality_id: str | None) -> AuditChain:
    """The chain's row, held until the transaction ends."""
    chain = chain_of(municipality_id)
    insert_once(AuditChain(chain=chain, municipality_id=municipality_id))
    row = db.session.get_one(AuditChain, chain)
    lock(row)
    return row


def _seal_batch(municipality_id: str | None) -> int:
    until = clock.now() - SETTLES
    if not _waiting(municipality_id, until, limit=1):
        return 0  # nothing to hold anything for: most are asked in vain
    chain = _held(municipality_id)
    rows = _waiting(municipality_id, until, limit=BATCH)
    if not rows:
        return 0
    newest = _newest(chain.chain)
    # All that had settled is in it, or it ends with the newest of a full batch.
    ends = [until] if len(rows) < BATCH else [at for row in rows.values() if (at := _at(row))]
    made = AuditSeal(
        chain=chain.chain,
        number=chain.number + 1,
        municipality_id=municipality_id,
        version=VERSION,
        previous=chain.mark,
        sealed_at=clock.now(),
        up_to=max([*ends, *([newest.up_to] if newest else [])]),
        reach=max([*rows, newest.reach if newest else 0]),
        members=members({number: _tag(row, VERSION) for number, row in rows.items()}),
    )
    made.mark = _mark_of_seal(made)
    insert(made)
    chain.number, chain.mark = made.number, made.mark
    db.session.flush()
    return len(rows)


def head(municipality_id: str) -> tuple[int, str] | None:
    """The newest seal's number and mark, to be written down outside; None: there is none yet."""
    newest = _newest(chain_of(municipality_id))
    return (newest.number, newest.mark[:WRITTEN]) if newest else None


def _newest(chain: str, *, below: int | None = None) -> AuditSeal | None:
    query = select(AuditSeal).where(AuditSeal.chain == chain)
    if below is not None:
        query = query.where(AuditSeal.number < below)
    return db.session.scalars(query.order_by(AuditSeal.number.desc()).limit(1)).first()


def _at(row: Mapping[str, Any]) -> datetime | None:
    return moment(row["at"])


def _waiting(
    municipality_id: str | None, until: datetime, *, limit: int
) -> dict[int, dict[str, Any]]:
    """What has settled and is in no seal, the oldest first."""
    which = [_of(municipality_id), _TABLE.c.at < until]
    newest = _newest(chain_of(municipality_id))
    if newest is None:
        return _rows(*which, limit=limit)
    since = newest.up_to - LATE
    which.append(_TABLE.c.at >= since)
    some = select(_TABLE.c.id).where(*which).order_by(_TABLE.c.at, _TABLE.c.id)
    if db.session.scalar(some.limit(1)) is None:
        return {}
    lately = select(AuditSeal.members).where(
        AuditSeal.chain == newest.chain, AuditSeal.up_to >= since
    )
    sealed: set[int] = set().union(*map(read_members, db.session.scalars(lately)))
    found = db.session.scalars(some.limit(limit + len(sealed)))
    wanted = [number for number in found if number not in sealed][:limit]
    return _rows(_TABLE.c.id.in_(wanted)) if wanted else {}


# --- purging --------------------------------------------------------------------------------------


def purge(municipality_id: str | None, before: datetime, *, by: work.Actor = work.SYSTEM) -> int:
    """Delete the events of the seals whose every event is older than ``before``, by pieces, each
    committed; what was begun is finished. Returns how many.

    That it was allowed stands in a marked row and is an event itself; the seals stay.
    """
    chain = _held(municipality_id)
    begun_from, done_to = _purged(chain.chain)
    last = None
    for one in _seals(chain.chain, after=done_to):
        if one.up_to >= before:
            break
        last = one
    if last:
        made = AuditPurge(
            chain=chain.chain, number=last.number, municipality_id=municipality_id,
            before=before, reach=last.reach, purged_at=clock.now(),
        )  # fmt: skip
        made.mark = _mark_of_purge(made)
        insert(made)
        service.record(
            Action.LOG_PURGED, by=by, municipality_id=municipality_id,
            reason=f"seal_{last.number}",
        )  # fmt: skip
        done_to = last.number
    work.commit()
    done = 0
    for one in _seals(chain_of(municipality_id), after=begun_from, up_to=done_to):
        ids = list(read_members(one.members))
        for begin in range(0, len(ids), PIECE):
            piece = AuditEvent.id.in_(ids[begin : begin + PIECE])
            some = delete(AuditEvent).where(piece)
            done += changed(some.execution_options(synchronize_session=False))
            work.commit()
    return done


def count_due(municipality_id: str | None, before: datetime) -> int:
    """How many events ``purge`` would delete now: those of an earlier one that was broken off
    apart."""
    _begun_from, done_to = _purged(chain_of(municipality_id))
    done = 0
    for one in _seals(chain_of(municipality_id), after=done_to):
        if one.up_to >= before:
            break
        done += len(read_members(one.members))
    return done


def _purged(chain: str) -> tuple[int, int]:
    """From and up to which seal the last purge that was allowed reached; 0: there was none."""
    query = select(AuditPurge).where(AuditPurge.chain == chain).order_by(AuditPurge.number.desc())
    true = [row.number for row in db.session.scalars(query) if row.mark == _mark_of_purge(row)]
    upper, lower = [*true, 0, 0][:2]
    return lower, upper


def _seals(chain: str, *, after: int = 0, up_to: int | None = None) -> Iterator[AuditSeal]:
    """In their order, some at a time."""
    while True:
        query = select(AuditSeal).where(AuditSeal.chain == chain, AuditSeal.number > after)
        if up_to is not None:
            query = query.where(AuditSeal.number <= up_to)
        some = db.session.scalars(query.order_by(AuditSeal.number).limit(100)).all()
        yield from some
        if len(some) < 100:
            return
        after = some[-1].number


# --- checking -------------------------------------------------------------------------------------


@dataclass
class Report:
    """What a check of one chain, or of a part of it, has seen."""

    faults: list[Fault] = field(default_factory=list)
    rows: int = 0
    seals: int = 0
    waiting: int = 0
    """Events that are to be sealed next."""
    head: tuple[int, str] | None = None
    """The newest seal's number and mark, to be written down outside."""
    is_whole: bool = False


def check(municipality_id: str | None, noted: Sequence[tuple[int, str]] = ()) -> Iterator[Report]:
    """Look at a whole chain. Gives the same report again after each seal, so that somebody who
    waits can be told; the last one is whole.

    noted: numbers of seals, and how their marks begin, that were written down outside.
    """
    chain, report = chain_of(municipality_id), Report()
    number, _mark = _head(chain)
    purged, before = _purged(chain)[1], None
    for one in _seals(chain, up_to=number):
        _check_seal(report, before, one, is_purged=one.number <= purged)
        before = one
        yield report
    _check_end(report, municipality_id)
    report.faults += _faults_of_notes(chain, noted)
    yield report


def check_some(municipality_id: str | None, most: int) -> Report:
    """Go on with the check of one chain by at most so many seals; whole when those were the last.
    How far it has come, and what it has found, stands in the chain's row."""
    chain, report = _held(municipality_id), Report()
    before = _newest(chain.chain, below=chain.next_number)
    purged = _purged(chain.chain)[1]
    up_to = min(chain.number, chain.next_number + most - 1)
    for one in _seals(chain.chain, after=chain.next_number - 1, up_to=up_to):
        _check_seal(report, before, one, is_purged=one.number <= purged)
        before = one
    if up_to >= chain.number:
        _check_end(report, municipality_id)
        chain.found, chain.faults = chain.faults + len(report.faults), 0
        chain.next_number, chain.checked_at = 1, clock.now()
    else:
        chain.faults += len(report.faults)
        chain.next_number = up_to + 1
    return report


def _head(chain: str) -> tuple[int, str]:
    """The newest seal that the chain's row knows."""
    query = select(AuditChain.number, AuditChain.mark).where(AuditChain.chain == chain)
    row = db.session.execute(query).first()
    return (row[0], row[1]) if row else (0, "")


def _check_seal(
    report: Report, before: AuditSeal | None, one: AuditSeal, *, is_purged: bool
) -> None:
    expected = before.number + 1 if before else 1
    report.seals += 1
    report.faults += [Fault(FaultKind.SEAL_REMOVED, n) for n in range(expected, one.number)]
    if one.mark != _mark_of_seal(one):
        report.faults.append(Fault(FaultKind.SEAL_CHANGED, one.number))
        return  # what it says of its rows says nothing
    if one.number == expected and one.previous != (before.mark if before else ""):
        report.faults.append(Fault(FaultKind.SEAL_CHANGED, one.number))
    sealed = read_members(one.members)
    since = before.reach if before else 0
    rows = _rows(_of(one.municipality_id), _TABLE.c.id > since, _TABLE.c.id <= one.reach)
    late = [number for number in sealed if number <= since]
    if late:
        rows |= _rows(_of(one.municipality_id), _TABLE.c.id.in_(late))
    mine = {number: row for number, row in rows.items() if number in sealed}
    others = {number: row for number, row in rows.items() if number not in sealed}
    report.faults += faults_of(
        sealed, mine, lambda row: _tag(row, one.version), is_purged=is_purged
    )
    report.faults += _inserted(one, others)
    report.rows += len(mine)


def _inserted(one: AuditSeal, others: dict[int, dict[str, Any]]) -> list[Fault]:
    """Of rows that lie between those of a seal, those that no later seal has, and that do not wait
    to be sealed: some come late."""
    moments = [at for row in others.values() if (at := _at(row))]
    up_to = one.up_to
    for other in _seals(one.chain, after=one.number) if moments else ():
        for number in read_members(other.members):
            others.pop(number, None)
        up_to = other.up_to
        if not others or up_to > max(moments) + LATE:
            break
    return _too_old(others, up_to)


def _too_old(rows: Mapping[int, Mapping[str, Any]], up_to: datetime) -> list[Fault]:
    """Of rows that are in no seal, those that cannot have come late. up_to: of the newest seal."""
    return [
        Fault(FaultKind.INSERTED, number)
        for number, row in sorted(rows.items())
        if not (at := _at(row)) or at < up_to - LATE
    ]


def _check_end(report: Report, municipality_id: str | None) -> None:
    """The newest seal, and what lies after it: it waits, or was put there with a time that has
    passed."""
    chain = chain_of(municipality_id)
    number, mark = _head(chain)
    newest = _newest(chain)
    known = db.session.get(AuditSeal, (chain, number))
    if number and (known is None or known.mark != mark):
        report.faults.append(Fault(FaultKind.CUT, number))
    if newest and newest.number > _head(chain)[0]:  # asked again: it may just have been made
        report.faults.append(Fault(FaultKind.CUT, newest.number))
    report.faults += _faults_of_purges(chain)
    report.head = (newest.number, newest.mark) if newest else None
    report.is_whole = True
    after = [_of(municipality_id), _TABLE.c.id > (newest.reach if newest else 0)]
    report.waiting = db.session.scalar(select(func.count()).where(*after)) or 0
    if newest:
        old = _too_old(_rows(*after, _TABLE.c.at < newest.up_to - LATE), newest.up_to)
        report.faults += old
        report.waiting -= len(old)


def _faults_of_purges(chain: str) -> list[Fault]:
    rows = db.session.scalars(select(AuditPurge).where(AuditPurge.chain == chain))
    return [
        Fault(FaultKind.PURGE_CHANGED, row.number)
        for row in rows
        if row.mark != _mark_of_purge(row)
    ]


def _faults_of_notes(chain: str, noted: Sequence[tuple[int, str]]) -> list[Fault]:
    found = []
    for number, mark in noted:
        seal = db.session.get(AuditSeal, (chain, number))
        if seal is None or not seal.mark.startswith(mark):
            found.append(Fault(FaultKind.CUT, number))
    return found
