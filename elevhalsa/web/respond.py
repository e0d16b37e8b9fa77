"""Answers: a page or the part of it that htmx asked for; a public page from memory."""

import hashlib
import zlib
from collections.abc import Callable
from typing import Any

import brotli
from cachetools import TTLCache
from flask import Response, current_app, make_response, render_template, request
from flask_wtf.csrf import generate_csrf

from elevhalsa.core.crypto import new_id
from elevhalsa.extensions import htmx

PUBLIC_PAGE_SECONDS = 30
MOST_PUBLIC_PAGES = 512
FORM_ID = "put-the-form-id-here"
CSRF_TOKEN = "put-the-csrf-token-here"


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


def public_form(key: tuple[Any, ...], render: Callable[[], str]) -> Response:
    """As ``public_page`` for a page with a form: the form's id and token are new each time.

    The page must name FORM_ID and CSRF_TOKEN in one place, as late as it can: what stands before
    them is compressed once, what follows each time. Nothing in such a page comes from the
    request, so that compressing it beside the token gives nothing away (BREACH).
    """
    pages: TTLCache[tuple[Any, ...], FormPage] = current_app.extensions.setdefault(
        "elevhalsa_forms", TTLCache(MOST_PUBLIC_PAGES, PUBLIC_PAGE_SECONDS)
    )
    key = (request.host, *key)
    page = pages.get(key)
    if page is None:
        page = pages[key] = FormPage(render())
    return page.response()


class FormPage:
    """A page cut in two before the form's hidden fields; gzip can go on from where it was."""

    def __init__(self, text: str) -> None:
        cut = min(text.index(FORM_ID), text.index(CSRF_TOKEN))
        self.head, self.tail = text[:cut].encode(), text[cut:]
        self._gzip = zlib.compressobj(9, wbits=31)
        self._compressed_head = self._gzip.compress(self.head)

    def response(self) -> Response:
        tail = self.tail.replace(FORM_ID, new_id()).replace(CSRF_TOKEN, generate_csrf()).encode()
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            rest = self._gzip.copy()
            body = self._compressed_head + rest.compress(tail) + rest.flush()
            response = Response(body, mimetype="text/html")
            response.headers["Content-Encoding"] = "gzip"
        else:
            response = Response(self.head + tail, mimetype="text/html")
        response.headers["Vary"] = "Accept-Encoding, Cookie"
        return response
