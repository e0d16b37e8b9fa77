"""One knock's page and all that staff can do on it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from sqlalchemy import func, select

from elevhalsa import create_app
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import answering, asking, ladder
from elevhalsa.domain.knocks.models import Attempt, Crossing, Knock, Message
from elevhalsa.domain.knocks.words import AttemptKind, Outcome, State, Triage, Way
from elevhalsa.domain.meetings import service as meetings
from elevhalsa.domain.meetings.models import Proposal
from elevhalsa.domain.meetings.words import MeetingWay
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import ReplyTemplate, School
from elevhalsa.domain.serving.models import Absence
from elevhalsa.extensions import db
from elevhalsa.pages.inbox.actions import BESIDE_TEXTS
from elevhalsa.pages.inbox.case import SEEING
from elevhalsa.pages.inbox.forms import Seeing
from elevhalsa.web import access
from tests.conftest import settings_for
from tests.domain.helpers import sweep

from ..factories import Make
from .browser import Browser, Form, Page

SCRIPT = {"HX-Request": "true"}
"""Says that it is the page's own script that asks."""
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=clock.STOCKHOLM)

ACTIONS = sorted(
    rule.rule.rpartition("/")[2]
    for rule in create_app(settings_for("sqlite:////nowhere/x.db")).url_map.iter_rules()
    if rule.endpoint.startswith("inbox.") and rule.arguments == {"knock_id"}
    and "POST" in (rule.methods or ())
)  # fmt: skip
"""All that can be done with a knock: the ends of their addresses."""


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with clock.frozen(MONDAY):
        yield


@pytest.fixture
def school(make: Make) -> School:
    return make.school(name="Exempelskolan")


@pytest.fixture
def counsellor(make: Make, school: School) -> Staff:
    return make.counsellor(school)


@pytest.fixture
def browser(client: FlaskClient, counsellor: Staff) -> Browser:
    """A counsellor's, signed in."""
    browser = Browser(client)
    browser.sign_in(counsellor)
    return browser


def open_case(browser: Browser, knock: Knock) -> Page:
    return browser.get(f"/personal/arende/{knock.id}")


def now_of(knock: Knock) -> Knock:
    """The knock as it stands in the database."""
    db.session.rollback()
    found = db.session.get(Knock, knock.id)
    assert found
    return found


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


# --- reading -------------------------------------------------------------------------------------


def test_opening_a_knock_shows_what_was_said_and_is_itself_an_event(
    browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    knock = make.knock(
        school, way=Way.CALL, phone="070-111 22 33", name="Namn Exempel", school_class="8 B",
        safe_times="Efter skolan", neutral_sender=True, text="Kan du ringa?",
    ).knock  # fmt: skip
    page = open_case(browser, knock)
    for words in (
        "Kurator · Samtal", "Löftet: senast tisdag 24 november kl. 09.00", "24 h kvar",
        "Ring 070-111 22 33", "Efter skolan", "Prata inte in något meddelande.",
        "Säg inte var du ringer ifrån", "Namn Exempel", "8 B", "Kan du ringa?",
    ):  # fmt: skip
        assert words in page.text
    assert page.link("Ring 070") == "tel:0701112233"
    assert 'href="tel:0701112233" rel="noreferrer"' in page.html
    assert page.response.headers["Cache-Control"] == "no-store"
    mine = AuditEvent.staff_id == counsellor.id
    [event] = db.session.scalars(select(AuditEvent).where(mine, AuditEvent.knock_id == knock.id))
    assert event.action is Action.SHOWN
    assert (now_of(knock).read_at, knock.messages[0].seen_at) == (None, None)


@pytest.mark.parametrize("what_is_done_next", ["/last", "/markering", "/ta-emot"])
def test_it_is_read_when_somebody_does_the_next_thing_in_the_page_without_a_script(
    browser: Browser, make: Make, school: School, what_is_done_next: str
) -> None:
    knock = make.knock(school, text="Kan du ringa?").knock
    open_case(browser, knock)
    with clock.frozen(MONDAY + timedelta(minutes=1)):
        asking.write(knock, "Nej, det går bra ändå.", form_id=new_id())
        db.session.commit()
    with clock.frozen(MONDAY + timedelta(minutes=2)):
        browser.submit(what_is_done_next)
    assert now_of(knock).read_at == MONDAY + timedelta(minutes=2)
    assert knock.read_by is Profession.COUNSELLOR
    first, came_after_the_page = knock.messages
    assert first.seen_at == MONDAY + timedelta(minutes=2)
    assert came_after_the_page.seen_at is None


def test_a_script_says_that_the_page_is_in_front_of_somebody_and_hears_what_is_unread(
    browser: Browser, make: Make, school: School
) -> None:
    knock = make.knock(school, text="Hej").knock
    open_case(browser, knock)
    answer = browser.submit("/last", headers={"HX-Request": "true"})
    assert (answer.status, answer.response.headers["X-Unread"]) == (204, "0")
    assert now_of(knock).read_at == MONDAY


@pytest.mark.parametrize(
    ("asked", "href"),
    [
        ({"way": Way.SMS, "phone": "+46701112233"}, "sms:+46701112233"),
        ({"way": Way.EMAIL, "email": "nils+x@exempel.invalid"}, "mailto:nils%2Bx@exempel.invalid"),
    ],
)
def test_the_pupils_way_is_one_press_away(
    browser: Browser, make: Make, school: School, asked: dict[str, object], href: str
) -> None:
    page = open_case(browser, make.knock(school, **asked).knock)
    assert page.link("Skriv") == href


def test_the_title_and_address_give_nothing_away(
    browser: Browser, make: Make, school: School
) -> None:
    page = open_case(browser, make.knock(school, name="Namn Exempel", text="hemligt").knock)
    assert page.title == "Knackning – Elevhälsa online"
    assert page.h1 == "Kurator · I appen"


def test_the_open_page_gets_new_texts_and_only_those(
    browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    knock = make.knock(school, text="Hej").knock
    answering.take(counsellor, knock)
    db.session.commit()
    page = open_case(browser, knock)
    start = page.html.index('hx-get="') + len('hx-get="')
    refresh = page.html[start : page.html.index('"', start)]
    assert browser.get(refresh, htmx=True).status == 204
    reads = select(func.count()).where(AuditEvent.action == Action.SHOWN)
    assert db.session.scalar(reads) == 1
    with clock.frozen(MONDAY + timedelta(minutes=3)):
        asking.write(knock, "Är du där?", form_id=new_id())
        db.session.commit()
        part = browser.get(refresh, htmx=True)
    assert part.status == 200
    assert not part.is_whole
    assert "Är du där?" in part.text
    assert "Nytt från eleven" in part.text
    assert db.session.scalar(reads) == 2


def test_a_knock_that_goes_behind_the_wall_leaves_the_colleagues_screen(
    app: Flask, make: Make, school: School
) -> None:
    knock = make.knock(school, wanted=None, text="Hej").knock
    nurse = Browser(app.test_client())
    nurse.sign_in(make.nurse(school))
    assert "Hej" in open_case(nurse, knock).text
    answering.take(make.counsellor(school), knock)
    db.session.commit()
    answer = nurse.get(f"/personal/arende/{knock.id}", htmx=True)
    assert answer.response.headers["HX-Redirect"] == "/personal/inkorg"
    assert answer.html == ""


# --- the walls -----------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["nurse", "elsewhere", "avoided", "coordinator", "other_town"])
def test_who_may_not_know_of_a_knock_reaches_it_at_no_address(
    app: Flask, make: Make, school: School, who: str
) -> None:
    person = {
        "nurse": lambda: make.nurse(school),
        "elsewhere": lambda: make.counsellor(make.school()),
        "avoided": lambda: make.counsellor(school),
        "coordinator": make.coordinator,
        "other_town": lambda: make.staff(
            Profession.COUNSELLOR, [], municipality_id=make.municipality().id
        ),
    }[who]()
    make.counsellor(school)
    avoid = (person.id,) if who == "avoided" else ()
    knock = make.knock(school, text="det hemliga", avoid_staff_ids=avoid).knock
    browser = Browser(app.test_client())
    start = browser.sign_in(person)
    token = next(f for f in start.forms if f.method == "post").data["csrf_token"][0]
    status = 403 if who == "coordinator" else 404
    page = open_case(browser, knock)
    assert page.status == status
    assert "det hemliga" not in page.html
    form = {
        "csrf_token": token, "form_id": "f" * 22, "text": "Hej", "kind": "talked",
        "triage": "urgent", "to": person.id, "consent": "1", "outcome": "talked",
    }  # fmt: skip
    for action in ACTIONS:
        answer = browser.client.post(f"/personal/arende/{knock.id}/{action}", data=form)
        assert answer.status_code == status, action
    assert now_of(knock).state is State.WAITING
    assert (knock.triage, knock.read_at, len(knock.messages)) == (None, None, 1)


@pytest.mark.parametrize("action", ACTIONS)
def test_a_post_without_the_forms_token_does_nothing(
    browser: Browser, make: Make, school: School, action: str
) -> None:
    knock = make.knock(school).knock
    assert browser.client.post(f"/personal/arende/{knock.id}/{action}").status_code == 400
    assert now_of(knock).state is State.WAITING


# --- taking --------------------------------------------------------------------------------------


def test_taking_from_the_inbox_leads_to_the_knock(
    browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    knock = make.knock(school).knock
    browser.get("/personal/inkorg")
    page = browser.submit("/ta-emot")
    assert page.url == f"/personal/arende/{knock.id}"
    assert "Du har tagit emot knackningen." in page.text
    assert "Mottagen av dig i dag 09.00" in page.text
    assert now_of(knock).taken_by_id == counsellor.id


def test_who_comes_second_is_told_by_whom_it_was_taken_and_sees_how_it_stands(
    browser: Browser, make: Make, school: School
) -> None:
    knock = make.knock(school).knock
    browser.get("/personal/inkorg")
    faster = make.counsellor(school)
    answering.take(faster, knock)
    db.session.commit()
    page = browser.submit("/ta-emot")
    assert page.status == 409
    assert f"{faster.name} tog emot knackningen kl. 09.00." in page.text
    assert not page.has_form("/svara")
    assert not page.has_form("/ta-emot")
    assert now_of(knock).taken_by_id == faster.id


def test_a_text_that_a_colleague_forestalled_is_kept_on_the_screen(
    browser: Browser, make: Make, school: School
) -> None:
    knock = make.knock(school).knock
    open_case(browser, knock)
    answering.take(make.counsellor(school), knock)
    db.session.commit()
    page = browser.submit("/svara", text="Hej! Vi kan ses i dag.")
    assert page.status == 409
    assert "Din text skickades inte." in page.text
    assert "Hej! Vi kan ses i dag." in page.text
    assert count(Message) == 0


def test_who_comes_second_over_the_wall_is_told_but_shown_nothing(
    app: Flask, make: Make, school: School
) -> None:
    """The race itself: the knock was nobody's when it was looked up, and then it was."""
    make.knock(school, wanted=None, text="det hemliga")
    nurse, faster_id = make.nurse(school), make.counsellor(school).id
    browser = Browser(app.test_client())
    browser.sign_in(nurse)
    browser.get("/personal/inkorg")
    take = answering.take

    def forestalled(staff: Staff, row: Knock) -> None:
        take(db.session.get_one(Staff, faster_id), row)
        db.session.flush()
        take(staff, row)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(answering, "take", forestalled)
        page = browser.submit("/ta-emot")
    assert page.status == 409
    assert "det hemliga" not in page.html


def test_a_knock_whose_promise_broke_can_be_taken_over(
    browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    knock = make.knock(school).knock
    answering.take(make.counsellor(school), knock)
    ladder.open_wide(knock)
    db.session.commit()
    assert not open_case(browser, knock).has_form("/ta-emot")
    with clock.frozen(MONDAY + timedelta(days=1, minutes=1)):
        browser.sign_in(counsellor)
        sweep()
        open_case(browser, knock)
        browser.submit("/ta-emot")
    assert now_of(knock).taken_by_id == counsellor.id


def test_a_knock_can_be_put_back_with_the_same_promise(
    browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    knock = make.knock(school).knock
    due = knock.due_at
    answering.take(counsellor, knock)
    db.session.commit()
    open_case(browser, knock)
    page = browser.submit("/lamna-tillbaka")
    assert page.url == "/personal/inkorg"
    assert (now_of(knock).state, knock.due_at) == (State.WAITING, due)


# --- answering -----------------------------------------------------------------------------------


def test_an_answer_takes_the_knock_and_keeps_the_promise(
    browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    knock = make.knock(school, text="Hej").knock
    open_case(browser, knock)
    page = browser.submit("/svara", text="  Hej!\r\nVi kan ses i dag.  ")
    assert "Svaret är skickat." in page.text
    assert "Löftet hållet" in page.text
    assert "inte läst än" in page.text
    assert now_of(knock).messages[1].text == "Hej!\nVi kan ses i dag."
    assert (knock.taken_by_id, knock.kept_at) == (counsellor.id, MONDAY)


def test_the_same_form_sent_twice_is_one_message(
    browser: Browser, make: Make, school: School
) -> None:
    knock = make.knock(school).knock
    form = open_case(browser, knock).form("/svara")
    data = form.data | {"text": ["Hej"]}
    for _time in range(2):
        answer = browser.client.post(form.action or "", data=data)
        assert answer.status_code == 303
    assert (count(Message), count(Attempt)) == (1, 1)


@pytest.mark.parametrize("text", ["", "   ", "x" * 5001])
def test_an_answer_that_cannot_be_sent_comes_back_as_it_was_typed(
    browser: Browser, make: Make, school: School, text: str
) -> None:
    knock = make.knock(school).knock
    form_id = open_case(browser, knock).form("/svara").data["form_id"]
    page = browser.submit("/svara", text=text)
    assert page.status == 422
    again = page.form("/svara")
    assert again.data["text"] == [text.strip()]
    assert again.data["form_id"] == form_id
    assert "#text" in [link.href for link in page.links]
    assert 'aria-invalid="true"' in page.html
    assert (count(Message), now_of(knock).state) == (0, State.WAITING)


def test_a_template_is_filled_in_after_what_was_typed_and_nothing_is_sent(
    browser: Browser, make: Make, school: School
) -> None:
    db.session.add_all(
        ReplyTemplate(municipality_id=make.home.id, wall=wall, title=title, body=f"Text: {title}")
        for title, wall in (
            ("För alla", None),
            ("För kuratorer", Wall.PSYCHOSOCIAL),
            ("För sköterskor", Wall.MEDICAL),
        )
    )
    db.session.commit()
    knock = make.knock(school).knock
    page = open_case(browser, knock)
    assert "För alla" in page.text
    assert "För kuratorer" in page.text
    assert "För sköterskor" not in page.text
    [template] = db.session.scalars(
        select(ReplyTemplate).where(ReplyTemplate.title == "För kuratorer")
    )
    fields = {"fyll-i": "1", "template": template.id, "text": "Hej Kim!"}
    page = browser.submit("/svara", fields)
    assert page.status == 200
    assert page.form("/svara").data["text"] == ["Hej Kim!\n\nText: För kuratorer"]
    assert count(Message) == 0
    browser.submit("/svara")
    assert now_of(knock).messages[0].text == "Hej Kim!\n\nText: För kuratorer"


def test_what_a_pupil_writes_cannot_become_part_of_the_page(
    browser: Browser, make: Make, school: School
) -> None:
    page = open_case(browser, make.knock(school, text="<script>x</script>", name="<b>").knock)
    assert "<script>x" not in page.html
    assert "&lt;script&gt;x" in page.html


# --- attempts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "kept", "reached"),
    [
        (AttemptKind.CALLED_NO_ANSWER, True, False),
        (AttemptKind.TALKED, True, True),
        (AttemptKind.SMS_SENT, False, False),
        (AttemptKind.EMAIL_SENT, False, False),
        (AttemptKind.MET, False, True),
    ],
)
def test_an_attempt_is_noted_and_counts_when_it_was_on_the_pupils_way(
    browser: Browser, make: Make, school: School, kind: AttemptKind, kept: bool, reached: bool
) -> None:
    knock = make.knock(school, way=Way.CALL, phone="0701112233").knock
    page = open_case(browser, knock)
    assert page.text.count("Elevens valda sätt") == 2  # both kinds of a call
    page = browser.submit("/kontakt", kind=kind.value)
    assert "Försöket är noterat." in page.text
    row = now_of(knock)
    assert [a.kind for a in row.attempts] == [kind]
    assert (row.kept_at is not None, row.reached_at is not None) == (kept, reached)
    assert row.retry_due is (kind is AttemptKind.CALLED_NO_ANSWER)
    assert ("nytt försök senast tisdag" in page.text) is row.retry_due


def test_an_attempt_needs_a_kind(browser: Browser, make: Make, school: School) -> None:
    knock = make.knock(school, way=Way.CALL, phone="0701112233").knock
    open_case(browser, knock)
    page = browser.submit("/kontakt")
    assert page.status == 422
    assert "Välj vad du gjorde." in page.text
    assert count(Attempt) == 0


def test_an_answer_in_the_app_cannot_be_noted_by_hand(
    browser: Browser, make: Make, school: School
) -> None:
    page = open_case(browser, make.knock(school).knock)
    form = page.form("/kontakt")
    data = form.data | {"kind": [AttemptKind.ANSWERED_IN_APP.value]}
    assert browser.client.post(form.action or "", data=data).status_code == 422
    assert count(Attempt) == 0


# --- triage, hand over, the wall -----------------------------------------------------------------


def test_a_mark_can_be_set_and_taken_away(browser: Browser, make: Make, school: School) -> None:
    knock = make.knock(school).knock
    due = knock.due_at
    open_case(browser, knock)
    page = browser.submit("/markering", triage="urgent")
    assert page.form("/markering").data["triage"] == ["urgent"]
    assert (now_of(knock).triage, knock.due_at) == (Triage.URGENT, due)
    browser.submit("/markering", triage="ingen")
    assert now_of(knock).triage is None


def test_a_knock_is_handed_over_within_the_wall_only(
    browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    colleague, nurse = make.counsellor(school), make.nurse(school)
    knock = make.knock(school).knock
    answering.take(counsellor, knock)
    db.session.commit()
    form = open_case(browser, knock).form("/lamna-over")
    [select_] = [c for c in form.controls if c.name == "to"]
    assert (select_.options, select_.values) == (["", colleague.id], [""]), "nobody beforehand"
    page = browser.submit("/lamna-over", note="Ring före lunch")
    assert page.status == 422
    assert "Välj en kollega." in page.text
    assert page.form("/lamna-over").data["note"] == ["Ring före lunch"]
    forged = browser.client.post(form.action or "", data=form.data | {"to": [nurse.id]})
    assert forged.status_code == 422
    page = browser.submit("/lamna-over", to=colleague.id)
    assert page.url == "/personal/inkorg"
    assert f"överlämnad till {colleague.name}" in page.text
    assert now_of(knock).taken_by_id == colleague.id


def test_crossing_the_wall_needs_consent_or_a_reason(
    browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    make.nurse(school)
    knock = make.knock(school).knock
    answering.take(counsellor, knock)
    db.session.commit()
    page = open_case(browser, knock)
    assert "OSL 25 kap. 1 §" in page.text
    page = browser.submit("/over-gransen", reason="för kort")
    assert page.status == 422
    assert "minst 10 tecken" in page.text
    assert page.form("/over-gransen").data["reason"] == ["för kort"]
    assert now_of(knock).wall is Wall.PSYCHOSOCIAL
    assert count(Crossing) == 0


@pytest.mark.parametrize(
    ("fields", "ground"),
    [({"consent": "1"}, "consent"), ({"reason": "Gäller en akut skada."}, "written_reason")],
)
def test_a_knock_that_crossed_the_wall_is_the_other_sides(
    app: Flask, browser: Browser, make: Make, school: School, counsellor: Staff,
    fields: dict[str, str], ground: str,
) -> None:  # fmt: skip
    nurse = Browser(app.test_client())
    nurse.sign_in(make.nurse(school))
    knock = make.knock(school, text="Hej").knock
    answering.take(counsellor, knock)
    db.session.commit()
    open_case(browser, knock)
    page = browser.submit("/over-gransen", fields)
    assert page.url == "/personal/inkorg"
    assert open_case(browser, knock).status == 404
    assert "Hej" in open_case(nurse, knock).text
    [event] = db.session.scalars(select(AuditEvent).where(AuditEvent.action == Action.WALL_CROSSED))
    assert event.reason == ground


def test_the_receiver_alone_reads_the_note_that_went_with_it(
    app: Flask, browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    colleague, third = make.counsellor(school), make.counsellor(school)
    knock = make.knock(school).knock
    answering.take(counsellor, knock)
    db.session.commit()
    open_case(browser, knock)
    browser.submit("/lamna-over", to=colleague.id, note="Ring före lunch")
    for person, sees in ((colleague, True), (third, False)):
        other = Browser(app.test_client())
        other.sign_in(person)
        page = open_case(other, knock)
        assert f"{counsellor.name} lämnade över till {colleague.name} i dag 09.00." in page.text
        assert ("Ring före lunch" in page.text) is sees


def test_the_receiving_side_reads_why_it_crossed(
    app: Flask, browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    nurse = Browser(app.test_client())
    nurse.sign_in(make.nurse(school))
    knock = make.knock(school).knock
    answering.take(counsellor, knock)
    db.session.commit()
    open_case(browser, knock)
    browser.submit("/over-gransen", reason="Gäller en akut skada.")
    page = open_case(nurse, knock)
    assert "Utan samtycke, av det här skälet:" in page.text
    assert "Gäller en akut skada." in page.text


def test_who_knows_the_pupil_steps_aside_and_sees_no_more_of_it(
    browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    make.counsellor(school)
    knock = make.knock(school).knock
    open_case(browser, knock)
    page = browser.submit("/jag-kanner-eleven")
    assert "Någon annan tar hand om knackningen." in page.text
    assert open_case(browser, knock).status == 404
    assert now_of(knock).state is State.WAITING


def test_a_colleagues_knock_is_taken_over_from_its_own_tab(
    browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    colleague = make.counsellor(school)
    knock = make.knock(school).knock
    answering.take(colleague, knock)
    db.session.commit()
    page = browser.get("/personal/inkorg?flik=andras")
    assert f"Mottagen av {colleague.name} i dag 09.00" in page.text
    assert "senast tisdag 24 november kl. 09.00" in page.text
    page = open_case(browser, knock)
    assert not page.has_form("/ta-over")
    assert "när tiden har gått ut" in page.text
    day = MONDAY.date()
    db.session.add(Absence(staff_id=colleague.id, starts_on=day, ends_on=day))
    db.session.commit()
    open_case(browser, knock)
    page = browser.submit("/ta-over")
    assert page.status == 422
    assert "Välj varför du tar över." in page.text
    page = browser.submit("/ta-over", reason="away")
    assert "Du har tagit över knackningen." in page.text
    assert f"{counsellor.name} tog över från {colleague.name}" in page.text
    assert "Kollegan är borta" in page.text
    assert now_of(knock).taken_by_id == counsellor.id


@pytest.mark.parametrize("action", ["/avsluta", "/lamna-over", "/kontakt"])
def test_a_mistake_is_undone_from_where_one_lands(
    browser: Browser, make: Make, school: School, counsellor: Staff, action: str
) -> None:
    colleague = make.counsellor(school)
    knock = make.knock(school).knock
    answering.take(counsellor, knock)
    db.session.commit()
    fields = {
        "/avsluta": {"outcome": "talked"}, "/lamna-over": {"to": colleague.id},
        "/kontakt": {"kind": "talked"},
    }[action]  # fmt: skip
    open_case(browser, knock)
    page = browser.submit(action, fields)
    assert "Du kan ångra i fem minuter." in page.text
    undo = next(f.action or "" for f in page.forms if "/angra/" in (f.action or ""))
    page = browser.submit(undo)
    assert "Ångrat. Allt är som det var." in page.text
    assert (now_of(knock).state, knock.taken_by_id) == (State.TAKEN, counsellor.id)
    assert (knock.attempts, knock.reached_at) == ([], None)
    again = browser.client.post(undo, data={"csrf_token": page.forms[0].data["csrf_token"]})
    assert again.status_code == 404


# --- meetings ------------------------------------------------------------------------------------


def slot(number: int, **values: str) -> dict[str, str]:
    return {f"tid{number}-{name}": value for name, value in values.items()}


def test_times_are_proposed_and_the_pupils_pick_is_shown(
    browser: Browser, make: Make, school: School
) -> None:
    knock = make.knock(school).knock
    open_case(browser, knock)
    fields = slot(1, date="2026-11-24", time="10:15", place="Rum 214") | slot(
        3, date="2026-11-25", time="13:00", minutes="45", way="video",
        place="https://video.exempel.invalid/x",
    )  # fmt: skip
    page = browser.submit("/foresla-tider", fields)
    assert "Förslaget är skickat." in page.text
    assert "tisdag 24 november kl. 10.15, 30 min · Rum på skolan · Rum 214" in page.text
    assert page.link("videolänken") == "https://video.exempel.invalid/x"
    assert "Eleven har inte svarat än." in page.text
    [proposal] = db.session.scalars(select(Proposal))
    assert [s.way for s in proposal.slots] == [MeetingWay.ROOM, MeetingWay.VIDEO]
    meetings.pick(now_of(knock), proposal.id, proposal.slots[1].id)
    db.session.commit()
    assert "eleven valde den här" in open_case(browser, knock).text


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({}, "Fyll i minst en tid."),
        (slot(1, date="2026-11-24", place="Rum 1"), "Välj klockslag."),
        (slot(1, time="10:00", place="Rum 1"), "Välj dag."),
        (slot(1, place="Rum 1"), "Välj dag."),
        (slot(1, date="24/11", time="10:00", place="Rum 1"), "Välj dag."),
        (slot(1, date="2026-11-23", time="08:59", place="Rum 1"), "inte har varit"),
        (slot(1, date="2027-03-28", time="02:30", place="R"), "tiden finns inte"),
        (slot(1, date="2027-10-31", time="02:30", place="R"), "tiden kommer två gånger"),
        (slot(1, date="2026-11-24", time="10:00"), "Skriv var ni ska ses."),
        (slot(1, date="2026-11-24", time="10:00", way="video", place="http://x"), "https://"),
        (slot(1, date="2026-11-24", time="10:00", place="R", minutes="3"), "5 till 240"),
        (slot(1, date="2026-11-24", time="10:00", place="R", minutes="en"), "med siffror"),
    ],
)
def test_a_proposal_that_cannot_be_used_keeps_what_was_typed(
    browser: Browser, make: Make, school: School, fields: dict[str, str], fault: str
) -> None:
    knock = make.knock(school).knock
    open_case(browser, knock)
    good = slot(2, date="2026-11-26", time="09:00", place="Biblioteket") if fields else {}
    page = browser.submit("/foresla-tider", fields | good)
    assert page.status == 422
    assert fault in page.text
    assert "Not a valid" not in page.text
    kept = page.form("/foresla-tider").data
    for name, value in (fields | good).items():
        assert kept[name] == [value]
    (where,) = [link.href for link in page.links if fault in link.text]
    assert where.startswith("#tid1-" if fields else "#form-propose")
    assert count(Proposal) == 0
    assert now_of(knock).state is State.WAITING


def test_a_telephone_meeting_needs_no_place(browser: Browser, make: Make, school: School) -> None:
    open_case(browser, make.knock(school).knock)
    browser.submit("/foresla-tider", slot(1, date="2026-11-24", time="10:00", way="phone"))
    assert count(Proposal) == 1


# --- the end -------------------------------------------------------------------------------------


def test_a_closed_knock_can_be_read_and_nothing_else(
    browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    knock = make.knock(school, text="Hej").knock
    answering.take(counsellor, knock)
    db.session.commit()
    stale = open_case(browser, knock)
    page = browser.submit("/avsluta", outcome=Outcome.TALKED.value)
    assert page.url == "/personal/inkorg"
    assert (now_of(knock).state, knock.outcome) == (State.CLOSED, Outcome.TALKED)
    page = open_case(browser, knock)
    assert "Hej" in page.text
    assert "kan bara läsas" in page.text
    addresses = [(f.action or "").rpartition("/")[0] for f in page.forms]
    assert addresses == ["/logga-in", "/personal/angra", f"/personal/arende/{knock.id}"]
    assert page.has_form("/last")
    browser.page = stale
    page = browser.submit("/svara", text="För sent")
    assert page.status == 409
    assert "Knackningen är avslutad." in page.text
    assert "För sent" in page.text
    assert count(Message) == 1


def test_all_that_can_be_done_with_a_knock_asks_what_was_shown_or_says_that_it_need_not(
    app: Flask,
) -> None:
    """From the app's own map: what is added later says one or the other."""
    rules = access.rules(app)
    found = {
        rule.endpoint.removeprefix("inbox."): rules[rule.endpoint].takes
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("inbox.")
        and "knock_id" in rule.arguments
        and "POST" in (rule.methods or ())
    }
    asks = {name for name, form in found.items() if form and issubclass(form, Seeing)}
    assert asks == set(SEEING)
    assert set(found) - asks == BESIDE_TEXTS


def filled_in(form: Form) -> dict[str, str]:
    """Something usable in each field that somebody fills in."""
    filled: dict[str, str] = {}
    once = {"date": "2026-11-24", "time": "10:15", "text": "Rum 1"}
    for control in form.controls:
        if control.kind in ("radio", "select"):
            filled[control.name] = next(option for option in control.options if option)
        elif control.kind == "checkbox":
            filled[control.name] = "1"
        elif control.kind == "textarea":
            filled[control.name] = "Eleven bad om det."
        elif control.kind in once and not control.values[0]:
            filled[control.name] = once.pop(control.kind)
    return filled


@pytest.mark.parametrize("name", SEEING)
def test_no_form_is_sent_past_a_text_that_came_while_it_was_filled_in(
    browser: Browser, make: Make, school: School, counsellor: Staff, name: str
) -> None:
    with browser.client.application.test_request_context():
        action = url_for(f"inbox.{name}", knock_id="x").rpartition("x")[2]
    make.counsellor(school)
    make.school()
    knock = make.knock(school, text="Hej").knock
    answering.answer(counsellor, knock, "Hej!", form_id=new_id())
    asking.write(knock, "Tack", form_id=new_id())
    db.session.commit()
    open_case(browser, knock)
    asking.write(knock, "Nej, vänta!", form_id=new_id())
    db.session.commit()
    fields = filled_in(browser.page.form(action))
    page = browser.submit(action, fields)
    assert page.status == 409
    assert "Eleven har skrivit något nytt. Läs det först." in page.text
    assert "Nej, vänta!" in page.text
    assert (now_of(knock).state, knock.taken_by_id) == (State.TAKEN, counsellor.id)
    assert knock.messages[-1].seen_at is None  # shown, but not yet in front of anybody
    for name, value in fields.items():
        assert page.form(action).data[name] == [value]
    assert browser.submit(action).status == 200
    assert "Läs det först" not in browser.page.text


def test_what_htmx_refreshes_carries_the_last_text_to_the_forms(
    browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    knock = make.knock(school, text="Hej").knock
    answering.take(counsellor, knock)
    db.session.commit()
    page = open_case(browser, knock)
    assert page.form("/avsluta").data["shown"] == [now_of(knock).newest]
    asking.write(knock, "Nej, vänta!", form_id=new_id())
    db.session.commit()
    part = browser.get(f"/personal/arende/{knock.id}", htmx=True)
    fields = f'name="shown" value="{now_of(knock).newest}" form="send-close"'
    assert fields in part.html


def test_an_answer_that_is_waited_for_is_told_by_its_date_and_can_be_needless(
    browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    knock = make.knock(school, text="Hej").knock
    answering.answer(counsellor, knock, "Hej!", form_id=new_id())
    db.session.commit()
    assert not open_case(browser, knock).has_form("/inget-svar")
    asking.write(knock, "Tack", form_id=new_id())
    db.session.commit()
    page = open_case(browser, knock)
    assert "svar senast tisdag 24 november kl. 09.00" in page.text
    page = browser.submit("/inget-svar")
    assert "Noterat: inget svar behövs." in page.text
    assert "svar senast" not in page.text
    assert now_of(knock).awaits is None


def test_closing_needs_an_outcome(
    browser: Browser, make: Make, school: School, counsellor: Staff
) -> None:
    knock = make.knock(school).knock
    answering.take(counsellor, knock)
    db.session.commit()
    open_case(browser, knock)
    page = browser.submit("/avsluta")
    assert page.status == 422
    assert "Välj hur det gick." in page.text
    assert now_of(knock).state is State.TAKEN


def test_a_knock_that_the_pupil_took_back_says_so(
    browser: Browser, make: Make, school: School
) -> None:
    knock = make.knock(school).knock
    asking.withdraw(knock, shown=knock.newest)
    db.session.commit()
    page = open_case(browser, knock)
    assert "Eleven tog tillbaka den" in page.text
    assert not page.has_form("/svara")


def test_a_colleague_who_has_the_page_open_is_told_of_on_it(
    browser: Browser, school: School, make: Make
) -> None:
    knock = make.knock(school).knock
    colleague = make.staff(Profession.COUNSELLOR, [school], name="Kajsa Kurator")
    nurse = make.nurse(school)
    knock_id, address = knock.id, f"/personal/arende/{knock.id}"
    db.session.commit()
    theirs, hers = (Browser(browser.client.application.test_client()) for _twice in range(2))
    theirs.sign_in(colleague)
    theirs.get(address)
    theirs.get(address, htmx=True)
    says = "Kajsa Kurator, kurator, har också det här öppet"
    assert says not in browser.get(address).text, "to look is not to have it in front of one"
    before = _events(knock_id)
    assert theirs.submit("/framme", headers=SCRIPT).status == 204
    assert says in browser.submit("/framme", headers=SCRIPT).text
    assert _events(knock_id) == before
    assert says in browser.get(address).text
    assert browser.submit("/framme", headers=SCRIPT).status == 204, "nothing is new"
    hers.sign_in(nurse)
    assert hers.get(address).status == 404


def _events(knock_id: str) -> int | None:
    return db.session.scalar(
        select(func.count()).select_from(AuditEvent).where(AuditEvent.knock_id == knock_id)
    )


def test_staff_see_which_rung_was_climbed_when_who_was_told_and_what_comes_next(
    browser: Browser, school: School, make: Make
) -> None:
    one = make.counsellor(school)
    make.coordinator()
    knock = make.knock(school).knock
    page = open_case(browser, knock)
    assert "Knackningen kom · i dag 09.00 · kurator (2)" in page.text
    assert (
        "Nästa steg, måndag 23 november kl. 16.00: påminnelse till dem som kan svara." in page.text
    )
    for moment in (
        MONDAY.replace(hour=16),
        MONDAY + timedelta(hours=20),
        MONDAY + timedelta(days=1),
    ):
        with clock.frozen(moment):
            sweep()
    with clock.frozen(MONDAY + timedelta(days=1, minutes=1)):
        browser.sign_in(one)
        page = open_case(browser, knock)
    assert "Påminnelse, steget för 12 timmar · i går 16.00 · kurator (2)" in page.text
    assert "Sen: 24 timmar utan kontakt · i dag 09.00 · kurator (2), samordnare (1)" in page.text
    assert "ny påminnelse till alla, och en ny tid för eleven" in page.text
