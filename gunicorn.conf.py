"""What the web server does besides its command line in the Procfile; gunicorn finds this file.

The app is loaded once and then forked (--preload), which saves memory as long as the parts that
never change are left alone.
"""

import gc
from typing import Any

control_socket_disable = True


def when_ready(server: Any) -> None:
    """Before the first fork: what was loaded is never looked at by the collector again, so its
    pages stay shared."""
    gc.collect()
    gc.freeze()


def post_fork(server: Any, worker: Any) -> None:
    """No connection made before the fork may be used after it. None should have been."""
    from app import app  # loaded already, by the parent
    from elevhalsa.extensions import db

    with app.app_context():
        db.engine.dispose(close=False)
