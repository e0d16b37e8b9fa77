"""The one place that commits. Notices wake a worker after the commit, never before."""

from flask import Flask, Response, current_app, g, request

from elevhalsa.core.ports import JobQueue
from elevhalsa.domain.notices import service as notices
from elevhalsa.extensions import db

from . import access, database

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def init_app(app: Flask) -> None:
    """Before ``access``: the first query of a request begins its transaction."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    writes = request.method not in SAFE_METHODS or access.writes_on_get(request.endpoint)
    database.set_writing(writes)


def _end(response: Response) -> Response:
    if response.status_code < 400 or g.get("keep_anyway"):
        commit()
    else:
        db.session.rollback()
    return response


def keep_anyway() -> None:
    """Commit although the answer is an error page, e.g. to count a wrong PIN."""
    g.keep_anyway = True


def commit() -> None:
    """Commit, then tell the queue which notices wait. A queue that is down is no error:
    the schedule finds every row that was not sent."""
    if not db.session.registry.has():
        return  # nothing asked the database: most public pages
    db.session.commit()
    queue: JobQueue = current_app.extensions["elevhalsa"].queue
    for notice_id in notices.take_posted():
        if not queue.enqueue("send_notice", notice_id):
            break
