"""The trace of every municipality: sealed by the minute, checked each night, purged where it is
decided (domain.purging). What is found is logged by number, never with what a row says."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.errors import without_words
from elevhalsa.domain.audit import sealing
from elevhalsa.domain.audit.models import AuditChain
from elevhalsa.domain.places import queries as places
from elevhalsa.extensions import db

log = logging.getLogger(__name__)

CHECK_EVERY = timedelta(hours=20)
"""From the end of one check to the beginning of the next: once a night."""
SEALS_AT_A_TIME = 50


@dataclass(frozen=True)
class Chain:
    """Whose events they are; of no municipality's: ``sealing.OF_NONE``."""

    municipality_id: str | None
    name: str


def chains() -> list[Chain]:
    of_places = [Chain(place.id, place.slug) for place in places.municipalities()]
    return [Chain(None, sealing.OF_NONE), *of_places]


def seal() -> int:
    """Seal what has settled of every chain. Returns how many events."""
    return _of_each(lambda chain: sealing.seal(chain.municipality_id))


def _of_each(do: Callable[[Chain], int]) -> int:
    """One that fails hides no other."""
    done = 0
    for chain in chains():
        try:
            done += do(chain)
            work.commit()
        except Exception as error:  # noqa: BLE001
            work.rollback()
            log.error("audit %s failed: %s", chain.name, without_words(error))
    return done


def check(seconds: float) -> None:
    """Go on with the nightly check of the chains that are due, for so many seconds."""
    stop_at = time.monotonic() + seconds

    def go_on(chain: Chain) -> int:
        while time.monotonic() < stop_at and _is_due(chain.municipality_id):
            report = sealing.check_some(chain.municipality_id, SEALS_AT_A_TIME)
            work.commit()
            for fault in report.faults:
                log.error("audit %s: %s %s", chain.name, fault.kind, fault.number)
            if report.is_whole and report.head:
                # Outside the database: what tells that the newest seals were cut off.
                log.info("audit %s: seal %s %s", chain.name, *report.head)
        return 0

    _of_each(go_on)


def _is_due(municipality_id: str | None) -> bool:
    chain = db.session.get(AuditChain, sealing.chain_of(municipality_id), populate_existing=True)
    if chain is None or not chain.number:
        return False
    is_under_way = chain.next_number > 1
    return is_under_way or not chain.checked_at or chain.checked_at < clock.now() - CHECK_EVERY


def faults_found() -> int:
    """By the last check of each chain, and by those under way."""
    found = db.session.scalar(select(func.sum(AuditChain.found + AuditChain.faults)))
    return int(found or 0)


def count_due(municipality_id: str, days: int) -> int:
    """How many events ``purge`` would delete."""
    return sealing.count_due(municipality_id, clock.now() - timedelta(days=days))


def purge(municipality_id: str, days: int) -> int:
    """Delete what is older than so many days (wall-clock). Returns how many events."""
    return sealing.purge(municipality_id, clock.now() - timedelta(days=days))
