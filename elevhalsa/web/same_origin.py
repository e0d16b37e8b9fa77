"""Did this post come from a page of our own?

The usual proof is the CSRF token of the session. A knock must not be lost when that has gone stale,
and who only looks at the form should get no cookie, so for knocking two others are enough: the
browser's own word (``Origin``, RFC 6454, and ``Sec-Fetch-Site`` are set by the browser, never by a
page) and, from a browser that says nothing, the token of the form that was filled in.
"""

import hmac
from urllib.parse import urlsplit

from flask import request
from flask_wtf.csrf import CSRFError, validate_csrf
from wtforms import ValidationError

from elevhalsa.core.crypto import keyring


def form_token(form_id: str, address: str | None) -> str:
    """32 hexadecimal characters that only we can make for this form and who asks from this address.

    Needs no cookie. Whoever would have another's browser send a form must bring one with a token,
    and those that they can get from us are of no use at the other's address.
    """
    return keyring.keyed_hash("form", f"{form_id} {address}")[:32]


def is_ours() -> bool:
    """True when the browser says that the post is from the same origin, says nothing of it and the
    form's token is right, or when the session's token is right."""
    word = _browsers_word()
    return word or (word is None and _has_form_token()) or _has_session_token()


def _browsers_word() -> bool | None:
    """None from a browser that does not tell, or tells that no page sent it."""
    origin = request.headers.get("Origin")
    if origin is not None:
        return origin != "null" and urlsplit(origin).netloc == request.host
    site = request.headers.get("Sec-Fetch-Site", "none")
    return None if site == "none" else site == "same-origin"


def _has_form_token() -> bool:
    form_id, token = (request.form.get(name, "") for name in ("form_id", "csrf_token"))
    return hmac.compare_digest(form_token(form_id, request.remote_addr).encode(), token.encode())


def _has_session_token() -> bool:
    try:
        validate_csrf(request.form.get("csrf_token"))
    except (ValidationError, CSRFError):
        return False
    return True
