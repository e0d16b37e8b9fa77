"""The web app manifest (W3C Application Manifest): what the app is called and looks like when it
stands on a home screen. No token is ever in it."""

from typing import Any

from flask import url_for

from elevhalsa.core.i18n import _, is_rtl, lang
from elevhalsa.domain.people.directory import MunicipalityView, SchoolView
from elevhalsa.web import discreet
from elevhalsa.web.assets import address

MIMETYPE = "application/manifest+json"
ID = "/"
"""Never changes: browsers know an installed app by it."""
PAPER = "#fbf8f2"
SHAPES = ("any", "maskable", "monochrome")
SIZES = (192, 512)
NARROW, WIDE = "360x740", "1280x800"


def build(school: SchoolView | None, municipality: MunicipalityView | None) -> dict[str, Any]:
    """school: where the app starts; without one the municipality's, or the deployment's, door."""
    hidden = discreet.chosen()
    manifest: dict[str, Any] = {
        "id": ID,
        "name": discreet.name(),
        "short_name": discreet.name() if hidden else _("Elevhälsa"),
        "lang": lang(),
        "dir": "rtl" if is_rtl() else "ltr",
        "start_url": _start(school, municipality),
        "scope": "/",
        "display": "standalone",
        "display_override": ["standalone", "minimal-ui"],
        "background_color": PAPER,
        "theme_color": PAPER,
        "prefer_related_applications": False,
        "launch_handler": {"client_mode": ["navigate-existing", "auto"]},
        "handle_links": "preferred",
        "icons": _icons(),
        "shortcuts": _shortcuts(hidden),
    }
    if not hidden:
        manifest["description"] = _("Knacka på hos elevhälsan på din skola. Vi hör av oss.")
        manifest["categories"] = ["education", "health"]
        manifest["screenshots"] = _screenshots()
    return manifest


def _start(school: SchoolView | None, municipality: MunicipalityView | None) -> str:
    """The school's own address: an installed app on iOS has cookies of its own and so does not
    know which school was chosen in Safari."""
    if school:
        return url_for("door.school", slug=school.slug)
    if municipality:
        return url_for("door.index", kommun=municipality.slug)
    return url_for("door.index")


def _icons() -> list[dict[str, str]]:
    icons = [
        {
            "src": address(discreet.icon(f"{shape}-{size}")),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": shape,
        }
        for shape in SHAPES
        for size in SIZES
    ]
    vector = {"src": address(discreet.icon()), "sizes": "any", "type": "image/svg+xml"}
    return [*icons, vector | {"purpose": "any"}]


def _shortcuts(hidden: bool) -> list[dict[str, Any]]:
    names = {
        "door.knock": _("Ny anteckning") if hidden else _("Knacka på"),
        "mine.index": _("Mina anteckningar") if hidden else _("Mina svar"),
        "door.help_now": _("Nummer") if hidden else _("Hjälp nu"),
    }
    icon = {"src": address(discreet.icon("any-192")), "sizes": "192x192", "type": "image/png"}
    return [
        {"name": name, "url": url_for(endpoint), "icons": [icon]}
        for endpoint, name in names.items()
    ]


def _screenshots() -> list[dict[str, str]]:
    shots = (
        ("door-narrow", "narrow", NARROW, _("Din skolas dörr")),
        ("knock-narrow", "narrow", NARROW, _("Säg vem du vill ha kontakt med, och hur")),
        ("door-wide", "wide", WIDE, _("Din skolas dörr")),
    )
    return [
        {
            "src": address(f"screenshots/{name}.png"),
            "sizes": size,
            "type": "image/png",
            "form_factor": form,
            "label": label,
        }
        for name, form, size, label in shots
    ]
