"""The copy of a public page that a phone keeps for when it has no net.

It is the page without what is somebody's own (a form's id, a token) and without what is soon no
longer true (what is open now). Only the service worker asks for it: ``?skal=1``.
"""

from flask import Response, request


def wanted() -> bool:
    return "skal" in request.args


def also_at(response: Response, address: str) -> Response:
    """The same page can be kept under this address too (RFC 9110, 8.7)."""
    response.headers["Content-Location"] = address
    return response
