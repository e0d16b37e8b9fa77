"""Did this post come from a page of our own?

The usual proof is the CSRF token. For knocking, the browser's own word is enough too, because a
knock must not be lost when a token has gone stale: ``Origin`` (RFC 6454) and ``Sec-Fetch-Site``
are set by the browser and cannot be set by a page.
"""

from urllib.parse import urlsplit

from flask import request
from flask_wtf.csrf import CSRFError, validate_csrf
from wtforms import ValidationError


def browser_will_tell() -> bool:
    """True when the browser says where a request comes from, and so will when the form is posted:
    then the form needs no token, and whoever only looks at it gets no cookie."""
    return "Sec-Fetch-Site" in request.headers


def is_ours() -> bool:
    """True with a valid token, or when the browser says that the post is from the same origin."""
    origin = request.headers.get("Origin")
    if origin is not None:
        if origin != "null" and urlsplit(origin).netloc == request.host:
            return True
    elif request.headers.get("Sec-Fetch-Site") == "same-origin":
        return True
    try:
        validate_csrf(request.form.get("csrf_token"))
    except (ValidationError, CSRFError):
        return False
    return True
