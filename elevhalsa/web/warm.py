"""What is loaded before a process is forked is shared by what it forks, for as long as nobody
writes to it: memory is what a small service pays for."""

import gc

from flask import Flask

from elevhalsa.config import Settings
from elevhalsa.extensions import db

FIRST_PAGES = ("/healthz", "/", "/knacka", "/hjalp-nu", "/logga-in/")
_DONE = "elevhalsa_is_warm"


def before_fork(app: Flask) -> None:
    """Load what the first requests would load in each process (templates, mappings), once, and let
    the collector never look at it again. The public pages among them are kept for half a minute.

    A page that fails here fails for its visitor too, or the database is not there yet: neither is a
    reason not to start. Afterwards no connection is open.
    """
    if not app.extensions.setdefault(_DONE, False):
        app.extensions[_DONE] = True
        settings: Settings = app.config["SETTINGS"]
        client = app.test_client()
        for path in FIRST_PAGES:
            client.get(path, base_url=settings.public_url)
        with app.app_context():
            db.engine.dispose()
    gc.collect()
    gc.freeze()


def after_fork(app: Flask) -> None:
    """No connection made before the fork may be used after it. None should be left."""
    with app.app_context():
        db.engine.dispose(close=False)
