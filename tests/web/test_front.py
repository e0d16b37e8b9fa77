"""What is given from memory is what Flask would have given, and never what is anybody's own."""

import gzip
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import brotli
import pytest
from flask import Flask, Request, Response, request, request_finished
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import EnvironHeaders
from werkzeug.test import Client, TestResponse

from elevhalsa import create_app
from elevhalsa.core import clock
from elevhalsa.extensions import db, limiter
from elevhalsa.web import front, leaving, looking, respond, tenant
from elevhalsa.web.access import Who, rules
from tests.conftest import settings_for
from tests.factories import Make
from tests.pages.browser import Browser

SLUG, OTHER_SLUG = "norrskogen", "sjoangen"
QUERIES = ("", f"skola={SLUG}", "skal=1", f"skola={SLUG}&skal=1", "byt=1", "kommun=exempel-1")


@pytest.mark.parametrize(
    ("header", "br", "gzip"),
    [
        ("gzip, deflate, br, zstd", True, True),
        ("gzip, br;q=0", False, True),
        ("gzip;q=0,br;q=1.0", True, False),
        ("GZIP ; q=0.5", False, True),
        ("br;Q=0.000, gzip; q=0.001", False, True),
        ("brotli, xgzip", False, False),
        ("", False, False),
    ],
)
def test_an_encoding_that_is_refused_is_not_used(header, br, gzip):
    assert (front.accepts("br", header), front.accepts("gzip", header)) == (br, gzip)


BROWSER = {"Accept-Encoding": "gzip, deflate, br, zstd", "Sec-Fetch-Site": "none"}
TOKENS = re.compile(
    r'(name="(?:form_id|csrf_token)" value="|"token":"|"challenge": ")[^"]+'
    r"|(session=|Expires=)[^;]+"
)
PUBLIC = "private, no-cache"
CHANGES = {"ops.readyz", "ops.metrics"}
"""Tells of the moment."""


@dataclass(frozen=True)
class Asker:
    """How somebody asks for a page."""

    headers: dict[str, str] = field(default_factory=dict)
    method: str = "GET"
    base_url: str = "http://localhost"
    signed_in: str | None = None


ASKERS = {
    "a browser": Asker(BROWSER),
    "an old browser": Asker({"Accept-Encoding": "gzip, deflate"}),
    "a program": Asker(),
    "a program that wants headers": Asker(method="HEAD"),
    "a browser that wants headers": Asker(BROWSER, method="HEAD"),
    "one who has been at a school": Asker(BROWSER | {"Cookie": f"skola={SLUG}"}),
    "one of another school": Asker(BROWSER | {"Cookie": f"a=b; skola={OTHER_SLUG}"}),
    "one of no school there is": Asker({"Cookie": 'skola="å"; skola=x'}),
    "one who is discreet": Asker(BROWSER | {"Cookie": f"diskret=1; skola={SLUG}"}),
    "one who was discreet": Asker(BROWSER | {"Cookie": "diskret=0"}),
    "one with a stale session": Asker(BROWSER | {"Cookie": "session=x.y.z; dorr=x"}),
    "a script of ours": Asker(BROWSER | {"HX-Request": "true"}),
    "one at another host": Asker(BROWSER, base_url="http://annan.invalid"),
    "one at the same host, spelt out": Asker(BROWSER | {"Host": "LOCALHOST."}),
    "one at another port": Asker(BROWSER, base_url="http://localhost:8001"),
    "one over https": Asker(BROWSER, base_url="https://localhost"),
    "one with a condition": Asker(BROWSER | {"If-Match": '"x"', "If-None-Match": '"y"'}),
    "a pupil": Asker(BROWSER, signed_in="pupil"),
    "a nurse": Asker(BROWSER, signed_in="nurse"),
    "a coordinator": Asker(BROWSER, signed_in="coordinator"),
}


@dataclass
class House:
    """The app with the layer and without it, and who has been at it."""

    app: Flask
    cookies: dict[str, str]
    paths: dict[str, str]

    def ask(self, asker: Asker, path: str, *, from_memory: bool, **more: str) -> TestResponse:
        outside = self.app.wsgi_app
        assert isinstance(outside, front.Front)
        client = Client(outside if from_memory else outside.app, use_cookies=False)
        headers = asker.headers | more
        if asker.signed_in:
            headers["Cookie"] = self.cookies[asker.signed_in]
        return client.open(path, method=asker.method, base_url=asker.base_url, headers=headers)

    @property
    def memory(self) -> front.Memory:
        assert isinstance(self.app.wsgi_app, front.Front)
        return self.app.wsgi_app.memory

    def remembered(self) -> set[str]:
        """The endpoints whose answers are kept."""
        addresses = self.app.url_map.bind("localhost")
        paths = {key[4] for key in self.memory if key[0] in ("http", "https")}
        return {addresses.match(path)[0] for path in paths}


@pytest.fixture(scope="module")
def whole_house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """On one database, nothing here is about databases; without a context that requests share."""
    path = shutil.copy(sqlite_template, tmp_path_factory.mktemp("house"))
    app = create_app(settings_for(f"sqlite:///{path}", public_url="http://localhost"))
    with clock.frozen(clock.now()):  # the door says another time each minute
        yield from _house(app)


def _house(app: Flask) -> Iterator[House]:
    with app.app_context():
        make = Make()
        make.municipality(host="annan.invalid")
        school = make.school(slug=SLUG)
        make.school(slug=OTHER_SLUG)
        cookies = {}
        pupil = Browser(app.test_client())
        for name, person in {
            "nurse": make.nurse(school),
            "coordinator": make.coordinator(),
        }.items():
            browser = Browser(app.test_client())
            browser.sign_in(person)
            cookies[name] = _cookies(browser)
        pupil.get(f"/knacka?skola={SLUG}")
        pupil.submit("/knacka", who="any", way="app", text="En hemlighet")
        cookies["pupil"] = _cookies(pupil)
    values = {"slug": SLUG, "knock_id": pupil.page.url.rpartition("/")[2]}
    paths: dict[str, str] = {}
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()):
            built = rule.build({name: values.get(name, "x" * 43) for name in rule.arguments})
            assert built
            paths[rule.endpoint] = built[1]
    yield House(app, cookies, paths)
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def house(whole_house: House) -> House:
    """Before anything has been asked."""
    whole_house.memory.clear()
    return whole_house


def _cookies(browser: Browser) -> str:
    return "; ".join(f"{c.key}={c.value}" for c in browser.client._cookies.values())


@pytest.fixture
def by_flask(house: House) -> Iterator[list[tuple[str | None, bool]]]:
    """What Flask has answered: the endpoint, and if the answer was a public one."""
    seen: list[tuple[str | None, bool]] = []

    def note(_app: Flask, response: Response) -> None:
        is_public = isinstance(response, front.Public)
        assert not (is_public and limiter.current_limits), "what is kept is not counted"
        seen.append((request.endpoint, is_public))

    with request_finished.connected_to(note, house.app):
        yield seen


def _read(response: TestResponse) -> list[str]:
    """All of an answer, line by line, but what is new each time."""
    body = response.data
    if body:
        assert response.content_length == len(body)
        if response.headers.get("Content-Encoding") == "br":
            body = brotli.decompress(body)
        elif response.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
    headers = sorted(
        f"{name}: {_same(value)}"
        for name, value in response.headers
        # A session's token is now longer, now shorter.
        if name != "Content-Length" or response.headers["Cache-Control"] == PUBLIC
    )
    return [response.status, *headers, *_same(body.decode()).splitlines()]


def _same(text: str) -> str:
    return TOKENS.sub(r"\1\2", text)


@pytest.mark.parametrize("query", QUERIES)
def test_every_answer_is_what_flask_would_have_given_whoever_asked_before(
    house: House, query: str
) -> None:
    """Each asks twice after all the others, and again the other way round."""
    for endpoint, path in house.paths.items():
        is_public = rules(house.app)[endpoint].who is Who.ANYONE
        if endpoint in CHANGES or (query and not is_public):
            continue
        askers = list(ASKERS.items())
        for name, asker in askers + askers[::-1] if is_public else askers:
            _asks_twice(house, name, asker, f"{path}?{query}")


def _asks_twice(house: House, name: str, asker: Asker, address: str) -> None:
    if asker.signed_in:
        house.ask(asker, address, from_memory=False)  # what is new has been seen
    plain = _read(house.ask(asker, address, from_memory=False))
    for _turn in range(2):
        given = house.ask(asker, address, from_memory=True)
        assert _read(given) == plain, (name, address)


@pytest.mark.parametrize("name", ["a browser", "a program that wants headers", "a script of ours",
                                  "one with a condition"])  # fmt: skip
def test_who_has_a_page_already_is_told_what_flask_would_have_told(house: House, name: str) -> None:
    asker = ASKERS[name]
    for path in house.paths.values():
        etag = house.ask(asker, path, from_memory=True).headers.get("ETag")
        for known in (etag, f'"x", {etag}', "*", 'W/"x"', "x") if etag else ():
            same = {"If-None-Match": known}
            plain = house.ask(asker, path, from_memory=False, **same)
            given = house.ask(asker, path, from_memory=True, **same)
            assert _read(given) == _read(plain), (path, known)
            if known == etag and "If-Match" not in asker.headers:
                assert given.status_code == 304
                assert given.data == b""


def test_only_what_anybody_may_see_is_kept_whoever_asks(house: House) -> None:
    for asker in ASKERS.values():
        for path in house.paths.values():
            for _turn in range(2):
                house.ask(asker, path, from_memory=True)
    kept = house.remembered()
    assert {rules(house.app)[endpoint].who for endpoint in kept} == {Who.ANYONE}
    secrets = [
        part.partition("=")[2] for sent in house.cookies.values() for part in sent.split("; ")
    ]
    assert not [secret for secret in secrets if secret in repr(list(house.memory))]


def test_every_public_page_comes_from_memory_the_second_time(
    house: House, by_flask: list[tuple[str | None, bool]]
) -> None:
    asker = ASKERS["one who has been at a school"]
    for path in house.paths.values():
        house.ask(asker, path, from_memory=True)
    public = {endpoint for endpoint, is_public in by_flask if is_public}
    assert public == house.remembered() >= {"door.school", "door.knock", "pwa.manifest"}
    by_flask.clear()
    for path in house.paths.values():
        house.ask(asker, path, from_memory=True)
    assert not public & {endpoint for endpoint, _is_public in by_flask}


def test_who_has_the_page_already_brings_it_to_memory_too(
    house: House, by_flask: list[tuple[str | None, bool]]
) -> None:
    """In a quiet half minute nobody may come who has not."""
    asker = ASKERS["a browser"]
    etag = house.ask(asker, "/hjalp-nu", from_memory=False).headers["ETag"]
    for _turn in range(3):
        known = house.ask(asker, "/hjalp-nu", from_memory=True, **{"If-None-Match": etag})
        assert known.status_code == 304
    assert len(by_flask) == 2


def test_an_answer_that_sets_a_cookie_is_not_kept(house: House) -> None:
    for _turn in range(2):
        first = house.ask(ASKERS["a browser"], f"/s/{SLUG}", from_memory=True)
        assert first.headers["Set-Cookie"].startswith(f"skola={SLUG};")
    assert house.remembered() == set()


def test_an_answer_that_varies_with_something_else_is_not_kept() -> None:
    app = Flask("another")
    page = SimpleNamespace(until=inf, size=1, body=lambda environ: b"x")

    @app.get("/<varies>")
    def view(varies: str) -> Response:
        return front.Public(page, request.environ, {"Vary": f"accept-encoding, {varies}"})

    front.init_app(app)
    for varies in ("Cookie", "Accept-Language", "*"):
        assert app.test_client().get(f"/{varies}").status_code == 200
    app.test_client().get("/Cookie", base_url="https://localhost")
    kept = [(key[0], key[4]) for key in app.extensions["elevhalsa_public"]]
    assert kept == [("http", "/Cookie"), ("https", "/Cookie")]


def test_a_form_has_an_id_of_its_own_each_time(house: House) -> None:
    pages = [
        house.ask(ASKERS["a program"], f"/knacka?skola={SLUG}", from_memory=True).text
        for _turn in range(5)
    ]
    assert len({re.search(r'name="form_id" value="([\w-]{22})"', page)[1] for page in pages}) == 5


def test_who_only_wants_the_headers_gets_those_of_the_page(house: House) -> None:
    for endpoint, path in house.paths.items():
        for query in QUERIES[:2]:
            page, head = (
                house.ask(Asker(BROWSER, method=method), f"{path}?{query}", from_memory=False)
                for method in ("GET", "HEAD")
            )
            assert head.data == b""
            if page.headers.get("Cache-Control") == PUBLIC:
                assert head.status == page.status, endpoint


def test_the_first_who_asks_only_for_headers_or_ahead_takes_nothing_from_who_comes_after(
    house: House,
) -> None:
    """They get no cookie, so what they got is not kept for others."""
    house.memory.clear()
    for method, more in (("HEAD", {}), ("GET", {"Sec-Purpose": "prefetch"}), ("GET", {})):
        asker = Asker(BROWSER | more, method=method)
        answer = house.ask(asker, f"/s/{SLUG}", from_memory=True)
    assert "skola=" in answer.headers["Set-Cookie"]


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0")).filter(
    lambda text: respond.FORM_ID not in text and respond.FORM_TOKEN not in text
)
parts = st.tuples(texts, st.sampled_from([1, 20_000]))


@settings(max_examples=settings.default.max_examples // 2, deadline=None)
@given(before=parts, between=texts, after=parts)
def test_a_form_is_the_same_page_compressed_and_not(
    whole_house: House, before: tuple[str, int], between: str, after: tuple[str, int]
) -> None:
    """However long it is, and whatever stands around the id and the token."""
    head, tail = (text * times for text, times in (before, after))
    with whole_house.app.app_context():
        form = respond.FormPage(
            lambda: head + respond.FORM_ID + between + respond.FORM_TOKEN + tail
        )
    packed = gzip.decompress(form.body({"HTTP_ACCEPT_ENCODING": "gzip"}))
    plain = form.body({})
    assert len(packed) == len(plain)
    start, end = len(head.encode()), len(plain) - len(tail.encode())
    for page in (packed, plain):
        assert page[:start] == head.encode()
        assert page[end:] == tail.encode()
        assert re.fullmatch(
            rb"[\w-]{22}" + re.escape(between.encode()) + rb"[0-9a-f]{32}", page[start:end]
        )


def test_a_post_is_never_answered_from_memory(house: House) -> None:
    house.ask(ASKERS["a browser"], f"/knacka?skola={SLUG}", from_memory=True)
    posted = house.ask(Asker(BROWSER, method="POST"), f"/knacka?skola={SLUG}", from_memory=True)
    assert posted.status_code == 400


class _Watched(Request):
    """A request that notes which cookies and headers are looked at."""

    looked_at: set[str] = set()  # noqa: RUF012

    @property
    def cookies(self) -> Any:
        return _Cookies(super().cookies)

    def __init__(self, environ: Any, *more: Any, **others: Any) -> None:
        super().__init__(environ, *more, **others)
        self.headers = _Headers(environ)


class _Cookies(dict[str, str]):
    def get(self, key: str, default: Any = None) -> Any:
        _Watched.looked_at.add(f"cookie {key}")
        return super().get(key, default)

    def __getitem__(self, key: str) -> str:
        _Watched.looked_at.add(f"cookie {key}")
        return super().__getitem__(key)


class _Headers(EnvironHeaders):
    def _get_key(self, key: str) -> Any:
        _Watched.looked_at.add(key)
        return super()._get_key(key)

    def __contains__(self, key: object) -> bool:
        _Watched.looked_at.add(str(key))
        return super().__contains__(key)  # type: ignore[operator]


def test_flask_is_asked_by_whoever_has_the_cookie_of_a_device() -> None:
    device = leaving.DEVICE
    assert set(front.DEVICE_COOKIES) == {device.name, device.prefix + device.name}


def test_no_public_page_looks_at_a_cookie_or_a_header_that_it_is_not_kept_by(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A language by cookie or header, say: it is to be added to the key first."""
    watched = type("Watched", (_Watched, house.app.request_class), {})
    monkeypatch.setattr(house.app, "request_class", watched)
    asker = Asker(
        BROWSER | {"Cookie": f"skola={SLUG}; diskret=1; sprak=fi", "Accept-Language": "fi"}
    )
    for endpoint in house.paths:
        _Watched.looked_at.clear()
        plain = house.ask(asker, house.paths[endpoint], from_memory=False)
        if plain.headers.get("Cache-Control") == PUBLIC:
            cookies = {name.partition(" ")[2] for name in _Watched.looked_at if " " in name}
            assert cookies <= {*front.COOKIES, *front.DEVICE_COOKIES}, endpoint
            headers = {name for name in _Watched.looked_at if " " not in name}
            known = {"Host", "Cookie", "If-None-Match", "HX-Request", *looking.AHEAD}
            assert headers <= known, endpoint


def test_thousands_of_made_up_addresses_and_hosts_take_no_more_room_than_a_few(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front, "MOST_BYTES", 200_000)
    app = create_app(settings_for(sqlite_url, public_url="http://localhost"))
    with app.app_context():
        Make().school(slug=SLUG)
        for number in range(300):
            for host in ("localhost", f"h{number}.invalid"):
                app.test_client().get(f"/hjalp-nu?x={number}", base_url=f"http://{host}")
        assert 3 < len(list(front.memory())) < 100
        before = len(list(front.memory()))
        app.test_client().get(f"/hjalp-nu?x={'x' * 2000}")
        assert len(list(front.memory())) <= before + 1
        db.session.remove()
        db.engine.dispose()


def test_a_school_that_has_closed_is_gone_when_the_snapshot_is(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page made late in the snapshot's half minute does not get a half minute of its own."""
    monkeypatch.setattr(tenant, "SNAPSHOT_SECONDS", 0.5)
    app = create_app(settings_for(sqlite_url))
    with app.app_context():
        school = Make().school(slug=SLUG)
        client = app.test_client()
        for _turn in range(2):
            assert client.get(f"/s/{SLUG}").status_code == 200
        school.active = False
        db.session.commit()
        until = time.monotonic() + 10
        said = "har stängt. Välj den skola som du går på nu."
        while said not in client.get(f"/s/{SLUG}").text and time.monotonic() < until:
            time.sleep(0.1)
        assert said in client.get(f"/s/{SLUG}").text
        db.session.remove()
        db.engine.dispose()


def test_a_page_lives_for_half_a_minute_at_most(house: House) -> None:
    house.ask(ASKERS["a browser"], "/hjalp-nu", from_memory=True)
    with house.app.app_context():
        page = respond.PublicPage(lambda: "x")
        assert page.until <= tenant.snapshot_ends() <= time.monotonic() + 30
