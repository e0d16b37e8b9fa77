"""gunicorn's settings for the bare page: as gunicorn.conf.py, but for what needs a database."""

import gc
from typing import Any

control_socket_disable = True


def when_ready(server: Any) -> None:
    """What was loaded stays shared between the workers, as in the app."""
    server.app.wsgi().test_client().get("/")
    gc.collect()
    gc.freeze()
