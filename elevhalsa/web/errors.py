"""Errors as pages in plain Swedish, with what was typed, the way on and whom to call meanwhile.

Nothing of what went wrong inside is shown, or logged as text that a person wrote. Must never ask
the database: it may be what went wrong.
"""

import logging
from typing import Any

from flask import Flask, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.errors import ElevhalsaError, NotItsOwn, without_words
from elevhalsa.core.i18n import _
from elevhalsa.database import AWAY
from elevhalsa.domain.places import shipped
from elevhalsa.domain.places.queries import CrisisLineView, lines_at
from elevhalsa.extensions import htmx

from . import access, astray, drafts, kept, passkeys
from .access import ConfirmationNeeded, KeyNeeded, SignInNeeded

log = logging.getLogger(__name__)

AGAIN = (400, 413, 422, 429, 500, 503)
"""What may go well another time, even of a form without a text in it."""
PLAIN = "errors/error.html"
CONFIRM = "signin/confirm.html"
SIGNED_OUT = "signed-out"
"""What a page is told (an event, ``HX-Trigger``) that refreshes itself after the session's end."""


def init_app(app: Flask) -> None:
    app.register_error_handler(ElevhalsaError, _ours)
    app.register_error_handler(SignInNeeded, _sign_in)
    app.register_error_handler(ConfirmationNeeded, _confirm)
    app.register_error_handler(KeyNeeded, _make_key)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    for away in AWAY:
        app.register_error_handler(away, _away)
    app.register_error_handler(500, _fault)
    app.log_exception = _log_where  # type: ignore[method-assign]
    shipped.crisis_lines()  # read at the start: later the disk may be away too
    app.jinja_env.globals["crisis_numbers"] = _numbers


def _numbers() -> list[CrisisLineView]:
    """Whom to call, on every page that tells of a fault: the urgent lines that have a number."""
    urgent = (line for line in shipped.crisis_lines() if line.urgent and line.phone)
    return list(lines_at(urgent, None, clock.now()))


def _log_where(exc_info: Any) -> None:
    """Where it went wrong and what kind of error it was. Not what the error said, nor the address,
    which may be a key: either can hold what a person wrote (``workers.jobs.job`` does the same)."""
    log.error("%s failed: %s", request.endpoint, without_words(exc_info[1]))


def page(
    status: int, heading: str, text: str, *, template: str = PLAIN, **context: Any
) -> ResponseReturnValue:
    """The page of an error, with what was typed. A part of a page that htmx asked for is nothing
    but the status: no whole page may come into a part of another."""
    if htmx:
        response = make_response("", status)
        response.headers["HX-Reswap"] = "none"
        return response
    found = kept.of_request()
    if found and not found.is_typed and status not in AGAIN and template == PLAIN:
        found = None
    return make_response(
        render_template(
            template,
            heading=heading,
            text=text,
            status=status,
            kept=found,
            is_staff=_is_staffs(),
            **context,
        ),
        status,
    )


def _is_staffs() -> bool:
    """True when the address is one of staff's."""
    rule = access.rules(current_app).get(request.endpoint or "")
    return rule is not None and rule.who in access.NEEDS_SIGN_IN


def _ours(error: ElevhalsaError) -> ResponseReturnValue:
    if isinstance(error, NotItsOwn):
        log.error("%s: %s holds what was not written there", request.endpoint, error.where)
        work.rollback()
        return page(error.status, _("Vi visar inte sidan"), str(error))
    if error.status >= 500:
        log.error("not a person's mistake: %s", error)
        return _fault(error)
    there = astray.leads_to() if error.status == 404 else None
    if there:
        return redirect(there, 303)
    heading = {
        403: _("Det här får du inte öppna"),
        404: _("Vi hittar inte sidan"),
        409: _("Någon hann före"),
    }.get(error.status, _("Det gick inte"))
    return page(error.status, heading, str(error))


def _sign_in(error: SignInNeeded) -> ResponseReturnValue:
    """Sign in first. A page that refreshes itself is told so, and covers itself (cover.js)."""
    if htmx:
        response = make_response("", 204)
        response.headers["HX-Trigger"] = SIGNED_OUT
        return response
    who = drafts.lately_here() if request.method == "POST" else None
    if who and drafts.keep(who):
        return redirect(url_for("signin.index", vantar=1), 303)
    found = kept.of_request()
    if found is None or not (found.is_typed or drafts.is_being_kept()):
        return redirect(url_for("signin.index"), 303)
    return page(
        error.status,
        str(error),
        _("Logga in i en ny flik. Kom sedan tillbaka hit och skicka."),
        signs_in=True,
    )


def _confirm(error: ConfirmationNeeded) -> ResponseReturnValue:
    """The page of the key, with what was typed in a form that can be sent once it is confirmed."""
    return page(
        error.status,
        str(error),
        _("Det här kräver att du bekräftar med din nyckel. Sedan gäller det i %(minutes)s minuter.",
          minutes=passkeys.CONFIRMED_MINUTES),
        template=CONFIRM,
        elsewhere=passkeys.elsewhere(current_user.staff),
        address=None if request.method == "POST" else request.full_path.rstrip("?"),
    )  # fmt: skip


def _make_key(error: KeyNeeded) -> ResponseReturnValue:
    there = url_for("signin.new_key")
    found = kept.of_request()
    if found is None or not found.is_typed:
        return redirect(there, 303)
    return page(error.status, _("Gör en nyckel först"), str(error), way_on=there)


def _csrf(error: CSRFError) -> ResponseReturnValue:
    return page(
        400, _("Sidan hade legat öppen för länge"), _("Inget har skickats än. Tryck en gång till.")
    )


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code and 300 <= error.code < 400:
        return error
    there = astray.leads_to() if error.code in (404, 405) else None
    if there:
        return redirect(there, 303 if error.code == 405 else 308)
    heading, text = {
        403: (_("Det här får du inte öppna"), _("Den här sidan är för någon annan.")),
        404: (_("Vi hittar inte sidan"), _("Adressen kan vara fel, eller så är sidan borttagen.")),
        405: (_("Vi hittar inte sidan"), _("Gå tillbaka och försök igen.")),
        413: (_("Det blev för långt"), _("Korta det du skrev och skicka igen.")),
        429: (
            _("Vänta en liten stund"),
            _("Det kom många försök på kort tid. Försök igen om några minuter."),
        ),
        503: (
            _("Vi är snart tillbaka"),
            _("Just nu når vi inte våra uppgifter. Försök igen om en stund."),
        ),
    }.get(error.code or 500, (_("Något gick fel"), _("Gå tillbaka och försök igen.")))  # fmt: skip
    return page(error.code or 500, heading, text)


def _away(error: Exception) -> ResponseReturnValue:
    """The database is locked, or does not answer: nobody's fault, and soon over."""
    log.error("%s: the database is away: %s", request.endpoint, without_words(error))
    work.rollback()
    return _http(ServiceUnavailable())


def _fault(error: Exception) -> ResponseReturnValue:
    work.rollback()
    return page(500, _("Något gick fel hos oss"), _("Försök igen om en stund."))
