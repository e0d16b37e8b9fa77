"""The service as a browser meets it: a server on a port of its own, with a database of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from elevhalsa import create_app
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.people import service as people
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.extensions import db
from elevhalsa.web import database
from tests.conftest import settings_for
from tests.factories import Make


@dataclass
class Site:
    """Where the service is, and a school in it. The test looks into the database beside it."""

    app: Flask
    url: str
    school: School = field(init=False)
    _make: Make = field(default_factory=Make)

    def __post_init__(self) -> None:
        home = self.make.home
        home.name = "Exempelkommun"
        home.contact_email = "elevhalsa@exempel.invalid"
        home.duty_phone = "0176-000 00"
        self.school = self._make.school(name="Norrskogens exempelskola", slug="norrskogen")

    @property
    def make(self) -> Make:
        """Makes what tests are about, seeing all that the server has written until now."""
        db.session.rollback()
        return self._make

    @contextmanager
    def meanwhile(self) -> Iterator[None]:
        """What somebody else does, in a transaction of its own."""
        db.session.rollback()
        with database.writing():
            yield
            db.session.commit()

    def link_for(self, staff: Staff) -> str:
        """An address that signs one person in, once."""
        with self.meanwhile():
            token = people.make_link(staff)
        return f"/logga-in/lank/{token}"

    def knocks(self) -> list[Knock]:
        """All knocks there are now, the first one first."""
        db.session.rollback()
        return list(db.session.scalars(db.select(Knock).order_by(Knock.knocked_at, Knock.id)))


class _Silent(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """A failing test tells of its page, not of every request."""


@contextmanager
def served(database_url: str, **settings: object) -> Iterator[Site]:
    """The app in a thread of this process."""
    server = make_server(
        "127.0.0.1", 0, lambda _environ, _start: [], threaded=True, request_handler=_Silent
    )
    url = f"http://127.0.0.1:{server.port}"
    app = create_app(settings_for(database_url, public_url=url, **settings))
    server.app = app.wsgi_app
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
        with app.app_context():
            db.engine.dispose()
