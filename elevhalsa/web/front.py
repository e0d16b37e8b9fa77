"""Finished public answers from memory, before Flask is asked.

Only what a view gave as ``Public`` is kept: an answer that is the same for everybody who asks the
same, where *the same* is what ``_key`` names. Must never keep an answer of any other kind, one that
sets a cookie, or any for longer than the page in it may be shown.
"""

import re
import time
from collections.abc import Iterable, Iterator
from functools import lru_cache
from threading import Lock
from typing import Any, Protocol
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from cachetools import TLRUCache
from flask import Flask, Response, current_app
from werkzeug.http import parse_etags, parse_set_header, remove_entity_headers
from werkzeug.sansio.http import parse_cookie

from . import discreet, looking, tenant

COOKIES = (tenant.SCHOOL_COOKIE, discreet.COOKIE)
"""Those that a public page may look at. Any other makes no difference to it."""
KEPT_APART = {"accept-encoding", "cookie"}
"""What a public answer may say that it varies with."""
AHEAD = tuple(f"HTTP_{name.upper().replace('-', '_')}" for name in looking.AHEAD)
PAST = ("HTTP_HX_REQUEST", "HTTP_IF_MATCH", *AHEAD)
"""Asked with one of these, Flask answers."""
DEVICE_COOKIES = ("dorr", "__Host-dorr")
"""Asked with the cookie of a device that has knocked, Flask answers: the door says what is new."""
OK = 200
MOST_BYTES = 8_000_000
LONGEST_KEY = 1000
_MARK = "elevhalsa.public"


class Page(Protocol):
    """What is behind a public answer."""

    until: float
    """By ``time.monotonic``: from then on it may not be shown."""
    size: int
    """Bytes that it takes in memory."""

    def body(self, environ: WSGIEnvironment) -> bytes:
        """For one who asks; a form's has an id of its own each time."""


class Public(Response):
    """An answer that depends on nothing but what ``_key`` names."""

    def __init__(self, page: Page, environ: WSGIEnvironment, headers: dict[str, str]) -> None:
        super().__init__(page.body(environ), headers=headers)
        self._page = page

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self.status_code == OK:
            environ[_MARK] = _Answer(self._page, self.get_wsgi_headers(environ).to_wsgi_list())
            if "HTTP_IF_NONE_MATCH" in environ:
                self.make_conditional(environ)
                self.headers.pop("Date", None)  # every server adds its own, and two are none
        return super().__call__(environ, start_response)


class Memory:
    """Pages and answers, each until a moment of its own; what was used last stays longest."""

    def __init__(self) -> None:
        self._kept: TLRUCache[Any, Any] = TLRUCache(
            MOST_BYTES,
            ttu=lambda _key, value, _now: value.until,
            timer=time.monotonic,
            getsizeof=lambda value: value.size,
        )
        self._lock = Lock()  # the cache is not made for threads

    def get(self, key: Any) -> Any:
        with self._lock:
            return self._kept.get(key)

    def put(self, key: Any, value: Any) -> None:
        """Too large a value is not kept."""
        if value.size < MOST_BYTES:
            with self._lock:
                self._kept[key] = value

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()

    def __iter__(self) -> Iterator[Any]:
        """The keys, as they are now."""
        with self._lock:
            return iter(list(self._kept))


class _Answer:
    """The headers of a finished answer, as they were when Flask had given it, and its page."""

    def __init__(self, page: Page, headers: list[tuple[str, str]]) -> None:
        self.until = page.until
        self.size = page.size + 2000
        self._page = page
        self._headers = [(name, value) for name, value in headers if name != "Content-Length"]
        self._etag = next((value for name, value in headers if name == "ETag"), "")
        self._unchanged = self._headers.copy()
        remove_entity_headers(self._unchanged, allowed=("content-location",))

    def is_the_same_for_all(self) -> bool:
        """It gives nobody a cookie and varies with nothing but what is kept apart."""
        return not any(
            name == "Set-Cookie"
            or (name == "Vary" and not {v.lower() for v in parse_set_header(value)} <= KEPT_APART)
            for name, value in self._headers
        )

    def give(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """As RFC 9110 13.1.2 says when the asker has a page already."""
        if self._etag and "HTTP_IF_NONE_MATCH" in environ:
            known = parse_etags(environ["HTTP_IF_NONE_MATCH"])
            if known.contains_raw(self._etag):
                start_response("304 NOT MODIFIED", self._unchanged.copy())
                return ()
        body = self._page.body(environ)
        start_response("200 OK", [*self._headers, ("Content-Length", str(len(body)))])
        return () if environ["REQUEST_METHOD"] == "HEAD" else (body,)


class Front:
    """WSGI: what is kept is given, anything else is for ``app``."""

    def __init__(self, app: WSGIApplication, memory: Memory) -> None:
        self.app = app
        self.memory = memory

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        key = _key(environ)
        if key is None:
            return self.app(environ, start_response)
        answer: _Answer | None = self.memory.get(key)
        if answer is not None:
            return answer.give(environ, start_response)
        given = self.app(environ, start_response)
        answer = environ.pop(_MARK, None)
        # Who only looks is given no cookie (``looking``), so such an answer is not everybody's.
        is_whole = environ["REQUEST_METHOD"] == "GET"
        if answer is not None and is_whole and answer.is_the_same_for_all():
            self.memory.put(key, answer)
        return given


def _key(environ: WSGIEnvironment) -> tuple[Any, ...] | None:
    """All that a public answer depends on; None for a question that only Flask answers."""
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or any(name in environ for name in PAST):
        return None
    host: str = environ.get("HTTP_HOST", "")
    if not host or environ.get("SCRIPT_NAME"):
        return None
    accepted: str = environ.get("HTTP_ACCEPT_ENCODING", "")
    sent: str = environ.get("HTTP_COOKIE", "")
    cookies: tuple[str | None, ...] = ()
    if any(name in sent for name in (*COOKIES, DEVICE_COOKIES[0])):
        found = parse_cookie(sent)
        if any(name in found for name in DEVICE_COOKIES):
            return None
        cookies = tuple(found.get(name) for name in COOKIES)
    texts = (_same_host(host), environ["PATH_INFO"], environ.get("QUERY_STRING", ""), *cookies)
    if sum(len(text or "") for text in texts) > LONGEST_KEY:
        return None
    return (environ["wsgi.url_scheme"], accepts("br", accepted), accepts("gzip", accepted), *texts)


NEVER = re.compile(r"[qQ]=0(\.0*)?")


@lru_cache(maxsize=256)
def accepts(encoding: str, header: str) -> bool:
    """True when an Accept-Encoding says that an encoding may be used: named, and not with q=0
    (RFC 9110 12.5.3)."""
    for name, *weights in (part.split(";") for part in header.split(",")):
        if name.strip().casefold() == encoding:
            return not any(NEVER.fullmatch(weight.strip()) for weight in weights)
    return False


def _same_host(host: str) -> str:
    """A ``Host`` without case and without the dot that may end a full name; the port is kept."""
    return host.lower().removesuffix(".").replace(".:", ":")


def memory() -> Memory:
    """What this process keeps of public pages and answers."""
    found: Memory = current_app.extensions["elevhalsa_public"]
    return found


def init_app(app: Flask) -> None:
    """After ``assets``: a kept answer is found before a file is looked for."""
    app.extensions["elevhalsa_public"] = Memory()
    app.wsgi_app = Front(app.wsgi_app, app.extensions["elevhalsa_public"])  # type: ignore[method-assign]
