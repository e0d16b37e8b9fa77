"""The pupil's browser: a random cookie that opens knocks, and the receipt's cookie.

No cookie is set before a pupil knocks or gives a code. Nothing of the device itself is stored.
"""

from typing import TypedDict

from flask import Response, current_app, g, request

from elevhalsa.config import Settings
from elevhalsa.domain.knocks import devices
from elevhalsa.domain.knocks.models import Device, Knock

RECEIPT_SECONDS = 30 * 60


def _secure() -> bool:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.is_secure


def _device_cookie() -> str:
    return "__Host-dorr" if _secure() else "dorr"


def _receipt_cookie() -> str:
    return "__Secure-kvitto" if _secure() else "kvitto"


def device() -> Device | None:
    """The device of this request, if it is known and has not expired."""
    if "device" not in g:
        g.device = devices.find(request.cookies.get(_device_cookie()))
    found: Device | None = g.device
    return found


def open_here(response: Response, knock: Knock, *, pin_given: bool = False) -> None:
    """From now on this browser opens the knock; a borrowed one for half an hour."""
    here = device()
    if here is None:
        here, token = devices.make()
        g.device = here
        _set_cookie(response, token, here)
    devices.show(here, knock, pin_given=pin_given)


def remember(response: Response, here: Device) -> None:
    """The phone is the pupil's own: keep the cookie when the browser closes."""
    devices.remember(here)
    _set_cookie(response, request.cookies[_device_cookie()], here)


def forget(response: Response) -> None:
    """This browser opens nothing any more."""
    here = device()
    if here:
        devices.forget(here)
        g.device = None
    response.delete_cookie(_device_cookie(), **_flags())


def _set_cookie(response: Response, token: str, here: Device) -> None:
    age = int(devices.OWN.total_seconds()) if here.remembered else None
    response.set_cookie(_device_cookie(), token, max_age=age, **_flags())


class _Flags(TypedDict):
    secure: bool
    httponly: bool
    samesite: str
    path: str


def _flags() -> _Flags:
    return {"secure": _secure(), "httponly": True, "samesite": "Lax", "path": "/"}


def keep_receipt(response: Response, address: str, form_id: str) -> None:
    """Let the receipt's page show the code for half an hour: the code follows from the form's id,
    and only the browser that filled in the form has that."""
    response.set_cookie(
        _receipt_cookie(),
        form_id,
        max_age=RECEIPT_SECONDS,
        **(_flags() | {"path": address, "samesite": "Strict"}),  # type: ignore[arg-type]
    )


def receipt() -> str | None:
    """The form's id of the receipt on this page, while its cookie lasts."""
    return request.cookies.get(_receipt_cookie())
