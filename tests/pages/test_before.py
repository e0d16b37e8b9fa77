"""What the form and the door say before a knock is sent, and what is done then."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import Triage, Urgency
from elevhalsa.domain.notices.models import Notice
from elevhalsa.domain.places.models import Break, CrisisLine, Guarantee
from elevhalsa.domain.places.words import Unit
from elevhalsa.domain.serving.models import Absence, Cover
from elevhalsa.extensions import db
from tests.domain.helpers import at
from tests.factories import Make

from .browser import Browser

FORM = "/knacka?skola=norrskogen"
MONDAY = at("2026-07-13 09:12")
FRIDAY_NIGHT = at("2026-11-27 22:00")
SCHOOL = "Norrskogens exempelskola"


class Summer:
    """One school, whose nurse and counsellor are away all summer; a nurse elsewhere."""

    def __init__(self, make: Make, *, names: bool = False) -> None:
        self.make = make
        make._home = make.municipality(show_names=names, duty_phone="0100-12 34 56")
        self.school = make.school(slug="norrskogen", name=SCHOOL)
        self.nurse, self.counsellor = make.nurse(self.school), make.counsellor(self.school)
        self.elsewhere = make.nurse(make.school())
        self.coordinator = make.coordinator()
        for name, phone in (("112", "112"), ("Bris", "116 111"), ("Självmordslinjen", "90101")):
            line = CrisisLine(
                name=name, about="", phone=phone, urgent=True, position=1, hours="dygnet runt",
                needs="", verified_on=date(2026, 7, 1),
            )  # fmt: skip
            db.session.add(line)
        db.session.commit()

    def all_are_away(self) -> None:
        for staff in (self.nurse, self.counsellor):
            self.away(staff)

    def away(self, staff, first=date(2026, 6, 15), last=date(2026, 8, 14)) -> None:
        db.session.add(Absence(staff_id=staff.id, starts_on=first, ends_on=last))
        db.session.commit()

    def covered(self) -> None:
        db.session.add(
            Cover(
                absent_id=self.nurse.id, cover_id=self.elsewhere.id, accepted_at=MONDAY,
                starts_on=date(2026, 6, 15), ends_on=date(2026, 8, 14),
            )
        )  # fmt: skip
        db.session.commit()


@pytest.fixture
def summer(make: Make) -> Summer:
    return Summer(make)


@pytest.fixture
def pupil(client) -> Browser:
    return Browser(client)


def told() -> set[str]:
    return set(db.session.scalars(select(Notice.staff_id).where(Notice.kind == "new_knock")))


def only_knock() -> Knock:
    return db.session.scalars(select(Knock)).one()


def choice(page, value: str) -> str:
    """What the form says of one choice."""
    found = re.search(rf'id="who-{value}-mer">(.*?)</div>', page.html, re.DOTALL)
    assert found
    return " ".join(re.sub(r"<[^>]+>", "", found[1]).split())


def test_the_form_says_when_and_by_whom_and_so_does_the_receipt(pupil, summer):
    with clock.frozen(MONDAY):
        page = pupil.get(FORM)
        line = f"Skolsköterskan på {SCHOOL} hör av sig senast tisdag 14 juli kl. 09.12."
        assert choice(page, "nurse") == line
        receipt = pupil.submit("/knacka", who="nurse", way="app")
    assert f"Skolsköterskan på {SCHOOL} hör av sig" in receipt.text
    assert told() == {summer.nurse.id}


def test_in_july_the_cover_answers_and_the_break_is_named(pupil, summer):
    summer.all_are_away()
    summer.covered()
    db.session.add(
        Break(
            municipality_id=summer.make.home.id, name="Sommarlov",
            starts_on=date(2026, 6, 15), ends_on=date(2026, 8, 14),
        )
    )  # fmt: skip
    db.session.commit()
    says = f"En ersättare för skolsköterskan på {SCHOOL} hör av sig"
    with clock.frozen(MONDAY):
        assert says in pupil.get("/s/norrskogen").text
        page = pupil.get(FORM)
        assert "Sommarlov till och med" in page.text
        assert choice(page, "nurse") == f"{says} senast tisdag 14 juli kl. 09.12."
        receipt = pupil.submit("/knacka", who="nurse", way="app")
    assert says in receipt.text
    assert told() == {summer.elsewhere.id}
    assert only_knock().opened_wide_at is None


def test_where_names_are_shown_a_single_one_is_named_and_one_who_is_away_is_said_to_be(pupil, make):
    summer = Summer(make, names=True)
    other = make.nurse(summer.school)
    summer.away(summer.nurse)
    with clock.frozen(MONDAY):
        page = pupil.get(FORM)
    says = f"{other.name}, skolsköterska på {SCHOOL}, hör av sig senast tisdag 14 juli kl. 09.12."
    assert choice(page, "nurse") == choice(page, other.id) == says
    assert choice(page, summer.nurse.id) == f"{summer.nurse.name} är inte här då. {says}"


def test_a_guarantee_that_is_nearer_than_the_promise_is_what_its_choice_says(pupil, summer):
    db.session.add(
        Guarantee(
            municipality_id=summer.make.home.id, name="Påhittad garanti", unit=Unit.HOURS,
            profession=Profession.NURSE, amount=6, starts_on=date(2026, 7, 1),
            verified_on=date(2026, 7, 1), source="Ett påhittat beslut",
        )
    )  # fmt: skip
    db.session.commit()
    with clock.frozen(MONDAY):
        page = pupil.get(FORM)
        assert "senast måndag 13 juli kl. 15.12" in choice(page, "nurse")
        assert "senast tisdag 14 juli kl. 09.12" in choice(page, "counsellor")
        receipt = pupil.submit("/knacka", who="nurse", way="app")
    assert "senast måndag 13 juli kl. 15.12" in receipt.text
    assert only_knock().due_at == at("2026-07-14 09:12")


def test_when_nobody_can_answer_it_is_said_before_and_the_others_are_offered(pupil, summer):
    summer.away(summer.counsellor)
    with clock.frozen(MONDAY):
        assert f"Kuratorn på {SCHOOL} kan inte svara i tid." in pupil.get("/s/norrskogen").text
        page = pupil.get(FORM)
        says = choice(page, "counsellor")
        assert says.startswith(f"Kuratorn på {SCHOOL} kan inte svara i tid. Välj skolsköterska")
        assert "senast tisdag 14 juli kl. 09.12" in says
        receipt = pupil.submit("/knacka", who="counsellor", way="app")
    knock = only_knock()
    assert (knock.opened_wide_at, knock.due_at) == (MONDAY, at("2026-07-14 09:12"))
    assert told() == {summer.coordinator.id}
    assert "i kommunen hör av sig" in receipt.text


def test_who_was_not_told_that_nobody_can_is_asked_once_and_then_it_is_taken_in(pupil, make):
    """Whom the pupil avoids is known when the form is sent."""
    summer = Summer(make, names=True)
    summer.away(make.counsellor(summer.school))
    with clock.frozen(MONDAY):
        assert "kan inte svara" not in choice(pupil.get(FORM), "counsellor")
        avoids = {"avoid": summer.counsellor.id, "text": "Hej"}
        page = pupil.submit("/knacka", who="counsellor", way="app", **avoids)
        assert page.status == 409
        assert "Den du valde kan inte svara i tid." in page.text
        assert page.form("/knacka").data["text"] == ["Hej"]
        assert "kan inte svara i tid" in choice(page, "counsellor")
        pupil.submit("/knacka")
    assert only_knock().opened_wide_at == MONDAY
    assert summer.counsellor.id not in told()


@pytest.mark.parametrize("senast", ["", None])
def test_a_form_that_could_not_say_it_is_never_asked(client, summer, senast):
    """As one that a phone has kept without a net."""
    summer.all_are_away()
    data = {"skola": "norrskogen", "who": "nurse", "way": "app"}
    with clock.frozen(MONDAY):
        answer = client.post("/knacka", data=data, headers={"Origin": "http://localhost"})
    assert answer.status_code == 303
    assert only_knock().opened_wide_at == MONDAY


def test_at_night_form_and_receipt_say_when_somebody_reads_and_whom_to_call(pupil, summer):
    earliest = "Tidigast måndag 30 november kl. 08.00 läser någon det här."
    with clock.frozen(FRIDAY_NIGHT):
        assert "Tidigast måndag 30 november kl. 08.00 läser någon det." in (
            pupil.get("/s/norrskogen").text
        )
        said = choice(pupil.get(FORM), "nurse")
        receipt = pupil.submit("/knacka", who="nurse", way="app")
    for text in (said, receipt.text):
        assert earliest in text
        for number in ("112", "116 111", "90101", "0100-12 34 56"):
            assert number in text
    with clock.frozen(at("2026-11-30 08:00")):
        assert earliest not in pupil.get(receipt.url).text


def test_during_the_day_nothing_is_said_of_when_somebody_reads(pupil, summer):
    with clock.frozen(MONDAY):
        assert "Tidigast" not in pupil.get(FORM).text
        assert "Tidigast" not in pupil.submit("/knacka", who="nurse", way="app").text


@pytest.mark.parametrize("word", [None, *Urgency])
def test_a_pupil_may_say_how_urgent_it_is_and_the_promise_stands(pupil, summer, word):
    with clock.frozen(MONDAY):
        page = pupil.get(FORM)
        assert "urgency" not in page.form("/knacka").data
        receipt = pupil.submit("/knacka", who="nurse", way="app", urgency=word or "usual")
    knock = only_knock()
    assert knock.urgency is word
    assert knock.due_at == at("2026-07-14 09:12")
    is_urgent = word is Urgency.URGENT
    assert knock.triage is (Triage.URGENT if is_urgent else None)
    calls = receipt.text.find("Orkar du inte vänta? Ring direkt.")
    assert (0 < calls < receipt.text.find("hör av sig")) is is_urgent


def test_staff_see_what_is_urgent_first_and_that_the_pupil_says_so(
    pupil, client, app, summer, make
):
    say: Callable[[Urgency | None], None] = lambda word: make.knock(  # noqa: E731
        summer.school, wanted=Profession.NURSE, urgency=word
    )
    for word in (Urgency.CAN_WAIT, None, Urgency.URGENT):
        say(word)
    staff = Browser(app.test_client())
    staff.sign_in(summer.nurse)
    text = staff.get("/personal/inkorg").text
    assert text.count("Bråttom, säger eleven") == 1
    assert text.index("Bråttom, säger eleven") < text.index("Kan vänta, säger eleven")
    staff.follow("Skolsköterska · I appen · anonym")
    assert "Bråttom, säger eleven" in staff.page.text
