"""The service as a browser meets it: a server on a port of its own, with a database of its own."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, cast

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from elevhalsa import work
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.people import service as people
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.extensions import db
from tests.conftest import app_for, settings_for
from tests.factories import Make


class _Meanwhile:
    """Each thing that is made is made ``meanwhile``: the server writes too."""

    def __init__(self, make: Make, meanwhile: Callable[[], AbstractContextManager[None]]) -> None:
        self._make = make
        self._meanwhile = meanwhile

    def __getattr__(self, name: str) -> Any:
        made = getattr(self._make, name)
        if not callable(made):
            return made

        @wraps(made)
        def making(*args: Any, **values: Any) -> Any:
            with self._meanwhile():
                return made(*args, **values)

        return making


@dataclass
class Site:
    """Where the service is, and a school in it. The test looks into the database beside it."""

    app: Flask
    url: str
    school: School = field(init=False)

    def __post_init__(self) -> None:
        self.make = cast(Make, _Meanwhile(Make(), self.meanwhile))
        home = self.make.home
        home.name = "Exempelkommun"
        home.contact_email = "elevhalsa@exempel.invalid"
        home.duty_phone = "0176-000 00"
        db.session.commit()
        self.school = self.make.school(name="Norrskogens exempelskola", slug="norrskogen")

    @contextmanager
    def meanwhile(self) -> Iterator[None]:
        """What somebody else does, in a transaction of its own that sees all there is."""
        db.session.rollback()
        with work.unit():
            yield

    def link_for(self, staff: Staff) -> str:
        """An address that signs one person in, once."""
        with self.meanwhile():
            token = people.make_link(staff)
        return f"/logga-in/lank/{token}"

    def knocks(self) -> list[Knock]:
        """All knocks there are now, the first one first."""
        db.session.rollback()
        return list(db.session.scalars(db.select(Knock).order_by(Knock.knocked_at, Knock.id)))


MOST_AT_ONCE = 30
"""Requests; no page asks for so many."""


class _Silent(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """A failing test tells of its page, not of every request."""


@contextmanager
def served(database_url: str, **settings: Any) -> Iterator[Site]:
    """The app in a thread of this process."""
    server = make_server(
        "127.0.0.1", 0, lambda _environ, _start: [], threaded=True, request_handler=_Silent
    )
    url = f"http://127.0.0.1:{server.port}"
    app = app_for(settings_for(database_url, public_url=url, **settings))
    room = threading.Semaphore(MOST_AT_ONCE)

    def answer(environ: Any, start: Any) -> Any:
        with room:
            return app(environ, start)  # called through its ``wsgi_app``, which a test may exchange

    server.app = answer
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        with app.app_context():
            yield Site(app, url)
            db.session.remove()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        for _under_way in range(MOST_AT_ONCE):  # until its thread has given its connection back
            room.acquire(timeout=30)
        with app.app_context():
            db.engine.dispose()
