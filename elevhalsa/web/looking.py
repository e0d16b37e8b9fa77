"""Who only looks changes nothing: HEAD and OPTIONS, and what a browser fetches before anybody has
asked to see it.

Of a public page they get what it is, without a cookie. Of any other they get nothing of a person,
whoever is signed in: the view is never run, so nothing is noted, counted or used up. *Read* and
*seen*, which the other side is told of, are said by a page that somebody has in front of them
(``Seen``), never by its being fetched.
"""

from dataclasses import dataclass
from datetime import datetime

from flask import Flask, Response, abort, current_app, request, session

from elevhalsa.core import clock
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.thread import Shown

AHEAD = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
"""Where browsers say it: the first by the standard (Fetch, ``Sec-Purpose``), the others of old."""
AHEAD_WORDS = ("prefetch", "prerender", "preview")
NOT_NOW = 503
"""A browser that gets no 2xx keeps nothing of it, and asks again when somebody wants the page."""
FIELD = "sedd"
"""What a page sends back of itself, by a script when it is visible or with any of its forms."""


def is_ahead() -> bool:
    """True for what is fetched, or done by a page that was drawn, before anybody has asked."""
    said = " ".join(request.headers.get(name, "") for name in AHEAD).lower()
    return any(word in said for word in AHEAD_WORDS)


def only_looks() -> bool:
    return request.method in ("HEAD", "OPTIONS") or is_ahead()


def answer(*, personal: bool) -> Response | None:
    """Instead of the view's, for who only looks; None: the view may answer."""
    if request.method == "OPTIONS":
        return current_app.make_default_options_response()
    if is_ahead():
        if request.method == "POST":
            abort(NOT_NOW)  # what was typed comes back
        return Response("", NOT_NOW) if personal else None
    return Response("") if request.method == "HEAD" and personal else None


def init_app(app: Flask) -> None:
    """Before all others, so that what they do with the answer is over."""
    app.after_request(_no_cookie)


def _no_cookie(response: Response) -> Response:
    if only_looks():
        response.headers.remove("Set-Cookie")
        session.modified = False
    return response


# --- what somebody has in front of them ----------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """What a page says of itself in ``FIELD``: the last text on it, and when it was drawn."""

    newest: str
    at: datetime

    @classmethod
    def now(cls, knock: Knock) -> "Seen":
        return cls(knock.newest or "", clock.now())

    def __str__(self) -> str:
        return f"{self.newest}~{self.at.isoformat()}"


def seen() -> Shown | None:
    """What whoever posts had in front of them; None when the page did not say."""
    newest, separator, at = request.form.get(FIELD, "").partition("~")
    try:
        moment = datetime.fromisoformat(at) if separator else None
    except ValueError:
        return None
    if moment is None or moment.tzinfo is None:
        return None
    return Shown(newest or None, min(moment, clock.now()))
