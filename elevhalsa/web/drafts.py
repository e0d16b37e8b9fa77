"""A text that staff were typing: kept while they type, and when a session has ended meanwhile.

Must never send anything: it only puts the fields of a form aside (domain/knocks/drafts.py).
"""

from flask import current_app, request, url_for
from flask.globals import session
from werkzeug.exceptions import HTTPException

from elevhalsa.domain.knocks import drafts
from elevhalsa.domain.people import service as people
from elevhalsa.domain.people.models import Staff

from . import access, kept, tenant

ADDRESS = "till"
"""The field in which a page that saves what is typed says where its form would be sent."""


def keep(staff: Staff) -> bool:
    """Put aside what the present request brings: a form of a knock's page, sent or to be kept.
    False when it is none, or cannot be kept."""
    found = kept.of_request()
    if found is None:
        return False
    address = dict(found.fields).get(ADDRESS, request.path)
    routes = current_app.create_url_adapter(request)
    try:
        endpoint, values = routes.match(address, method="POST") if routes else ("", {})
    except HTTPException:
        return False
    rule = access.rules(current_app).get(endpoint)
    if rule is None or rule.takes is None or rule.who not in access.NEEDS_SIGN_IN:
        return False
    knock_id, name = values.get("knock_id"), endpoint.rpartition(".")[2]
    page = next(current_app.url_map.iter_rules(rule.page or endpoint))
    if knock_id is None or page.arguments != {"knock_id"}:  # else the way back is not known
        return False
    fields = [(key, value) for key, value in found.fields if key != ADDRESS]
    if not kept.of(endpoint, address, fields).is_typed:
        drafts.drop(staff, knock_id, name)
        return True
    return drafts.keep(staff, knock_id, name, fields)


def page_of_newest(staff: Staff) -> str | None:
    """The address of the page where the person last left a text; None when none waits."""
    left = drafts.newest(staff)
    if left is None:
        return None
    knock_id, name = left
    rules = access.rules(current_app)
    endpoint = next(
        route.endpoint
        for route in current_app.url_map.iter_rules()
        if route.endpoint.rpartition(".")[2] == name
        and "knock_id" in route.arguments
        and rules[route.endpoint].who in access.NEEDS_SIGN_IN
    )
    return url_for(rules[endpoint].page or endpoint, knock_id=knock_id)


def is_being_kept() -> bool:
    """True when the present request only puts something aside."""
    return ADDRESS in request.form


def lately_here() -> Staff | None:
    """Whose session this browser had until it ended, at most a day ago."""
    token = session.get("_user_id")  # Flask-Login's name for it
    staff = people.lately(token) if isinstance(token, str) else None
    return staff if staff and tenant.is_at_home(staff.municipality_id) else None
