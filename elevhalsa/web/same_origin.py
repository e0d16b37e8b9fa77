"""Did this post come from a page of our own?

The browser's own word is proof enough (``Origin``, RFC 6454, and ``Sec-Fetch-Site`` are set by the
browser, never by a page): it does not go stale, and a phone that drops its cookies still has it.
Of one that says nothing the CSRF token of the session is asked. Who only looks at the form for
knocking should get no cookie, so there a token of the form itself does instead.
"""

import hmac
from urllib.parse import urlsplit

from flask import current_app, request
from flask_wtf.csrf import CSRFError, validate_csrf
from wtforms import ValidationError

from elevhalsa.core.crypto import keyring
from elevhalsa.extensions import csrf


def form_token(form_id: str, address: str | None) -> str:
    """32 hexadecimal characters that only we can make for this form and who asks from this address.

    Needs no cookie. Whoever would have another's browser send a form must bring one with a token,
    and those that they can get from us are of no use at the other's address.
    """
    return keyring.keyed_hash("form", f"{form_id} {address}")[:32]


def check() -> None:
    """Raises CSRFError for a post that neither the browser's word nor the session's token vouches
    for."""
    if current_app.config["WTF_CSRF_ENABLED"] and not _browsers_word():
        csrf.protect()


def is_from_elsewhere() -> bool:
    """True when the browser says that another site's page sent the request."""
    origin = request.headers.get("Origin", "null")
    if origin != "null":
        return not _is_here(origin)
    return request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")


def _is_here(origin: str) -> bool:
    said = urlsplit(origin)
    return said.netloc == request.host and (said.scheme == "https" or not request.is_secure)


def is_ours() -> bool:
    """True when the browser says that the post is from the same origin, says nothing of it and the
    form's token is right, or when the session's token is right."""
    word = _browsers_word()
    return word or (word is None and _has_form_token()) or _has_session_token()


def _browsers_word() -> bool | None:
    """None from a browser that does not tell, or tells that no page sent it."""
    origin = request.headers.get("Origin")
    if origin is not None:
        return origin != "null" and _is_here(origin)
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
