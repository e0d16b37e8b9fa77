"""Which municipality and school a request is about, from a snapshot kept for half a minute.

The snapshot (``people.directory``) spares every public page its queries. Changes made with the
flask commands are therefore seen within 30 seconds.

A municipality with a host name of its own is alone there. Those without share PUBLIC_URL's host,
the *shared* one. Any other host is nobody's: ``access`` answers 404 there.
"""

import time
from math import inf
from threading import Lock
from urllib.parse import urlsplit

from cachetools import TTLCache
from flask import Flask, abort, current_app, request

from elevhalsa.config import Settings
from elevhalsa.domain.people.directory import Directory, Door, MunicipalityView, SchoolView, load
from elevhalsa.domain.places import rules

SNAPSHOT_SECONDS = 30
_one_at_a_time = Lock()
SCHOOL_COOKIE = "skola"
SCHOOL_COOKIE_SECONDS = 365 * 24 * 3600
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


def init_app(app: Flask) -> None:
    app.extensions["elevhalsa_directory"] = TTLCache(maxsize=1, ttl=SNAPSHOT_SECONDS)
    settings: Settings = app.config["SETTINGS"]
    shared = {rules.hostname(urlsplit(settings.public_url).netloc)}
    app.extensions["elevhalsa_shared_hosts"] = shared | (
        set() if settings.is_production else LOOPBACK
    )


def directory() -> Directory:
    cache: TTLCache[str, tuple[Directory, float]] = current_app.extensions["elevhalsa_directory"]
    with _one_at_a_time:
        kept = cache.get("all")
    if kept is None:
        # Not while the lock is held: on SQLite whoever waits for it may hold the database's.
        kept = (load(), time.monotonic() + SNAPSHOT_SECONDS)
        with _one_at_a_time:
            cache["all"] = kept
    return kept[0]


def snapshot_ends() -> float:
    """When (``time.monotonic``) what is made of the present snapshot is of yesterday."""
    cache: TTLCache[str, tuple[Directory, float]] = current_app.extensions["elevhalsa_directory"]
    with _one_at_a_time:
        return cache.get("all", (None, inf))[1]


def is_known_host() -> bool:
    """True at PUBLIC_URL's host (without asking the database) and at a municipality's own. On
    anything but a deployment, the machine's own names are the shared host too."""
    name = rules.hostname(request.host)
    shared: set[str] = current_app.extensions["elevhalsa_shared_hosts"]
    return name in shared or name in directory().by_host


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


def is_elsewhere(place: MunicipalityView) -> bool:
    """True when a municipality has a host of its own, and it is not this one."""
    return place.host is not None and place.host != rules.hostname(request.host)


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
