"""Which municipality and school a request is about, from a snapshot kept for half a minute.

The snapshot (``people.directory``) spares every public page its queries. Changes made with the
flask commands are therefore seen within 30 seconds.
"""

import time
from math import inf
from threading import Lock

from cachetools import TTLCache
from flask import Flask, abort, current_app, request

from elevhalsa.domain.people.directory import Directory, MunicipalityView, SchoolView, load

SNAPSHOT_SECONDS = 30
_one_at_a_time = Lock()
SCHOOL_COOKIE = "skola"
SCHOOL_COOKIE_SECONDS = 365 * 24 * 3600


def init_app(app: Flask) -> None:
    app.extensions["elevhalsa_directory"] = TTLCache(maxsize=1, ttl=SNAPSHOT_SECONDS)


def directory() -> Directory:
    cache: TTLCache[str, tuple[Directory, float]] = current_app.extensions["elevhalsa_directory"]
    with _one_at_a_time:
        kept = cache.get("all")
        if kept is None:
            kept = cache["all"] = (load(), time.monotonic() + SNAPSHOT_SECONDS)
        return kept[0]


def snapshot_ends() -> float:
    """When (``time.monotonic``) what is made of the present snapshot is of yesterday."""
    cache: TTLCache[str, tuple[Directory, float]] = current_app.extensions["elevhalsa_directory"]
    with _one_at_a_time:
        return cache.get("all", (None, inf))[1]


def municipality() -> MunicipalityView | None:
    """The municipality by host name, by the remembered school, or the only one there is."""
    known = directory()
    found = known.by_host.get(request.host.partition(":")[0])
    if found:
        return found
    if len(known.municipalities) == 1:
        return known.municipalities[0]
    school = remembered_school()
    return school.municipality if school else None


def school_or_404(slug: str) -> SchoolView:
    """Raises 404 for a school that does not exist or belongs to another host's municipality."""
    known = directory()
    school = known.by_slug.get(slug)
    by_host = known.by_host.get(request.host.partition(":")[0])
    if school is None or (by_host and school.municipality.id != by_host.id):
        abort(404)
    return school


def remembered_school() -> SchoolView | None:
    return directory().by_slug.get(request.cookies.get(SCHOOL_COOKIE, ""))
