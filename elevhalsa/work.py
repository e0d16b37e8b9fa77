"""One unit of work: on whose behalf, one transaction, and what is done once it has been committed.

A request, a job and a command are each a unit. Nothing else commits: a service changes rows and
leaves the rest to whoever began. Jobs are handed to the queue after the commit and never before,
so that no worker looks for a row that is not there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from enum import StrEnum

from flask import current_app

from elevhalsa.core.ports import JobQueue
from elevhalsa.core.walls import Wall
from elevhalsa.extensions import db

_LATER = "jobs_once_committed"


class ActorKind(StrEnum):
    PUPIL = "pupil"
    STAFF = "staff"
    SYSTEM = "system"
    OPERATOR = "operator"


@dataclass(frozen=True)
class Actor:
    """Who acts. A pupil has no row and so no id."""

    kind: ActorKind
    staff_id: str | None = None


PUPIL = Actor(ActorKind.PUPIL)
SYSTEM = Actor(ActorKind.SYSTEM)
OPERATOR = Actor(ActorKind.OPERATOR)


def staff(staff_id: str) -> Actor:
    """One of the staff, as who acts."""
    return Actor(ActorKind.STAFF, staff_id)


@dataclass(frozen=True)
class Scope:
    """On whose behalf the unit is done, and how far it reaches."""

    actor: Actor = SYSTEM
    municipality_id: str | None = None
    """None: not known, or several."""
    wall: Wall | None = None
    """The area of secrecy that the acting person stands behind; None: behind none."""
    writes: bool = True
    """Will it change anything? Then SQLite gives it the write lock when it begins: a transaction
    that reads first and writes later can fail at once when another has written in between.
    PostgreSQL needs none of this."""


_scope: ContextVar[Scope] = ContextVar("scope")
_OUTSIDE = Scope(writes=False)


def scope() -> Scope:
    """The present unit's."""
    return _scope.get(_OUTSIDE)


def begin(actor: Actor = SYSTEM, *, writes: bool) -> None:
    """Begin a unit that is no block but ends with ``end``: a request."""
    _scope.set(Scope(actor, writes=writes))


def end() -> None:
    """Whatever this thread does next is of no unit until another begins."""
    _scope.set(_OUTSIDE)


def act_as(actor: Actor, *, municipality_id: str | None, wall: Wall | None) -> None:
    """It has become known who acts, for the rest of the unit."""
    known = replace(scope(), actor=actor, municipality_id=municipality_id, wall=wall)
    _scope.set(known)


@contextmanager
def unit(
    actor: Actor = SYSTEM, *, municipality_id: str | None = None, writes: bool = True
) -> Iterator[None]:
    """A unit as a block: committed when it ends well, undone when it ends with an error.

    A long one commits as it goes (``commit``), a piece at a time.
    """
    token = _scope.set(Scope(actor, municipality_id, writes=writes))
    try:
        yield
        commit()
    except BaseException:
        rollback()
        raise
    finally:
        _scope.reset(token)


def later(job: str, row_id: str) -> None:
    """Once committed, the queue is given one ``job`` with all the ids that this transaction named
    for it. Only speed: the schedule finds every row whose job was lost.

    job: a function of workers.jobs, e.g. 'send_notices'.
    """
    jobs: dict[str, list[str]] = db.session().info.setdefault(_LATER, {})
    jobs.setdefault(job, []).append(row_id)


def waiting_jobs() -> dict[str, list[str]]:
    """The jobs that this transaction has asked for -> their ids."""
    jobs: dict[str, list[str]] = db.session().info.get(_LATER, {})
    return jobs


def commit() -> None:
    """End the transaction well. What comes next begins another, in the same unit."""
    if not db.session.registry.has():
        return  # nothing asked the database: most public pages
    session = db.session()
    session.commit()
    jobs: dict[str, list[str]] = session.info.pop(_LATER, {})
    if jobs:
        queue: JobQueue = current_app.extensions["elevhalsa"].queue
        for job, ids in jobs.items():
            queue.enqueue(job, *ids)


def rollback() -> None:
    """Undo what was not committed."""
    if not db.session.registry.has():
        return
    session = db.session()
    session.rollback()
    session.info.pop(_LATER, None)
