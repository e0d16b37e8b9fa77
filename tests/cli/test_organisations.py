"""Organisations beside the schools and their people, by command and from a file."""

from elevhalsa.core.walls import Profession
from elevhalsa.domain.people import staffing
from elevhalsa.domain.places import service
from elevhalsa.domain.places.words import OrganisationKind
from tests.factories import Make

from .conftest import Run, Write

ADD = ("organisation", "add", "--name", "Öppna hjälpen", "--kind", "Socialtjänstens öppna hjälp")
PERSON = ("staff", "add", "--name", "Person Ett", "--email", "person1@exempel.se", "--profession")


def test_an_organisation_is_added_changed_closed_and_opened_again(run: Run, make: Make) -> None:
    home = make.home
    run(*ADD)
    assert "är ändrad" in run(*ADD, "--contact", "hjalp@exempel.se").output
    row = service.find_organisation(home, "Öppna hjälpen")
    assert row and (row.kind, row.contact, row.at_door) == (
        OrganisationKind.OPEN_HELP, "hjalp@exempel.se", False,
    )  # fmt: skip
    assert "hjalp@exempel.se" in run("organisation", "list").output
    run("organisation", "close", "Öppna hjälpen")
    assert not row.active
    run(*ADD)
    assert (row.active, row.contact) == (True, "hjalp@exempel.se")
    assert "annat slag" in run(*ADD[:-1], "förskola", exit=1).output
    assert "inget slag" in run(*ADD[:-1], "affär", exit=2).output
    run("organisation", "close", "Finns inte", exit=1)


def test_its_people_are_added_with_the_profession_that_fits_and_without_a_school(
    run: Run, make: Make
) -> None:
    school = make.school()
    run(*ADD)
    at = ("--organisation", "Öppna hjälpen")
    run(*PERSON, "person från socialtjänsten", *at)
    staff = staffing.require("person1@exempel.se")
    assert (staff.profession, staff.leads, staff.coordinates) == (
        Profession.SOCIAL_WORKER, False, False,
    )  # fmt: skip
    run(*PERSON, "person från socialtjänsten", *at, "--school", school.slug, "--coordinates")
    assert [one.school_id for one in staff.assignments] == [school.id]
    assert staff.leads and not staff.coordinates
    assert "Öppna hjälpen" in run("staff", "list").output
    assert "hör inte till" in run(*PERSON, "skolsköterska", *at, exit=1).output
    assert (
        "hör till en organisation" in run(*PERSON, "ledare", "--school", school.slug, exit=1).output
    )
    assert "ingen organisation" in run(*PERSON, "ledare", "--organisation", "X", exit=1).output
    assert "arbetar kvar" in run("organisation", "close", "Öppna hjälpen", exit=1).output
    run(*PERSON, "samordnare", *at)
    assert (staff.profession, staff.leads, staff.coordinates) == (None, True, False)


def test_a_file_read_again_opens_nothing_and_keeps_what_it_says_nothing_of(
    run: Run, make: Make, write: Write
) -> None:
    home = make.home
    run(*ADD, "--contact", "hjalp@exempel.se")
    run("organisation", "close", "Öppna hjälpen")
    file = write("namn;slag;kontakt\nÖppna hjälpen;Socialtjänstens öppna hjälp;\n")
    run("organisation", "import", file)
    row = service.find_organisation(home, "Öppna hjälpen")
    assert row and (row.active, row.contact) == (False, "hjalp@exempel.se")


def test_both_are_read_from_files(run: Run, make: Make, write: Write) -> None:
    home = make.home
    run("organisation", "import", write("namn;slag;kontakt\nFörskolan Ett;Förskola;\n"))
    row = service.find_organisation(home, "Förskolan Ett")
    assert row and row.kind is OrganisationKind.PRESCHOOL
    people = write(
        "namn;epost;yrke;skolor;samordnare;organisation\n"
        "Person Ett;person1@exempel.se;Förskollärare;;ja;Förskolan Ett\n"
        "Person Två;person2@exempel.se;samordnare;;;Förskolan Ett\n"
    )
    run("staff", "import", people)
    for number in "12":
        staff = staffing.require(f"person{number}@exempel.se")
        assert staff.organisation == row and staff.leads and not staff.coordinates
