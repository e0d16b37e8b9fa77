"""A pupil logs in with a provider of OpenID Connect: there, back, and to the page of what we got.
A GET shows; only a POST begins or ends anything."""

from http import HTTPStatus

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from elevhalsa.core.oidc import Audience, Provider, providers
from elevhalsa.domain.identity import oidc, service
from elevhalsa.domain.identity.words import OidcTold
from elevhalsa.domain.people.directory import SchoolView
from elevhalsa.extensions import limiter
from elevhalsa.web import identified, led, limits, tenant
from elevhalsa.web.access import Who, open_to

from .blueprint import blueprint
from .forms import SchoolForm
from .views import choice, school_by_id, school_of


@blueprint.post("/logga-in/med/<key>")
@open_to(Who.VISITOR, takes=SchoolForm, page="eid.bankid")
@limiter.limit(limits.EID)
def lead(key: str) -> ResponseReturnValue:
    school = school_of(SchoolForm(request.form).skola.data)
    if school is None:
        return redirect(url_for("door.index"), 303)
    provider = _provider(key, school)
    wanted = oidc.Wanted(provider, led.way_back(".answered", provider), school_id=school.id)
    try:
        there = oidc.start(identified.oidc_api(), wanted)
    except oidc.Refused as refused:
        return choice(school, refused.told, status=HTTPStatus.SERVICE_UNAVAILABLE)
    html = render_template("eid/led.html", provider=provider, address=there.address)
    response = led.page(html)
    identified.give(response, there.token)
    return response


def _provider(key: str, school: SchoolView) -> Provider:
    offered = identified.pupils_providers(school.municipality)
    return next((one for one in offered if one.key == key), None) or abort(404)


@blueprint.route("/logga-in/med/<key>/svar", methods=["GET", "POST"])
@open_to(Who.VISITOR, takes=led.AnswerForm)
def answered(key: str) -> ResponseReturnValue:
    """Back again. The address is a key, good once and in this browser."""
    provider = providers.get(key, Audience.PUPILS)
    if provider is None:
        abort(404)
    form, begun = led.answered(), identified.begun()
    if begun is None or not begun.is_answered_by(form.state.data) or begun.row.provider != key:
        return _nothing_waits(provider)
    school = school_by_id(begun.row.school_id)
    if school is None or not provider.is_at(school.municipality.slug):
        abort(404)
    if request.method == "POST":
        return _finish(begun, provider, school, form)
    return led.page(render_template("eid/answered.html", provider=provider, form=form))


def _nothing_waits(provider: Provider) -> ResponseReturnValue:
    """Used already, begun in another browser, or long ago."""
    if identified.identity():
        return redirect(url_for(".confirm"), 303)
    school = tenant.remembered_school()
    if school:
        return choice(school, OidcTold.OTHER_BROWSER, status=HTTPStatus.CONFLICT)
    html = render_template("eid/astray.html", told=OidcTold.OTHER_BROWSER, provider=provider)
    return led.page(html, HTTPStatus.CONFLICT)


def _finish(
    begun: oidc.Begun, provider: Provider, school: SchoolView, form: led.AnswerForm
) -> ResponseReturnValue:
    here = led.way_back(".answered", provider)
    try:
        claims = oidc.finish(identified.oidc_api(), begun, provider, form.answer(), here)
        identity = oidc.note(provider, claims, school.municipality.id)
    except oidc.Refused as refused:
        return choice(school, refused.told, status=HTTPStatus.CONFLICT)
    response: Response = make_response(redirect(url_for(".confirm", skola=school.slug), 303))
    identified.give(response, service.fetch(identity))
    return response
