"""The public pages. None of them knows who is looking, but for the door, which tells one who has
knocked from here whether there is something new."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from flask import (
    Blueprint,
    Response,
    abort,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict
from elevhalsa.core.i18n import _
from elevhalsa.core.walls import SCHOOL_PROFESSIONS, Profession
from elevhalsa.domain.identity.models import Identity
from elevhalsa.domain.identity.words import AgeBand
from elevhalsa.domain.knocks import ages, asking, devices, promised
from elevhalsa.domain.people.directory import ClosedView, MunicipalityView, SchoolView
from elevhalsa.domain.places import queries as places
from elevhalsa.domain.places import rules
from elevhalsa.domain.retention.queries import keeping
from elevhalsa.web import (
    errors,
    floods,
    form_rules,
    identified,
    leaving,
    respond,
    same_origin,
    shell,
    tenant,
    visitor,
)
from elevhalsa.web.access import Who, open_to

from .before import Before, before
from .forms import LOOK, KnockForm

blueprint = Blueprint("door", __name__)

AGES = {band.value.replace("_", "-"): band for band in AgeBand}
"""As their addresses have them."""
MOST_TYPED = 200
"""Letters of a school's name that are searched for."""


class SchoolGone(Exception):
    """It has been closed since the snapshot was made."""


@blueprint.get("/")
@open_to(Who.ANYONE)
def index() -> ResponseReturnValue:
    chosen = tenant.chosen_municipality(request.args.get("kommun"))
    typed = request.args.get("skola", "").strip()
    if typed:
        return _searched(typed, tenant.municipality() or chosen)
    school = tenant.remembered_school()
    if school and "byt" not in request.args:
        response = _door(school, "door.index")
        if shell.wanted():
            shell.also_at(response, url_for("door.school", slug=school.slug))
        return response
    return _picker(tenant.municipality() or chosen, then="door.school")


def _searched(typed: str, place: MunicipalityView | None) -> ResponseReturnValue:
    """To the school whose address, whole name, or only name like it was typed; or to a choice."""
    found = tenant.door(typed)
    if not isinstance(found, SchoolView):
        if place is None:
            abort(404)
        matches = rules.named_like(typed[:MOST_TYPED], place.schools)
        if len(matches) != 1:
            return _picker(place, then="door.school", typed=typed[:MOST_TYPED], matches=matches)
        found = matches[0]
    return redirect(url_for("door.school", slug=found.slug), 303)


@blueprint.get("/s/<slug>")
@open_to(Who.ANYONE)
def school(slug: str) -> ResponseReturnValue:
    """An address once printed leads on for ever: to the school's present one, to the school that
    has taken its place, or to the choice of another."""
    found = tenant.door(slug)
    if found is None:
        abort(404)
    if isinstance(found, ClosedView):
        return _picker(found.municipality, then="door.school", closed=found)
    if found.slug != slug:
        return redirect(_present_address(found), 308)
    response = _door(found, "door.school", slug=slug)
    _remember(response, found)
    return response


def _present_address(school: SchoolView) -> str:
    """At this host, unless the school is only reached at its municipality's own."""
    address = url_for("door.school", slug=school.slug)
    here = tenant.door(school.slug)
    if not isinstance(here, SchoolView) or here.id != school.id:
        address = tenant.address(school.municipality, address)
    query = request.query_string.decode("ascii", "replace")
    return f"{address}?{query}" if query else address


def _door(school: SchoolView, endpoint: str, **values: Any) -> Response:
    """endpoint, values: the page's canonical address.

    The moment that a knock would be promised is true for as long as the minute lasts, and so long
    is the page kept; the copy on a phone without a net says none. One who has knocked sees whether
    there is something new, on a page that is kept nowhere.
    """
    kept = shell.wanted()
    now = clock.now()
    here = None if kept else visitor.device()
    news = devices.answered_since(here) if here and not leaving.has_left() else 0

    def render() -> str:
        return render_template(
            "door/door.html",
            school=school,
            before=None if kept else before(school, now),
            news=news,
            canonical=tenant.address(school.municipality, url_for(endpoint, **values)),
        )

    if news:
        return make_response(render())
    key = ("door", endpoint, school.id, kept)
    return respond.public_page(key, render, seconds=_rest_of_the_minute(now))


def _rest_of_the_minute(now: datetime) -> float:
    """Seconds that a time of day which was said now is still the present one."""
    return 60 - now.second - now.microsecond / 1e6


def _picker(
    municipality: MunicipalityView | None,
    *,
    then: str,
    closed: ClosedView | None = None,
    typed: str | None = None,
    matches: list[SchoolView] | None = None,
) -> Response:
    """Choose a school; at a host that several share, first the municipality.

    closed: the school that one came to choose instead of. typed: what was searched for, and what
    it is like; of many schools one is found by typing.
    """
    if municipality and tenant.is_elsewhere(municipality):
        # Printed here before it had a host of its own. Schools of later are only there.
        return cast(Response, redirect(tenant.address(municipality, request.path), 303))

    def render() -> str:
        return render_template(
            "door/pick.html",
            place=municipality,
            municipalities=tenant.directory().municipalities,
            then=then,
            closed=closed,
            typed=typed,
            matches=matches,
            then_place=municipality is not None and municipality != tenant.municipality(),
            canonical=tenant.address(municipality, url_for("door.index")),
        )

    key = ("pick", municipality and municipality.id, then, closed and closed.name, typed)
    return respond.public_page(key, render)


def _remember(response: Response, school: SchoolView) -> None:
    if request.cookies.get(tenant.SCHOOL_COOKIE) != school.slug:
        response.set_cookie(
            tenant.SCHOOL_COOKIE,
            school.slug,
            max_age=tenant.SCHOOL_COOKIE_SECONDS,
            secure=request.is_secure,
            httponly=True,
            samesite="Lax",
        )


@blueprint.route("/knacka", methods=["GET", "POST"])
@open_to(Who.ANYONE, takes=KnockForm, from_anywhere=True)
def knock() -> ResponseReturnValue:
    slug = request.values.get("skola")
    if request.method == "POST" and not isinstance(tenant.door(slug or ""), SchoolView):
        return _choose_another(slug)
    school = tenant.school_or_404(slug) if slug else tenant.remembered_school()
    if school is None:
        chosen = tenant.chosen_municipality(request.args.get("kommun"))
        return _picker(tenant.municipality() or chosen, then="door.knock")
    if request.method == "POST":
        return _knocked(school)
    if shell.wanted():
        kept = respond.public_page(
            ("knock", school.id),
            lambda: _render_knock(
                school, form_id="", token="", rules=form_rules.of(KnockForm(school))
            ),
        )
        return shell.also_at(kept, url_for("door.knock", skola=school.slug))
    now = clock.now()
    return respond.public_form(
        ("knock", school.id),
        lambda: _render_knock(school, said=before(school, now)),
        seconds=_rest_of_the_minute(now),
    )


@blueprint.route("/knacka/inloggad", methods=["GET", "POST"])
@open_to(Who.VISITOR, takes=KnockForm)
def knock_known() -> ResponseReturnValue:
    """The same form for one who has logged in by e-ID, with their name in it. A knock is taken in
    all the same when the login has ended meanwhile, and its receipt says so."""
    slug = request.values.get("skola")
    if request.method == "POST" and not isinstance(tenant.door(slug or ""), SchoolView):
        return _choose_another(slug)
    school = tenant.school_or_404(slug) if slug else tenant.remembered_school()
    if school is None:
        return redirect(url_for("door.index"), 303)
    who = _known_at(school)
    if request.method == "POST":
        return _knocked(school, who)
    if who is None:
        return redirect(url_for("eid.confirm", skola=school.slug), 303)
    form = KnockForm(school)
    if not who.hides:
        form.name.data, form.school_class.data = who.name, who.school_class
    return make_response(_render_knock(school, form, said=before(school, clock.now()), who=who))


def _known_at(school: SchoolView) -> Identity | None:
    """Who is logged in here, and has said that it may be used, of the school's municipality."""
    here = identified.identity_at(school)
    return here if here and here.confirmed_at else None


def _choose_another(slug: str | None) -> ResponseReturnValue:
    """The school has closed while the form was open, or the form named none: what was typed goes on
    to another of the same municipality."""
    closed = tenant.door(slug or "")
    place = closed.municipality if closed else tenant.municipality()
    return errors.page(
        Conflict.status,
        _("Skolan tar inte emot här längre") if slug else _("Välj din skola"),
        _("Välj skola en gång till. Sedan skickar du det du skrev.")
        if slug
        else _("Sedan skickar du det du skrev."),
        template="door/choose_another.html",
        places=[place] if place else tenant.reached_here(),
    )


def _render_knock(
    school: SchoolView,
    form: KnockForm | None = None,
    notice: str | None = None,
    *,
    said: Before | None = None,
    form_id: str = respond.FORM_ID,
    token: str = respond.FORM_TOKEN,
    rules: dict[str, Any] | None = None,
    who: Identity | None = None,
) -> str:
    """said: what the page says before it is sent; nothing on one that a phone keeps. form_id,
    token: of a form that nobody has filled in yet. rules: by which a phone that keeps it checks
    what was typed."""
    is_new = form is None
    form = form or KnockForm(school)
    form.senast.data = said.promise.signed(school.id) if said else ""
    form.login.data = who.id if who else ""
    return render_template(
        "door/knock.html",
        school=school,
        form=form,
        before=said,
        notice=notice,
        form_id=form_id if is_new else form.form_id.data,
        token=token if is_new else None,
        rules=rules,
        identity=who,
        age_texts=_age_texts(school.municipality.id, who.age_band) if who else [],
        age_bands=AGES,
        canonical=tenant.address(school.municipality, url_for("door.knock")),
    )


def _knocked(school: SchoolView, who: Identity | None = None) -> ResponseReturnValue:
    """who: the form must have been drawn for them, not for one who was logged in here before."""
    form = KnockForm(school, request.form)
    was_known = form.login.data
    who = who if who and who.id == was_known else None
    _keep_hidden(form, who)

    now = clock.now()
    shown = promised.read(form.senast.data, school.id)
    shown = shown if shown and shown.holds_at(now) else None

    def again(status: int, notice: str | None = None) -> ResponseReturnValue:
        said = before(school, now, shown=shown, avoided=form.ticked())
        return make_response(_render_knock(school, form, notice, said=said, who=who), status)

    if not same_origin.is_ours():
        return again(400, _("Något hakade upp sig. Allt du skrev är kvar. Tryck en gång till."))
    pressed = LOOK in request.form
    looks = form.looks(pressed=pressed)
    if looks or not form.validate():
        unasked = looks and not pressed
        return again(
            200 if looks else 422,
            _("Titta först efter vem du inte vill ska veta.") if unasked else None,
        )
    watch = floods.look(school.id)
    try:
        receipt = asking.knock(
            _still_open(school),
            form.asked(),
            shown=form.senast.data,
            knows_nobody=shown is None or form.who.data in form.nobody.data,
            guarantees=tenant.directory().guarantees_for(
                school.municipality,
                form.asked().wanted,
                clock.local(shown.since if shown else now).date(),
            ),
            flood=watch.flood,
            device=visitor.device(),
            identity=who,
        )
    except SchoolGone:
        return _choose_another(school.slug)
    except asking.NobodyInTime as error:
        return again(error.status, str(error))
    except asking.FormReused:
        form.form_id.data = new_id()
        return again(
            409,
            _("Du har redan knackat på. Vill du knacka en gång till? Då trycker du här nere igen."),
        )
    if receipt.is_new:
        watch.note(receipt.knock.id)
    lost = was_known and receipt.knock.identity_id is None
    address = url_for("mine.knock", knock_id=receipt.knock.id, utan=1 if lost else None)
    response = redirect(address, 303)
    if who:
        identified.log_out(response)  # type: ignore[arg-type]
    visitor.open_here(response, receipt.knock, own=form.own.data)  # type: ignore[arg-type]
    visitor.keep_receipt(response, form.form_id.data)  # type: ignore[arg-type]
    return response


def _keep_hidden(form: KnockForm, who: Identity | None) -> None:
    """The form is one of before the name was hidden, and has it."""
    if who and who.hides and form.name.data == who.name:
        form.name.data = form.school_class.data = ""


def _still_open(school: SchoolView) -> places.OpenSchool:
    found = places.open_school(school.id)
    if found is None:
        raise SchoolGone
    return found


@blueprint.get("/hjalp-nu")
@open_to(Who.ANYONE, without_database=True)
def help_now() -> ResponseReturnValue:
    municipality = tenant.municipality()
    now = clock.now()
    kept = shell.wanted()

    def render() -> str:
        lines = tenant.directory().crisis_lines(municipality, now)
        return render_template(
            "door/help_now.html",
            lines=lines,
            by_need=places.by_need(lines),
            tells_open=not kept,
            canonical=tenant.address(municipality, url_for("door.help_now")),
        )

    return respond.public_page(("help", municipality and municipality.id, kept), render)


@blueprint.get("/sa-funkar-det")
@open_to(Who.ANYONE)
def how_it_works() -> ResponseReturnValue:
    return _text_page("how_it_works")


@blueprint.get("/sa-funkar-det/<age>")
@open_to(Who.ANYONE)
def by_age(age: str) -> ResponseReturnValue:
    """What holds at an age, for whoever wants to know: nobody is asked, and nothing is kept."""
    band = AGES.get(age)
    if band is None:
        abort(404)
    place = tenant.municipality()

    def render() -> str:
        return render_template(
            "door/by_age.html",
            place=place,
            band=band,
            age_texts=_age_texts(place.id if place else None, band),
            age_bands=AGES,
            canonical=tenant.address(place, url_for("door.by_age", age=age)),
        )

    return respond.public_page(("by_age", place and place.id, age), render)


def _age_texts(
    municipality_id: str | None, band: AgeBand | None
) -> list[tuple[ages.Topic, list[ages.Text]]]:
    if band is None:
        return []
    return ages.by_topic(ages.texts(municipality_id, band, ages.Reader.PUPIL))


@blueprint.get("/integritet")
@open_to(Who.ANYONE)
def privacy() -> ResponseReturnValue:
    return _text_page("privacy")


@blueprint.get("/tillganglighet")
@open_to(Who.ANYONE)
def accessibility() -> ResponseReturnValue:
    return _text_page("accessibility")


def _text_page(name: str) -> Response:
    place = tenant.municipality()

    def render() -> str:
        return render_template(
            f"door/{name}.html",
            place=place,
            professions=_professions(place.schools if place else ()),
            keeping=keeping(place.id) if place and name == "privacy" else None,
            age_bands=AGES,
            canonical=tenant.address(place, url_for(f"door.{name}")),
        )

    return respond.public_page((name, place and place.id), render)


def _professions(schools: Iterable[SchoolView]) -> list[Profession]:
    """Those that some school has; the two that every elevhälsa has when none is known."""
    found = {profession for school in schools for profession in school.professions}
    found = found or {Profession.NURSE, Profession.COUNSELLOR}
    return [one for one in SCHOOL_PROFESSIONS if one in found]


@blueprint.get("/robots.txt")
@open_to(Who.ANYONE)
def robots() -> ResponseReturnValue:
    response = make_response(render_template("door/robots.txt", place=tenant.here()))
    response.headers["Content-Type"] = "text/plain; charset=utf-8"
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@blueprint.get("/sitemap.xml")
@open_to(Who.ANYONE)
def sitemap() -> ResponseReturnValue:
    """The pages of this host only: another's would not be believed."""
    place = tenant.here()
    schools = [school for one in tenant.reached_here() for school in one.schools]
    response = make_response(render_template("door/sitemap.xml", place=place, schools=schools))
    response.headers["Content-Type"] = "application/xml; charset=utf-8"
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
