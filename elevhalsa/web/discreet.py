"""The discreet choice: a neutral name, icon and page title for who does not want the app seen.

It is a cookie of the browser's own and nothing more; no row and no log knows of it.
"""

from flask import Flask, Response, has_request_context, request

from elevhalsa.core.i18n import _

COOKIE = "diskret"
SECONDS = 365 * 24 * 3600


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(app_name=name, app_icon=icon, is_discreet=chosen)


def chosen() -> bool:
    """True when this browser has asked for the neutral look."""
    return has_request_context() and request.cookies.get(COOKIE) == "1"


def name() -> str:
    """What the app is called on this device."""
    return _("Anteckningar") if chosen() else _("Elevhälsa online")


def icon(shape: str | None = None) -> str:
    """The asset of the app's mark on this device.

    shape: None for the SVG, otherwise as ``tools.icons`` names them, e.g. ``any-192``.
    """
    mark = "notes" if chosen() else "door"
    return f"icons/{mark}-{shape}.png" if shape else f"icons/{mark}.svg"


def choose(response: Response, discreet: bool, *, secure: bool) -> None:
    if discreet:
        response.set_cookie(
            COOKIE, "1", max_age=SECONDS, secure=secure, httponly=True, samesite="Lax"
        )
    else:
        response.delete_cookie(COOKIE, secure=secure, httponly=True, samesite="Lax")
