"""What every template may use: times, labels of our words, the language, the quick exit."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from flask import Flask
from markupsafe import Markup

from elevhalsa.config import Settings
from elevhalsa.core import clock, i18n, labels, phones
from elevhalsa.domain.places import hours

from . import tenant
from .forms import faulty_forms


def init_app(app: Flask) -> None:
    settings: Settings = app.config["SETTINGS"]
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: i18n.texts().gettext(text),
        lambda one, several, num: i18n.texts().ngettext(one, several, num),
        newstyle=True,
    )
    app.jinja_env.globals.update(
        quick_exit_url=settings.quick_exit_url,
        address_of=tenant.address,
        faulty_forms=faulty_forms,
        lang=i18n.lang,
        now=clock.now,
        is_rtl=i18n.is_rtl,
        source_lang=i18n.SOURCE,
    )
    app.jinja_env.filters.update(
        by_when=i18n.by_when,
        when=i18n.when,
        day=i18n.day,
        deadline=i18n.deadline,
        one_of=_one_of,
        bdi=_bdi,
        phone=phones.grouped,
        international=phones.international,
        spelled=_spelled,
        opening_hours=_opening_hours,
        opens=_opens,
        clock_time=i18n.clock_time,
        day_and_time=i18n.day_and_time,
        label=_label,
        weekday=i18n.weekday,
    )


def _label(word: StrEnum | None, group: str | None = None, **values: str) -> str:
    """The label of one of our words, e.g. ``profession|label`` or ``way|label('staff')``.

    values: what stands within a label that is a whole sentence.
    """
    text = labels.of(word, group)
    return Markup(text) % values if values else text  # noqa: S704 (a text of ours)


def _one_of(words: Iterable[StrEnum], group: str) -> str:
    return i18n.one_of(labels.of(word, group) for word in words)


def _bdi(text: str) -> Markup:
    """What a person wrote, within a sentence of ours: its direction is its own."""
    return Markup("<bdi>") + text + Markup("</bdi>")


def _spelled(code: str) -> str:
    """A code with a dot between its words, which stands with the word before it."""
    return "\N{NO-BREAK SPACE}· ".join(code.split())


def _opens(moment: datetime) -> str:
    """When a line opens that is closed: 'öppnar 18.00', 'öppnar i morgon 18.00'."""
    days = (clock.local(moment).date() - clock.today()).days
    at = i18n.clock_time(moment)
    if days == 0:
        return i18n._("öppnar %(time)s", time=at)
    if days == 1:
        return i18n._("öppnar i morgon %(time)s", time=at)
    return i18n._("öppnar %(day)s kl. %(time)s", day=i18n.day(moment), time=at)


def _opening_hours(text: str) -> str:
    """As stored with a crisis line, in the language that is spoken."""
    return hours.said(hours.parse(text))
