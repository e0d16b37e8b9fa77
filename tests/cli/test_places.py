"""Municipalities and schools by command."""

from flask import current_app
from sqlalchemy import func, select

from elevhalsa.domain.people.directory import ClosedView, load
from elevhalsa.domain.places import queries
from elevhalsa.domain.places.models import CrisisLine, Municipality, School
from elevhalsa.extensions import db
from tests.factories import Make

from .conftest import Run, Write


def test_a_new_municipality_gets_its_settings_and_the_national_crisis_lines(run: Run) -> None:
    run("municipality", "add", "--name", "Exempelkommun", "--slug", "exempel", "--host",
        "Elevhalsa.Exempel.se", "--promise-hours", "48", "--no-eves-closed", "--show-names",
        "--retention-days", "90", "--contact-email", "fraga@exempel.se", "--duty-phone",
        "08-465 004 00")  # fmt: skip
    row = queries.municipality_by_slug("exempel")
    assert (row.host, row.promise_hours, row.eves_closed) == ("elevhalsa.exempel.se", 48, False)
    assert (row.show_names, row.retention_days) == (True, 90)
    assert (row.contact_email, row.duty_phone) == ("fraga@exempel.se", "08-465 004 00")
    lines = db.session.scalar(select(func.count()).select_from(CrisisLine))
    assert lines and lines > 10
    run("municipality", "add", "--name", "Två", "--slug", "tva")
    assert db.session.scalar(select(func.count()).select_from(CrisisLine)) == lines


def test_only_what_is_named_is_changed_and_an_empty_text_takes_a_setting_away(run: Run) -> None:
    run("municipality", "add", "--name", "Ett", "--slug", "ett", "--host", "ett.example",
        "--promise-hours", "36")  # fmt: skip
    assert "är ändrad" in run("municipality", "set", "ett", "--host", "", "--show-names").output
    row = queries.municipality_by_slug("ett")
    assert (row.host, row.promise_hours, row.show_names) == (None, 36, True)
    assert "Inget ändrat" in run("municipality", "set", "ett", "--show-names").output
    assert "ett" in run("municipality", "list").output


def test_a_setting_that_cannot_be_used_is_refused(run: Run) -> None:
    run("municipality", "add", "--name", "Ett", "--slug", "ett", "--host", "ett.example")
    add = ("municipality", "add", "--name", "Två", "--slug")
    assert "upptaget" in run(*add, "ett", exit=1).output
    assert "inget kortnamn" in run(*add, "Två", exit=2).output
    assert "används av Ett" in run(*add, "tva", "--host", "ett.example", exit=1).output
    assert "inget värdnamn" in run(*add, "tva", "--host", "https://x.se", exit=2).output
    assert "1 till 240" in run(*add, "tva", "--promise-hours", "0", exit=1).output
    assert "1 till 3650" in run(*add, "tva", "--retention-days", "0", exit=1).output
    assert "e-postadress" in run(*add, "tva", "--contact-email", "x", exit=2).output
    assert "telefonnummer" in run(*add, "tva", "--duty-phone", "ring", exit=2).output
    run("municipality", "set", "tre", "--name", "Tre", exit=1)
    assert db.session.scalar(select(func.count()).select_from(Municipality)) == 1


def test_with_several_municipalities_the_operator_must_say_which(run: Run, make: Make) -> None:
    add = ("school", "add", "--slug", "norra", "--name", "Norra")
    assert "Det finns ingen kommun än" in run(*add, exit=2).output
    one = make.municipality()
    run(*add)
    assert db.session.scalars(select(School.municipality_id)).one() == one.id
    two = make.municipality()
    output = run("school", "list", exit=2).output
    assert one.slug in output
    assert two.slug in output
    assert "norra" in run("school", "list", "--municipality", one.slug).output


def test_a_school_gets_a_new_slug_by_command_or_by_file_and_keeps_its_posters(
    run: Run, write: Write, make: Make
) -> None:
    home = make.home
    run("school", "add", "--slug", "norra", "--name", "Norra")
    assert "Norra är ändrad" in run("school", "rename", "norra", "norr").output
    assert "var redan så" in run("school", "rename", "norr", "norr").output
    assert "Det finns ingen skola" in run("school", "rename", "norra", "x", exit=1).output
    path = write("kortnamn,namn,tidigare\nlinden,Linden,norr\n")
    assert "0 nya, 1 ändrade" in run("school", "import", path).output
    assert "1 oförändrade" in run("school", "import", path).output
    [school] = queries.schools(home)
    assert (school.slug, school.name) == ("linden", "Linden")
    known = load()
    doors = {known.door(None, slug) for slug in ("norra", "norr", "linden")}
    assert [door.name for door in doors if door] == ["Linden"]
    taken = run("school", "add", "--slug", "norra", "--name", "En annan", exit=1).output
    assert "kortnamnet norra leder till Linden" in taken


def test_a_school_is_closed_with_or_without_another_to_lead_to(
    run: Run, write: Write, make: Make
) -> None:
    home = make.home
    for slug in ("norra", "sodra", "vastra"):
        run("school", "add", "--slug", slug, "--name", slug)
    assert "är ändrad" in run("school", "close", "norra").output
    assert isinstance(load().door(None, "norra"), ClosedView)
    assert "är ändrad" in run("school", "close", "norra", "--successor", "sodra").output
    path = write("kortnamn,namn,aktiv,eftertradare\nvastra,vastra,nej,sodra\n")
    assert "1 ändrade" in run("school", "import", path).output
    known = load()
    assert known.door(None, "norra") == known.door(None, "vastra") == known.door(None, "sodra")
    wrong = run("school", "close", "sodra", "--successor", "norra", exit=1).output
    assert "kan inte leda till sig själv" in wrong
    assert sum(school.active for school in queries.schools(home)) == 1


def test_where_a_municipality_owns_the_public_host_all_others_need_one_too(run: Run) -> None:
    """Otherwise nobody would find the schools of those without."""
    run("municipality", "add", "--name", "Ett", "--slug", "ett")
    public = current_app.config["SETTINGS"].public_url
    current_app.config["SETTINGS"].public_url = "https://dorr.exempel.se"
    try:
        run("municipality", "set", "ett", "--host", "dorr.exempel.se")
        refused = run("municipality", "add", "--name", "Två", "--slug", "tva", exit=1).output
        assert "hör till Ett" in refused
        assert "Två saknar det" in refused
        run("municipality", "add", "--name", "Två", "--slug", "tva", "--host", "tva.exempel.se")
        assert "Två" in run("municipality", "set", "tva", "--host", "", exit=1).output
    finally:
        current_app.config["SETTINGS"].public_url = public
    assert queries.municipality_by_slug("tva").host == "tva.exempel.se"


def test_a_municipality_names_the_countries_that_get_sms_and_how_many_a_day(run: Run) -> None:
    run("municipality", "add", "--name", "Ett", "--slug", "ett")
    row = queries.municipality_by_slug("ett")
    assert (row.sms_countries, row.sms_a_day) == ("46", 300)
    run("municipality", "set", "ett", "--sms-countries", "+46, 47", "--sms-a-day", "1000")
    db.session.expire_all()
    assert (row.sms_countries, row.sms_a_day) == ("46 47", 1000)
    assert "46 47" in run("municipality", "list").output
    refused = run("municipality", "set", "ett", "--sms-countries", "0046", exit=2).output
    assert "är inget lands nummer" in refused
    assert "100 000" in run("municipality", "set", "ett", "--sms-a-day", "-1", exit=1).output
