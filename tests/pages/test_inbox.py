"""The inbox: what waits, sorted by its promise, without a word of what a pupil wrote."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from elevhalsa.core import clock
from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks import answering, asking, ladder, passing, queries
from elevhalsa.domain.knocks.floods import Flood
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import AttemptKind, Outcome, Triage, Way
from elevhalsa.extensions import db

from ..factories import Make
from .browser import Browser

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=clock.STOCKHOLM)
"""A Monday morning; a knock now is due on Tuesday at nine."""


@pytest.fixture
def monday() -> Iterator[datetime]:
    with clock.frozen(MONDAY):
        yield MONDAY


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    return Browser(client)


@contextmanager
def counting() -> Iterator[list[str]]:
    """The statements that are run within the block, by whichever connection, besides what tells
    PostgreSQL who acts."""
    statements: list[str] = []

    def note(_c: object, _cur: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("SELECT set_config"):
            statements.append(statement)

    engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_the_knock_that_is_due_first_stands_first_and_says_so_in_words(
    browser: Browser, make: Make
) -> None:
    school = make.school(name="Exempelskolan")
    counsellor = make.counsellor(school)
    knocks = {}
    for name, hours_ago in (("calm", 2), ("soon", 22.8), ("late", 24 + 40 / 60)):
        with clock.frozen(MONDAY + timedelta(days=1, hours=6) - timedelta(hours=hours_ago)):
            knocks[name] = make.knock(school).knock.id
    with clock.frozen(MONDAY + timedelta(days=1, hours=6)):
        page = browser.sign_in(counsellor)
    order = [link.href.rsplit("/", 1)[1] for link in page.links if "Kurator" in link.text]
    assert order == [knocks["late"], knocks["soon"], knocks["calm"]]
    for words in ("40 min sen", "1 h 12 min kvar", "22 h kvar"):
        assert words in page.text
    assert "senast tisdag 24 november kl. 14.20" in page.text
    assert "Väntar 3" in page.text


def test_the_list_tells_what_is_needed_to_choose_and_nothing_more(
    browser: Browser, make: Make, monday: datetime
) -> None:
    school = make.school(name="Exempelskolan")
    counsellor = make.counsellor(school)
    knock = make.knock(
        school,
        way=Way.CALL,
        phone="0701112233",
        name="Hemligt Namn",
        school_class="9 Z",
        safe_times="bakom gympasalen",
        text="det hemliga",
        wanted_staff_id=counsellor.id,
    ).knock
    make.knock(school)
    answering.triage(counsellor, knock, Triage.URGENT)
    ladder.open_wide(knock)
    db.session.commit()
    page = browser.sign_in(counsellor)
    for words in (
        "Kurator · Samtal", "Kurator · I appen · anonym", "Exempelskolan",
        "knackade i dag 09.00", "Ej påbörjad", "Bråttom", "Frågade efter dig",
        "Öppen för hela kommunen",
    ):  # fmt: skip
        assert words in page.text
    for secret in ("0701112233", "Hemligt Namn", "9 Z", "gympasalen", "det hemliga"):
        assert secret not in page.html


def test_the_state_is_told_in_words(browser: Browser, make: Make, monday: datetime) -> None:
    school = make.school()
    me, colleague = make.counsellor(school), make.counsellor(school)
    unread, read, mine, answered, retried, wrote = (
        make.knock(school, way=Way.CALL, phone="0701112233").knock for _number in range(6)
    )
    answering.read(me, read)
    for knock in (mine, answered, retried, wrote):
        answering.take(me, knock)
    answering.log_attempt(me, answered, AttemptKind.TALKED)
    answering.log_attempt(me, retried, AttemptKind.CALLED_NO_ANSWER)
    db.session.commit()
    with clock.frozen(monday + timedelta(minutes=5)):
        asking.write(wrote, "Hej igen", form_id="w" * 22)
        db.session.commit()
        waiting = browser.sign_in(me)
        taken = browser.follow("Mina")
    assert "Ej påbörjad" in waiting.text
    assert "Läst" in waiting.text
    for words in ("Mottagen av dig", "Nytt försök väntar", "Nytt från eleven", "Löftet hållet"):
        assert words in taken.text
    assert unread.id not in taken.html
    answering.close(me, mine, Outcome.NOT_NEEDED, shown=mine.newest)
    asking.withdraw(read, shown=read.newest)
    passing.hand_over(me, wrote, colleague, shown=wrote.newest)
    db.session.commit()
    done = browser.get("/personal/inkorg?flik=klara")
    for words in ("Behovet fanns inte längre", "Eleven tog tillbaka den"):
        assert words in done.text
    assert wrote.id not in browser.get("/personal/inkorg?flik=mina").html


def test_a_promise_that_was_kept_is_not_called_late_afterwards(
    browser: Browser, make: Make
) -> None:
    school = make.school()
    me = make.counsellor(school)
    with clock.frozen(MONDAY):
        knock = make.knock(school).knock
        answering.answer(me, knock, "Hej", form_id="a" * 22)
        db.session.commit()
    with clock.frozen(MONDAY + timedelta(days=3)):
        browser.arrives_as(me)
        page = browser.get("/personal/inkorg?flik=mina")
    assert "Löftet hållet" in page.text
    assert " sen " not in page.text


def test_it_can_be_narrowed_to_one_school(browser: Browser, make: Make, monday: datetime) -> None:
    first, second = make.school(name="Första skolan"), make.school(name="Andra skolan")
    counsellor = make.counsellor(first, second)
    here, there = make.knock(first).knock.id, make.knock(second).knock.id
    browser.sign_in(counsellor)
    page = browser.submit("/inkorg", skola=first.slug)
    assert f"skola={first.slug}" in page.url
    assert here in page.html
    assert there not in page.html
    assert "Väntar 1" in page.text
    assert f"skola={first.slug}" in browser.page.link("Mina")
    unknown = browser.get("/personal/inkorg?skola=finns-inte")
    assert here in unknown.html
    assert there in unknown.html


def test_htmx_gets_the_same_list_without_the_page_around_it(
    browser: Browser, make: Make, monday: datetime
) -> None:
    school = make.school()
    make.knock(school)
    page = browser.sign_in(make.counsellor(school))
    part = browser.get("/personal/inkorg", htmx=True)
    assert not part.is_whole
    assert part.html.strip().startswith('<div id="inkorg" data-refresh="20"')
    assert part.text in page.text
    assert "HX-Request" in part.response.headers["Vary"]
    restored = browser.get(
        "/personal/inkorg", htmx=True, headers={"HX-History-Restore-Request": "true"}
    )
    assert restored.is_whole


def test_every_knock_is_reached_page_by_page_exactly_once(browser: Browser, make: Make) -> None:
    school = make.school()
    counsellor = make.counsellor(school)
    wanted = []
    for number in range(60):
        with clock.frozen(MONDAY + timedelta(seconds=number // 7)):  # several share a date
            wanted.append(make.knock(school).knock.id)
    with clock.frozen(MONDAY + timedelta(hours=1)):
        page = browser.sign_in(counsellor)
        seen: list[str] = []
        for _page in range(5):
            seen += [
                link.href.rsplit("/", 1)[1]
                for link in page.links
                if link.text.startswith("Kurator")
            ]
            if "Visa fler" not in page.text:
                break
            page = browser.follow("Visa fler")
    assert len(seen) == 60
    assert set(seen) == set(wanted)
    assert "Till början" in page.text


def test_a_torn_page_key_means_the_first_page(
    browser: Browser, make: Make, monday: datetime
) -> None:
    school = make.school()
    knock = make.knock(school).knock.id
    browser.arrives_as(make.counsellor(school))
    for key in ("", "~", "nonsens", "2026-11-23~x", "2026-11-23T09:00:00+00:00", "9" * 500):
        assert knock in browser.get(f"/personal/inkorg?efter={key}").html


@pytest.mark.parametrize(
    ("tab", "words"),
    [
        ("vantar", "Ingen väntar just nu."),
        ("mina", "Du har inte tagit emot någon knackning"),
        ("klara", "Inget är avslutat än."),
    ],
)
def test_an_empty_tab_says_so(browser: Browser, make: Make, tab: str, words: str) -> None:
    browser.arrives_as(make.nurse(make.school()))
    assert words in browser.get(f"/personal/inkorg?flik={tab}").text


def test_a_full_inbox_says_a_thousand_and_more(
    browser: Browser, make: Make, monday: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from elevhalsa.pages.inbox import views

    monkeypatch.setattr(queries, "MOST_COUNTED", 3)
    monkeypatch.setattr(views, "MOST_COUNTED", 3)
    school = make.school()
    for _number in range(4):
        make.knock(school)
    assert "Väntar 3+" in browser.sign_in(make.counsellor(school)).text


def test_three_hundred_knocks_cost_as_many_queries_as_ten(
    browser: Browser, make: Make, monday: datetime
) -> None:
    school = make.school()
    me, colleague = make.counsellor(school), make.counsellor(school)

    def fill(number: int) -> None:
        for index in range(number):
            asked = make.asked(text="Hej", wanted_staff_id=colleague.id)
            knock = asking.knock(school, asked).knock
            if index % 3 == 0:
                answering.take(me, knock)
        db.session.commit()

    def cost(url: str) -> int:
        with counting() as statements:
            browser.get(url)
        return len(statements)

    fill(10)
    browser.arrives_as(me)
    urls = ("/personal/inkorg", "/personal/inkorg?flik=mina", "/personal/notiser")
    for url in urls:
        browser.get(url)
    few = [cost(url) for url in urls]
    fill(290)
    assert all(cost(url) <= before for url, before in zip(urls, few, strict=True))
    assert max(few) <= 12


def test_a_nurse_sees_no_counsellors_knock_and_both_see_one_for_anybody(
    app: Flask, make: Make, monday: datetime
) -> None:
    school = make.school()
    for_counsellor = make.knock(school).knock.id
    for_nurse = make.knock(school, wanted=Profession.NURSE).knock.id
    for_anybody = make.knock(school, wanted=None).knock.id
    nurse = Browser(app.test_client()).sign_in(make.nurse(school))
    counsellor = Browser(app.test_client()).sign_in(make.counsellor(school))
    assert for_counsellor not in nurse.html
    assert for_nurse in nurse.html
    assert for_anybody in nurse.html
    assert for_nurse not in counsellor.html
    assert "Spelar ingen roll" in counsellor.text


def test_the_inbox_is_never_kept_by_a_browser(browser: Browser, make: Make) -> None:
    page = browser.sign_in(make.nurse(make.school()))
    assert page.response.headers["Cache-Control"] == "no-store"


def test_a_coordinator_does_not_get_in(browser: Browser, make: Make) -> None:
    browser.arrives_as(make.coordinator())
    for path in ("/personal/inkorg", "/personal/notiser", "/personal/arende/x"):
        assert browser.get(path).status == 403


def test_i_see_what_i_have_been_told_and_mark_it_as_seen(
    browser: Browser, make: Make, monday: datetime
) -> None:
    school = make.school()
    counsellor = make.counsellor(school)
    knock = make.knock(school).knock
    page = browser.sign_in(counsellor)
    assert "Notiser 1 nya" in page.text
    page = browser.follow("Notiser")
    assert page.link("Någon har knackat på") == f"/personal/arende/{knock.id}"
    assert "ny" in page.text
    page = browser.submit("/notiser/sedda")
    assert "Notiser 1" not in page.text
    assert not page.has_form("/notiser/sedda")
    assert knock.id in page.html
    assert db.session.get(Knock, knock.id).read_at is None  # told of, not read


def test_the_header_says_who_i_am_here(browser: Browser, make: Make) -> None:
    page = browser.sign_in(make.nurse(make.school(), make.school()))
    assert "Skolsköterska · 2 skolor" in page.text
    assert page.link("Inloggningar") == "/personal/inloggningar"
    assert page.has_form("/logga-in/ut")


def test_what_nobody_has_read_stands_out_and_what_is_urgent_says_so(
    browser: Browser, make: Make
) -> None:
    school = make.school()
    me = make.counsellor(school)
    read, _unread = (make.knock(school).knock for _number in range(2))
    answering.read(me, read)
    answering.triage(me, read, Triage.URGENT)
    db.session.commit()
    browser.arrives_as(me)
    html = browser.get("/personal/inkorg").html
    assert len(re.findall(r'<li class="knock \w+ unread">', html)) == 1
    assert html.count('<span class="mark urgent">') == 1
    assert "<title>(2) Inkorg" in html
    assert me.name in html


def test_what_is_done_is_found_by_its_school_and_the_month_when_it_ended(
    browser: Browser, make: Make
) -> None:
    school = make.school()
    me = make.counsellor(school, make.school(slug="annan"))
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    for ended in (now, datetime(2026, 10, 31, 22, 30, tzinfo=UTC)):
        with clock.frozen(ended):
            knock = make.knock(school).knock
            answering.take(me, knock)
            answering.close(me, knock, Outcome.TALKED, shown=knock.newest)
            db.session.commit()
    with clock.frozen(now):
        browser.arrives_as(me)
        everything = browser.get("/personal/inkorg?flik=klara")
        october = browser.get("/personal/inkorg?flik=klara&manad=2026-10")
        there = browser.get("/personal/inkorg?flik=klara&skola=annan&manad=2026-10")
        december = browser.get("/personal/inkorg?flik=klara&manad=2025-12")
        nonsense = browser.get("/personal/inkorg?flik=klara&manad=2026-99")
    assert everything.html.count('class="knock ') == nonsense.html.count('class="knock ') == 2
    assert october.html.count('class="knock ') == 1
    assert "oktober 2026" in october.text
    assert december.html.count('class="knock ') == there.html.count('class="knock ') == 0


def test_whose_knock_was_dismissed_is_told_without_blame_and_can_write(
    app: Flask, make: Make
) -> None:
    school = make.school()
    counsellor = make.counsellor(school)
    with clock.frozen(MONDAY):
        receipt = asking.knock(school, make.asked(), flood=Flood("n" * 22, [], begins=False))
        db.session.commit()
        knock_id, code = receipt.knock.id, receipt.code
        staff, pupil = Browser(app.test_client()), Browser(app.test_client())
        assert "Många liknande (1)" in staff.sign_in(counsellor).text
        staff.get(f"/personal/liknande/{'n' * 22}")
        assert "1 knackning är borttagen" in staff.submit("/ta-bort").text
        pupil.get("/mitt/kod")
        page = pupil.submit("/mitt/kod", code=code)
        assert "Din knackning är bortlagd." in page.text
        assert "Det är inte ditt fel." in page.text
        pupil.submit(f"/mitt/{knock_id}/skriv", text="Jag behöver dig")
        assert "Många liknande" not in staff.get("/personal/inkorg").text
        assert knock_id in staff.get("/personal/inkorg").html
