"""CSV files: all or nothing, every fault at once, the same file twice changes nothing."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from elevhalsa.core import clock
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.audit.models import AuditEvent
from elevhalsa.domain.people import staffing
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import Break, CrisisLine, ReplyTemplate, School, SchoolForm
from elevhalsa.extensions import db
from tests.factories import Make

from .conftest import Run, Write

SCHOOLS = "kortnamn;namn;skolform;ort\nnorra;Norra;grundskola;Påhittsfors\nsodra;Södra;gymnasium;\n"
STAFF = (
    "namn,epost,yrke,skolor\n"
    "Skolsköterska Ett,ssk1@exempel.se,skolsköterska,norra|sodra\n"
    "Kurator Ett,kurator1@exempel.se,Kurator,norra\n"
    "Samordnare Ett,samordnare1@exempel.se,samordnare,\n"
)


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.fixture
def schools(run: Run, write: Write, make: Make) -> None:
    make.home  # noqa: B018 (there must be a municipality)
    run("school", "import", write(SCHOOLS))


def test_schools_are_read_and_the_same_file_twice_changes_nothing(
    run: Run, write: Write, make: Make
) -> None:
    make.home  # noqa: B018
    path = write(SCHOOLS)
    assert "2 nya, 0 ändrade, 0 oförändrade" in run("school", "import", path).output
    sodra = db.session.scalars(select(School).where(School.slug == "sodra")).one()
    assert (sodra.name, sodra.form, sodra.town) == ("Södra", SchoolForm.UPPER_SECONDARY, None)
    events = count(AuditEvent)
    assert "0 nya, 0 ändrade, 2 oförändrade" in run("school", "import", path).output
    assert count(AuditEvent) == events


def test_only_what_differs_is_changed(run: Run, write: Write, schools: None) -> None:
    path = write(SCHOOLS.replace("Södra", "Södra skolan"))
    assert "0 nya, 1 ändrade, 1 oförändrade" in run("school", "import", path).output


def test_a_school_that_is_not_in_the_file_is_left_alone_and_one_can_be_closed(
    run: Run, write: Write, schools: None
) -> None:
    run("school", "import", write("kortnamn,namn,aktiv\nnorra,Norra,nej\n"))
    active = {s.slug: s.active for s in db.session.scalars(select(School))}
    assert active == {"norra": False, "sodra": True}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_the_files_that_spreadsheets_save_can_be_read(
    run: Run, write: Write, make: Make, encoding: str, separator: str, line_end: str
) -> None:
    make.home  # noqa: B018
    text = f'Namn{separator} KORTNAMN \n"Norra; den, ""stora"""{separator} norra\n{separator}\n'
    run("school", "import", write(text.replace("\n", line_end), encoding))
    assert db.session.scalars(select(School.name)).one() == 'Norra; den, "stora"'


def test_a_dry_run_tells_what_would_happen_and_changes_nothing(
    run: Run, write: Write, make: Make
) -> None:
    make.home  # noqa: B018
    output = run("school", "import", write(SCHOOLS), "--dry-run").output
    assert "2 nya" in output
    assert "Provkörning: ingenting är ändrat." in output
    assert count(School) == 0
    assert count(AuditEvent) == 0


def test_every_fault_is_told_at_once_and_no_row_is_kept(run: Run, write: Write, make: Make) -> None:
    make.home  # noqa: B018
    other = make.municipality()
    make.school(municipality_id=other.id, slug="upptagen")
    make.school(slug="finns")
    text = (
        "kortnamn;namn;skolform;aktiv\n"
        "bra-skola;Bra;grundskola;ja\n"
        "Inte Bra;Namn;grundskola;ja\n"
        "fyra;;grundskola;ja\n"
        "fem;Namn;dagis;kanske\n"
        "bra-skola;Igen;;\n"
        "sju;Namn;;;mer\n"
        f"atta;{'å' * 121};;\n"
        "upptagen;Namn;;\n"
        "tio;Na\x07mn;;\n"
        'elva;"Två\nrader";;\n'
        "tretton;;;\n"
    )
    words = ("school", "import", write(text), "--municipality", make.home.slug)
    output = run(*words, exit=1).output
    for expected in (
        "rad 3, kolumn kortnamn: ”Inte Bra” är inget kortnamn",
        "rad 4, kolumn namn: får inte vara tom",
        "rad 5, kolumn skolform: ”dagis” är ingen skolform",
        "rad 5, kolumn aktiv: ”kanske” ska vara ja eller nej",
        "rad 6: samma som rad 2",
        "rad 7: raden har 5 fält men rubrikerna är 4",
        "rad 8, kolumn namn: är 121 tecken",
        "rad 9: kortnamnet upptagen används av en annan kommuns skola",
        "rad 10, kolumn namn: innehåller ett tecken som inte syns",
        "rad 11, kolumn namn: ska vara en enda rad",
        "rad 13, kolumn namn: får inte vara tom",
        "11 fel. Ingenting är ändrat.",
    ):
        assert expected in output
    assert {s.slug for s in db.session.scalars(select(School))} == {"upptagen", "finns"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "rad 1, kolumn kortnamn: kolumnen saknas"),
        ("kortnamn\nnorra\n", "rad 1, kolumn namn: kolumnen saknas"),
        ("kortnamn,namn,färg\n", "rad 1, kolumn färg: okänd kolumn"),
        ("kortnamn,namn,namn\n", "rad 1, kolumn namn: kolumnen finns flera gånger"),
        ("kortnamn,namn\n", "filen har inga rader"),
        ('kortnamn,namn\nnorra,"Norra\n', "citattecknen går inte ihop"),
    ],
)
def test_a_file_that_is_not_a_list_of_schools_is_refused(
    run: Run, write: Write, make: Make, text: str, expected: str
) -> None:
    make.home  # noqa: B018
    assert expected in run("school", "import", write(text), exit=1).output


def test_a_file_in_an_old_encoding_is_refused_with_the_row(
    run: Run, write: Write, make: Make
) -> None:
    make.home  # noqa: B018
    path = write("kortnamn,namn\nnorra,Norra\nsodra,Södra\n", "latin-1")
    output = run("school", "import", path, exit=1).output
    assert "rad 3: filen är inte sparad som UTF-8" in output


# --- staff ---------------------------------------------------------------------------------------


def test_staff_are_read_with_role_profession_and_schools(
    run: Run, write: Write, schools: None
) -> None:
    path = write(STAFF)
    assert "3 nya" in run("staff", "import", path).output
    nurse = staffing.require("SSK1@exempel.se")
    assert (nurse.coordinates, nurse.profession) == (False, Profession.NURSE)
    assert {a.school.slug for a in nurse.assignments} == {"norra", "sodra"}
    coordinator = staffing.require("samordnare1@exempel.se")
    assert (coordinator.coordinates, coordinator.profession) == (True, None)
    assert "0 nya, 0 ändrade, 3 oförändrade" in run("staff", "import", path).output


def test_a_counsellor_who_coordinates_too_is_said_in_a_column_of_its_own(
    run: Run, write: Write, schools: None
) -> None:
    text = (
        "namn,epost,yrke,skolor,samordnare\n"
        "Kurator Ett,kurator1@exempel.se,kurator,norra,ja\n"
        "Kurator Två,kurator2@exempel.se,kurator,norra,\n"
        "Samordnare Ett,samordnare1@exempel.se,samordnare,,\n"
    )
    assert "3 nya" in run("staff", "import", write(text)).output
    assert "0 nya, 0 ändrade, 3 oförändrade" in run("staff", "import", write(text)).output
    assert "Kurator och samordnare" in run("staff", "list").output
    both, only, coordinator = (
        staffing.require(f"{name}@exempel.se") for name in ("kurator1", "kurator2", "samordnare1")
    )
    assert [s.coordinates for s in (both, only, coordinator)] == [True, False, True]
    assert [s.is_professional for s in (both, only, coordinator)] == [True, True, False]
    # A list of before says nothing of it, so it stays.
    assert "0 ändrade" in run("staff", "import", write(STAFF.replace("ssk1", "ssk2"))).output
    assert staffing.require("kurator1@exempel.se").coordinates
    assert "1 ändrade" in run("staff", "import", write(text.replace(",ja", ",nej"))).output
    assert not staffing.require("kurator1@exempel.se").coordinates


def test_a_nurse_who_moves_between_schools_keeps_who_she_is(
    run: Run, write: Write, schools: None
) -> None:
    run("staff", "import", write(STAFF))
    before = staffing.require("ssk1@exempel.se").id
    path = write(STAFF.replace("norra|sodra", "sodra"))
    assert "0 nya, 1 ändrade, 2 oförändrade" in run("staff", "import", path).output
    nurse = staffing.require("ssk1@exempel.se")
    assert nurse.id == before
    assert [a.school.slug for a in nurse.assignments] == ["sodra"]


def test_every_fault_in_a_list_of_staff_is_told(
    run: Run, write: Write, schools: None, make: Make
) -> None:
    run("staff", "add", "--municipality", make.home.slug, "--name", "Borta", "--email",
        "borta@exempel.se", "--profession", "kurator", "--school", "norra")  # fmt: skip
    run("staff", "deactivate", "borta@exempel.se")
    text = (
        "namn;epost;yrke;skolor\n"
        "Ett;inte-en-adress;kurator;norra\n"
        "Två;tva@exempel.se;rektor;norra\n"
        "Tre;tre@exempel.se;kurator;norra|vastra\n"
        "Fyra;fyra@exempel.se;kurator;\n"
        "Fem;fem@exempel.se;samordnare;norra\n"
        "Sex;sex@exempel.se;kurator;norra\n"
        "Sju;SEX@exempel.se;kurator;norra\n"
        "Nio;borta@exempel.se;kurator;norra\n"
    )
    words = ("staff", "import", write(text), "--municipality", make.home.slug)
    output = run(*words, exit=1).output
    for expected in (
        "rad 2, kolumn epost: är ingen e-postadress",
        "rad 3, kolumn yrke: ”rektor” är inget yrke här",
        "rad 4, kolumn skolor: det finns ingen skola ”vastra”",
        "rad 5, kolumn skolor: minst en skola behövs",
        "rad 6, kolumn skolor: en samordnare ser alla skolor",
        "rad 8: samma som rad 7",
        "rad 9, kolumn epost: personen har slutat",
        "7 fel",
    ):
        assert expected in output
    assert staffing.find(make.home, "sex@exempel.se") is None
    assert count(Staff) == 1


# --- breaks, crisis lines, templates -------------------------------------------------------------


def test_breaks_are_read_and_one_that_is_moved_stays_one(
    run: Run, write: Write, schools: None
) -> None:
    text = (
        "namn,börjar,slutar,skola\n"
        "höstlov,2026-10-26,2026-10-30,\n"
        "lovdag,2026-11-02,2026-11-02,norra\n"
    )
    assert "2 nya" in run("break", "import", write(text)).output
    assert "2 oförändrade" in run("break", "import", write(text)).output
    assert "1 ändrade" in run("break", "import", write(text.replace("10-26", "10-27"))).output
    stored = db.session.execute(select(Break.name, Break.starts_on).order_by(Break.starts_on)).all()
    assert [tuple(row) for row in stored] == [
        ("höstlov", date(2026, 10, 27)), ("lovdag", date(2026, 11, 2)),
    ]  # fmt: skip
    run("break", "remove", "lovdag", "2026-11-02")
    assert count(Break) == 1
    run("break", "remove", "lovdag", "2026-11-02", exit=1)


def test_faults_in_breaks_are_told(run: Run, write: Write, schools: None) -> None:
    text = (
        "namn,börjar,slutar,skola\n"
        "höstlov,26 oktober,2026-10-30,\n"
        "jullov,2026-12-21,2026-12-20,\n"
        "lovdag,2026-11-02,2026-11-02,vastra\n"
        "evigt,2026-01-01,2028-01-01,\n"
    )
    output = run("break", "import", write(text), exit=1).output
    assert "rad 2, kolumn börjar: ”26 oktober” är inget datum" in output
    assert "rad 3, kolumn slutar: lovet slutar innan det börjar" in output
    assert "rad 4, kolumn skola: det finns ingen skola ”vastra”" in output
    assert "rad 5: lovet slutar innan det börjar, eller är längre än ett år" in output


def test_the_crisis_lines_that_come_with_the_app_are_whole_and_load_once(run: Run) -> None:
    assert "0 ändrade, 0 oförändrade" in run("crisis", "import").output
    number = count(CrisisLine)
    assert f"0 nya, 0 ändrade, {number} oförändrade" in run("crisis", "import").output
    lines = {row.name: row for row in db.session.scalars(select(CrisisLine))}
    assert lines["Bris"].phone == "116 111"
    assert lines["Självmordslinjen"].phone == "90101"
    assert lines["112"].urgent
    assert lines["Jourhavande kompis"].age_to == 25
    assert lines["Jourhavande kompis"].needs == "unwell friend"
    listed = run("crisis", "list").output
    assert "Rätt att välja" in listed
    run("crisis", "remove", "BOUJT")
    assert count(CrisisLine) == number - 1


def test_a_municipalitys_own_lines_do_not_touch_the_national_ones(
    run: Run, write: Write, make: Make
) -> None:
    run("crisis", "import")
    text = "namn,om,telefon,kontrollerad\nBris,Vår egen text.,116 111,2026-11-01\n"
    output = run("crisis", "import", write(text), "--municipality", make.home.slug).output
    assert "1 nya" in output
    run("crisis", "import", "--municipality", make.home.slug, exit=2)


def test_faults_in_crisis_lines_are_told(run: Run, write: Write) -> None:
    text = (
        "namn;om;telefon;adress;tider;från ålder;till ålder;kontrollerad;behov\n"
        "Ett;Text;;;;;;2026-11-01\n"
        "Två;Text;ring;;;;;2026-11-01\n"
        "Tre;Text;112;http://exempel.se;;;;2026-11-01\n"
        "Fyra;Text;112;;på kvällen;;;2026-11-01\n"
        "Fem;Text;112;;;20;10;2026-11-01\n"
        "Sex;Text;112;;;barn;;i går\n"
        "Sju;Text;112;;;፩;;2026-11-01\n"
        "Åtta;Text;112;;;;;2026-11-01;vän | fest\n"
    )
    output = run("crisis", "import", write(text), exit=1).output
    for expected in (
        "rad 2, kolumn telefon: minst ett av telefon, sms och adress behövs",
        "rad 3, kolumn telefon: ”ring” är inget telefonnummer",
        "rad 4, kolumn adress: ”http://exempel.se” ska börja med https://",
        "rad 5, kolumn tider: ”på kvällen” saknar klockslag",
        "rad 6, kolumn till ålder: är lägre än från ålder",
        "rad 7, kolumn från ålder: ”barn” ska vara ett heltal",
        "rad 7, kolumn kontrollerad: ”i går” är inget datum",
        "rad 8, kolumn från ålder: ”፩” ska vara ett heltal",
        "rad 9, kolumn behov: ”fest” är inget behov här; skriv mår dåligt, illa, vän, kropp",
    ):
        assert expected in output
    assert count(CrisisLine) == 0


def test_reply_templates_may_have_several_lines_and_a_side(
    run: Run, write: Write, make: Make
) -> None:
    make.home  # noqa: B018
    text = 'titel,text,del\nSömn,"Hej!\n\nSov gott.",medicinsk\nTack,Hej!,\n'
    assert "2 nya" in run("template", "import", write(text)).output
    sleep = db.session.scalars(select(ReplyTemplate).where(ReplyTemplate.title == "Sömn")).one()
    assert (sleep.wall, sleep.body) == (Wall.MEDICAL, "Hej!\n\nSov gott.")
    output = run("template", "import", write("titel,text,del\nA,B,rektor\n"), exit=1).output
    assert "rad 2, kolumn del: ”rektor” ska vara" in output
    run("template", "remove", "Tack")
    assert count(ReplyTemplate) == 1


def test_the_last_day_is_read_and_a_file_without_it_leaves_it(run, write, schools):
    day = clock.today() + timedelta(days=1)
    first = "Skolsköterska Ett,ssk1@exempel.se,skolsköterska,norra"
    with_days = f"namn,epost,yrke,skolor,slutar\n{first},{day}\n"
    without = f"namn,epost,yrke,skolor\n{first}\n"
    for text in (with_days, without):
        run("staff", "import", write(text))
        assert db.session.scalars(select(Staff.ends_on)).all() == [day]
    passed = with_days.replace(f"{day}", f"{clock.today() - timedelta(days=1)}")
    assert "kolumn slutar" in run("staff", "import", write(passed), exit=1).output
    staff = db.session.scalars(select(Staff)).one()
    staff.ends_on = clock.today() - timedelta(days=1)
    db.session.commit()
    assert "personen har slutat" in run("staff", "import", write(without), exit=1).output
    run("staff", "import", write(with_days))
    assert staff.works_on(day)
