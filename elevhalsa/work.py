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
    GUARDIAN = "guardian"
    ASKER = "asker"
    """Who asks for a consultation."""
    STAFF = "staff"
    SYSTEM = "system"
    OPERATOR = "operator"


@dataclass(frozen=True)
class Actor:
    """Who acts. A pupil, a guardian and whoever asks have no row and so no id."""

    kind: ActorKind
    staff_id: str | None = None


PUPIL = Actor(ActorKind.PUPIL)
GUARDIAN = Actor(ActorKind.GUARDIAN)
ASKER = Actor(ActorKind.ASKER)
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
    visits: str | None = None
    """The id of the municipality at whose door a pupil is."""
    wall: Wall | None = None
    """The area of secrecy that the acting person stands behind; None: behind none."""
    writes: bool = True
    """Will it change anything? Then SQLite gives it the write lock when it begins: a transaction
    that reads first and writes later can fail at once when another has written in between.
    PostgreSQL needs none of this."""
    shown: frozenset[str] = frozenset()
    """Keyed hashes of what was shown to us (a cookie's token, a code, a form's id): whoever shows
    one sees what it stands for."""
    held: frozenset[str] = frozenset()
    """Ids of what the acting person could read and is changing, so that it can be finished though
    it goes out of their sight: behind the other wall, to another school."""
    beyond: "Beyond | None" = None
    """What has to be known or done just now past what the acting person may read."""
    is_unit: bool = True
    """False: nothing has begun, and the database's walls let nothing through."""

    @property
    def sees_all(self) -> bool:
        """What recurs and what an operator does is behind no wall of the database's."""
        return self.is_unit and self.actor.kind in (ActorKind.SYSTEM, ActorKind.OPERATOR)


class Beyond(StrEnum):
    """Why the database's walls are opened for some lines of a unit (``beyond``). Each is a count
    or a deed of the system's that somebody sets off; none gives content to who asks."""

    COUNTS = "counts"
    """A coordinator's figures."""
    FLOOD = "flood"
    """Whether a knock is like those that came with it."""
    BATON = "baton"
    """What goes with a baton when it is accepted or taken back."""
    AWAY = "away"
    """The meetings of days on which somebody is away, whoever says it: by number alone."""
    BUSY = "busy"
    """When somebody has meetings already, whoever they are with: times alone."""
    LOG = "log"
    """The events that whoever is named to it reviews."""
    DISCLOSURE = "disclosure"
    """A knock of another school, whose disclosure somebody answers for behind its wall."""
    REVEAL = "reveal"
    """That something was opened in danger to life, for whoever oversees: never of whom, nor what.
    And that they review it when nobody behind the wall can."""
    DRAFT = "draft"
    """Whether what was typed belongs to a knock that there is."""


_scope: ContextVar[Scope] = ContextVar("scope")
outside = Scope(writes=False, is_unit=False)
"""Of what is done in no unit. A test's own doings are the system's (tests/conftest.py)."""


def scope() -> Scope:
    """The present unit's."""
    return _scope.get(outside)


def begin(actor: Actor = SYSTEM, *, writes: bool) -> None:
    """Begin a unit that is no block but ends with ``end``: a request."""
    _scope.set(Scope(actor, writes=writes))


def end() -> None:
    """Whatever this thread does next is of no unit until another begins."""
    _scope.set(outside)


def act_as(actor: Actor, *, municipality_id: str | None, wall: Wall | None) -> None:
    """It has become known who acts, for the rest of the unit."""
    known = replace(scope(), actor=actor, municipality_id=municipality_id, wall=wall)
    _scope.set(known)


def show(*hashes: str) -> None:
    """The acting person has shown what these are the keyed hashes of."""
    here = scope()
    if not here.sees_all and not here.shown.issuperset(hashes):
        _scope.set(replace(here, shown=here.shown.union(hashes)))


def at(municipality_id: str) -> None:
    """A pupil is at the door of one: who works there may be asked for."""
    here = scope()
    if here.visits != municipality_id:
        _scope.set(replace(here, visits=municipality_id))


def hold(row_id: str) -> None:
    """The acting person, who may read it, changes it in this unit."""
    here = scope()
    if not here.sees_all and row_id not in here.held:
        _scope.set(replace(here, held=here.held | {row_id}))


@contextmanager
def beyond(why: Beyond) -> Iterator[None]:
    """Past what the acting person may read, as the system does it. As few lines as can be: the
    queries in the block are all the wall there is."""
    before = scope().beyond
    _scope.set(replace(scope(), beyond=why))
    try:
        yield
    finally:
        _scope.set(replace(scope(), beyond=before))


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
