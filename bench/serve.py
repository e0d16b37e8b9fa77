"""The web processes of the Procfile with another app in them: ``python -m bench.serve bare`` serves
the bare page, ``python -m bench.serve logged`` ours, which writes what it answers to WIRE_LOG."""

import gc
import os
import sys
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from elevhalsa import config
from elevhalsa.web import warm
from workers import web
from workers.parent import Parent

from . import bare


def _bare() -> WSGIApplication:
    bare.app.test_client().get("/")
    gc.collect()
    gc.freeze()
    return bare.app


def _logged() -> WSGIApplication:
    from app import app

    warm.before_fork(app)
    path = os.environ["WIRE_LOG"]

    def logged(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = b"".join(app(environ, start_response))
        with open(path, "a") as log:
            log.write(f"wire {environ['PATH_INFO']} {len(body)}\n")
        return [body]

    return logged


def main() -> int:
    app = {"bare": _bare, "logged": _logged}[sys.argv[1]]()
    settings = config.load()
    listening = web.listen(settings)
    with Parent() as parent:
        for _number in range(settings.web_concurrency):
            parent.keep("web", lambda: web.serve(app, listening), listening=listening)
        return parent.run()


if __name__ == "__main__":
    sys.exit(main())
