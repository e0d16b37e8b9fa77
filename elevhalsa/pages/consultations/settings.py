"""What a coordinator decides of quick talks: by when, and each school's own address. Counts, never
content."""

from typing import cast

from flask import (
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from elevhalsa.core import qr
from elevhalsa.core.errors import InvalidInput, NotFound
from elevhalsa.core.i18n import _
from elevhalsa.domain.consultations import links, queries
from elevhalsa.domain.consultations.models import ConsultationLink
from elevhalsa.domain.places.models import School
from elevhalsa.web import school_devices, tenant
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.school_devices import Files
from elevhalsa.web.signed_in import me

from .blueprint import blueprint
from .forms import HoursForm

UNUSABLE = 422


@blueprint.route("/samordnare/rad", methods=["GET", "POST"])
@open_to(Who.COORDINATOR, takes=HoursForm)
def settings() -> ResponseReturnValue:
    if request.method != "POST":
        return _page(HoursForm(data={"hours": queries.hours_of(me().municipality)}))
    form = HoursForm(request.form)
    if not form.validate():
        return _page(form, UNUSABLE)
    try:
        links.decide_hours(me(), form.hours.data or 0)
    except InvalidInput as error:
        form.refuse(error)
        return _page(form, UNUSABLE)
    flash(_("Sparat. Tiden gäller för den som frågar från och med nu."))
    return redirect(url_for(".settings"), 303)


def _page(form: HoursForm, status: int = 200) -> Response:
    place = me().municipality
    links = queries.links_of(place)
    rows = [
        (school, link, _address(link) if link else None)
        for school in queries.schools_of(place)
        for link in [links.get(school.id)]
    ]
    page = render_template(
        "consultations/settings.html", form=form, rows=rows, counts=queries.counts(place)
    )
    return make_response(page, status)


def _address(link: ConsultationLink) -> str:
    path = url_for(".ask", token=link.token)
    return tenant.address(tenant.place(link.municipality_id), path)


def _school(slug: str) -> School:
    """Raises NotFound for a school that is closed or another municipality's."""
    for school in queries.schools_of(me().municipality):
        if school.slug == slug:
            return school
    raise NotFound(_("Skolan finns inte."))


@blueprint.post("/samordnare/rad/<slug>/ny-lank")
@open_to(Who.COORDINATOR, page="consultations.settings")
def renew(slug: str) -> ResponseReturnValue:
    school = _school(slug)
    links.renew(me(), school)
    flash(_("%(school)s har en ny länk. Den gamla gäller inte längre. Sätt upp det nya bladet.",
            school=school.name))  # fmt: skip
    return redirect(url_for(".settings", _anchor=f"skola-{slug}"), 303)


@blueprint.post("/samordnare/rad/<slug>/stang")
@open_to(Who.COORDINATOR, page="consultations.settings")
def close(slug: str) -> ResponseReturnValue:
    school = _school(slug)
    links.close_door(me(), school)
    flash(_("%(school)s har ingen länk längre.", school=school.name))
    return redirect(url_for(".settings", _anchor=f"skola-{slug}"), 303)


@blueprint.get("/samordnare/rad/<slug>/blad")
@open_to(Who.COORDINATOR)
def sheet(slug: str) -> ResponseReturnValue:
    """To be printed and put up where the school's staff are. Raises NotFound without an address."""
    school = _school(slug)
    link = queries.links_of(me().municipality).get(school.id)
    if link is None:
        raise NotFound(_("Skolan har ingen länk än. Gör en först."))
    address = _address(link)
    asset = cast(school_devices.Asset, current_app.jinja_env.globals["asset"])
    files = Files(
        style=asset(school_devices.STYLE),
        mark=asset(school_devices.MARK),
        back=url_for(".settings"),
    )
    return render_template(
        "consultations/sheet.html",
        files=files,
        school=school,
        place=school.municipality,
        hours=queries.hours_of(me().municipality),
        qr=Markup(qr.svg(address, level=qr.PAPER_LEVEL)),  # noqa: S704 (only squares)
        address=address.partition("://")[2],
    )
