"""``flask --app app shortcuts …``: files for the schools' own devices, posters and cards."""

import shutil
from pathlib import Path

import click
from flask import current_app, render_template
from flask.cli import AppGroup

from elevhalsa.config import ROOT, Settings
from elevhalsa.core.i18n import _, ngettext
from elevhalsa.domain.people import directory
from elevhalsa.domain.people.directory import SchoolView
from elevhalsa.domain.places import shortcuts
from elevhalsa.web import school_devices
from elevhalsa.web.school_devices import Files

from .running import municipality_option, pick_municipality, reads

command = AppGroup("shortcuts", help="Genvägar på skolans enheter, affischer och kort.")

PROFILE = "ipad.mobileconfig"
CHROMEOS = "chromeos.json"
EDGE = "edge.json"
POSTER = "affisch-a4.html"
CARDS = "kort-a6.html"
README = "LASMIG.txt"
SHARED_IPAD = "delade-ipads.mobileconfig"
SHARED_BROWSER = "delade-datorer.json"
SHARED = "delat"
"""What every sheet is drawn with."""


@command.command("export")
@click.argument(
    "folder", metavar="MAPP", type=click.Path(path_type=Path, file_okay=False, writable=True)
)
@municipality_option
@reads
def export(folder: Path, municipality_slug: str | None) -> None:
    """Skriv filer för varje skola till en mapp.

    För iPad, ChromeOS och Edge, och en affisch och kort att skriva ut; för kommunens delade enheter
    det som hindrar att den enas uppgifter visas för den andra. LASMIG.txt i mappen säger
    hur var och en används. Körs den igen skrivs filerna om; genvägar som redan är utlagda byts ut.
    """
    schools = _schools(pick_municipality(municipality_slug).id)
    if not schools:
        raise click.ClickException(_("Kommunen har ingen öppen skola."))
    settings: Settings = current_app.config["SETTINGS"]
    try:
        _write_shared(folder)
        with click.progressbar(schools, label=_("Skriver")) as progress:
            for school in progress:
                _write(folder / school.slug, school)
        shared = school_devices.shared(schools[0].municipality)
        (folder / SHARED_IPAD).write_bytes(shortcuts.restrictions(shared))
        _write_text(folder / SHARED_BROWSER, shortcuts.shared_browser(shared))
        _write_text(folder / README, _readme(schools))
    except OSError as error:
        raise click.ClickException(
            _("Det gick inte att skriva i %(folder)s: %(why)s.",
              folder=folder, why=error.strerror or type(error).__name__)
        ) from error  # fmt: skip
    click.echo(
        ngettext("%(num)s skola i %(folder)s.", "%(num)s skolor i %(folder)s.", len(schools),
                 folder=folder)
    )  # fmt: skip
    click.echo(_("Börja med %(readme)s.", readme=README))
    if not settings.is_secure:
        click.secho(
            _("Adresserna börjar med %(url)s, som bara är för utveckling. Sätt PUBLIC_URL och kör "
              "igen innan något skrivs ut eller läggs ut.", url=settings.public_url),
            fg="yellow",
        )  # fmt: skip


def _schools(municipality_id: str) -> list[SchoolView]:
    return [
        school
        for place in directory.load().municipalities
        if place.id == municipality_id
        for school in place.schools
    ]


def _write_shared(folder: Path) -> None:
    shared = folder / SHARED
    shared.mkdir(parents=True, exist_ok=True)
    for name in (school_devices.STYLE, school_devices.MARK):
        shutil.copyfile(ROOT / "static" / name, shared / Path(name).name)


def _write(folder: Path, school: SchoolView) -> None:
    folder.mkdir(exist_ok=True)
    target = school_devices.target(school)
    files = Files(
        style=f"../{SHARED}/{Path(school_devices.STYLE).name}",
        mark=f"../{SHARED}/{Path(school_devices.MARK).name}",
    )
    (folder / PROFILE).write_bytes(school_devices.profile(school))
    _write_text(folder / CHROMEOS, shortcuts.chromeos(target))
    _write_text(folder / EDGE, shortcuts.edge(target))
    _write_text(folder / POSTER, school_devices.poster(school, files))
    _write_text(folder / CARDS, school_devices.cards(school, files))


def _write_text(path: Path, text: str) -> None:
    path.write_text(text.rstrip() + "\n", "utf-8")


def _readme(schools: list[SchoolView]) -> str:
    doors = [(school, school_devices.target(school).url) for school in schools]
    return render_template(
        "shortcuts/readme.txt",
        place=schools[0].municipality,
        doors=doors,
        profile=PROFILE,
        chromeos=CHROMEOS,
        edge=EDGE,
        poster=POSTER,
        cards=CARDS,
        shared_ipad=SHARED_IPAD,
        shared_browser=SHARED_BROWSER,
    )
