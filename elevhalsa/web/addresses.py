"""Where pages are, for what is sent and printed: never a path written by hand.

Letters and reminders are made by a worker, without a request whose host they could borrow: they
lead to the origin of the municipality that they are about.
"""

from flask import Flask, current_app

from elevhalsa.config import Settings
from elevhalsa.core.ports import Addresses, Page
from elevhalsa.domain.places import rules

# Endpoint and the name of its argument.
_ENDPOINTS: dict[Page, tuple[str, str | None]] = {
    Page.PUPILS_KNOCK: ("mine.knock", "knock_id"),
    Page.CASE: ("inbox.case", "knock_id"),
    Page.INBOX: ("inbox.index", None),
    Page.COUNTS: ("coordinator.index", None),
    Page.GAPS: ("coordinator.gaps", None),
    Page.REVEALS: ("municipality.reveals", None),
    Page.COVER: ("staffing.cover", None),
    Page.UNRECORDED: ("inbox.unrecorded", None),
    Page.CONSULTATION: ("consultations.case", "consultation_id"),
    Page.CONSULTATIONS: ("consultations.queue", None),
    Page.CONSULTING: ("consultations.settings", None),
    Page.SIGN_IN: ("signin.link", "token"),
    Page.SIGN_INS: ("signin.sessions", None),
    Page.RESPONSIBLE: ("disclosure.index", None),
}


class AppAddresses:
    """By the app's own map of routes."""

    def __init__(self, app: Flask) -> None:
        settings: Settings = app.config["SETTINGS"]
        self._public_url = settings.public_url
        self._routes = app.url_map.bind("localhost")  # its paths are the same on every host

    def origin(self, host: str | None) -> str:
        return rules.origin(self._public_url, host)

    def path(self, page: Page, row_id: str | None = None) -> str:
        endpoint, argument = _ENDPOINTS[page]
        return self._routes.build(endpoint, {argument: row_id} if argument else {})


def init_app(app: Flask) -> None:
    app.extensions["elevhalsa_addresses"] = AppAddresses(app)


def addresses() -> Addresses:
    """Those of the present app."""
    found: Addresses = current_app.extensions["elevhalsa_addresses"]
    return found
