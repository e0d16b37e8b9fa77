"""The pupil's browser: a random cookie that opens knocks, and the receipt's cookie.

No cookie is set before a pupil knocks or gives a code. Nothing of the device itself is stored.
"""

from typing import TypedDict

from flask import (
    Flask,
    Response,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from elevhalsa.config import Settings
from elevhalsa.domain.knocks import devices
from elevhalsa.domain.knocks.models import Device, Knock
from elevhalsa.extensions import htmx

from . import access, identified, leaving
from .leaving import Out

RECEIPT_SECONDS = 30 * 60
MOST_RECEIPTS = 3
ASKS = "mine.still_here"
NEED_NO_DEVICE = {"mine.code", "mine.again", "move.receive", *(out.value for out in Out)}
"""Addresses of a pupil's that can be posted to by who has left and shows nothing of before."""


def init_app(app: Flask) -> None:
    """After ``access``: whose address it is has been seen to."""
    app.before_request(_cover)
    app.before_request(_refuse_what_expired)


def _refuse_what_expired() -> ResponseReturnValue | None:
    """A form that was given back is sent again out of the history, and the half hour of whoever
    filled it in has passed."""
    if request.method != "POST" or not leaving.was_answered_with_faults() or not is_gone():
        return None
    return redirect(url_for("door.index"), 303)


def _cover() -> ResponseReturnValue | None:
    """After a quick exit a phone that is the pupil's own shows nothing until it is asked to."""
    rule = access.rule_of(request.endpoint)
    if rule is None or rule.who is not access.Who.PUPIL or not leaving.has_left():
        return None
    if request.endpoint == ASKS or device() is None:
        return None
    if request.method == "POST" and request.endpoint in NEED_NO_DEVICE:
        return None
    if htmx:
        response = make_response("", 204)
        response.headers["HX-Refresh"] = "true"
        return response
    if request.method == "POST":
        return redirect(url_for("mine.index"), 303)
    return make_response(render_template("mine/left.html"))


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _device_cookie() -> str:
    return leaving.DEVICE.cookie(_settings())


def _receipt_cookie() -> str:
    return leaving.RECEIPT.cookie(_settings())


def device() -> Device | None:
    """The device of this request, if it is known, has not expired and nobody has left it quickly:
    a borrowed one has then forgotten, whether the server could be told of it or not."""
    if "device" not in g:
        found = devices.find(request.cookies.get(_device_cookie()))
        g.device = None if found and leaving.has_left() and not found.remembered else found
    here: Device | None = g.device
    return here


def is_gone() -> bool:
    """True when this browser could open something, and no longer can."""
    return _device_cookie() in request.cookies and device() is None


def open_here(
    response: Response, knock: Knock, *, pin_given: bool = False, own: bool = False
) -> None:
    """From now on this browser opens the knock; a borrowed one for half an hour.

    own: the pupil has said that the phone is their own.
    """
    here = device()
    if is_gone() or leaving.has_left():
        leaving.set_mark(response)  # what was here before is another's
    if here is None:
        here, token = devices.make()
        g.device = here
        if own:
            devices.remember(here)
        _set_cookie(response, token, here)
    elif own:
        remember(response, here)
    devices.show(here, knock, pin_given=pin_given)


def remember(response: Response, here: Device) -> None:
    """The phone is the pupil's own: keep the cookie when the browser closes."""
    devices.remember(here)
    _set_cookie(response, request.cookies[_device_cookie()], here)


def forget(response: Response, out: Out) -> None:
    """This browser opens nothing any more, and shows nothing of before."""
    identified.end()
    here = device()
    if here and not (out is Out.LEAVE and here.remembered):
        devices.forget(here)
        g.device = None
    keeps = frozenset({leaving.DEVICE} if device() else ())
    leaving.leave(response, out, _settings(), keeps=keeps)


def show_again(response: Response) -> None:
    """After a quick exit: whoever holds the phone has asked to see what is here."""
    leaving.set_mark(response)


def _set_cookie(response: Response, token: str, here: Device) -> None:
    age = int(devices.OWN.total_seconds()) if here.remembered else None
    response.set_cookie(_device_cookie(), token, max_age=age, **_flags())


class _Flags(TypedDict):
    secure: bool
    httponly: bool
    samesite: str
    path: str


def _flags() -> _Flags:
    return {"secure": _settings().is_secure, "httponly": True, "samesite": "Lax", "path": "/"}


def keep_receipt(response: Response, form_id: str) -> None:
    """Let the receipt's page show the code for half an hour: the code follows from the form's id,
    and only the browser that filled in the form has that."""
    kept = [form_id, *(one for one in receipts() if one != form_id)]
    response.set_cookie(
        _receipt_cookie(),
        ".".join(kept[:MOST_RECEIPTS]),
        max_age=RECEIPT_SECONDS,
        **(_flags() | {"path": leaving.RECEIPT.path, "samesite": "Strict"}),  # type: ignore[arg-type]
    )


def receipts() -> list[str]:
    """The forms' ids of the latest receipts, while their cookie lasts."""
    kept = request.cookies.get(_receipt_cookie(), "")
    return kept.split(".") if kept else []
