"""Errors as pages in plain Swedish. Nothing of what went wrong inside is shown or logged as text
that a person wrote."""

import logging
from typing import Any

from flask import Flask, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from elevhalsa.core.errors import ElevhalsaError, without_words
from elevhalsa.core.i18n import _
from elevhalsa.extensions import db, htmx

log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    app.register_error_handler(ElevhalsaError, _ours)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(500, _fault)
    app.log_exception = _log_where  # type: ignore[method-assign]


def _log_where(exc_info: Any) -> None:
    """Where it went wrong and what kind of error it was. Not what the error said, nor the address,
    which may be a key: either can hold what a person wrote (``workers.jobs.job`` does the same)."""
    log.error("%s failed: %s", request.endpoint, without_words(exc_info[1]))


def _page(status: int, heading: str, text: str) -> ResponseReturnValue:
    response = make_response(
        render_template("errors/error.html", heading=heading, text=text, status=status), status
    )
    if htmx:
        # An error page must not be swapped into a part of another page.
        response.headers["HX-Reswap"] = "none"
    return response


def _ours(error: ElevhalsaError) -> ResponseReturnValue:
    if error.status >= 500:
        log.error("not a person's mistake: %s", error)
        return _fault(error)
    heading = {
        403: _("Det här får du inte öppna"),
        404: _("Vi hittar inte sidan"),
        409: _("Någon hann före"),
    }.get(error.status, _("Det gick inte"))
    return _page(error.status, heading, str(error))


def _csrf(error: CSRFError) -> ResponseReturnValue:
    return _page(
        400,
        _("Sidan hade legat öppen för länge"),
        _("Gå tillbaka, ladda om sidan och försök igen. Inget har skickats."),
    )


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code and 300 <= error.code < 400:
        return error
    heading, text = {
        403: (_("Det här får du inte öppna"), _("Den här sidan är för någon annan.")),
        404: (_("Vi hittar inte sidan"), _("Adressen kan vara fel, eller så är sidan borttagen.")),
        405: (_("Vi hittar inte sidan"), _("Gå tillbaka och försök igen.")),
        413: (_("Det blev för långt"), _("Gå tillbaka och korta texten lite.")),
        429: (
            _("Vänta en liten stund"),
            _("Det kom många försök på kort tid. Försök igen om några minuter."),
        ),
        503: (
            _("Vi är snart tillbaka"),
            _("Det går inte att knacka på just nu. Försök igen om en stund. Under Hjälp nu finns "
              "de som svarar nu."),
        ),
    }.get(error.code or 500, (_("Något gick fel"), _("Gå tillbaka och försök igen.")))  # fmt: skip
    return _page(error.code or 500, heading, text)


def _fault(error: Exception) -> ResponseReturnValue:
    db.session.rollback()
    return _page(
        500,
        _("Något gick fel hos oss"),
        _("Försök igen om en stund. Är det bråttom finns hjälp under Hjälp nu."),
    )
