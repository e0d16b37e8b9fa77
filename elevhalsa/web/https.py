"""Plain http is sent to https, so that no cookie, and so no receipt, is lost on the way.

Only the proxy in front knows how the visitor came. It says so in ``X-Forwarded-Proto``, which is
believed as far as TRUSTED_PROXIES goes; where nobody says anything nobody is sent anywhere, because
then an answer of ours would come back for ever.
"""

from flask import current_app, request

from elevhalsa.config import Settings


def is_missing() -> bool:
    """True when the visitor came by plain http to a service that is reached by https."""
    settings: Settings = current_app.config["SETTINGS"]
    return (
        settings.is_secure
        and bool(settings.trusted_proxies)
        and "X-Forwarded-Proto" in request.headers
        and request.scheme == "http"
    )


def address() -> str:
    """The address that was asked for, by https."""
    return "https" + request.url.removeprefix("http")
