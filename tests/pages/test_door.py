"""The public pages and the form, as a pupil without JavaScript meets them."""

import gzip
import json
import re
import time
from datetime import UTC, datetime, timedelta

import brotli
import pytest
from sqlalchemy import event, func, select

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.i18n import by_when
from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks import answering
from elevhalsa.domain.knocks.models import Avoided, Knock
from elevhalsa.domain.knocks.words import Way
from elevhalsa.domain.places.models import Break
from elevhalsa.extensions import db

from .browser import Browser

FRIDAY = datetime(2026, 11, 27, 15, 20, tzinfo=UTC)
PUBLIC = ("/", "/s/norrskogen", "/knacka?skola=norrskogen", "/hjalp-nu", "/sa-funkar-det",
          "/integritet", "/tillganglighet")  # fmt: skip


@pytest.fixture
def school(make):
    school = make.school(slug="norrskogen", name="Norrskogens exempelskola")
    make.nurse(school)
    make.counsellor(school)
    return school


@pytest.fixture
def pupil(client, school):
    return Browser(client)


def knocks() -> int:
    return db.session.scalar(select(func.count()).select_from(Knock))


def only_knock() -> Knock:
    return db.session.scalars(select(Knock)).one()


@pytest.mark.parametrize("address", PUBLIC)
def test_every_public_page_tells_search_engines_what_it_is(pupil, address):
    page = pupil.get(address)
    assert page.status == 200
    assert re.search(r'<meta name="description" content=".{20,}">', page.html)
    assert 'rel="canonical" href="http://127.0.0.1:8000/' in page.html
    for name in ("og:title", "og:description", "og:url", "og:type"):
        assert f'property="{name}"' in page.html
    assert "X-Robots-Tag" not in page.response.headers


def test_the_door_describes_a_government_service(pupil):
    html = pupil.get("/s/norrskogen").html
    block = re.search(r'<script type="application/ld\+json">(.+?)</script>', html, re.S)
    data = json.loads(block.group(1))
    assert data["@type"] == "GovernmentService"
    assert data["areaServed"] == "Norrskogens exempelskola"


def test_the_door_says_the_promise_with_the_professions_of_the_school(pupil):
    text = pupil.get("/s/norrskogen").text
    assert "skolsköterska eller kurator inom 24 timmar, alla vardagar. Även på lov." in text
    assert "BankID" not in text  # it is not set up here


@pytest.mark.parametrize("at", [FRIDAY, FRIDAY + timedelta(hours=20), FRIDAY + timedelta(days=4)])
def test_the_door_says_when_a_knock_made_now_is_answered_and_then_that_holds(pupil, at):
    with clock.frozen(at):
        said = pupil.get("/s/norrskogen").text
        pupil.get("/knacka?skola=norrskogen")
        receipt = pupil.submit("/knacka", who="nurse", way="app").text
    promised = by_when(only_knock().due_at)
    assert promised in receipt
    assert f"Knackar du nu hör vi av oss {promised}" in said


def test_what_the_door_says_of_now_is_of_this_minute(pupil):
    """Its answer comes from memory, and is let go of when the minute is over."""
    with clock.frozen(FRIDAY + timedelta(seconds=59.8)):
        assert "senast måndag 30 november kl. 16.20" in pupil.get("/s/norrskogen").text
    time.sleep(0.3)
    with clock.frozen(FRIDAY + timedelta(minutes=1)):
        assert "senast måndag 30 november kl. 16.21" in pupil.get("/s/norrskogen").text


def test_the_copy_of_the_door_on_a_phone_without_a_net_says_no_time(pupil):
    assert "Knackar du nu" not in pupil.get("/s/norrskogen?skal=1").text


def test_the_door_tells_one_who_has_knocked_that_there_is_something_new(pupil, make, school):
    pupil.get("/knacka?skola=norrskogen")
    pupil.submit("/knacka", who="nurse", way="app")
    assert "1 nytt" not in pupil.get("/s/norrskogen").text
    with clock.frozen(clock.now()):
        answering.answer(make.nurse(school), only_knock(), "Hej!", form_id=new_id())
        db.session.commit()
    page = pupil.get("/s/norrskogen")
    assert "Jag har redan knackat – visa svar 1 nytt" in page.text
    assert page.response.headers["Cache-Control"] == "no-store"
    assert "1 nytt" not in Browser(pupil.client.application.test_client()).get("/s/norrskogen").text


def test_the_school_is_remembered_and_can_be_changed(pupil, make):
    make.school(slug="fiskarnas", name="Fiskarnäs exempelskola")
    assert "Vilken skola går du på?" in pupil.get("/").text
    pupil.get("/s/norrskogen")
    assert "Norrskogens exempelskola" in pupil.get("/").text
    page = pupil.follow("Byt")
    assert "Fiskarnäs exempelskola" in page.text
    pupil.follow("Fiskarnäs")
    assert "Fiskarnäs exempelskola" in pupil.get("/").text


def test_a_big_municipality_offers_a_list_to_choose_from(pupil, make):
    for _number in range(16):
        make.school()
    page = pupil.get("/")
    assert page.form(0).names == {"skola"}
    page = pupil.submit(0, skola="norrskogen")
    assert page.url == "/s/norrskogen"


@pytest.mark.parametrize(
    ("typed", "leads_to"),
    [
        ("Norrskogens exempelskola", "/s/norrskogen"),
        ("norrsk", "/s/norrskogen"),
        ("  NORRSKOGENS ", "/s/norrskogen"),
        ("fiskarnas", "/s/fiskar"),
        ("exempel fiskarnäs", "/s/fiskar"),
    ],
)
def test_a_school_of_many_is_found_by_a_part_of_its_name(pupil, make, typed, leads_to):
    make.school(slug="fiskar", name="Fiskarnäs exempelskola")
    for _number in range(16):
        make.school()
    pupil.get("/")
    assert pupil.submit(0, skola=typed).url == leads_to


def test_a_name_that_many_have_is_chosen_from_and_one_that_none_has_is_asked_again(pupil, make):
    make.school(slug="fiskar", name="Fiskarnäs exempelskola")
    for _number in range(16):
        make.school()
    pupil.get("/")
    page = pupil.submit(0, skola="exempelskola")
    assert page.link("Fiskarnäs exempelskola") == "/s/fiskar"
    page = pupil.submit(0, skola="finns inte <b>")
    assert "Vi hittar ingen skola som heter så." in page.text
    assert page.form(0).data["skola"] == ["finns inte <b>"]


def test_without_host_names_the_municipality_is_chosen_first(pupil, make):
    make.municipality(slug="exempelby", name="Exempelby")
    page = pupil.get("/")
    assert "I vilken kommun" in page.text
    assert "Norrskogens exempelskola" in pupil.follow(make.home.name).text


def test_a_host_name_leads_to_its_municipality_and_hides_the_others(client, make):
    school = make.school(slug="norrskogen")
    other = make.municipality(
        slug="exempelby", name="Exempelby", host="elevhalsa.exempelby.invalid"
    )
    make.school(slug="byskolan", name="Byskolan", municipality_id=other.id)
    pupil = Browser(client, base_url="http://elevhalsa.exempelby.invalid")
    assert "Byskolan" in pupil.get("/").text
    assert pupil.get(f"/s/{school.slug}").status == 404


def test_an_unknown_school_is_a_kind_404(pupil):
    page = pupil.get("/s/finns-inte")
    assert page.status == 404
    assert "Vi hittar inte sidan" in page.text


def test_a_break_is_named_and_the_promise_still_holds(pupil, make, school):
    with clock.frozen(FRIDAY):
        today = FRIDAY.date()
        db.session.add(Break(municipality_id=make.home.id, name="Höstlov", starts_on=today,
                             ends_on=today + timedelta(days=3)))  # fmt: skip
        db.session.commit()
        text = pupil.get("/s/norrskogen").text
    assert "Höstlov till och med måndag 30 november. Vi svarar ändå." in text


def test_a_pupil_knocks_without_saying_anything_but_who_and_how(pupil):
    with clock.frozen(FRIDAY):
        pupil.get("/s/norrskogen")
        pupil.follow("Knacka på utan att logga in")
        page = pupil.submit("/knacka", who="counsellor", way="app")
    assert page.h1 == "Vi hörde dig."
    assert "senast måndag 30 november kl. 16.20" in page.text
    assert "Kuratorn på Norrskogens exempelskola hör av sig" in page.text
    knock = only_knock()
    assert (knock.wanted, knock.way, knock.name, knock.phone) == (
        Profession.COUNSELLOR, Way.APP, None, None,
    )  # fmt: skip


def test_only_the_chosen_ways_fields_are_kept(pupil):
    pupil.get("/knacka?skola=norrskogen")
    pupil.submit(
        "/knacka", who="any", way="call", call_phone="070-123 45 67", call_when="efter kl. 15",
        call_voicemail="1", sms_phone="0709999999", email="någon annans", meet_name="Fel",
    )  # fmt: skip
    knock = only_knock()
    assert knock.phone == "0701234567"
    assert knock.safe_times == "efter kl. 15"
    assert knock.voicemail_ok
    assert (knock.email, knock.name, knock.wall) == (None, None, None)


@pytest.mark.parametrize(
    ("filled", "says"),
    [
        ({"way": "app"}, "Välj vem du vill ha kontakt med."),
        ({"who": "nurse"}, "Välj hur vi ska kontakta dig."),
        ({"who": "nurse", "way": "sms"}, "Skriv ditt nummer, så att vi kan nå dig."),
        ({"who": "nurse", "way": "sms", "sms_phone": "12"}, "Titta på numret en gång till."),
        ({"who": "nurse", "way": "email", "email": "hej"}, "Titta på adressen en gång till."),
        ({"who": "nurse", "way": "meet"}, "Skriv vad du heter, så att vi hittar dig."),
        ({"who": "nurse", "way": "meet", "meet_name": "E"}, "Skriv din klass"),
        ({"who": "nurse", "way": "app", "text": "x" * 5001}, "Texten är lite för lång."),
    ],
)
def test_an_error_says_what_to_do_and_keeps_everything_typed(pupil, filled, says):
    pupil.get("/knacka?skola=norrskogen")
    typed = {"text": "Jag vill prata\nom en sak.", "name": "Elev Ett", "call_when": "kvällar"}
    page = pupil.submit("/knacka", typed | filled)
    assert page.status == 422
    assert says in page.text
    kept = page.form("/knacka").data
    for name, value in (typed | filled).items():
        assert [v.replace("\r\n", "\n") for v in kept[name]] == [value], name
    assert knocks() == 0


def test_the_same_form_sent_again_is_the_same_receipt_once(pupil):
    pupil.get("/knacka?skola=norrskogen")
    form = pupil.page
    first = pupil.submit("/knacka", who="nurse", way="app", text="Hej")
    code = re.search(r'class="code">([^<]+)<', first.html).group(1)
    pupil.page = form
    again = pupil.submit("/knacka", who="nurse", way="app", text="Hej")
    assert again.url == first.url
    assert code in again.html
    assert code in pupil.get(first.url).html
    assert knocks() == 1


def test_a_changed_form_with_a_used_id_asks_and_loses_nothing(pupil):
    pupil.get("/knacka?skola=norrskogen")
    form = pupil.page
    pupil.submit("/knacka", who="nurse", way="app", text="Hej")
    pupil.page = form
    page = pupil.submit("/knacka", who="nurse", way="app", text="Något helt annat")
    assert page.status == 409
    assert "Du har redan knackat på." in page.text
    assert page.form("/knacka").data["text"] == ["Något helt annat"]
    pupil.submit("/knacka")
    assert knocks() == 2


def test_a_stale_token_does_not_stop_a_knock_from_our_own_page(client, school):
    fields = {"who": "nurse", "way": "app", "csrf_token": "gammal", "form_id": "f" * 22}
    answer = client.post("/knacka?skola=norrskogen", data=fields,
                         headers={"Origin": "http://localhost"})  # fmt: skip
    assert answer.status_code == 303
    assert knocks() == 1


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "https://elak.invalid"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
)
def test_a_post_from_elsewhere_is_refused_and_what_was_typed_kept(client, school, headers):
    fields = {"who": "nurse", "way": "app", "text": "Kvar", "form_id": "f" * 22}
    answer = client.post("/knacka?skola=norrskogen", data=fields, headers=headers)
    assert answer.status_code == 400
    assert "Kvar" in answer.text
    assert knocks() == 0


def test_a_number_that_gets_no_sms_from_here_is_told_what_to_choose_instead(pupil, school):
    pupil.get("/knacka?skola=norrskogen")
    sent = {"who": "nurse", "way": "sms", "sms_phone": "+47 912 34 567", "text": "Kvar"}
    page = pupil.submit("/knacka", **sent)
    assert page.status == 422
    assert "börjar med +46, eller välj ett annat sätt" in page.text
    assert page.form("/knacka").data["text"] == ["Kvar"]
    page = pupil.submit("/knacka", way="call", call_phone="+47 912 34 567")
    assert page.status == 200
    assert only_knock().phone == "+4791234567"


def test_the_form_offers_only_what_the_school_has(client, make):
    school = make.school(slug="liten")
    make.nurse(school)
    pupil = Browser(client)
    form = pupil.get("/knacka?skola=liten").form("/knacka")
    offered = {v for c in form.controls if c.name == "who" for v in c.options}
    assert offered == {"nurse", "any"}


def test_a_named_person_can_be_asked_for_and_another_avoided(client, make):
    make.home.show_names = True
    school = make.school(slug="namn")
    wanted, avoided = make.nurse(school), make.nurse(school)
    pupil = Browser(client)
    page = pupil.get("/knacka?skola=namn")
    assert wanted.name in page.text
    pupil.submit("/knacka", who=wanted.id, avoid=[avoided.id], way="app")
    assert only_knock().wanted_staff_id == wanted.id
    assert db.session.scalars(select(Avoided.staff_id)).all() == [avoided.id]


def test_choosing_and_avoiding_the_same_person_is_asked_about(client, make):
    make.home.show_names = True
    school = make.school(slug="namn")
    nurse, counsellor = make.nurse(school), make.counsellor(school)
    pupil = Browser(client)
    pupil.get("/knacka?skola=namn")
    page = pupil.submit("/knacka", who=nurse.id, avoid=[nurse.id], way="app", text="Jag undrar.")
    assert page.status == 422
    assert "Du har valt samma person som du inte vill ska veta." in page.text
    assert "Jag undrar." in page.html
    assert not db.session.scalars(select(Knock)).all()
    pupil.submit("/knacka", who=counsellor.id)
    assert db.session.scalars(select(Avoided.staff_id)).all() == [nurse.id]


@pytest.mark.parametrize(
    ("who", "says"),
    [
        ("any", "Nu får ingen av oss veta."),
        ("nurse", "Du har valt samma person"),
        ("counsellor", "Du har valt samma person"),
    ],
)
def test_avoiding_everybody_who_could_answer_is_asked_about(pupil, school, who, says):
    pupil.get("/knacka?skola=norrskogen")
    page = pupil.submit(
        "/knacka", who=who, avoid=["nurse", "counsellor"], way="app", text="Jag undrar."
    )
    assert page.status == 422
    assert says in page.text
    assert "Jag undrar." in page.html
    assert not db.session.scalars(select(Knock)).all()


def test_the_receipt_names_who_will_really_answer(pupil, school):
    pupil.get("/knacka?skola=norrskogen")
    page = pupil.submit("/knacka", who="any", avoid=["nurse"], way="app")
    assert "Kuratorn på" in page.text
    assert "Skolsköterskan" not in page.text


def test_without_names_a_profession_at_the_school_can_be_avoided(pupil, school):
    page = pupil.get("/knacka?skola=norrskogen")
    assert "Person" not in page.text
    pupil.submit("/knacka", who="counsellor", avoid=["nurse"], way="app")
    assert len(db.session.scalars(select(Avoided)).all()) == 1


def test_the_form_is_new_each_time_although_the_page_is_from_memory(pupil):
    forms = [pupil.get("/knacka?skola=norrskogen").form("/knacka").data for _ in range(3)]
    assert len({form["form_id"][0] for form in forms}) == 3
    assert all("put-the" not in value for form in forms for [value, *_] in form.values())


@pytest.mark.parametrize(
    ("address", "coding", "unpack"),
    [
        ("/s/norrskogen", "br", brotli.decompress),
        ("/knacka?skola=norrskogen", "gzip", gzip.decompress),
    ],
)
def test_a_compressed_page_says_the_same_as_a_plain_one(client, school, address, coding, unpack):
    plain = client.get(address).data
    packed = client.get(address, headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == coding
    secrets = re.compile(rb'value="[\w.-]{22,}"')
    assert secrets.sub(b"", unpack(packed.data)) == secrets.sub(b"", plain)


def test_a_public_page_is_not_sent_again_when_nothing_has_changed(client, school):
    first = client.get("/s/norrskogen")
    again = client.get("/s/norrskogen", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert not again.data
    changed = client.get("/s/norrskogen", headers={"If-None-Match": '"of-yesterday"'})
    assert changed.status_code == 200
    assert "Date" not in changed.headers, "the server adds it, and the phone reads no two"


@pytest.mark.parametrize("address", ["/", "/s/norrskogen", "/knacka?skola=norrskogen"])
def test_a_public_page_from_memory_asks_the_database_nothing(client, school, address):
    client.get(address)
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    assert client.get(address).status_code == 200
    assert asked == []


def test_no_cookie_tells_a_visitor_apart_before_they_knock(client, school):
    for address in ("/", "/hjalp-nu", "/sa-funkar-det"):
        assert "Set-Cookie" not in client.get(address).headers
    assert (
        client.get("/s/norrskogen").headers.getlist("Set-Cookie")[0].startswith("skola=norrskogen")
    )


def test_robots_are_kept_from_what_is_personal(client, school):
    robots = client.get("/robots.txt").text
    assert "Disallow: /mitt" in robots
    assert "Disallow: /personal" in robots
    assert "/s/norrskogen</loc>" in client.get("/sitemap.xml").text


def test_crisis_help_links_numbers_that_can_be_called(pupil):
    html = pupil.get("/s/norrskogen").html
    assert 'href="tel:112"' in html
    assert 'href="tel:116111"' in html


def test_where_bankid_is_not_set_up_it_says_so(pupil):
    page = pupil.get("/logga-in/bankid?skola=norrskogen")
    assert "Här går det inte att logga in med BankID." in page.text
    assert page.link("Knacka på utan att logga in")
