"""The outbox as a worker runs it: the loop, and every way out that there is.

A new one is added here. In ``docs/way-of-a-push.md``: what is done in which room.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import parseaddr
from threading import Lock

from flask import Flask, current_app

from elevhalsa import work
from elevhalsa.adapters import Adapters
from elevhalsa.config import Settings
from elevhalsa.domain.notices.letters import Letters
from elevhalsa.domain.notices.outbox import Outbox
from elevhalsa.domain.reminders import instead, lines, to_staff
from elevhalsa.domain.reminders.pushes import Pushes
from elevhalsa.domain.reminders.spreading import Spreading
from elevhalsa.web.addresses import addresses

_NAME = "elevhalsa_outbox"
_making = Lock()


def outbox() -> Outbox:
    """The present app's one, in this process."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    with _making:
        found: Outbox = app.extensions.get(_NAME) or app.extensions.setdefault(_NAME, _make(app))
    return found


def _make(app: Flask) -> Outbox:
    settings: Settings = app.config["SETTINGS"]
    outside: Adapters = app.extensions["elevhalsa"]

    @contextmanager
    def unit() -> Iterator[None]:
        with app.app_context(), work.unit():
            yield

    return Outbox(
        (
            Letters(outside, addresses(), an_hour=settings.letters_an_hour),
            Spreading(timedelta(hours=settings.fallback_hours)),
            Pushes(outside, addresses()),
            instead.Texts(outside),
            to_staff.Texts(outside),
            instead.Letters(outside, settings.remind_mail_from or _neutral(settings.mail_from)),
        ),
        unit,
    )


def _neutral(mail_from: str | None) -> str | None:
    """The usual sender's address, under a name that tells nothing."""
    address = parseaddr(mail_from or "")[1]
    return f"{lines.title()} <{address}>" if address else None
