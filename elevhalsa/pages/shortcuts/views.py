"""What a coordinator downloads or prints so that every pupil finds the school's door."""

from typing import cast

from flask import Blueprint, Response, current_app, render_template, url_for
from flask.typing import ResponseReturnValue

from elevhalsa.core.errors import NotFound
from elevhalsa.core.i18n import _
from elevhalsa.domain.people.directory import MunicipalityView, SchoolView
from elevhalsa.domain.places import shortcuts
from elevhalsa.web import school_devices, tenant
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.school_devices import Files
from elevhalsa.web.signed_in import me

blueprint = Blueprint("shortcuts", __name__, url_prefix="/samordnare/genvagar")


def _place() -> MunicipalityView:
    """That of whoever asks. Raises NotFound."""
    for place in tenant.directory().municipalities:
        if place.id == me().municipality_id:
            return place
    raise NotFound(_("Kommunen finns inte."))


def _schools() -> list[SchoolView]:
    """Its open schools."""
    return _place().schools


def _school(slug: str) -> SchoolView:
    """Raises NotFound for a school that is closed or another municipality's."""
    for school in _schools():
        if school.slug == slug:
            return school
    raise NotFound(_("Skolan finns inte."))


@blueprint.get("/")
@open_to(Who.COORDINATOR)
def index() -> ResponseReturnValue:
    doors = [(school, school_devices.target(school).url) for school in _schools()]
    return render_template("shortcuts/index.html", doors=doors)


def _attached(body: bytes | str, mimetype: str, name: str) -> Response:
    response = Response(body, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@blueprint.get("/<slug>/ipad.mobileconfig")
@open_to(Who.COORDINATOR)
def profile(slug: str) -> ResponseReturnValue:
    body = school_devices.profile(_school(slug))
    return _attached(body, school_devices.PROFILE_TYPE, f"elevhalsa-{slug}.mobileconfig")


@blueprint.get("/<slug>/chromeos.json")
@open_to(Who.COORDINATOR)
def chromeos(slug: str) -> ResponseReturnValue:
    text = shortcuts.chromeos(school_devices.target(_school(slug)))
    return _attached(text, "application/json", f"elevhalsa-{slug}-chromeos.json")


@blueprint.get("/<slug>/edge.json")
@open_to(Who.COORDINATOR)
def edge(slug: str) -> ResponseReturnValue:
    text = shortcuts.edge(school_devices.target(_school(slug)))
    return _attached(text, "application/json", f"elevhalsa-{slug}-edge.json")


@blueprint.get("/delade-ipads.mobileconfig")
@open_to(Who.COORDINATOR)
def shared_ipads() -> ResponseReturnValue:
    body = shortcuts.restrictions(school_devices.shared(_place()))
    return _attached(body, school_devices.PROFILE_TYPE, "elevhalsa-delade-ipads.mobileconfig")


@blueprint.get("/delade-datorer.json")
@open_to(Who.COORDINATOR)
def shared_browsers() -> ResponseReturnValue:
    text = shortcuts.shared_browser(school_devices.shared(_place()))
    return _attached(text, "application/json", "elevhalsa-delade-datorer.json")


@blueprint.get("/<slug>/affisch")
@open_to(Who.COORDINATOR)
def poster(slug: str) -> ResponseReturnValue:
    return school_devices.poster(_school(slug), _files())


@blueprint.get("/affischer")
@open_to(Who.COORDINATOR)
def posters() -> ResponseReturnValue:
    return school_devices.posters(_schools(), _files())


@blueprint.get("/<slug>/kort")
@open_to(Who.COORDINATOR)
def cards(slug: str) -> ResponseReturnValue:
    return school_devices.cards(_school(slug), _files())


def _files() -> Files:
    asset = cast(school_devices.Asset, current_app.jinja_env.globals["asset"])
    return Files(
        style=asset(school_devices.STYLE),
        mark=asset(school_devices.MARK),
        back=url_for("shortcuts.index"),
    )
