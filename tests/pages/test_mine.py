"""A pupil's own knock: receipt, code, PIN, thread, meeting, withdraw, leaving quickly."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.walls import Wall
from elevhalsa.domain.knocks import answering, asking, devices, passing, pins
from elevhalsa.domain.knocks.models import Device, Knock, Pin
from elevhalsa.domain.knocks.rules import MOST_UNREAD
from elevhalsa.domain.knocks.words import AttemptKind, Outcome, State
from elevhalsa.domain.meetings import service as meetings
from elevhalsa.domain.meetings.service import Offer
from elevhalsa.domain.meetings.words import MeetingWay
from elevhalsa.domain.rows import Gone
from elevhalsa.extensions import db
from tests.domain.helpers import sweep

from .browser import Browser, Page

FRIDAY = datetime(2026, 11, 27, 15, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def friday():
    with clock.frozen(FRIDAY):
        yield


@pytest.fixture
def school(make):
    return make.school(slug="norrskogen", name="Norrskogens exempelskola")


@pytest.fixture
def counsellor(make, school):
    make.nurse(school)
    return make.counsellor(school)


@pytest.fixture
def pupil(client, counsellor):
    return Browser(client)


@pytest.fixture
def receipt(pupil) -> Page:
    pupil.get("/knacka?skola=norrskogen")
    return pupil.submit("/knacka", who="counsellor", way="app", text="Får jag prata med dig?")


def the_knock() -> Knock:
    return db.session.scalars(select(Knock)).one()


def code_on(page: Page) -> str:
    return re.search(r'class="code">([^<]+)<', page.html).group(1).replace("·", "")


def another_phone(app) -> Browser:
    return Browser(app.test_client())


def test_the_receipt_shows_the_promise_the_code_and_what_will_happen(receipt):
    assert "senast måndag 30 november kl. 16.20" in receipt.text
    assert len(code_on(receipt).split()) == 5
    assert "Du knackade på · i dag 16.20" in receipt.text
    assert "Kuratorn har läst (inte än)" in receipt.text
    assert "Får jag prata med dig?" in receipt.text


def test_the_code_is_stored_nowhere(receipt):
    knock = the_knock()
    stored = {column.name: getattr(knock, column.key) for column in Knock.__table__.columns}
    code = code_on(receipt)
    assert not [name for name, value in stored.items() if code in str(value)]


def test_the_code_is_no_longer_shown_after_half_an_hour(app, client, pupil, receipt):
    cookie = next(c for c in client._cookies.values() if c.key == "kvitto")
    assert (cookie.max_age, cookie.path, cookie.http_only) == (30 * 60, "/mitt", True)
    client.delete_cookie("kvitto", path="/mitt")
    assert "Din kod" not in pupil.get(receipt.url).text


def test_another_phone_opens_nothing_without_the_code(app, receipt):
    other = another_phone(app)
    assert other.get(receipt.url).status == 404
    assert "Den här mobilen minns inget." in other.get("/mitt").text


def test_another_phone_opens_with_the_code_however_it_is_spelled(app, receipt):
    other = another_phone(app)
    other.get("/mitt/kod")
    spelled = code_on(receipt).upper().replace(" ", "-").replace("Å", "A").replace("Ä", "A")
    page = other.submit("/mitt/kod", code=spelled)
    assert page.url == receipt.url
    assert "Får jag prata med dig?" in page.text


def test_a_wrong_code_is_told_kindly_and_kept(app, receipt):
    other = another_phone(app)
    other.get("/mitt/kod")
    page = other.submit("/mitt/kod", code="fel 1234 ord här nu")
    assert page.status == 422
    assert "Vi hittar inte den koden." in page.text
    assert page.form("/mitt/kod").data["code"] == ["fel 1234 ord här nu"]


def test_codes_cannot_be_guessed_quickly(app, receipt):
    other = another_phone(app)
    guesses = set()
    for _number in range(21):  # the minute may turn meanwhile; it cannot turn twice
        other.get("/mitt/kod")
        guesses.add(other.submit("/mitt/kod", code="fel").status)
    assert guesses == {422, 429}
    other.get("/mitt/kod")
    page = other.submit("/mitt/kod", code=code_on(receipt))
    assert page.status == 429
    assert "Vänta en liten stund" in page.text


def test_a_borrowed_device_forgets_after_half_an_hour(pupil, receipt):
    with clock.frozen(FRIDAY + timedelta(minutes=29)):
        assert pupil.get(receipt.url).status == 200
    with clock.frozen(FRIDAY + timedelta(minutes=58)):
        assert pupil.get(receipt.url).status == 200
    with clock.frozen(FRIDAY + timedelta(minutes=89)):
        assert pupil.get(receipt.url).status == 404


def test_a_device_is_remembered_only_when_the_pupil_says_that_it_is_theirs(client, pupil, receipt):
    assert not db.session.scalars(select(Device)).one().remembered
    assert next(c for c in client._cookies.values() if c.key == "dorr").max_age is None
    page = pupil.submit("/min-mobil")
    assert "Är det här din egen mobil?" not in page.text
    assert next(c for c in client._cookies.values() if c.key == "dorr").max_age == 365 * 24 * 3600
    with clock.frozen(FRIDAY + timedelta(days=200)):
        assert pupil.get(receipt.url).status == 200
        assert "Du knackade på" in pupil.get("/mitt").text


def test_a_device_can_be_told_to_forget(pupil, receipt):
    pupil.submit("/min-mobil")
    pupil.get("/mitt")
    pupil.submit("/mitt/glom")
    assert pupil.get(receipt.url).status == 404
    assert the_knock().state is State.WAITING


def test_what_is_open_on_another_phone_can_be_closed_there(app, pupil, receipt):
    other = another_phone(app)
    other.get("/mitt/kod")
    other.submit("/mitt/kod", code=code_on(receipt))
    page = pupil.get(receipt.url)
    assert "Öppen på 1 mobil till" in page.text
    page = pupil.submit("/stang-andra")
    assert "Nu är den bara öppen på den här mobilen." in page.text
    assert "Öppen på" not in page.text
    assert other.get(receipt.url).status == 404


def test_leaving_quickly_makes_a_borrowed_device_forget(client, pupil, receipt):
    assert client.post("/lamna").status_code == 204
    assert pupil.get(receipt.url).status == 404


def test_leaving_quickly_keeps_a_phone_of_ones_own(client, pupil, receipt):
    pupil.submit("/min-mobil")
    client.post("/lamna")
    assert pupil.get(receipt.url).status == 200


def test_every_pupil_page_has_the_quick_exit(pupil, receipt):
    public = ("/", "/knacka?skola=norrskogen", "/hjalp-nu", "/404")
    for address in (*public, "/mitt", "/mitt/kod", receipt.url):
        page = pupil.get(address)
        [link] = [link for link in page.links if link.text == "Lämna snabbt"]
        assert link.href == "https://sv.wikipedia.org/"
        assert link.attributes["data-exit"] == "/lamna"


def test_a_pin_is_asked_for_on_another_phone_and_after_a_while_on_this(app, pupil, receipt):
    pupil.submit("/siffror", pin="4711", again="4711")
    assert "Får jag prata" in pupil.get(receipt.url).text
    other = another_phone(app)
    other.get("/mitt/kod")
    page = other.submit("/mitt/kod", code=code_on(receipt))
    assert page.h1 == "Skriv dina siffror"
    assert "Får jag prata" not in page.text
    assert "Får jag prata" in other.submit("/las-upp", pin="4711").text
    with clock.frozen(FRIDAY + timedelta(minutes=16)):
        assert pupil.get(receipt.url).h1 == "Skriv dina siffror"


def test_a_pin_cannot_be_guessed(app, pupil, receipt):
    pupil.submit("/siffror", pin="4711", again="4711")
    other = another_phone(app)
    other.get("/mitt/kod")
    other.submit("/mitt/kod", code=code_on(receipt))
    for number in range(5):
        page = other.submit("/las-upp", pin=f"000{number}")
        assert page.status == 422
    page = other.submit("/las-upp", pin="4711")
    assert "Det blev många försök. Prova igen efter kl. 16.25." in page.text


@pytest.mark.parametrize("pin", ["", "123", "abcd", "123456789"])
def test_a_pin_that_cannot_be_used_is_explained(pupil, receipt, pin):
    page = pupil.submit("/siffror", pin=pin, again=pin)
    assert page.status == 422
    assert not pins.has(the_knock())


def test_digits_that_were_typed_differently_lock_nothing(pupil, receipt):
    page = pupil.submit("/siffror", pin="4711", again="4712")
    assert page.status == 422
    assert "Det blev inte samma siffror." in page.text
    assert not pins.has(the_knock())


def test_when_the_code_is_no_longer_shown_it_is_asked_for(app, pupil, receipt):
    code = code_on(receipt)
    other = another_phone(app)
    other.get("/mitt/kod")
    other.submit("/mitt/kod", code=code)
    for typed in ("", "fel ord här nu 1234"):
        page = other.submit("/siffror", code=typed, pin="4711", again="4711")
        assert page.status == 422
        assert "Skriv koden du fick." in page.text
    assert not pins.has(the_knock())
    other.submit("/siffror", code=code, pin="4711", again="4711")
    assert pins.has(the_knock())
    assert pupil.get(receipt.url).h1 == "Skriv dina siffror"


def test_digits_are_changed_and_taken_away_with_the_old_ones(app, pupil, receipt):
    pupil.submit("/siffror", pin="4711", again="4711")
    page = pupil.submit("/siffror/byt", old="0000", pin="258046", again="258046")
    assert "Siffrorna stämde inte." in page.text
    pupil.get(receipt.url)
    pupil.submit("/siffror/byt", old="4711", pin="258046", again="258046")
    page = pupil.submit("/siffror/bort", current="4711")
    assert "Siffrorna stämde inte." in page.text
    assert pins.has(the_knock())
    pupil.get(receipt.url)
    assert "Lås med egna siffror" in pupil.submit("/siffror/bort", current="258046").text
    assert not pins.has(the_knock())


@pytest.mark.parametrize(
    ("way", "fields"),
    [
        ("/siffror/byt", {"old": "0000", "pin": "2580", "again": "2580"}),
        ("/siffror/bort", {"current": "0000"}),
    ],
)
def test_wrong_digits_count_wherever_they_are_typed(pupil, receipt, way, fields):
    pupil.submit("/siffror", pin="4711", again="4711")
    for _time in range(5):
        page = pupil.submit(way, fields)
        assert page.status == 422
        assert "Siffrorna stämde inte." in page.text
    assert "Det blev många försök." in pupil.submit(way, fields).text
    assert db.session.scalars(select(Pin)).one().failures == 5


def test_a_locked_knock_tells_nothing_of_itself(app, pupil, receipt):
    pupil.submit("/siffror", pin="4711", again="4711")
    other = another_phone(app)
    other.get("/mitt/kod")
    other.submit("/mitt/kod", code=code_on(receipt))
    for page in (other.get("/mitt"), other.get(receipt.url)):
        assert "Norrskogen" not in page.text
        assert "Du knackade på" not in page.text
        assert "2026" not in page.text
    assert "Låst med dina siffror" in other.get("/mitt").text


def test_whoever_has_the_knock_takes_forgotten_digits_away(app, pupil, receipt, counsellor):
    pupil.submit("/siffror", pin="4711", again="4711")
    staff = another_phone(app)
    staff.sign_in(counsellor)
    knock = the_knock()
    assert "Ta bort elevens siffror" not in staff.get(f"/personal/arende/{knock.id}").text
    staff.submit("/ta-emot")
    assert "Elevens siffror är borttagna." in staff.submit("/ta-bort-siffror").text
    assert not pins.has(the_knock())
    assert "Vi tog bort dina siffror" in pupil.get(receipt.url).text


def test_the_pupil_sees_that_it_was_read_taken_and_answered(pupil, receipt, counsellor):
    knock = the_knock()
    answering.read(counsellor, knock)
    db.session.commit()
    assert "Kuratorn har läst · i dag 16.20" in pupil.get(receipt.url).text
    answering.answer(counsellor, knock, "Ja, gärna i morgon.", form_id=new_id())
    db.session.commit()
    page = pupil.get(receipt.url)
    assert "Kuratorn har tagit emot · i dag 16.20" in page.text
    assert "Kuratorn på Norrskogens exempelskola har hört av sig" in page.text
    assert "Ja, gärna i morgon." in page.text
    assert counsellor.name not in page.text
    assert the_knock().reached_at is None  # fetched, but perhaps by nobody
    pupil.submit("/sedd")
    assert the_knock().reached_at == FRIDAY


def test_an_answer_appears_in_the_part_that_htmx_refreshes(pupil, receipt, counsellor):
    assert f'hx-get="{receipt.url}?version=' in receipt.html
    answering.answer(counsellor, the_knock(), "Ja, gärna.", form_id=new_id())
    db.session.commit()
    part = pupil.get(receipt.url, htmx=True)
    assert not part.is_whole
    assert 'id="lage"' in part.html
    assert "Ja, gärna." in part.html


def test_the_pupil_adds_to_the_thread_once_even_if_sent_twice(pupil, receipt):
    page = pupil.page
    pupil.submit("/skriv", text="En sak till.")
    pupil.page = page
    assert pupil.submit("/skriv", text="En sak till.").text.count("En sak till.") == 1


def test_an_empty_text_is_not_sent(pupil, receipt):
    page = pupil.submit("/skriv", text="  ")
    assert page.status == 422
    assert "Skriv något först." in page.text


def test_a_too_long_text_is_kept(pupil, receipt):
    page = pupil.submit("/skriv", text="x" * 5001)
    assert page.status == 422
    assert page.form("/skriv").data["text"] == ["x" * 5001]


def test_a_late_promise_is_told_honestly(pupil, receipt, make):
    make.coordinator()
    pupil.submit("/min-mobil")
    with clock.frozen(FRIDAY + timedelta(days=3, minutes=1)):
        sweep()
        text = pupil.get(receipt.url).text
    assert "Vi är sena. Det är vårt fel, inte ditt." in text
    assert "Vi lovade att höra av oss senast måndag 30 november kl. 16.20." in text


def test_no_answer_on_the_phone_is_told_with_when_we_try_again(pupil, counsellor):
    pupil.get("/knacka?skola=norrskogen")
    url = pupil.submit("/knacka", who="any", way="call", call_phone="0701234567").url
    answering.log_attempt(counsellor, the_knock(), AttemptKind.CALLED_NO_ANSWER)
    db.session.commit()
    text = pupil.get(url).text
    assert "Vi ringde men fick inget svar. Vi försöker igen" in text
    assert "senast måndag 30 november kl. 16.20" in text
    pupil.submit("/min-mobil")
    with clock.frozen(FRIDAY + timedelta(days=3, minutes=1)):
        sweep()
        text = pupil.get(url).text
    assert "Vi är sena. Det är vårt fel, inte ditt." in text
    assert "Vi ringde men fick inget svar. Vi försöker igen" in text
    assert "Vår nya tid: senast tisdag 1 december kl. 16.21" in text


def propose(counsellor, *days: int) -> None:
    offers = [Offer(FRIDAY + timedelta(days=d), 30, MeetingWay.WALK, "Flaggstången") for d in days]
    meetings.propose(counsellor, the_knock(), offers)
    db.session.commit()


def test_the_pupil_picks_a_meeting(pupil, receipt, counsellor):
    propose(counsellor, 4, 5)
    page = pupil.get(receipt.url)
    form = page.form("/mote")
    slots = [option for c in form.controls if c.name == "slot" for option in c.options]
    assert len(slots) == 2
    page = pupil.submit("/mote", slot=slots[1])
    assert "onsdag 2 december kl. 16.20" in page.text
    assert "Promenad: Flaggstången" in page.text
    assert meetings.proposals_of(the_knock())[0].picked.id == slots[1]


def test_the_pupil_says_that_no_time_fits(pupil, receipt, counsellor):
    propose(counsellor, 4)
    pupil.get(receipt.url)
    page = pupil.submit("/mote/ingen-passar", text="Onsdag efter 13.")
    assert "Du sa att ingen tid passar. Vi föreslår nya." in page.text
    assert "Onsdag efter 13." in page.text
    propose(counsellor, 6)
    assert "torsdag 3 december kl. 16.20" in pupil.get(receipt.url).text


@pytest.mark.parametrize("answer", ["the first time", "ingen"])
def test_times_that_were_replaced_meanwhile_are_not_picked_but_the_new_ones_shown(
    pupil, receipt, counsellor, answer
):
    propose(counsellor, 4)
    form = pupil.get(receipt.url).form("/mote")
    first = next(option for c in form.controls if c.name == "slot" for option in c.options)
    propose(counsellor, 6)
    if answer == "the first time":
        page = pupil.submit("/mote", slot=first)
    else:
        page = pupil.submit("/mote/ingen-passar")
    assert page.status == 409
    assert "Förslaget har ändrats. Titta en gång till." in page.text
    assert "torsdag 3 december kl. 16.20" in page.text
    assert "tisdag 1 december" not in page.text
    [now] = meetings.proposals_of(the_knock())
    assert (now.picked, now.answered_at) == (None, None)
    page = pupil.submit("/mote", slot=now.slots[0].id)
    assert meetings.proposals_of(the_knock())[0].picked


def test_nothing_picked_is_asked_again(pupil, receipt, counsellor):
    propose(counsellor, 4)
    pupil.get(receipt.url)
    page = pupil.submit("/mote")
    assert page.status == 422
    assert "Välj en tid, eller säg att ingen passar." in page.text


def test_the_pupil_takes_the_knock_back(pupil, receipt):
    page = pupil.submit("/ta-tillbaka")
    assert "Du har tagit tillbaka din knackning." in page.text
    assert the_knock().state is State.WITHDRAWN
    assert not page.has_form("/ta-tillbaka")


def test_it_is_not_taken_back_past_an_answer_that_came_meanwhile(pupil, receipt, counsellor):
    answering.answer(counsellor, the_knock(), "Jag kan i dag.", form_id=new_id())
    db.session.commit()
    page = pupil.submit("/ta-tillbaka")
    assert page.status == 409
    assert "Vi har skrivit till dig. Läs det först." in page.text
    assert "Jag kan i dag." in page.text
    assert the_knock().state is State.TAKEN
    assert "Du har tagit tillbaka din knackning." in pupil.submit("/ta-tillbaka").text


@pytest.mark.parametrize("ended", ["closed", "withdrawn"])
def test_the_pupil_can_write_again_to_what_has_ended(pupil, receipt, counsellor, ended):
    knock = the_knock()
    if ended == "closed":
        answering.answer(counsellor, knock, "Hej!", form_id=new_id())
        answering.close(counsellor, knock, Outcome.TALKED, shown=knock.newest)
        db.session.commit()
        pupil.get(receipt.url)
    else:
        pupil.submit("/ta-tillbaka")
    assert "Skriver du nu så svarar vi senast måndag 30 november kl. 16.20." in pupil.page.text
    page = pupil.submit("/skriv", text="Det hände igen.")
    assert "Du skrev igen, så vi öppnade den · i dag 16.20" in page.text
    assert "senast måndag 30 november kl. 16.20" in page.text
    assert "Det hände igen." in page.text
    assert the_knock().is_open


def test_a_text_that_is_one_too_many_is_told_at_its_field_and_kept(pupil, receipt):
    for number in range(MOST_UNREAD - 1):
        asking.write(the_knock(), f"text {number}", form_id=new_id())
    db.session.commit()
    page = pupil.submit("/skriv", text="En till.")
    assert page.status == 422
    assert "Vi har inte hunnit läsa allt du skrev än." in page.text
    assert page.form("/skriv").data["text"] == ["En till."]


def test_a_text_behind_digits_that_is_one_too_many_stands_in_its_form(pupil, receipt):
    page = pupil.submit("/siffror", pin="2580", again="2580")
    for number in range(MOST_UNREAD - 1):
        asking.write(the_knock(), f"text {number}", form_id=new_id())
    db.session.commit()
    pupil.page = page
    with clock.frozen(FRIDAY + timedelta(minutes=16)):
        pupil.submit("/skriv", text="En till.")
        page = pupil.submit("/las-upp", pin="2580")
    assert page.form("/skriv").data["text"] == ["En till."]
    assert len(the_knock().messages) == MOST_UNREAD


def test_a_text_to_what_is_being_removed_is_kept_and_can_go_on_as_a_new_knock(
    pupil, receipt, monkeypatch
):
    def removed_meanwhile(_row):
        raise Gone("Det finns inte längre.")

    with monkeypatch.context() as patch:
        patch.setattr(asking, "lock", removed_meanwhile)
        page = pupil.submit("/skriv", text="Det hände igen.")
    assert page.status == 404
    assert page.h1 == "Det är borttaget"
    assert "Allt du skrev är kvar." in page.text
    page = pupil.submit("/knacka")
    assert (page.status, page.h1) == (409, "Välj din skola")  # this browser remembers none
    page = pupil.submit("/knacka", skola="norrskogen")
    assert page.status == 422
    assert page.form("/knacka").data["text"] == ["Det hände igen."]
    pupil.submit("/knacka", who="counsellor", way="app")
    assert "Det hände igen." in pupil.page.text
    assert len(db.session.scalars(select(Knock)).all()) == 2


def test_a_text_after_the_first_contact_says_when_the_answer_comes(pupil, receipt, counsellor):
    answering.answer(counsellor, the_knock(), "Hej!", form_id=new_id())
    db.session.commit()
    assert "senast" not in pupil.get(receipt.url).text
    page = pupil.submit("/skriv", text="En sak till.")
    assert "Du får svar av oss.senast måndag 30 november kl. 16.20" in page.text
    pupil.submit("/min-mobil")
    with clock.frozen(FRIDAY + timedelta(days=3, minutes=1)):
        assert "Vi är sena. Det är vårt fel" in pupil.get(receipt.url).text


def test_a_knock_that_crossed_the_wall_tells_the_pupil_in_plain_words(pupil, receipt, counsellor):
    answering.take(counsellor, the_knock())
    answering.cross_wall(
        counsellor, the_knock(), Wall.MEDICAL, consent=True, reason=None, shown=the_knock().newest
    )
    db.session.commit()
    text = pupil.get(receipt.url).text
    assert "Flyttad till skolsköterskan · i dag 16.20" in text
    assert "Flyttad till skolsköterskan. Du sa ja till det. Nu är det skolsköterskan" in text
    assert "Skolsköterskan på Norrskogens exempelskola hör av sig" in text
    assert "senast måndag 30 november kl. 16.20" in text


def test_that_another_takes_over_is_told_without_a_reason(pupil, receipt, counsellor):
    answering.take(counsellor, the_knock())
    passing.step_aside(counsellor, the_knock())
    db.session.commit()
    text = pupil.get(receipt.url).text
    assert "En annan av oss tar över · i dag 16.20" in text
    assert "senast måndag 30 november kl. 16.20" in text


def test_a_closed_knock_invites_to_knock_again(pupil, receipt, counsellor):
    answering.take(counsellor, the_knock())
    answering.close(counsellor, the_knock(), Outcome.TALKED, shown=the_knock().newest)
    db.session.commit()
    page = pupil.get(receipt.url)
    assert "Vi är klara med det här." in page.text
    assert page.link("Knacka på igen") == "/knacka?skola=norrskogen"


def test_personal_pages_are_never_stored_or_indexed(pupil, receipt):
    for address in (receipt.url, "/mitt", "/mitt/kod"):
        headers = pupil.get(address).response.headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize("action", ["skriv", "ta-tillbaka", "min-mobil", "siffror", "mote"])
def test_a_post_without_a_token_changes_nothing(client, receipt, action):
    answer = client.post(f"{receipt.url}/{action}", data={"text": "x", "pin": "1234"})
    assert answer.status_code == 400
    assert the_knock().state is State.WAITING


@pytest.mark.parametrize(
    "action", ["skriv", "ta-tillbaka", "min-mobil", "siffror", "mote", "las-upp"]
)
def test_another_phone_can_do_nothing_with_the_address_alone(app, receipt, action):
    other = another_phone(app)
    other.get("/mitt/kod")
    token = other.page.form("/mitt/kod").data["csrf_token"]
    answer = other.client.post(f"{receipt.url}/{action}", data={"csrf_token": token})
    assert answer.status_code == 404


def test_the_list_of_ones_own_says_how_each_stands_and_what_is_new(
    app, client, pupil, receipt, counsellor, make, school
):
    """As far as the words go that are said of one in each state."""
    device_row = db.session.scalars(select(Device)).one()
    said = {}

    def stands(words, change=None):
        knock = make.knock(school).knock
        devices.show(device_row, knock, pin_given=False)
        if change:
            change(knock)
        said[knock.id] = words

    def is_answered(knock):
        answering.answer(counsellor, knock, "Hej!", form_id=new_id())

    def is_closed(knock):
        is_answered(knock)
        answering.close(counsellor, knock, Outcome.TALKED, shown=knock.newest)

    def is_taken_back(knock):
        asking.withdraw(knock, shown=None)

    def is_offered_a_time(knock):
        is_answered(knock)
        offer = Offer(clock.now() + timedelta(days=3), 30, MeetingWay.PHONE, None)
        meetings.propose(counsellor, knock, [offer])

    with clock.frozen(clock.now() - timedelta(days=9)):
        stands("Vi är sena. Det är vårt fel, inte ditt.")
    stands("Vi hör av oss senast")
    stands("Nytt svar Vi har hört av oss.", is_answered)
    stands("Välj en tid att ses.", is_offered_a_time)
    stands("Du tog tillbaka den.", is_taken_back)
    stands("Vi är klara med det här.", is_closed)
    db.session.commit()
    html = pupil.get("/mitt").html
    for knock_id, words in said.items():
        (card,) = [part for part in html.split("<li") if knock_id in part]
        text = " ".join(re.sub("<[^>]+>", " ", card.partition(">")[2]).split())
        assert words in text, text
        assert "Norrskogens exempelskola" in text
        assert ("Nytt svar" in text) == (words.startswith(("Nytt", "Välj")))


def test_whom_we_are_late_to_answer_is_told_what_has_been_done_and_the_new_date(
    pupil, receipt, make
):
    make.coordinator()
    for hour in (7, 11, 15):
        moment = datetime(2026, 11, 30, hour, 20, tzinfo=UTC)
        with clock.frozen(moment):
            sweep()
    with clock.frozen(datetime(2026, 11, 30, 15, 21, tzinfo=UTC)):
        pupil.get("/mitt/kod")
        page = pupil.submit("/mitt/kod", code=code_on(receipt))
        assert "Vi lovade att höra av oss senast måndag 30 november kl. 16.20." in page.text
        assert "Vi påmindes i dag 12.20." in page.text
        assert "Nu kan fler av oss svara. Vår chef har fått veta det." in page.text
        assert "Vår nya tid: senast tisdag 1 december kl. 12.00" in page.text
        assert "Vi är sena. Nu kan fler av oss svara · i dag 16.20" in page.text
        assert "Ny tid: tisdag 1 december kl. 12.00." in pupil.get("/mitt").text
    with clock.frozen(datetime(2026, 12, 1, 11, 0, tzinfo=UTC)):
        sweep()
        pupil.get("/mitt/kod")
        page = pupil.submit("/mitt/kod", code=code_on(receipt))
        assert "Vår nya tid: senast tisdag 1 december kl. 16.00" in page.text
        assert "Vi fick en påminnelse till om dig · i dag 12.00" in page.text


def test_the_pupil_sees_when_what_was_written_has_been_read_and_staff_likewise(
    pupil, receipt, counsellor, client
):
    knock = the_knock()
    at = f"/mitt/{knock.id}"
    assert "läst" not in pupil.get(at).text.partition("Meddelanden")[2]
    before = pupil.get(at).html
    answering.read(counsellor, knock)
    db.session.commit()
    page = pupil.get(at)
    assert "Du · i dag 16.20 · läst i dag 16.20" in page.text
    versions = [re.search(r"version=([0-9a-f]+)", html).group(1) for html in (before, page.html)]
    assert versions[0] != versions[1], "a page that is open shows it by itself"
