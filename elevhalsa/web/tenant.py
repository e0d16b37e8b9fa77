"""Which municipality and school a request is about, from a snapshot kept for half a minute.

The snapshot (``people.directory``) spares every public page its queries. Changes made with the
flask commands are therefore seen within 30 seconds. When the database does not give one, the last
stands, pages that need the database are closed (``is_open``), and it is asked again soon.

A municipality with a host name of its own is alone there. Those without share PUBLIC_URL's host,
the *shared* one. Any other host is nobody's: ``access`` answers 404 there.
"""

import logging
import time
from dataclasses import dataclass, replace
from threading import Lock
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, request
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import SQLAlchemyError

from elevhalsa import work
from elevhalsa.config import Settings
from elevhalsa.core.errors import SettingError
from elevhalsa.domain.operations import keys
from elevhalsa.domain.people import directory as people
from elevhalsa.domain.people.directory import Directory, Door, MunicipalityView, SchoolView
from elevhalsa.domain.places import rules
from elevhalsa.domain.places.models import Municipality
from elevhalsa.extensions import db

log = logging.getLogger(__name__)

SNAPSHOT_SECONDS = 30
AGAIN_SECONDS = 5
"""How soon a database that did not answer is asked again. Until then nobody waits for it."""
SCHOOL_COOKIE = "skola"
SCHOOL_COOKIE_SECONDS = 365 * 24 * 3600
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


@dataclass(frozen=True)
class Snapshot:
    directory: Directory
    until: float
    """By ``time.monotonic``."""
    is_open: bool = True
    """False: the database did not give it, or is written with other keys; then it is of before, or
    empty."""


class Snapshots:
    """The present one of this process, for all its threads."""

    def __init__(self) -> None:
        self._now: Snapshot | None = None
        self._loading = Lock()
        self.clear()

    def clear(self) -> None:
        """Whoever asks next sees what has changed; what stands should the database be away is
        kept."""
        self._is_stale = True

    def get(self) -> Snapshot:
        """Never raises. While one thread asks the database the others see the one of before: on
        SQLite whoever would wait may hold what the other waits for."""
        now = self._now
        if now and not self._is_stale and time.monotonic() < now.until:
            return now
        if self._loading.acquire(blocking=False):
            try:
                self._now, self._is_stale = self._load(now), False
            finally:
                self._loading.release()
            return self._now
        return now or self._load(None)

    def doubt(self) -> None:
        """The database is out of reach: nobody else need find that out by waiting as long."""
        if self._now and self._now.is_open:
            until = time.monotonic() + AGAIN_SECONDS
            self._now, self._is_stale = replace(self._now, until=until, is_open=False), False

    def ends(self) -> float:
        """When what is made of the present one is of yesterday."""
        return self.get().until

    @staticmethod
    def _load(before: Snapshot | None) -> Snapshot:
        """In a session of its own: it waits for nobody who writes, and what the request has done
        is left alone when the database does not answer."""
        try:
            with current_app.app_context(), work.unit(writes=False):
                found = people.load()
                keys.check()
            return Snapshot(found, time.monotonic() + SNAPSHOT_SECONDS)
        except (SQLAlchemyError, SettingError) as error:
            if before is None or before.is_open:
                log.error("%s", _why(error))
            directory = before.directory if before else people.unknown()
            return Snapshot(directory, time.monotonic() + AGAIN_SECONDS, is_open=False)


def _why(error: Exception) -> str:
    if isinstance(error, SettingError):
        return str(error)
    return f"the database does not answer as it should ({type(error).__name__})"


def init_app(app: Flask) -> None:
    snapshots = app.extensions["elevhalsa_directory"] = Snapshots()
    with app.app_context():

        @event.listens_for(db.engine, "handle_error")
        def _out_of_reach(context: ExceptionContext) -> None:
            if type(context.original_exception).__name__ == "ConnectionTimeout":  # psycopg's
                snapshots.doubt()

    settings: Settings = app.config["SETTINGS"]
    shared = {rules.hostname(urlsplit(settings.public_url).netloc)}
    app.extensions["elevhalsa_shared_hosts"] = frozenset(shared) | (
        frozenset() if settings.is_production else LOOPBACK
    )


def _snapshots() -> Snapshots:
    found: Snapshots = current_app.extensions["elevhalsa_directory"]
    return found


def directory() -> Directory:
    return _snapshots().get().directory


def is_open() -> bool:
    """False while the database is away, or cannot be read: then only what needs nothing of it is
    shown, and no knock is taken that nobody could open."""
    return _snapshots().get().is_open


def snapshot_ends() -> float:
    """When (``time.monotonic``) what is made of the present snapshot is of yesterday."""
    return _snapshots().ends()


def is_known_host() -> bool:
    """True at PUBLIC_URL's host (without asking the database) and at a municipality's own. On
    anything but a deployment, the machine's own names are the shared host too. While nobody can
    say which those of the municipalities are, any might be."""
    name = rules.hostname(request.host)
    shared: frozenset[str] = current_app.extensions["elevhalsa_shared_hosts"]
    if name in shared:
        return True
    known = directory()
    return name in known.by_host or not (is_open() or known.municipalities)


def here() -> MunicipalityView | None:
    """The municipality whose own host this is; None at the shared one."""
    return directory().by_host.get(rules.hostname(request.host))


def municipality() -> MunicipalityView | None:
    """By host name, by being the only one there is, or by the remembered school."""
    found = here()
    if found:
        return found
    known = directory()
    if len(known.municipalities) == 1:
        return known.municipalities[0]
    school = remembered_school()
    return school.municipality if school else None


def chosen_municipality(slug: str | None) -> MunicipalityView | None:
    """The one that was picked on a page of this host, ``?kommun=``."""
    known = directory()
    at = here()
    offered = (at,) if at else known.municipalities
    return next((place for place in offered if place.slug == slug), None)


def is_at_home(municipality_id: str) -> bool:
    """May what belongs to a municipality be shown here: at its own host, or at the shared one?"""
    at = here()
    return at is None or at.id == municipality_id


def hosts_of(row: Municipality) -> frozenset[str]:
    """The names of the hosts where a municipality is reached: its own, or the shared one's."""
    shared: frozenset[str] = current_app.extensions["elevhalsa_shared_hosts"]
    return frozenset({row.host}) if row.host else shared


def is_elsewhere(place: MunicipalityView) -> bool:
    """True when a municipality has a host of its own, and it is not this one."""
    return place.host is not None and place.host != rules.hostname(request.host)


def place(municipality_id: str) -> MunicipalityView | None:
    """One of the municipalities, wherever it is reached."""
    return next((one for one in directory().municipalities if one.id == municipality_id), None)


def reached_here() -> list[MunicipalityView]:
    """The one whose own host this is; at the shared host, all who have none of their own."""
    at = here()
    return [at] if at else [one for one in directory().municipalities if one.host is None]


def address(place: MunicipalityView | None, path: str = "") -> str:
    """``https://host[:port]/path`` where a municipality is reached; None: at the shared host."""
    settings: Settings = current_app.config["SETTINGS"]
    return rules.origin(settings.public_url, place.host if place else None) + path


def door(slug: str) -> Door | None:
    """What an address of this host leads to: a school, under its slug of now or of before, or one
    that has closed. None: no school was ever there."""
    return directory().door(here(), slug)


def school_or_404(slug: str) -> SchoolView:
    """The open school that a slug leads to. Raises 404 for one that does not exist at this host."""
    found = door(slug)
    if not isinstance(found, SchoolView):
        abort(404)
    return found


def remembered_school() -> SchoolView | None:
    """The one that this browser chose at this host, or the one that has taken its place."""
    found = door(request.cookies.get(SCHOOL_COOKIE, ""))
    return found if isinstance(found, SchoolView) else None
