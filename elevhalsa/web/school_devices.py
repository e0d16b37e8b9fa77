"""A school's shortcuts, poster and cards, the same for the coordinator's pages and the command."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask import current_app, render_template
from markupsafe import Markup

from elevhalsa.config import ROOT, Settings
from elevhalsa.core import clock, qr
from elevhalsa.core.errors import SettingError
from elevhalsa.core.i18n import _
from elevhalsa.domain.people.directory import MunicipalityView, SchoolView
from elevhalsa.domain.places import queries as places
from elevhalsa.domain.places import rules, shortcuts
from elevhalsa.domain.places.shortcuts import Shared, Target

ICON = "icons/door-apple-180.png"
"""Filled to its corners: the device rounds them itself."""
MARK = "icons/door.svg"
STYLE = "css/print.css"
PROFILE_TYPE = "application/x-apple-aspen-config"
CARDS_ON_A_SHEET = 4
MOST_NUMBERS = 5

Asset = Callable[[str], str]


@dataclass(frozen=True)
class Number:
    name: str
    phone: str


@dataclass(frozen=True)
class Files:
    """Where a sheet finds what it is drawn with."""

    style: str
    mark: str
    back: str | None = None
    """Where one came from; None in a file."""


def target(school: SchoolView) -> Target:
    settings: Settings = current_app.config["SETTINGS"]
    place = school.municipality
    url = shortcuts.address(settings.public_url, school.slug, place.host)
    return Target(school.id, school.name, place.name, url)


def shared(place: MunicipalityView) -> Shared:
    settings: Settings = current_app.config["SETTINGS"]
    return Shared(place.id, place.name, rules.origin(settings.public_url, place.host))


def profile(school: SchoolView) -> bytes:
    """Raises SettingError when the icon is missing."""
    return shortcuts.web_clip(target(school), _icon())


def _icon() -> bytes:
    try:
        return (ROOT / "static" / ICON).read_bytes()
    except OSError as error:
        raise SettingError(
            _("Ikonen static/%(name)s saknas. Gör den med python -m tools.icons.", name=ICON)
        ) from error


def poster(school: SchoolView, files: Files) -> str:
    """An A4 sheet for a wall, as HTML to be printed."""
    return _sheet("shortcuts/poster.html", school, files)


def posters(schools: Iterable[SchoolView], files: Files) -> str:
    """A sheet a school, in one page to be printed."""
    sheets = [_drawn(school) for school in schools]
    return render_template("shortcuts/posters.html", sheets=sheets, files=files)


def cards(school: SchoolView, files: Files) -> str:
    """Four A6 cards on an A4 sheet, as HTML to be printed."""
    return _sheet("shortcuts/cards.html", school, files, copies=CARDS_ON_A_SHEET)


def _sheet(template: str, school: SchoolView, files: Files, **more: object) -> str:
    return render_template(template, files=files, **_drawn(school), **more)


def _drawn(school: SchoolView) -> dict[str, object]:
    """What a sheet says of its school."""
    url = target(school).url
    drawn = qr.svg(url, level=qr.PAPER_LEVEL)
    return {
        "school": school,
        "place": school.municipality,
        "qr": Markup(drawn),  # noqa: S704  (nobody's text is in it: only squares)
        "address": shortcuts.spoken(url),
        "numbers": _numbers(school),
    }


def _numbers(school: SchoolView) -> list[Number]:
    """For a pupil in a hurry: the three that stand on every page (components/help.html), then the
    municipality's and the nation's urgent ones."""
    always = [
        Number(_("Vid fara"), "112"),
        Number(_("Råd om vård"), "1177"),
        Number(_("Bris"), "116 111"),
    ]
    known = {number.phone for number in always}
    lines = places.crisis_lines(school.municipality.id, clock.now())
    more = [
        Number(line.name, line.phone)
        for line in lines
        if line.urgent and line.phone and line.phone not in known
    ]
    return [*always, *more][:MOST_NUMBERS]
