"""The installed app as the server tells of it: manifest, service worker, the discreet look."""

import json
import re
import struct
from typing import Any

import pytest

from elevhalsa.pages.pwa import service_worker
from elevhalsa.pages.pwa.phones import Phone, guess
from elevhalsa.web import front

from .browser import Browser

PERSONAL = ("/mitt", "/personal", "/samordnare", "/logga-in", "/push", "/flytta")
PHONES = {
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) Version/26.0 Safari/604.1": Phone.IOS,
    "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) CriOS/142.0 Safari/604.1": Phone.IOS,
    "Mozilla/5.0 (Linux; Android 15) SamsungBrowser/28.0 Chrome/130.0 Mobile": Phone.SAMSUNG,
    "Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0": Phone.FIREFOX,
    "Mozilla/5.0 (Linux; Android 15) Chrome/142.0 Mobile Safari/537.36": Phone.CHROME,
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0": Phone.COMPUTER,
    "": Phone.COMPUTER,
}


@pytest.fixture
def school(make):
    school = make.school(slug="norrskogen", name="Norrskogens exempelskola")
    make.nurse(school)
    return school


@pytest.fixture
def pupil(client, school):
    return Browser(client)


def manifest(client, query: str = "") -> dict[str, Any]:
    answer = client.get(f"/manifest.webmanifest{query}")
    assert answer.status_code == 200
    assert answer.mimetype == "application/manifest+json"
    return json.loads(answer.text)


def size_of(png: bytes) -> str:
    width, height = struct.unpack(">II", png[16:24])
    return f"{width}x{height}"


def lists_in(worker: str) -> tuple[list[str], list[str]]:
    """The pages and the files that the worker keeps."""
    found = [re.search(rf"const {name} = (\[.*?\]);", worker) for name in ("PAGES", "ASSETS")]
    pages, assets = (json.loads(match.group(1)) for match in found if match)
    return pages, assets


def test_the_manifest_has_what_browsers_of_today_use(client, school):
    told = manifest(client)
    assert told["id"] == told["scope"] == "/"
    assert told["name"] == "Elevhälsa online"
    assert (told["lang"], told["dir"]) == ("sv", "ltr")
    assert told["display"] == "standalone"
    assert told["display_override"][0] == "standalone"
    assert told["launch_handler"]["client_mode"][0] == "navigate-existing"
    assert told["prefer_related_applications"] is False
    purposes = {(icon["purpose"], icon["sizes"]) for icon in told["icons"]}
    assert purposes >= {(purpose, size) for purpose in ("any", "maskable", "monochrome")
                        for size in ("192x192", "512x512")}  # fmt: skip
    assert [(one["name"], one["url"]) for one in told["shortcuts"]] == [
        ("Knacka på", "/knacka"), ("Mina svar", "/mitt"), ("Hjälp nu", "/hjalp-nu"),
    ]  # fmt: skip
    assert {shot["form_factor"] for shot in told["screenshots"]} == {"narrow", "wide"}


@pytest.mark.parametrize("discreet", [False, True])
def test_every_picture_in_the_manifest_is_there_and_as_big_as_it_says(client, school, discreet):
    if discreet:
        client.set_cookie("diskret", "1")
    told = manifest(client)
    pictures = [*told["icons"], *told.get("screenshots", ())]
    pictures += [icon for shortcut in told["shortcuts"] for icon in shortcut["icons"]]
    assert len(pictures) >= 10
    for picture in pictures:
        answer = client.get(picture["src"])
        assert answer.status_code == 200
        assert answer.mimetype == picture["type"]
        assert len(answer.data) < 80_000
        if picture["type"] == "image/png":
            assert size_of(answer.data) == picture["sizes"]


def test_the_app_starts_at_the_school_without_a_token(client, school, make):
    assert manifest(client)["start_url"] == "/"
    assert manifest(client, "?skola=norrskogen")["start_url"] == "/s/norrskogen"
    slug = make.home.slug
    assert manifest(client, f"?kommun={slug}")["start_url"] == f"/?kommun={slug}"
    assert client.get("/manifest.webmanifest?skola=finns-inte").status_code == 404
    client.get("/s/norrskogen")
    assert manifest(client)["start_url"] == "/s/norrskogen"
    assert {manifest(client, query)["id"] for query in ("", "?skola=norrskogen")} == {"/"}


def test_a_schools_door_names_the_schools_manifest(pupil):
    html = pupil.get("/s/norrskogen").html
    assert '<link rel="manifest" href="/manifest.webmanifest?skola=norrskogen"' in html
    assert '<link rel="apple-touch-icon" href="/static/icons/door-apple-180.' in html
    assert '<meta name="apple-mobile-web-app-title" content="Elevhälsa online">' in html


def test_the_discreet_look_is_chosen_and_left_again(pupil):
    pupil.get("/installera")
    pupil.submit("/installera/diskret")
    cookie = pupil.client.get_cookie("diskret")
    assert cookie.max_age == 365 * 24 * 3600
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    told = manifest(pupil.client)
    assert told["name"] == told["short_name"] == "Anteckningar"
    assert "description" not in told
    assert "screenshots" not in told
    said = json.dumps(told, ensure_ascii=False)
    assert not re.search("hälsa|Knacka|svar|/door", said)
    page = pupil.get("/s/norrskogen")
    assert page.title == "Sida – Anteckningar"
    assert "/icons/notes." in page.html
    assert "/icons/door" not in page.html
    pupil.get("/installera")
    pupil.submit("/installera/diskret")
    assert pupil.client.get_cookie("diskret") is None
    assert manifest(pupil.client)["name"] == "Elevhälsa online"


def test_a_page_from_memory_is_never_shown_in_anothers_look(client, school):
    for path in ("/s/norrskogen", "/knacka?skola=norrskogen", "/hjalp-nu", "/offline", "/sw.js"):
        plain = client.get(path).text
        client.set_cookie("diskret", "1")
        discreet = client.get(path).text
        client.delete_cookie("diskret")
        again = client.get(path).text
        assert "/icons/notes" in discreet
        assert "/icons/notes" not in plain + again


def test_choosing_the_look_needs_the_forms_token(client, school):
    answer = client.post("/installera/diskret", data={"diskret": "1"})
    assert answer.status_code == 400
    assert client.get_cookie("diskret") is None


def test_the_worker_is_asked_for_anew_each_time_and_has_a_policy_of_its_own(client, school):
    answer = client.get("/sw.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; connect-src 'self'"
    )
    assert "Set-Cookie" not in answer.headers
    same = client.get("/sw.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert same.status_code == 304
    compressed = client.get("/sw.js", headers={"Accept-Encoding": "br"})
    assert len(compressed.data) < 5_000


def test_the_worker_keeps_public_pages_and_named_files_and_nothing_else(client, school):
    pages, assets = lists_in(client.get("/sw.js").text)
    assert pages == ["/", "/knacka", "/hjalp-nu", "/sa-funkar-det"]
    assert all(re.fullmatch(r"/static/[a-z/]+\.[0-9a-f]{10}\.(js|css|svg)", one) for one in assets)
    assert not [one for one in pages if one.startswith(PERSONAL)]
    for address in [*pages, *assets, "/offline"]:
        answer = client.get(f"{address}?skal=1")
        assert answer.status_code == 200
        assert "no-store" not in answer.headers["Cache-Control"]
        assert "Set-Cookie" not in answer.headers


def test_the_version_changes_when_the_worker_does_and_only_then(app, client, school):
    def version() -> str:
        front.memory().clear()
        return re.search(r'VERSION = "([0-9a-f]{12})"', client.get("/sw.js").text).group(1)

    client.get("/sw.js")
    first = version()
    assert version() == first
    app.config[service_worker.ANOTHER_VERSION] = "2"
    assert version() != first


def test_the_copy_of_the_form_has_nobodys_id_or_token(client, school):
    answer = client.get("/knacka?skola=norrskogen&skal=1")
    assert answer.headers["Content-Location"] == "/knacka?skola=norrskogen"
    assert '<input type="hidden" name="form_id" value="">' in answer.text
    assert '<input type="hidden" name="csrf_token" value="">' in answer.text
    assert "Set-Cookie" not in answer.headers
    ordinary = client.get("/knacka?skola=norrskogen").text
    assert re.search(r'name="form_id" value="[\w-]{22}"', ordinary)


def test_the_copy_of_the_door_is_the_schools_that_is_remembered(client, school):
    assert "Content-Location" not in client.get("/?skal=1").headers
    client.get("/s/norrskogen")
    answer = client.get("/?skal=1")
    assert answer.headers["Content-Location"] == "/s/norrskogen"
    assert "Norrskogens exempelskola" in answer.text


def test_a_fresh_token_can_be_fetched_and_is_good(client, school):
    answer = client.get("/ny-token")
    assert answer.headers["Cache-Control"] == "no-store"
    data = {"csrf_token": answer.json["token"], "diskret": "1"}
    assert client.post("/installera/diskret", data=data).status_code == 303


@pytest.mark.parametrize("agent", PHONES)
def test_the_steps_of_the_own_browser_come_first(agent):
    assert guess(agent) is PHONES[agent]


def test_the_steps_are_all_there_without_a_script(pupil):
    page = pupil.get("/installera", headers={"User-Agent": next(iter(PHONES))})
    order = re.findall(r'<details class="card" id="(\w+)"( open)?>', page.html)
    assert order == [("iphone", " open"), ("chrome", ""), ("samsung", ""), ("firefox", ""),
                     ("dator", "")]  # fmt: skip
    assert "Appen på hemskärmen vet inte vad du har gjort i Safari." in page.text
    assert page.response.headers["Cache-Control"] == "no-store"
