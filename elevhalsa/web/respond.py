"""Answers: a page or the part of it that htmx asked for; a public page from memory."""

import hashlib
import zlib
from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar

import brotli
from cachetools import TTLCache
from flask import Response, current_app, make_response, render_template, request
from flask_wtf.csrf import generate_csrf

from elevhalsa.core.crypto import new_id
from elevhalsa.extensions import htmx

from . import discreet, same_origin

HTML = "text/html; charset=utf-8"
PUBLIC_PAGE_SECONDS = 30
MOST_PUBLIC_PAGES = 512
FORM_ID = "put-the-form-id-here"
CSRF_TOKEN = "put-the-csrf-token-here"  # noqa: S105

P = TypeVar("P")
_pages_lock = Lock()


def page_or_fragment(page: str, fragment: str, **context: Any) -> Response:
    """The whole page, or the partial that it includes when htmx refreshes that part."""
    wants_fragment = bool(htmx) and "HX-History-Restore-Request" not in request.headers
    response = make_response(render_template(fragment if wants_fragment else page, **context))
    response.headers["Vary"] = "HX-Request"
    return response


def public_page(key: tuple[Any, ...], render: Callable[[], str]) -> Response:
    """A page without anything personal, rendered once per ``key`` and half minute.

    key: all that the page depends on, apart from the address's host and the discreet look, which
    are added here.
    Compressed once too. Personal pages are never compressed together with a secret (BREACH), so
    compression is only done here.
    """
    return _remembered("page", key, lambda: PublicPage(render().encode())).response()


class PublicPage:
    """The bytes of a page, plain and compressed, and their ETag."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.compressed = brotli.compress(body, quality=9)
        self.etag = f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'

    def response(self) -> Response:
        headers = {
            "Vary": "Accept-Encoding, Cookie",
            "Cache-Control": "private, no-cache",
            "ETag": self.etag,
        }
        body = self.body
        if "br" in request.headers.get("Accept-Encoding", ""):
            body = self.compressed
            headers["Content-Encoding"] = "br"
        response = Response(body, headers=headers, content_type=HTML)
        if "If-None-Match" in request.headers:
            response.make_conditional(request.environ)
            response.headers.pop("Date", None)  # every server adds its own, and two are none
        return response


def public_form(key: tuple[Any, ...], render: Callable[[], str]) -> Response:
    """As ``public_page`` for a page with a form: the form's id and token are new each time. Its
    view must ask ``same_origin.is_ours``, since most browsers get no token.

    The page must name FORM_ID and CSRF_TOKEN in one place, as late as it can: what stands before
    them is compressed once, what follows each time. Nothing in such a page comes from the
    request, so that compressing it beside the token gives nothing away (BREACH).
    """
    return _remembered("form", key, lambda: FormPage(render())).response()


def _remembered(kind: str, key: tuple[Any, ...], make: Callable[[], P]) -> P:
    """What was made for this host, look and key, at most half a minute ago."""
    key = (kind, request.host, discreet.chosen(), *key)
    with _pages_lock:  # the cache is not made for threads
        pages = _pages()
        page: P | None = pages.get(key)
    if page is None:
        page = make()
        with _pages_lock:
            pages[key] = page
    return page


def _pages() -> TTLCache[tuple[Any, ...], Any]:
    extensions = current_app.extensions
    if "elevhalsa_pages" not in extensions:
        extensions["elevhalsa_pages"] = TTLCache(MOST_PUBLIC_PAGES, PUBLIC_PAGE_SECONDS)
    pages: TTLCache[tuple[Any, ...], Any] = extensions["elevhalsa_pages"]
    return pages


class FormPage:
    """A page cut in two before the form's hidden fields; gzip can go on from where it was."""

    def __init__(self, text: str) -> None:
        cut = min(text.index(FORM_ID), text.index(CSRF_TOKEN))
        self.head, self.tail = text[:cut].encode(), text[cut:]
        self._gzip = zlib.compressobj(9, wbits=31)
        self._compressed_head = self._gzip.compress(self.head)

    def response(self) -> Response:
        token = "" if same_origin.browser_will_tell() else generate_csrf()
        tail = self.tail.replace(FORM_ID, new_id()).replace(CSRF_TOKEN, token).encode()
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            rest = self._gzip.copy()
            body = self._compressed_head + rest.compress(tail) + rest.flush()
            response = Response(body, content_type=HTML)
            response.headers["Content-Encoding"] = "gzip"
        else:
            response = Response(self.head + tail, content_type=HTML)
        # Going back must find the form with the same id, so that it is the same knock; a knock
        # sets a cookie, so the page must not vary with it.
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["Cache-Control"] = "private, no-cache"
        return response
