"""Answers: a page or the part of it that htmx asked for; a public page from memory."""

import hashlib
from collections.abc import Callable
from typing import Any

import brotli
from cachetools import TTLCache
from flask import Response, current_app, make_response, render_template, request

from elevhalsa.extensions import htmx

PUBLIC_PAGE_SECONDS = 30
MOST_PUBLIC_PAGES = 512


def page_or_fragment(page: str, fragment: str, **context: Any) -> Response:
    """The whole page, or the partial that it includes when htmx refreshes that part."""
    wants_fragment = bool(htmx) and "HX-History-Restore-Request" not in request.headers
    response = make_response(render_template(fragment if wants_fragment else page, **context))
    response.headers["Vary"] = "HX-Request"
    return response


def public_page(key: tuple[Any, ...], render: Callable[[], str]) -> Response:
    """A page without anything personal, rendered once per ``key`` and half minute.

    key: all that the page depends on, apart from the address's host, which is added here.
    Compressed once too. Personal pages are never compressed together with a secret (BREACH), so
    compression is only done here.
    """
    pages: TTLCache[tuple[Any, ...], PublicPage] = current_app.extensions.setdefault(
        "elevhalsa_pages", TTLCache(MOST_PUBLIC_PAGES, PUBLIC_PAGE_SECONDS)
    )
    key = (request.host, *key)
    page = pages.get(key)
    if page is None:
        page = pages[key] = PublicPage(render().encode())
    return page.response()


class PublicPage:
    """The bytes of a page, plain and compressed, and their ETag."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.compressed = brotli.compress(body, quality=9)
        self.etag = hashlib.sha256(body).hexdigest()[:20]

    def response(self) -> Response:
        if "br" in request.headers.get("Accept-Encoding", ""):
            response = Response(self.compressed, mimetype="text/html")
            response.headers["Content-Encoding"] = "br"
        else:
            response = Response(self.body, mimetype="text/html")
        response.headers["Vary"] = "Accept-Encoding, Cookie"
        response.headers["Cache-Control"] = "private, no-cache"
        response.set_etag(self.etag, weak=True)
        return response.make_conditional(request.environ)
