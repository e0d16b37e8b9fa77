"""Answers: a page or the part of it that htmx asked for; a public page, made once for many."""

import hashlib
import time
import zlib
from collections.abc import Callable
from typing import Any, TypeVar
from wsgiref.types import WSGIEnvironment

import brotli
from flask import Response, make_response, render_template, request

from elevhalsa.core import i18n
from elevhalsa.core.crypto import new_id
from elevhalsa.extensions import htmx

from . import discreet, front, same_origin, tenant

HTML = "text/html; charset=utf-8"
PUBLIC_PAGE_SECONDS = 30
FORM_ID = "put-the-form-id-here"
FORM_TOKEN = "put-the-form-token-here"  # noqa: S105
GZIP, DEFLATE, WINDOW = 31, -15, 32768
"""What zlib calls its formats, and how far back it looks."""

P = TypeVar("P", bound=front.Page)


def page_or_fragment(page: str, fragment: str, **context: Any) -> Response:
    """The whole page, or the partial that it includes when htmx refreshes that part."""
    wants_fragment = bool(htmx) and "HX-History-Restore-Request" not in request.headers
    response = make_response(render_template(fragment if wants_fragment else page, **context))
    response.headers["Vary"] = "HX-Request"
    return response


def attachment(body: bytes, kind: str, name: str) -> Response:
    """A file to keep. name: says nothing of whom it is about."""
    response = Response(body, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def public_page(
    key: tuple[Any, ...], render: Callable[[], str], *, seconds: float = PUBLIC_PAGE_SECONDS
) -> Response:
    """A page without anything personal, rendered once per ``key`` and half minute, or once per
    ``seconds`` when what it says is sooner untrue.

    key: all that the page depends on, apart from the address's origin, the language and the
    discreet look, which are added here. Of the request the view may look at the path, the query
    and the cookies of ``front.COOKIES``: the finished answer is kept by them (``web/front.py``).
    Compressed once too. Personal pages are never compressed together with a secret (BREACH), so
    compression is only done here.
    """
    return _remembered("page", key, lambda: PublicPage(render, seconds)).response()


class PublicPage:
    """The bytes of a page, plain and compressed, and their ETag."""

    def __init__(self, render: Callable[[], str], seconds: float = PUBLIC_PAGE_SECONDS) -> None:
        self.until = _until(seconds)  # asked first: the schools may change meanwhile
        body = render().encode()
        self._plain = body
        self._compressed = brotli.compress(body, quality=9)
        self._etag = f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'
        self.size = len(self._plain) + len(self._compressed)

    def body(self, environ: WSGIEnvironment) -> bytes:
        return self._compressed if _accepts("br", environ) else self._plain

    def response(self) -> Response:
        headers = {
            "Content-Type": HTML,
            "Vary": "Accept-Encoding, Cookie",
            "Cache-Control": "private, no-cache",
            "ETag": self._etag,
        }
        if _accepts("br", request.environ):
            headers["Content-Encoding"] = "br"
        return front.Public(self, request.environ, headers)


def public_form(
    key: tuple[Any, ...], render: Callable[[], str], *, seconds: float = PUBLIC_PAGE_SECONDS
) -> Response:
    """As ``public_page`` for a page with a form: the form's id and token are new each time. Its
    view must ask ``same_origin.is_ours``.

    The page must name FORM_ID and then, soon after, FORM_TOKEN, each once. What stands around them
    is compressed once. They themselves are not: nobody can guess at them by the size (BREACH).
    """
    return _remembered("form", key, lambda: FormPage(render, seconds)).response()


class FormPage:
    """A page with room for a form's id and token, whose gzip is made around them.

    A gzip file (RFC 1952) of three parts: what stands before, compressed up to a whole byte; the id
    and the token as they are, in a stored block (RFC 1951 3.2.4); and what follows, compressed by
    one that has been told what went before, with as many zeros as there will be letters: no page
    has a zero to be found among them.
    """

    def __init__(self, render: Callable[[], str], seconds: float = PUBLIC_PAGE_SECONDS) -> None:
        self.until = _until(seconds)  # asked first: the schools may change meanwhile
        text = render()
        head, rest = text.split(FORM_ID)
        between, tail = rest.split(FORM_TOKEN)
        self._head, self._between, self._tail = head.encode(), between.encode(), tail.encode()
        secret = bytes(len(self._secret(None)))
        self._length = (len(self._head) + len(secret) + len(self._tail)).to_bytes(4, "little")
        self._head_crc = zlib.crc32(self._head)
        first = zlib.compressobj(9, wbits=GZIP)
        self._packed_head = first.compress(self._head) + first.flush(zlib.Z_SYNC_FLUSH)
        size = len(secret).to_bytes(2, "little") + (len(secret) ^ 0xFFFF).to_bytes(2, "little")
        self._packed_head += b"\0" + size
        last = zlib.compressobj(9, wbits=DEFLATE, zdict=(self._head + secret)[-WINDOW:])
        self._packed_tail = last.compress(self._tail) + last.flush()
        self.size = len(text) + len(self._packed_head) + len(self._packed_tail)

    def _secret(self, address: str | None) -> bytes:
        form_id = new_id()
        token = same_origin.form_token(form_id, address)
        return form_id.encode() + self._between + token.encode()

    def body(self, environ: WSGIEnvironment) -> bytes:
        secret = self._secret(environ.get("REMOTE_ADDR"))
        if not _accepts("gzip", environ):
            return self._head + secret + self._tail
        crc = zlib.crc32(self._tail, zlib.crc32(secret, self._head_crc)).to_bytes(4, "little")
        return b"".join((self._packed_head, secret, self._packed_tail, crc, self._length))

    def response(self) -> Response:
        # No browser keeps a form as somebody left it; static/js/leaving.js gives back what was
        # typed, and the form's id, to who goes back and has not left. A knock sets a cookie, so
        # the page must not vary with it.
        headers = {"Content-Type": HTML, "Vary": "Accept-Encoding", "Cache-Control": "no-store"}
        if _accepts("gzip", request.environ):
            headers["Content-Encoding"] = "gzip"
        return front.Public(self, request.environ, headers)


def _accepts(encoding: str, environ: WSGIEnvironment) -> bool:
    return front.accepts(encoding, environ.get("HTTP_ACCEPT_ENCODING", ""))


def _until(seconds: float) -> float:
    """Until when a page made now may be shown: half a minute, and no longer than it is true or than
    the snapshot that it was made of."""
    return min(time.monotonic() + min(seconds, PUBLIC_PAGE_SECONDS), tenant.snapshot_ends())


def _remembered(kind: str, key: tuple[Any, ...], make: Callable[[], P]) -> P:
    """What was made for this origin, language, look and key, at most half a minute ago."""
    key = (kind, request.host_url, str(i18n.locale()), discreet.chosen(), *key)
    kept = front.memory()
    page: P | None = kept.get(key)
    if page is None:
        page = make()
        kept.put(key, page)
    return page
