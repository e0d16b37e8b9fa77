"""Addresses that nobody answers as they were asked for, and where they lead.

What can only be posted to is opened by a reload, a bookmark or the history: it leads to the page
whose form it is. An address with a slash too many leads to the one without.
"""

from urllib.parse import quote

from flask import current_app, request, url_for
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import MapAdapter, RequestRedirect

from . import access


def leads_to() -> str | None:
    """Where the present GET, which found nothing, should go; None: nowhere."""
    routes = current_app.create_url_adapter(request)
    if routes is None or request.method not in ("GET", "HEAD"):
        return None
    if isinstance(request.routing_exception, NotFound) and request.path.endswith("/"):
        return _without_slash(routes)
    return _page_of_form(routes)


def _page_of_form(routes: MapAdapter) -> str | None:
    try:
        endpoint, values = routes.match(method="POST")
    except HTTPException:
        return None
    page = access.rules(current_app)[endpoint].page
    if page is None or (page == request.endpoint and values == request.view_args):
        return None
    wanted = next(current_app.url_map.iter_rules(page)).arguments
    return url_for(page, **{name: value for name, value in values.items() if name in wanted})


def _without_slash(routes: MapAdapter) -> str | None:
    path = request.path.rstrip("/")
    try:
        routes.match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return None
    query = request.query_string.decode("ascii", "replace")
    return f"{quote(path)}?{query}" if query else quote(path)
