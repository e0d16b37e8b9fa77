"""What is weighed before something is given, and who comes at it at all."""

from datetime import timedelta

from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.walls import Wall
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.disclosure.models import Disclosure
from elevhalsa.domain.disclosure.words import Outcome
from elevhalsa.domain.knocks.models import Avoided
from elevhalsa.domain.people import duties
from elevhalsa.domain.people.rules import Seat
from elevhalsa.domain.people.words import Duty
from elevhalsa.extensions import db
from elevhalsa.work import OPERATOR
from tests.domain.disclosure.reading import read_back

from .browser import Browser
from .test_disclosure import (
    ANSWER,
    FRIEND,
    HERE,
    MONDAY,
    NAME,
    NUMBER,
    SAID,
    START,
    WHO,
    monday,
    town,
    trace_of,
)  # fmt: skip

__all__ = ["monday", "town"]


def test_the_pdf_says_what_the_text_says_and_the_same_form_is_one_decision(town):
    town.weighs("pupil")
    assert all(one.endswith(" give") for one in town.given("pupil"))
    town.sends("pupil", "visa", **town.everything("pupil"))
    form = town.browser.page.form("/pupil").data
    files = {}
    for kind in ("pdf", "text"):
        files[kind] = town.browser.send(
            "POST", f"{START}{town.id}/pupil", data=form | {"gor": [kind]}, headers=HERE
        )
        assert files[kind].status_code == 200, files[kind].text
    assert '"utlamnande.pdf"' in files["pdf"].headers["Content-Disposition"]
    read = "".join(read_back(files["pdf"].data).split())
    for line in files["text"].text.splitlines()[3:]:
        if not line.isupper():
            assert "".join(line.split()) in read
    for said in (SAID, NAME, NUMBER, ANSWER):
        assert said in files["text"].text
    assert "överklagar" not in files["text"].text
    assert [one.outcome for one in db.session.scalars(select(Disclosure))] == [Outcome.GIVEN]
    actions = [action for action, _reason in trace_of(town.id)]
    assert actions.count(Action.DISCLOSED) == 1
    assert actions.count(Action.EXPORTED) == 2


def test_who_is_refused_learns_not_even_whether_there_is_a_pupil(town):
    town.weighs("anybody")
    wish = town.everything("anybody") | {
        "reason": "Det går inte.",
        "pupil_sees": "nej",
    }
    town.sends("anybody", "visa", **wish)
    page = town.sends("anybody", "text")
    assert 'filename="beslut.txt"' in page.response.headers["Content-Disposition"]
    for hidden in (SAID, NAME, NUMBER, ANSWER, town.knock.school.name, "Samtalet", "SAMTALET"):
        assert hidden not in page.html
    assert "Inget lämnas ut" in page.html
    assert "kammarrätten" in page.html
    pupil = Browser(town.app.test_client())
    pupil.get("/mitt/kod")
    assert "bad att få se" not in pupil.submit("/mitt/kod", code=town.receipt.code).text
    page = town.browser.get(f"{START}{town.id}")
    assert "Inget lämnas ut" in page.text


NOT_WEIGHED: list[tuple[dict[str, object], str]] = [
    ({"checked": []}, "Gå igenom alla frågor"),
    ({"ground": []}, "Välj på vilken grund"),
    ({"reason": ""}, "Skriv varför allt inte lämnas ut."),
    ({"reason": f"{NAME} mår sämre då."}, "Skälen säger något som inte lämnas ut."),
    ({"struck": "Någon annan"}, "Rad 1 står ingenstans."),
    ({"pupil_sees": []}, "Välj om eleven får se det"),
]


def test_what_is_not_weighed_is_not_given_and_what_was_written_comes_back(town):
    for changed, said in NOT_WEIGHED:
        town.weighs("guardian")
        wish: dict[str, object] = {
            "parts": town.given("guardian", "message-"), "struck": FRIEND, "reason": "Skäl nog.",
            "pupil_sees": "ja", **town.everything("guardian"),
        }  # fmt: skip
        town.sends("guardian", "visa", **wish)
        page = town.sends("guardian", "text", **changed)
        if "ändrats" in page.text:  # it is drawn anew, and looked at
            page = town.sends("guardian", "text")
        assert page.status == 422
        assert said in page.text
        assert page.form("/guardian").data["struck"] == [changed.get("struck", FRIEND)]
    assert trace_of(town.id) == [(Action.SHOWN, "disclosure")] * town.pages


def test_only_who_is_named_behind_its_wall_and_not_avoided_comes_at_it(town):
    address = f"{START}{town.id}"
    make = town.make
    nurse = make.nurse(town.knock.school)
    duties.name(make.home, Seat(Duty.DISCLOSURE, Wall.MEDICAL), nurse, by=OPERATOR)
    db.session.commit()
    medical = town.signed_in(nurse)
    assert medical.get(f"{address}/guardian").status == 404
    medical.get(WHO)
    assert medical.submit("/utlamnande", code=town.receipt.code).status == 422
    assert town.signed_in(town.colleague).get(f"{address}/guardian").status == 403
    db.session.add(Avoided(knock_id=town.id, staff_id=town.named.id))
    db.session.commit()
    assert town.browser.get(address).status == 404
    assert town.browser.get(f"{address}/guardian").status == 404
    town.browser.get(WHO)
    page = town.browser.submit("/utlamnande", code=town.receipt.code)
    assert "Ingen knackning som du svarar för har den koden." in page.text
    assert town.browser.get(f"{START}{town.id}/nobody").status == 404


def test_where_nobody_is_named_the_page_says_so_and_to_whom_to_turn(app, make):
    nurse, coordinator = make.nurse(make.school()), make.coordinator()
    browser = Browser(app.test_client())
    browser.sign_in(nurse)
    page = browser.get(WHO)
    assert page.text.count("Ingen är utsedd.") == 3
    assert "Därför får ingen loggens sigill" in page.text
    assert coordinator.name in page.text
    assert not page.has_form("/utlamnande")


def test_the_log_tells_who_asked_and_what_came_of_it(town):
    town.weighs("authority")
    wish = town.everything("authority") | {"reason": "Nej.", "pupil_sees": "nej"}
    town.sends("authority", "visa", **wish)
    town.sends("authority", "text")
    text = town.browser.get("/kommun/logg").text
    assert "Prövade ett utlämnande. En annan myndighet. Inget lämnas ut" in text
    assert "Nej." not in text


def test_what_the_municipality_says_of_appeals_stands_in_the_decision(town):
    coordinator = town.signed_in(town.make.coordinator())
    page = coordinator.get("/kommun/utlamnande")
    number = next(
        n for n, form in enumerate(page.forms) if form.data.get("key") == ["o_vart"]
    )  # fmt: skip
    coordinator.submit(number, says="Skriv till Kammarrätten i Exempelstad.")
    town.weighs("anybody")
    wish = town.everything("anybody") | {"reason": "Nej.", "pupil_sees": "nej"}
    town.sends("anybody", "visa", **wish)
    assert "Kammarrätten i Exempelstad" in town.sends("anybody", "text").html
    coordinator.get("/kommun/utlamnande")
    assert "Exempelstad" not in coordinator.submit(number, says="").text


def test_what_was_written_when_the_session_had_ended_is_given_back_and_signing_in_goes_on(town):
    town.weighs("guardian")
    wish = {"reason": "Det här får inte försvinna.", "struck": FRIEND}
    with clock.frozen(MONDAY + timedelta(hours=2)):
        page = town.sends("guardian", "visa", **wish)
        assert page.status == 401
        given_back = page.form("/guardian").data
        assert [given_back[name] for name in wish] == [[text] for text in wish.values()]
        assert town.browser.sign_in(town.named).status == 200
