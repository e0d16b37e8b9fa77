"""Web and worker as one service: ``python -m workers.whole``.

For the smallest deployment, which pays for one process type instead of two, and for ``make run``.
The parent loads the app once; what the two do is no different from what they do apart.
"""

import sys

from flask import Flask

from elevhalsa import create_app
from elevhalsa.config import Settings
from elevhalsa.web import warm

from . import logs, web
from .linux import call_me
from .parent import Parent
from .run import Worker


def keep(parent: Parent, app: Flask) -> None:
    """Have ``parent`` keep the web and one worker."""
    web.keep(parent, app)
    parent.keep("the worker", lambda: _work(app))


def _work(app: Flask) -> None:
    call_me("elevhalsa-work")
    warm.after_fork(app)
    settings: Settings = app.config["SETTINGS"]
    Worker(create_app(settings.as_worker()) if settings.worker_database_url else app).run()


def main() -> int:
    logs.prepare()
    from app import app  # ends with one line when a setting is wrong

    with Parent() as parent:
        keep(parent, app)
        return parent.run()


if __name__ == "__main__":
    sys.exit(main())
