"""What the web server does besides its command line in the Procfile; gunicorn finds this file.

The app is loaded once and then forked (--preload).
"""

from typing import Any

from elevhalsa.web import warm

control_socket_disable = True


def when_ready(server: Any) -> None:
    warm.before_fork(server.app.wsgi())


def post_fork(server: Any, worker: Any) -> None:
    warm.after_fork(server.app.wsgi())
