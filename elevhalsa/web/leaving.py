"""What is forgotten is gone: the ways out, and every place where a browser keeps something of ours.

Each way out gives the browser another *mark*, a random cookie that scripts can read. A page, a
draft or a post of before the mark is of somebody who has left: it is not shown
(static/js/leaving.js) and not answered with what was typed. Must never know more of a browser than
that it has left.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum

from flask import Flask, Response, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from elevhalsa.config import Settings
from elevhalsa.core.crypto import keyring, new_token

from . import access
from .tenant import SCHOOL_COOKIE


class Out(Enum):
    """A way out, by the endpoint that is posted to."""

    FORGET = "mine.forget"
    LEAVE = "mine.leave"
    """Quick exit. A phone that is the pupil's own keeps its cookie, and shows nothing unasked."""
    CLEAR = "mine.clear"
    SIGN_OUT = "signin.out"
    LOG_OUT = "eid.out"
    """Of e-ID: a pupil's device goes on opening what it did."""


class Kind(StrEnum):
    COOKIE = "cookie"
    DATABASE = "database"
    """IndexedDB."""
    CACHE = "cache"
    SESSION = "session"
    """sessionStorage."""
    LOCAL = "local"
    """localStorage."""


@dataclass(frozen=True)
class Store:
    """One place in a browser. A new one is written here, or tests/journeys/test_gone.py fails."""

    kind: Kind
    name: str
    """Without the prefix that a cookie has over https; ``*`` for any ending."""
    gone_by: frozenset[Out]
    """What takes it away. An empty set: it tells nothing of a person."""
    path: str = "/"
    prefix: str = ""
    """Of the cookie's name over https."""

    def cookie(self, settings: Settings) -> str:
        return (self.prefix if settings.is_secure else "") + self.name


MARK = "spar"
LEFT = "ut"
"""How the mark of a quick exit begins; a script can set it without a net."""
MARK_SECONDS = 365 * 24 * 3600
OF_A_PUPIL = frozenset({Out.FORGET, Out.LEAVE, Out.CLEAR})
NOBODYS: frozenset[Out] = frozenset()

DEVICE = Store(Kind.COOKIE, "dorr", OF_A_PUPIL, prefix="__Host-")
RECEIPT = Store(Kind.COOKIE, "kvitto", OF_A_PUPIL, path="/mitt", prefix="__Secure-")
LOGIN = Store(Kind.COOKIE, "legitimation", OF_A_PUPIL | {Out.LOG_OUT}, prefix="__Host-")
"""Of e-ID, or of an order on the way to it."""
ASKED = Store(Kind.COOKIE, "rad", OF_A_PUPIL, path="/rad", prefix="__Secure-")
"""Of whoever works at a school: opens what was asked from this browser."""
UNSENT = Store(Kind.DATABASE, "osant", frozenset({Out.FORGET, Out.CLEAR}))
"""After a quick exit what waits is still sent, but cannot be opened (templates/pwa/_queue.js)."""
STORES = (
    DEVICE,
    RECEIPT,
    LOGIN,
    ASKED,
    Store(Kind.COOKIE, "session", NOBODYS, prefix="__Host-"),  # signing out empties it
    Store(Kind.COOKIE, SCHOOL_COOKIE, frozenset({Out.CLEAR})),
    Store(Kind.COOKIE, "diskret", frozenset({Out.CLEAR})),
    Store(Kind.COOKIE, MARK, NOBODYS),
    UNSENT,
    Store(Kind.CACHE, "dorr-*", frozenset({Out.CLEAR})),  # public pages
    Store(Kind.CACHE, "paminnelser", frozenset({Out.CLEAR})),
    Store(Kind.SESSION, "utkast", frozenset(Out)),
)

_POSTS = "posts"
_MOST_POSTS = 12
FAULTY = 422
"""Of a form with something to mend: nobody who means it sends it once more as it was."""
TOO_LARGE = 413


def init_app(app: Flask) -> None:
    """Before ``access`` and ``csrf``: what is of somebody who has left is not looked at."""
    app.before_request(_refuse_a_post_of_before)
    app.after_request(_note_post)
    app.jinja_env.globals["shown_to"] = shown_to


def mark() -> str:
    """The browser's; empty when nobody has left here, or when it has lost its cookies."""
    return request.cookies.get(MARK, "")


def has_left() -> bool:
    """True from a quick exit until somebody asks to see what is here."""
    return mark().startswith(LEFT)


def set_mark(response: Response, *, left: bool = False) -> None:
    response.set_cookie(
        MARK,
        (LEFT if left else "m") + new_token()[:12],
        max_age=MARK_SECONDS,
        secure=request.is_secure,
        samesite="Lax",
    )


def leave(
    response: Response, out: Out, settings: Settings, *, keeps: frozenset[Store] = frozenset()
) -> None:
    """Take with it what ``out`` takes, and tell every page of before.

    ``Clear-Site-Data`` is narrow: "cache" holds no copy of a page that somebody saw; "storage" also
    ends the service worker and reminders, so only who clears all of it says that. Never "cookies",
    which would be those of the municipality's other sites too.
    """
    set_mark(response, left=out is Out.LEAVE)
    for store in STORES:
        if store.kind is Kind.COOKIE and out in store.gone_by and store not in keeps:
            response.delete_cookie(
                store.cookie(settings), path=store.path, secure=settings.is_secure, httponly=True,
                samesite="Lax",
            )  # fmt: skip
    response.headers["Clear-Site-Data"] = '"cache", "storage"' if out is Out.CLEAR else '"cache"'


def shown_to() -> str:
    """Whose the page is, as ``/kvar`` names it: asked again when it comes back from the history."""
    rule = access.rule_of(request.endpoint)
    if rule is None:
        return ""
    if rule.who in access.NEEDS_SIGN_IN:
        return "staff"
    if g.get("identity"):
        return "login"
    return "device" if rule.who is access.Who.PUPIL and g.get("device") else ""


def clear_session() -> None:
    """Empty the session's cookie but for the posts of before, which stay refused."""
    posts = session.get(_POSTS)
    session.clear()
    if posts:
        session[_POSTS] = posts


def _print_of_post() -> str:
    """What is the same when a browser sends a form of its history once more, and tells nothing."""
    fields = repr((request.path, sorted(request.form.items(multi=True))))
    return keyring.keyed_hash("post", fields)[:12]


def was_answered_with_faults() -> bool:
    """This very form has been posted here before, and nothing in it was changed since."""
    sent = _print_of_post()
    return any(of == sent and faults for _then, of, *faults in session.get(_POSTS, []))


def _note_post(response: Response) -> Response:
    """A page that gave back what was typed lies in the history with the post that it answers."""
    # What was too large was not read.
    if request.method == "POST" and 400 <= response.status_code != TOO_LARGE and request.form:
        noted: list[str | int] = [mark(), _print_of_post()]
        others = [post for post in session.get(_POSTS, []) if post[:2] != noted]
        noted += [1] if response.status_code == FAULTY else []
        session[_POSTS] = [*others[-_MOST_POSTS:], noted]
    return response


def _refuse_a_post_of_before() -> ResponseReturnValue | None:
    """A form that somebody filled in before they left, sent again out of the history."""
    if request.method != "POST" or not mark() or not session.get(_POSTS):
        return None
    sent = _print_of_post()
    if not any(of == sent and then != mark() for then, of, *_faults in session[_POSTS]):
        return None
    return redirect(url_for("door.index"), 303)
