"""The made-up municipality: schools far apart, few staff, breaks and reply templates.

Every name is plainly made up: schools are examples, towns do not exist, people are their roles.
"""

from datetime import date, time, timedelta

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.calendar import good_friday
from elevhalsa.core.crypto import new_id
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.consultations import links as consultation_links
from elevhalsa.domain.consultations import service as consultations
from elevhalsa.domain.consultations.rules import Asked
from elevhalsa.domain.consultations.words import Concerns, Form, Outcome, Role, Theme
from elevhalsa.domain.meetings import standing
from elevhalsa.domain.meetings.words import MeetingWay
from elevhalsa.domain.people import duties, staffing
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.people.rules import Seat
from elevhalsa.domain.people.words import Duty
from elevhalsa.domain.places import service
from elevhalsa.domain.places.models import Municipality, School, SchoolForm
from elevhalsa.domain.places.queries import schools as schools_of
from elevhalsa.domain.retention import service as retention
from elevhalsa.domain.retention.words import RecordKind
from elevhalsa.domain.serving import service as serving

SLUG = "exempelkommun"
MAIL_DOMAIN = "exempelkommun.invalid"
"""RFC 2606: no letter can ever arrive there."""

# Made-up towns, some twenty mil between one and the next.
SCHOOLS = (
    ("norrskogens-exempelskola", "Norrskogens exempelskola", "Påhittsfors"),
    ("fjallbackens-exempelskola", "Fjällbackens exempelskola", "Påhittsfjäll"),
    ("sjoangens-exempelskola", "Sjöängens exempelskola", "Påhittssjö"),
    ("bjorkdungens-exempelskola", "Björkdungens exempelskola", "Påhittshed"),
    ("kvarnbackens-exempelskola", "Kvarnbackens exempelskola", "Påhittsbruk"),
    ("strandens-exempelskola", "Strandens exempelskola", "Påhittsvik"),
    ("tallmons-exempelskola", "Tallmons exempelskola", "Påhittsmo"),
    ("slattens-exempelskola", "Slättens exempelskola", "Påhittsby"),
    ("hamnens-exempelskola", "Hamnens exempelskola", "Påhittshamn"),
)
UPPER_SECONDARY = ("exempelgymnasiet", "Exempelgymnasiet", "Påhittsfors")

# Which schools (by number, the gymnasium is 9) each one travels between.
STAFF: tuple[tuple[str, str, Profession, tuple[int, ...]], ...] = (
    ("Skolsköterska Ett", "skolskoterska1", Profession.NURSE, (0, 1, 9)),
    ("Skolsköterska Två", "skolskoterska2", Profession.NURSE, (2, 3, 4)),
    ("Skolsköterska Tre", "skolskoterska3", Profession.NURSE, (5, 6)),
    ("Skolsköterska Fyra", "skolskoterska4", Profession.NURSE, (7, 8)),
    ("Kurator Ett", "kurator1", Profession.COUNSELLOR, (0, 1, 2, 3, 9)),
    ("Kurator Två", "kurator2", Profession.COUNSELLOR, (4, 5, 6, 7, 8)),
)

WITH_ACCOUNT = ("kurator1", "skolskoterska1", "samordnare")
"""Mailboxes of those who can sign in with the pretended provider too."""

# Where somebody is on the days of a week: at one of their schools after the other.
HOURS = (time(8), time(16, 30))

# Who is named to answer for what.
RESPONSIBLE = (
    (Seat(Duty.OVERSIGHT), "samordnare"),
    (Seat(Duty.DISCLOSURE, Wall.MEDICAL), "skolskoterska1"),
    (Seat(Duty.DISCLOSURE, Wall.PSYCHOSOCIAL), "kurator1"),
)

# Who is away, from the Monday so many weeks ahead and for so many days. Nobody covers yet.
AWAY: tuple[tuple[str, int, int], ...] = (
    ("skolskoterska3", 2, 12),
    ("kurator2", 5, 5),
)

# What pupils can book: whose, at which school (by number), on which weekday (0 is Monday), from and
# until which hour, how.
BOOKABLE: tuple[tuple[str, int, int, int, int, MeetingWay, str | None], ...] = (
    ("Skolsköterska Ett", 0, 0, 10, 12, MeetingWay.ROOM, "Exempelrummet"),
    ("Skolsköterska Ett", 1, 4, 13, 14, MeetingWay.WALK, "Exempelentrén"),
    ("Skolsköterska Två", 2, 3, 9, 11, MeetingWay.ROOM, "Exempelrummet"),
    ("Kurator Ett", 0, 0, 13, 15, MeetingWay.ROOM, "Exempelbiblioteket"),
    ("Kurator Ett", 0, 4, 8, 9, MeetingWay.PHONE, None),
)

TEMPLATES: tuple[tuple[str, Wall | None, str], ...] = (
    (
        "Tack för att du knackade",
        None,
        (
            "Hej! Tack för att du skrev till mig. Jag har läst det du skrev.\n\n"
            "Vill du berätta lite mer här, eller ska vi ses? Du bestämmer."
        ),
    ),
    (
        "Förslag på att ses",
        None,
        (
            "Hej! Jag vill gärna träffa dig. Jag har föreslagit några tider här under.\n\n"
            "Passar ingen av dem? Tryck på det, så hittar vi en annan."
        ),
    ),
    (
        "Jag ringde",
        None,
        (
            "Hej! Jag ringde dig i dag, men fick inget svar. Det gör inget.\n\n"
            "Jag försöker igen. Skriv gärna när det passar bäst."
        ),
    ),
    (
        "Sömn",
        Wall.MEDICAL,
        (
            "Hej! Det är jobbigt att sova dåligt, och det är vanligt.\n\n"
            "Skriv gärna när du går och lägger dig och när du vaknar. Då kan vi prata om vad som "
            "kan hjälpa."
        ),
    ),
    (
        "Ont i kroppen",
        Wall.MEDICAL,
        (
            "Hej! Bra att du hörde av dig.\n\nHur länge har du haft ont, och var sitter det? "
            "Blir det snabbt värre ringer du 1177, eller 112 om det är bråttom."
        ),
    ),
    (
        "Bråk med vänner",
        Wall.PSYCHOSOCIAL,
        (
            "Hej! Det låter tungt. Det är inte ditt fel att det har blivit så.\n\n"
            "Vill du prata om det? Vi kan ses på en plats där ingen stör."
        ),
    ),
    (
        "Jobbigt hemma",
        Wall.PSYCHOSOCIAL,
        (
            "Hej! Tack för att du berättar. Du har gjort rätt.\n\n"
            "Jag vill gärna prata med dig snart. Är det farligt hemma just nu ringer du 112."
        ),
    ),
)


def build() -> Municipality:
    """Everything but the knocks."""
    municipality = service.add_municipality(
        SLUG,
        "Exempelkommun",
        duty_phone="08-465 004 00",  # PTS keeps this number free for fiction
        contact_email=f"elevhalsa@{MAIL_DOMAIN}",
        show_names=True,
    )
    retention.decide(
        municipality, RecordKind.KNOCK, days=180, reference="EX 2026/1 § 1",
        decided_on=date(clock.today().year, 1, 1), decided_by="Exempelnämnden",
        note="Påhittat, för demonstrationen.", by=work.OPERATOR,
    )  # fmt: skip
    for slug, name, town in SCHOOLS:
        service.put_school(municipality, slug, name=name, form=SchoolForm.COMPULSORY, town=town)
    slug, name, town = UPPER_SECONDARY
    service.put_school(municipality, slug, name=name, form=SchoolForm.UPPER_SECONDARY, town=town)
    schools = _in_order(municipality)
    for person, mailbox, profession, numbers in STAFF:
        served = [schools[number] for number in numbers]
        staff, _change = staffing.put(
            municipality,
            f"{mailbox}@{MAIL_DOMAIN}",
            name=person,
            profession=profession,
            schools=served,
        )
        _place(staff, served)
    staffing.put(
        municipality, f"samordnare@{MAIL_DOMAIN}", name="Samordnare", profession=None, schools=()
    )
    for seat, mailbox in RESPONSIBLE:
        named = staffing.require(f"{mailbox}@{MAIL_DOMAIN}", municipality)
        duties.name(municipality, seat, named, by=work.OPERATOR)
    for mailbox, weeks, days in AWAY:
        _be_away(staffing.require(f"{mailbox}@{MAIL_DOMAIN}", municipality), weeks, days)
    for title, wall, body in TEMPLATES:
        service.put_template(municipality, title, wall=wall, body=body)
    people = {one.name: one for one in staffing.everyone(municipality)}
    for name, number, weekday, begins, ends, way, place in BOOKABLE:
        wanted = standing.Wanted(
            schools[number].id, weekday, begins * 60, ends * 60, 20, way, place, None, None
        )
        standing.put(people[name], wanted)
    _consult(people, schools[0])
    first_year = school_year(clock.today())
    for year in (first_year - 1, first_year):
        for break_name, starts_on, ends_on in breaks(year):
            service.put_break(municipality, None, break_name, starts_on, ends_on)
    return municipality


def _consult(people: dict[str, Staff], school: School) -> None:
    """A school whose staff can ask, and one question of last week that was answered."""
    consultation_links.renew(people["Samordnare"], school)
    nurse, asked = people["Skolsköterska Ett"], Asked(
        new_id(), Role.TEACHER, Theme.ATTENDANCE, Concerns.GROUP, Form.PHONE, None, "0701740605",
        None, "Flera i gruppen kommer allt mer sällan. Vad kan jag göra i klassrummet?",
    )  # fmt: skip
    with clock.frozen(clock.now() - timedelta(days=7)):
        row = consultations.ask(school, asked).row
        consultations.take(nurse, row)
        consultations.answer(nurse, row, "Jag ringer dig i morgon.", form_id=new_id())
        consultations.note(nurse, row, Outcome.ADVICE, minutes=12, again_on=None)


def _place(staff: Staff, schools: list[School]) -> None:
    starts_at, ends_at = HOURS
    for weekday in range(5):
        school = schools[weekday % len(schools)]
        serving.add_places(staff, staff, school, [weekday], starts_at=starts_at, ends_at=ends_at)


def _be_away(staff: Staff, weeks: int, days: int) -> None:
    today = clock.today()
    starts_on = today + timedelta(days=7 * weeks - today.weekday())
    serving.be_away(staff, staff, starts_on, starts_on + timedelta(days=days - 1))


def _in_order(municipality: Municipality) -> list[School]:
    by_slug = {school.slug: school for school in schools_of(municipality)}
    return [by_slug[slug] for slug, _name, _town in (*SCHOOLS, UPPER_SECONDARY)]


def school_year(day: date) -> int:
    """The year in which the school year of ``day`` began; a school year begins in July here."""
    return day.year if day.month >= 7 else day.year - 1


def breaks(year: int) -> list[tuple[str, date, date]]:
    """The breaks of the school year that begins in ``year``, as most municipalities lay them."""
    easter_friday = good_friday(year + 1)
    before_christmas = date(year, 12, 22)
    christmas = before_christmas - timedelta(days=before_christmas.weekday())
    epiphany = date(year + 1, 1, 6)
    return [
        ("Höstlov", *_week(year, 44)),
        ("Jullov", christmas, epiphany + timedelta(days=(4 - epiphany.weekday()) % 7)),
        ("Sportlov", *_week(year + 1, 9)),
        ("Påsklov", easter_friday - timedelta(days=4), easter_friday + timedelta(days=3)),
        ("Sommarlov", _week(year + 1, 25)[0], _week(year + 1, 33)[1]),
    ]


def _week(year: int, week: int) -> tuple[date, date]:
    """Monday and Friday of an ISO week."""
    return date.fromisocalendar(year, week, 1), date.fromisocalendar(year, week, 5)
