"""A request is one unit of work: committed when it ends well, undone when it does not."""

import logging
from collections.abc import Callable

from flask import Flask, Response, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError

from elevhalsa import work
from elevhalsa.database import AWAY

from . import access

log = logging.getLogger(__name__)

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def init_app(app: Flask) -> None:
    """Before ``access``: the first query of a request begins its transaction."""
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_over)


def _begin() -> None:
    """A pupil's, until somebody turns out to be signed in (web/signed_in.py); a probe's is the
    operator's."""
    rule = access.rule_of(request.endpoint)
    by = work.OPERATOR if rule and rule.who is access.Who.OPERATOR else work.PUPIL
    writes = request.method not in SAFE_METHODS or access.writes_on_get(request.endpoint)
    work.begin(by, writes=writes)


def _end(response: Response) -> Response:
    try:
        if response.status_code < 400 or g.get("keep_anyway"):
            work.commit()
        else:
            work.rollback()
    except AWAY as error:
        return _broken_off(error)
    for note in g.pop("afterwards", {}).values():
        try:
            with work.unit():
                note()
        except SQLAlchemyError as error:  # the page is worth more than the note
            log.warning("something in use was not noted: %s", type(error).__name__)
    return response


def _broken_off(error: Exception) -> Response:
    """The database broke off when all was done but the commit: nobody knows if it stands, so the
    answer is that of a database that is away, with what was typed."""
    work.rollback()
    g.pop("keep_anyway", None)
    answer = current_app.make_response(current_app.handle_user_exception(error))
    return current_app.process_response(answer)


def _over(_error: BaseException | None) -> None:
    work.end()


def afterwards(what: str, note: Callable[[], None]) -> None:
    """Note that something is still in use, in a transaction of its own after the request's, so that
    a GET stays a GET: on SQLite a transaction that read first may not be let to write."""
    if "afterwards" not in g:
        g.afterwards = {}
    g.afterwards[what] = note


def keep_anyway() -> None:
    """Commit although the answer is an error page, e.g. to count a wrong PIN."""
    g.keep_anyway = True
