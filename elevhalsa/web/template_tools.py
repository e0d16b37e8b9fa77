"""What every template may use: Swedish times, labels of our words, the form id, the quick exit."""

from datetime import timedelta
from enum import StrEnum

from flask import Flask

from elevhalsa.config import Settings
from elevhalsa.core import clock, i18n, labels
from elevhalsa.core.crypto import new_id

from . import tenant


def init_app(app: Flask) -> None:
    settings: Settings = app.config["SETTINGS"]
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.globals.update(
        quick_exit_url=settings.quick_exit_url,
        public_url=settings.public_url.rstrip("/"),
        form_id=new_id,
        now=clock.now,
        municipality=tenant.municipality,
    )
    app.jinja_env.filters.update(
        by_when=i18n.by_when,
        when=i18n.when,
        day=i18n.day,
        clock_time=i18n.clock_time,
        day_and_time=i18n.day_and_time,
        duration=i18n.duration,
        label=_label,
        until=_until,
    )


def _label(word: StrEnum | None, group: str | None = None) -> str:
    """The Swedish for one of our words, e.g. ``profession|label`` or ``way|label('staff')``."""
    return labels.of(word, group)


def _until(moment: object) -> timedelta:
    """How far ahead a moment is; negative when it has passed."""
    return moment - clock.now()  # type: ignore[operator,no-any-return]
