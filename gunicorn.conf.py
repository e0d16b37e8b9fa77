"""What the web server does besides its command line in the Procfile; gunicorn finds this file.

The app is loaded once and then forked (--preload). What is loaded before the fork is shared by
the workers for as long as nobody writes to it.
"""

import gc
from typing import Any

from flask import Flask

from elevhalsa.core import clock
from elevhalsa.core.calendar import closed_days
from elevhalsa.extensions import db

control_socket_disable = True

FIRST_PAGES = ("/healthz", "/", "/knacka", "/hjalp-nu", "/logga-in/")


def when_ready(server: Any) -> None:
    """Before the first fork: load what the first requests would load in each worker, and let the
    collector never look at it again, so that its pages stay shared."""
    _warm(server.app.wsgi())
    gc.collect()
    gc.freeze()


def post_fork(server: Any, worker: Any) -> None:
    """No connection made before the fork may be used after it. None should be left."""
    with server.app.wsgi().app_context():
        db.engine.dispose(close=False)


def _warm(app: Flask) -> None:
    """Templates, mappings, calendar. A page that fails here fails for its visitor too, or the
    database is not there yet: neither is a reason not to start."""
    client = app.test_client()
    for path in FIRST_PAGES:
        client.get(path)
    closed_days()(clock.now().date())
    with app.app_context():
        db.engine.dispose()
