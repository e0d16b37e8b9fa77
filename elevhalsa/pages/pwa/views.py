"""Addresses of the installed app. None of them holds anything personal."""

import json

from flask import (
    Blueprint,
    Response,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from elevhalsa.web import discreet as looks
from elevhalsa.web import respond, tenant
from elevhalsa.web.access import Who, open_to

from . import manifest as manifests
from . import phones, service_worker

blueprint = Blueprint("pwa", __name__)


@blueprint.get("/manifest.webmanifest")
@open_to(Who.ANYONE)
def manifest() -> ResponseReturnValue:
    """``?skola=`` or ``?kommun=`` chooses where the app starts. ``?diskret=`` is in the address
    only so that a browser asks anew when the choice has changed."""
    slug = request.args.get("skola")
    school = tenant.school_or_404(slug) if slug else tenant.remembered_school()
    place = None if school else tenant.chosen_municipality(request.args.get("kommun"))

    def render() -> str:
        found = manifests.build(school, place)
        return json.dumps(found, ensure_ascii=False, separators=(",", ":"))

    response = respond.public_page(("manifest", school and school.id, place and place.id), render)
    response.headers["Content-Type"] = manifests.MIMETYPE
    return response


@blueprint.get("/sw.js")
@open_to(Who.ANYONE, without_database=True)
def worker() -> ResponseReturnValue:
    response = respond.public_page(
        ("worker", service_worker.another_version()), service_worker.source
    )
    response.headers["Content-Type"] = "text/javascript; charset=utf-8"
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Content-Security-Policy"] = service_worker.CSP
    return response


@blueprint.get("/offline")
@open_to(Who.ANYONE, without_database=True)
def offline() -> ResponseReturnValue:
    """What stands in for a page that needs the net. Also holds the words about an unsent knock."""
    return respond.public_page(("offline",), lambda: render_template("pwa/offline.html"))


@blueprint.get("/installera")
@open_to(Who.ANYONE)
def install() -> ResponseReturnValue:
    """Reads what the browser says it is, to choose what stands first. It is not kept."""
    first = phones.guess(request.user_agent.string)
    page = render_template(
        "pwa/install.html",
        phones=phones.in_order(first),
        first=first,
        school=tenant.remembered_school(),
        place=tenant.municipality(),
    )
    response = make_response(page)
    response.headers["Vary"] = "Cookie, User-Agent"
    return response


@blueprint.post("/installera/diskret")
@open_to(Who.ANYONE, page="pwa.install")
def discreet() -> ResponseReturnValue:
    response: Response = redirect(url_for("pwa.install", _anchor="diskret"), 303)  # type: ignore[assignment]
    looks.choose(response, request.form.get("diskret") == "1", secure=request.is_secure)
    return response


@blueprint.get("/ny-token")
@open_to(Who.VISITOR)
def token() -> ResponseReturnValue:
    """A fresh CSRF token for a script whose page has been open, or kept, for long."""
    return jsonify(token=generate_csrf())
