"""Every page there is, in both colour schemes, on a phone and at a desk (in a trial at 320 pixels
and in forced colours too): axe finds nothing, nothing is too wide or too small to hit. A page that
is added and not visited here fails the build."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path

import pytest
from flask import Flask, Response, request, request_finished

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.consents import service as consents
from elevhalsa.domain.consents.words import Role
from elevhalsa.domain.consultations import links as consultation_links
from elevhalsa.domain.cover import service as covering
from elevhalsa.domain.knocks import answering, asking
from elevhalsa.domain.knocks.floods import Flood
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import AttemptKind, Outcome, Way
from elevhalsa.domain.meetings import service as meetings
from elevhalsa.domain.meetings.service import Offer
from elevhalsa.domain.meetings.words import MeetingWay
from elevhalsa.domain.notices.words import Channel
from elevhalsa.domain.people import duties
from elevhalsa.domain.people.rules import SEATS, Seat
from elevhalsa.domain.people.words import Duty
from elevhalsa.domain.places.models import School
from elevhalsa.domain.reminders import service as reminders
from elevhalsa.domain.serving import service as serving
from elevhalsa.extensions import db
from elevhalsa.web import access
from elevhalsa.web.access import Who
from elevhalsa.work import OPERATOR
from tests import bankid
from tests.domain.consents.helpers import asked, found_out
from tests.domain.helpers import propose
from tests.domain.test_unsent import a_notice
from tests.oidc import Providers
from tools.bankid.server import Running

from . import checks
from .conftest import Device
from .person import Look, Pages, Person
from .site import Site, served
from .steps import code_on, is_led, knocks_in_the_app, logs_in, signs_in

SERVICE_WORKERS = "block"

NOT_PAGES = {
    "door.robots", "door.sitemap", "pwa.manifest", "pwa.worker", "pwa.token", "move.picture",
    "mine.still_here", "mine.calendar", "inbox.calendar", "week.calendar_feed",
    "shortcuts.profile", "shortcuts.chromeos", "shortcuts.edge", "shortcuts.shared_ipads",
    "shortcuts.shared_browsers", "signin.key_question", "signin.new_key_question",
    "signin.confirm_question",
}  # fmt: skip
"""What a GET of these gives is for programs."""
LEAD_ON = {"eid.lead", "signin.account", "signin.tie"}
"""Answer a post with a page that leads to a provider at once (test_providers.py looks at it)."""


@pytest.fixture
def site(sqlite_url: str, bank: Running, oidc: Providers) -> Iterator[Site]:
    """With letters, so that signing in asks for an address, BankID, and others to log in with."""
    letters = {"mail_url": "smtp://127.0.0.1:1", "mail_from": "dorr@exempel.invalid"}
    with served(sqlite_url, **letters, **bankid.settings(bank), **oidc.settings) as site:
        for _number in range(3):
            site.make.school()
        site.make.counsellor(site.school)
        site.make.nurse(site.school)
        yield site


@pytest.mark.parametrize("whole", [False, True], ids=["in a test", "in a trial"])
def test_a_page_like_one_that_was_examined_is_examined_again_in_a_trial(
    device: Device, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, whole: bool
) -> None:
    examined: list[str] = []
    monkeypatch.setattr(checks, "check_accessible", lambda page: examined.append(page.url))
    person = device()
    person.pages = replace(person.pages, examined=tmp_path, examines_all=whole)
    person.opens("/hjalp-nu")
    person.opens("/hjalp-nu")
    assert len(examined) == (2 if whole else 1)


def test_who_has_no_javascript_has_none_once_axe_has_looked_either(
    device: Device, tmp_path: Path
) -> None:
    examined = tmp_path / "examined"
    examined.mkdir()
    person = device(js=False)
    person.pages = replace(person.pages, examined=examined)
    for path in ("/hjalp-nu", "/knacka?skola=norrskogen"):
        person.opens(path)
        assert person.page.evaluate("typeof htmx") == "undefined"
    assert len(list(examined.iterdir())) == 2


def test_what_nobody_could_read_is_found_in_every_look(device: Device) -> None:
    """Grey on grey: in the first look, or in another one only."""
    person = device(scheme="dark")
    person.other_looks = (Look("light", 1280),)
    person.opens("/hjalp-nu")
    for query in ("(prefers-color-scheme: dark)", "(min-width: 1000px)"):
        grey = f"@media {query} {{ p {{ color: #777 !important; background: #888 !important }} }}"
        person.page.reload()
        person.page.evaluate(
            "(css) => { const s = new CSSStyleSheet(); s.replaceSync(css);"
            " document.adoptedStyleSheets = [s]; }", grey
        )  # fmt: skip
        person.pages = replace(person.pages, examines_all=True)
        with pytest.raises(AssertionError, match="color-contrast"):
            person.looks()


def test_a_trial_examines_every_page(pages: Pages, request: pytest.FixtureRequest) -> None:
    assert pages.examines_all == request.config.getoption("trial")


@pytest.fixture
def shown(site: Site) -> Iterator[set[tuple[str | None, int]]]:
    """Which endpoints have answered with a whole page, and with what status."""
    seen: set[tuple[str | None, int]] = set()

    def note(_app: Flask, response: Response) -> None:
        if response.mimetype == "text/html" and (
            response.content_encoding or b"<!doctype" in response.get_data()[:20]
        ):
            seen.add((request.endpoint, response.status_code))

    with request_finished.connected_to(note, site.app):
        yield seen


def _pages_of(app: Flask) -> set[str]:
    rules = access.rules(app)
    return {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and rules[rule.endpoint].who is not Who.OPERATOR
        and rule.endpoint not in NOT_PAGES
    }


LOOKS = [Look("dark"), Look("light", 1280)]
MORE_LOOKS = [Look("light", 320), Look("light", forced=True)]
"""Of a trial besides."""


def test_every_page_can_be_used_by_everybody(
    site: Site,
    device: Device,
    shown: set[tuple[str | None, int]],
    bank: Running,
    oidc: Providers,
    pages: Pages,
) -> None:
    first, *others = LOOKS + MORE_LOOKS if pages.examines_all else LOOKS

    def somebody(*, js: bool = True) -> Person:
        person = device(scheme=first.scheme, width=first.width, js=js)
        person.other_looks = tuple(others)
        return person

    _public(somebody())
    _a_pupil(somebody(), somebody())
    _with_bankid(bank, somebody())
    _with_a_provider(oidc, somebody(js=False))
    _to_another_phone(somebody(), somebody())
    _what_happens_to_a_knock(site, somebody())
    _a_guardian(site, somebody())
    _signing_in(site, somebody())
    _a_professional(site, somebody())
    _discloses(site, somebody())
    _a_coordinator(site, somebody())
    _leads_an_organisation(site, somebody())
    _consults(site, somebody(), somebody())
    _faults(site, somebody())
    whole = {endpoint for endpoint, status in shown if status == 200}
    assert whole - LEAD_ON == _pages_of(site.app)
    assert {status for _endpoint, status in shown} >= {200, 403, 404, 409, 410, 422, 429, 500}


LARGE = "document.documentElement.style.fontSize = '212.5%'"
"""Twice the 17 pixels that letters usually are."""
PLACE = """(e) => {
  const {left, right, top, bottom} = e.getBoundingClientRect();
  return {left, right, top, bottom};
}"""


def test_with_letters_twice_as_large_all_is_on_the_screen_and_the_way_out_first(
    site: Site, device: Device
) -> None:
    """On every page of a pupil's that has an address of its own, with colours of one's own too."""
    rules = access.rules(site.app)
    person = device(forced=True)
    knocks_in_the_app(person, text="Hej")
    paths = [person.path] + [
        rule.rule
        for rule in site.app.url_map.iter_rules()
        if rule.endpoint in _pages_of(site.app)
        and not rule.arguments
        and rules[rule.endpoint].who in (Who.ANYONE, Who.PUPIL)
    ]
    assert len(paths) > 10
    page = person.page
    for path in paths:
        page.goto(site.url + path)
        page.evaluate(LARGE)
        checks.check_width(page)
        leave = page.locator("[data-exit]")
        if not leave.count():  # what is not a pupil's own, such as signing in
            assert path.startswith("/logga-in")
            continue
        place = leave.evaluate(PLACE)
        assert 0 <= place["left"] < place["right"] <= 360, path
        assert 0 <= place["top"] < place["bottom"] <= 200, path
        first = page.locator("header a").evaluate_all(
            "(all) => all.sort((a, b) => a.getBoundingClientRect().top - "
            "b.getBoundingClientRect().top)[0].className"
        )
        assert first == "exit", path


def _public(person: Person) -> None:
    for path in ("/", "/knacka", "/s/norrskogen", "/", "/knacka", "/hjalp-nu", "/sa-funkar-det",
                 "/sa-funkar-det/12-14", "/integritet", "/tillganglighet", "/mitt", "/mitt/kod",
                 "/installera", "/offline", "/flytta", "/flytta/hit", "/push/"):  # fmt: skip
        person.opens(path)
    person.opens("/hjalp-nu")
    person.unfolds("Någon gör mig illa")
    person.looks()


def _a_pupil(pupil: Person, other: Person) -> None:
    for way in ("Sms", "Samtal", "E-post", "Möt mig på skolan"):
        pupil.opens("/knacka?skola=norrskogen")
        pupil.chooses(re.compile(f"^{way}"))
        avoiding = pupil.unfolds("Är det någon du inte vill ska veta?")
        if way == "Sms":
            pupil.types("Någon på en annan skola?", "exempelskolan")
            pupil.presses("Leta", within=avoiding)
            pupil.chooses(re.compile(f"^{way}"))
        pupil.unfolds("Vill du säga vad du heter?")
        pupil.looks()
        pupil.presses("Knacka på")
    knocks_in_the_app(pupil, text="Hej")
    receipt, code = pupil.path, code_on(pupil)
    for folded in ("Lås med egna siffror", "Ta tillbaka min knackning"):
        pupil.unfolds(folded)
    pupil.looks()
    pupil.presses("Skicka")
    pupil.unfolds("Lås med egna siffror")
    pupil.presses("Lås")
    pupil.types("Välj 4 till 8 siffror", "2580")
    pupil.types("Samma siffror en gång till", "2580")
    pupil.presses("Lås")
    pupil.unfolds("Är det här din egen mobil?")
    pupil.presses("Ja, minns mig här")
    pupil.opens("/mitt")
    pupil.opens(f"{receipt}/andra")
    _says_who_it_is(pupil, receipt)
    pupil.opens(f"{receipt}/skola")
    pupil.presses("Flytta min knackning")
    pupil.opens(receipt)

    other.opens("/mitt/kod")
    other.unfolds("Jag har tappat bort koden")
    other.presses("Visa svar")
    other.types("Koden du fick", code)
    other.presses("Visa svar")
    other.page.get_by_label("Dina siffror").fill("1111")
    other.presses("Lås upp")

    pupil.unfolds("Ta tillbaka min knackning")
    pupil.presses("Ta tillbaka")


def _says_who_it_is(pupil: Person, receipt: str) -> None:
    pupil.opens(f"{receipt}/vem-jag-ar")
    pupil.types("Namn", "Exa Exempelson")
    pupil.presses("Titta på det först")
    pupil.presses("Ja, berätta det")
    pupil.opens(f"{receipt}/vem-jag-ar")


def _with_bankid(bank: Running, pupil: Person) -> None:
    pupil.opens("/s/norrskogen")
    pupil.follows("Logga in och knacka på")
    pupil.presses("BankID på den här enheten")
    pupil.presses("Avbryt")
    pupil.follows("Försök igen med BankID")
    pupil.presses("BankID på en annan enhet")
    bankid.confirms(bank)
    pupil.page.wait_for_url(re.compile("/logga-in/klart"))
    pupil.looks()
    pupil.presses("Det är jag. Fortsätt")


def _with_a_provider(oidc: Providers, person: Person) -> None:
    """Without a script, which would not let anybody look at the page that comes back."""
    person.opens("/s/norrskogen")
    person.follows("Logga in och knacka på")
    is_led(person, oidc.skola, "Logga in med Skolkonto")
    logs_in(person, "sub-a", "/logga-in/klart")
    person.opens("/logga-in/")
    is_led(person, oidc.arbete, "Logga in med Arbetskonto")
    logs_in(person, "X", "/svar")


def _to_another_phone(old: Person, new: Person) -> None:
    knocks_in_the_app(old)
    old.opens("/push/")
    old.opens("/flytta")
    old.presses("Visa koden")
    new.opens("/flytta/hit")
    new.presses("Hämta hit")
    new.types("Koden på den andra mobilen", code_on(old))
    new.presses("Hämta hit")
    old.opens("/flytta")


def _a_guardian(site: Site, person: Person) -> None:
    consent = asked(found_out(site.school.municipality), Role.GUARDIAN_ONE)
    door = consents.open_door(consent)
    db.session.commit()
    person.opens(f"/samtycke/{door.token}")
    person.presses("Öppna")
    person.types("Din kod", door.code)
    person.presses("Öppna")
    person.unfolds("Vad säger lagen?")
    person.looks()
    person.presses("Skicka mitt svar")
    person.chooses("Ja, jag samtycker")
    person.presses("Skicka mitt svar")
    person.presses("Ta tillbaka mitt ja")


def _what_happens_to_a_knock(site: Site, pupil: Person) -> None:
    """One knock in each state that its page shows differently."""
    make = site.make
    me = make.counsellor(site.school)
    soon = clock.now() + timedelta(days=3)
    offers = [
        Offer(soon, 30, MeetingWay.ROOM, "Rum 12"),
        Offer(soon, 30, MeetingWay.VIDEO, "https://video.exempel.invalid/1"),
    ]
    with clock.frozen(clock.now() - timedelta(days=9)):
        late = make.knock(site.school)
    offered, picked, none, called, closed = (
        make.knock(site.school, **values)
        for values in ({}, {}, {}, {"way": Way.CALL, "phone": "0701740615"}, {})
    )
    with site.meanwhile():
        propose(me, offered.knock, offers)
        one = propose(me, picked.knock, offers)
        meetings.pick(picked.knock, one.id, one.slots[1].id)
        one = propose(me, none.knock, offers)
        meetings.none_fits(none.knock, one.id)
        answering.log_attempt(me, called.knock, AttemptKind.CALLED_NO_ANSWER)
        answering.answer(me, closed.knock, "Hej!", form_id=new_id())
        answering.close(me, closed.knock, Outcome.TALKED, shown=closed.knock.newest)
    for receipt in (late, offered, picked, none, called, closed):
        pupil.opens("/mitt/kod")
        pupil.types("Koden du fick", receipt.code)
        pupil.presses("Visa svar")


def _signing_in(site: Site, person: Person) -> None:
    me = site.make.counsellor(site.school)
    person.opens("/logga-in/")
    person.presses("Skicka länk")
    person.types("E-postadress i tjänsten", "ingen@exempel.invalid")
    person.presses("Skicka länk")
    link = site.link_for(me)
    person.opens(link)
    person.presses("Logga in här")
    person.opens(link)


def _a_professional(site: Site, person: Person) -> None:
    make = site.make
    second = make.school()
    me, colleague = make.counsellor(site.school, second), make.counsellor(site.school)
    _a_full_inbox(site, second)
    flood = _a_flood(site)
    taken = make.knock(site.school, text="Hej").knock
    theirs = make.knock(site.school, text="Hej").knock
    done = make.knock(site.school, text="Hej").knock
    soon = clock.now() + timedelta(days=3)
    with site.meanwhile():
        answering.answer(me, taken, "Hej!", form_id=new_id())
        propose(me, taken, [Offer(soon, 30, MeetingWay.PHONE, None)])
        answering.take(me, done)
        answering.close(me, done, Outcome.MET, shown=done.newest)

    signs_in(person, site, me)
    for path in ("/personal/notiser", "/personal/journalfora"):
        person.opens(path)
    for tab in ("vantar", "mina", "klara"):
        person.opens(f"/personal/inkorg?flik={tab}")
    _dismisses(person, flood)
    case = f"/personal/arende/{taken.id}"
    person.opens(case)
    folded = person.page.locator("details > summary")
    for number in range(folded.count()):
        folded.nth(number).click()
    person.looks()
    for button in ("Skicka svar", "Skicka förslaget", "Avsluta knackningen"):
        person.opens(case)
        person.page.locator("form", has_text=button).evaluate("(form) => form.noValidate = true")
        person.page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
        person.presses(button)
    person.opens(f"/personal/arende/{done.id}")
    person.opens(f"/personal/arende/{theirs.id}")
    _in_danger(person)
    _opens_what_is_hidden(site, person, taken)
    with site.meanwhile():
        answering.take(colleague, theirs)
    person.types("Svar", "Hej!")
    person.presses("Ta emot och skicka svar")
    for path in ("/personal/vecka", "/personal/franvaro/moten"):
        person.opens(path)
    for path in ("inloggningar", "inloggningar/nyckel", "paminnelser"):
        person.opens(f"/personal/{path}")
    _her_own_week(person)
    person.opens("/samordnare/")
    _sets_times(person)


def _sets_times(person: Person) -> None:
    person.opens("/personal/tider")
    person.presses("Lägg till")
    person.page.get_by_label("Skola").select_option(index=1)
    for label, value in (("Från kl.", "10:00"), ("Till kl.", "11:00")):
        person.types(label, value)
    person.types("Plats eller videolänk", "Rum 12")
    person.presses("Lägg till")
    person.follows(re.compile("^Ändra"))
    person.presses("Ta bort tiden")
    person.opens("/personal/kalender")
    person.presses("Gör en adress")


def _her_own_week(person: Person) -> None:
    person.follows("Schema")
    person.unfolds("Lägg till dagar")
    person.presses("Lägg till i schemat")
    person.page.get_by_label("Skola").select_option(index=1)
    person.page.get_by_label("Tisdag").check()
    person.page.get_by_label("Från kl.").fill("08:00")
    person.page.get_by_label("Till kl.").fill("15:00")
    person.presses("Lägg till i schemat")
    person.follows("Ändra")
    person.opens("/personal/franvaro")
    person.presses("Jag är borta i morgon")
    person.presses("Spara dagarna")
    person.follows("Ersättare")
    person.presses("Lämna över batongen")
    person.page.get_by_label(re.compile("Kurator")).first.check()
    person.page.get_by_label("Första dagen").fill(_days_ahead(3))
    person.page.get_by_label("Sista dagen").fill(_days_ahead(9))
    person.presses("Lämna över batongen")
    person.unfolds("Förläng eller ta tillbaka")
    person.looks()
    person.follows("Skriv")


def _opens_what_is_hidden(site: Site, person: Person, knock: Knock) -> None:
    here = person.path
    with site.meanwhile():
        reminders.set_fallback(knock, phone=None, email="bara.eleven@exempel.se")
    person.opens(f"/personal/arende/{knock.id}/dolt")
    person.presses("Öppna nu")
    person.page.get_by_label("Dit elevens påminnelser går").check()
    person.chooses("Eleven kan ta sitt liv")
    person.types("Varför?", "Eleven skriver inte längre.")
    person.presses("Öppna nu")
    person.sees("bara.eleven@exempel.se")
    person.chooses("Vänta till en dag")
    person.presses("Spara")
    person.opens(here)


def _in_danger(person: Person) -> None:
    case = person.path
    person.follows("Fara för liv")
    person.unfolds("Det här stöder du dig på")
    person.looks()
    person.presses("Spara noteringen")
    person.page.get_by_label("Ringde 112").check()
    person.presses("Spara noteringen")
    person.opens(case)
    _is_worried(person)
    person.follows("Vem svarar för utlämnande?")
    person.opens(case)


def _discloses(site: Site, person: Person) -> None:
    """She is named behind her wall."""
    me = site.make.counsellor(site.school)
    with site.meanwhile():
        seat = Seat(Duty.DISCLOSURE, Wall.PSYCHOSOCIAL)
        duties.name(site.school.municipality, seat, me, by=OPERATOR)
    knock = site.make.knock(site.school, text="Hej", wanted=Profession.COUNSELLOR)
    signs_in(person, site, me)
    person.opens("/personal/vem-svarar")
    person.types("Elevens kod", knock.code)
    person.presses("Hämta")
    for asker in ("En vårdnadshavare", "Eleven själv"):
        person.opens(f"/personal/utlamnande/{knock.knock.id}")
        person.follows(asker)
        person.presses("Förhandsgranska")


def _is_worried(person: Person) -> None:
    case = person.path
    person.follows("Oro för eleven")
    person.presses("Jag har anmält")
    for label in ("Under 18 år, eller vet inte", "Telefon till socialtjänsten", "Ja, före anmälan"):
        person.page.get_by_label(label).check()
    person.looks()
    person.presses("Jag har anmält")
    person.opens(case)


def _days_ahead(number: int) -> str:
    return str(clock.today() + timedelta(days=number))


def _dismisses(person: Person, flood: str) -> None:
    person.opens("/personal/inkorg")
    person.unfolds("Många liknande (3)")
    person.opens(f"/personal/liknande/{flood}")
    person.unfolds("Ta bort alla 3 ur inkorgen")
    person.presses("Ja, ta bort alla 3")
    person.presses("Ta tillbaka")


def _a_flood(site: Site) -> str:
    """Three knocks that are set aside together."""
    number = new_id()
    said = [site.make.asked(text=f"Hej {turn}") for turn in range(3)]
    with site.meanwhile():
        for asked in said:
            asking.knock(site.school, asked, flood=Flood(number, [], begins=False))
    return number


def _a_full_inbox(site: Site, school: School) -> None:
    with clock.frozen(clock.now() - timedelta(days=9)):
        site.make.knock(school)
    for way in Way:
        site.make.knock(
            school, way=way, wanted=None, text="Hej", phone="0701740615",
            email="elev@exempel.invalid", safe_times="efter kl. 15", name="Elev 1",
            school_class="8 B",
        )  # fmt: skip
    for _number in range(25):
        site.make.knock(school)


def _consults(site: Site, teacher: Person, person: Person) -> None:
    """Somebody at the school asks; one who answers and coordinates besides."""
    me = site.make.staff(Profession.NURSE, [site.school], coordinates=True)
    site.make.counsellor(site.school)
    with site.meanwhile():
        old = consultation_links.renew(me, site.school).token
        token = consultation_links.renew(me, site.school).token
    teacher.opens(f"/rad/l/{old}")
    teacher.opens("/rad/")
    teacher.presses("Visa svaret")
    teacher.opens(f"/rad/l/{token}")
    teacher.presses("Skicka frågan")
    teacher.page.get_by_label("Vad arbetar du som?").select_option("Lärare")
    teacher.page.get_by_label("Vad gäller det?").select_option("Hur någon mår")
    for choice in (re.compile("^Ett barn"), "Ett möte", "Skolsköterska"):
        teacher.chooses(choice)
    teacher.types("Vilket nummer ska vi ringa?", "070-174 06 05")
    teacher.types("Vad vill du prata om?", "Wilma gråter varje dag.")
    teacher.presses("Skicka frågan")
    teacher.types("Vad vill du prata om?", "En elev gråter varje dag.")
    teacher.presses("Skicka det ändrade")
    teacher.unfolds("Det du frågade")
    teacher.unfolds("Jag behöver inte prata längre")
    teacher.looks()
    teacher.opens("/rad/")
    teacher.follows("Orosanmälan")

    signs_in(person, site, me)
    person.opens("/personal/rad/")
    person.follows("Hur någon mår")
    person.presses("Ta emot")
    person.presses("Spara")
    person.types("Ditt svar", "Jag ringer dig.")
    person.presses("Skicka svaret")
    person.opens("/samordnare/rad")
    person.presses("Spara")
    person.opens(f"/samordnare/rad/{site.school.slug}/blad")


def _a_coordinator(site: Site, person: Person) -> None:
    nurse, cover = site.make.nurse(site.school), site.make.nurse(site.school)
    with site.meanwhile():
        day = clock.today() + timedelta(days=3)
        covering.hand_over(nurse, nurse, [cover], None, day, day, is_away=True)
        serving.add_places(nurse, nurse, site.school, [0], starts_at=time(8), ends_at=time(15))
    coordinator = site.make.coordinator()
    with site.meanwhile():
        duties.name(coordinator.municipality, SEATS[0], coordinator, by=OPERATOR)
    signs_in(person, site, coordinator)
    person.opens("/samordnare/")
    person.follows("Logg")
    person.follows("Öppnat vid fara för liv")
    person.follows("Löftet")
    person.presses("Spara")
    person.follows("Ansvariga")
    person.presses("Spara")
    person.follows("Organisationer")
    person.presses("Lägg till")
    _of_an_organisation(site, person)
    person.follows("Luckor")
    person.follows("Lov")
    person.presses("Spara lovet")
    with site.meanwhile():
        db.session.add(a_notice(nurse.municipality_id, Channel.EMAIL, "smtp 550 recipient"))
        db.session.add(a_notice(nurse.municipality_id, Channel.SMS, "unknown"))
    person.follows("Utskick")
    person.presses("Försök igen med 1")
    person.follows("Garantier")
    _writes_texts(site, person)
    _purges(person)
    person.follows("Personal")
    person.presses("Spara")
    person.follows(nurse.name)
    person.presses("Borta i dag")
    person.follows("Ändra")
    person.opens("/samordnare/")
    person.follows("Genvägar och affischer till skolorna")
    shortcuts = person.path
    person.opens(f"{shortcuts}affischer")
    for printed in ("affisch", "kort"):
        person.opens(f"{shortcuts}{site.school.slug}/{printed}")


def _of_an_organisation(site: Site, person: Person) -> None:
    with site.meanwhile():
        organisation = site.make.organisation(name="Exempelhjälpen", contact="hjalp@exempel.se")
        site.make.staff(
            Profession.SOCIAL_WORKER, [site.school], organisation_id=organisation.id, leads=True
        )
    person.opens("/kommun/partner")
    person.follows("Exempelhjälpen")
    person.presses("Spara")


def _leads_an_organisation(site: Site, person: Person) -> None:
    with site.meanwhile():
        organisation = site.make.organisation()
        site.make.staff(Profession.SOCIAL_WORKER, [site.school], organisation_id=organisation.id)
        leader = site.make.leader(organisation)
    signs_in(person, site, leader)
    person.opens("/partner/")


def _writes_the_method(person: Person) -> None:
    person.follows("Arbetssätt")
    person.follows("Skriv stegen")
    person.presses("Lägg till steget")
    for what in ("Ring vården", "Träffas"):
        person.page.get_by_label("Vad görs?").last.fill(what)
        person.page.get_by_label("Vem gör det?").last.fill("Skolsköterskan")
        person.presses("Lägg till steget")
    person.presses("Flytta upp steg 2")
    person.presses("Ta bort steg 2")
    person.follows("Arbetssätt")
    person.follows("Skriv ordlistan")
    person.presses("Lägg till ordet")
    person.follows("Så arbetar vi")
    person.opens("/samordnare/")


def _writes_texts(site: Site, person: Person) -> None:
    _arranges_bron(site, person)
    _writes_the_method(person)
    for page, button in (
        ("Oro", "Spara steget"), ("Åldrar", "Spara texten"), ("Utlämnande", "Spara texten"),
    ):  # fmt: skip
        person.follows(page)
        person.page.locator("summary").first.click()
        person.looks()
        person.presses(button)
    person.follows("Samtycken")
    person.presses("Förhandsgranska Till vårdnadshavare")
    person.presses("Publicera Till vårdnadshavare")
    person.follows("Vad vi säger om lagen")
    person.page.locator("summary").first.click()
    person.looks()
    person.presses("Spara texten")


def _arranges_bron(site: Site, person: Person) -> None:
    with site.meanwhile():
        receiver = site.make.organisation().name
    person.follows("Bron")
    person.follows("Lägg till ett erbjudande")
    person.presses("Spara")
    person.types("Vad heter det?", "Råd om vardagen")
    person.types("Vad är det?", "Ni får prata med en familjebehandlare.")
    person.types("Från vilken ålder?", "6")
    person.types("Till och med vilken ålder?", "12")
    for label, option in (
        ("Hur ges det?", "Utan behovsprövning"),
        ("Hur dokumenteras det?", "Dokumenteras inte: råd"),
        ("Vilket formulär?", "Bron"), ("Vem tar emot?", receiver),
    ):  # fmt: skip
        person.page.get_by_label(label).select_option(option)
    person.types("Var finns beslutet?", "SN 2026/1 § 2")
    person.types("Vilken dag är beslutet?", "2026-01-07")
    person.presses("Spara")
    person.follows("Ändra Råd om vardagen")
    person.follows("Till katalogen")
    person.follows("Ändra tiderna")
    person.presses("Spara")
    person.follows("Ändra frågorna Bron")
    person.page.locator("summary").first.click()
    person.looks()
    person.presses("Spara frågan")


def _purges(person: Person) -> None:
    person.follows("Gallring")
    for folded in ("För in ett beslut", "Allt som sparas, och när det tas bort"):
        person.unfolds(folded)
    person.looks()
    person.presses("För in beslutet")
    person.presses("Gallra nu")


def _faults(site: Site, person: Person) -> None:
    person.opens("/finns-inte")
    person.opens("/lamna")  # can only be posted to
    person.opens("/mitt/kod")
    token = person.page.locator("[name=csrf_token]").first.get_attribute("value") or ""
    address = site.url + "/mitt/kod"
    sent = {"csrf_token": token, "code": "fel"}
    for _number in range(12):
        person.page.request.post(address, form=sent, headers={"Referer": address})  # type: ignore[arg-type]
    person.presses("Visa svar")
    assert person.heading == "Vänta en liten stund"

    def breaks() -> str:
        raise RuntimeError("a fault of ours")

    site.app.config["PROPAGATE_EXCEPTIONS"] = False
    site.app.view_functions["door.privacy"] = breaks
    person.page.goto(site.url + "/integritet")
    assert person.heading == "Något gick fel hos oss"
    person.faults.clear()  # the browser notes the 500, as it should
    person.looks()
