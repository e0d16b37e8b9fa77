"""A real Chromium, and people who use it."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Protocol

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from .person import Look, Pages, Person
from .site import Site, served

NAMES = ("chromium", "chromium-browser", "google-chrome")
ENGINE_ALONE = "chromium-headless-shell"
"""The same engine without what stands around a page: half the work. It shows no notices, installs
nothing, and falls when a service worker is cleared away. A trial has the whole browser for all."""
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    # Nothing leaves the machine, whatever a page asks for.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


expect.set_options(timeout=15_000)
"""A machine that does much else may be slow; what is wrong stays wrong."""


ELSEWHERE = b"<!doctype html><html lang=sv><title>En annan sida</title><h1>En annan sida</h1>"


class _Elsewhere(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert self.path != "/" or "Referer" not in self.headers, "it was told where one was"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(ELSEWHERE)

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture(scope="session")
def elsewhere() -> Iterator[str]:
    """A neutral site on this machine, at an origin of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def driver() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where the whole browser is."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail("Chromium saknas: kör apt-get install chromium som root", pytrace=False)
    return found


@pytest.fixture(scope="session")
def launched(driver: Playwright) -> Iterator[Callable[[str], Browser]]:
    """The browser at a path, started once."""
    with ExitStack() as running:

        @cache
        def launch(path: str) -> Browser:
            browser = driver.chromium.launch(
                executable_path=path,
                args=list(ARGUMENTS),
                # People's browsers keep the page before, as it was left.
                ignore_default_args=["--disable-back-forward-cache"],
            )
            running.callback(browser.close)
            return browser

        yield launch


@pytest.fixture(scope="session")
def examined(shared: Path) -> Path:
    folder = shared / "examined"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def pages(
    request: pytest.FixtureRequest,
    launched: Callable[[str], Browser],
    chromium: str,
    examined: Path,
) -> Pages:
    """In the engine alone, where there is one and no service worker."""
    trial: bool = request.config.getoption("trial")
    is_whole = trial or _workers_in(request.module) == "allow"
    path = chromium if is_whole else shutil.which(ENGINE_ALONE) or chromium
    return Pages(launched(path), examined, trial)


def _workers_in(module: ModuleType) -> str:
    """A module whose journeys are about something else says ``SERVICE_WORKERS = "block"``: to
    install one costs each person a dozen requests."""
    return getattr(module, "SERVICE_WORKERS", "allow")


@pytest.fixture
def site(sqlite_url: str) -> Iterator[Site]:
    with served(sqlite_url) as site:
        yield site


class Device(Protocol):
    def __call__(
        self,
        *,
        js: bool = True,
        width: int = 360,
        height: int = 740,
        scheme: str = "light",
        forced: bool = False,
        at: Site | None = None,
    ) -> Person: ...


@pytest.fixture
def device(pages: Pages, request: pytest.FixtureRequest) -> Iterator[Device]:
    """Makes people at devices of their own; afterwards none of their pages may have complained."""
    people: list[Person] = []
    workers = _workers_in(request.module)

    def make(
        *,
        js: bool = True,
        width: int = 360,
        height: int = 740,
        scheme: str = "light",
        forced: bool = False,
        at: Site | None = None,
    ) -> Person:
        where: Site = at or request.getfixturevalue("site")
        context = pages.browser.new_context(
            viewport={"width": width, "height": height},
            has_touch=width < 700,
            java_script_enabled=js,
            color_scheme=scheme,  # type: ignore[arg-type]
            forced_colors="active" if forced else "none",
            locale="sv-SE",
            timezone_id="Europe/Stockholm",
            reduced_motion="reduce",
            service_workers=workers,  # type: ignore[arg-type]
        )
        look = Look(scheme, width, forced)
        person = Person(pages, context, where.url, js=js, look=look)
        people.append(person)
        return person

    yield make
    for person in people:
        person.context.close()
    for person in people:
        assert not person.faults, person.faults


@pytest.fixture
def phone(device: Device) -> Person:
    return device()


@pytest.fixture
def phone_without_js(device: Device) -> Person:
    return device(js=False)


@pytest.fixture
def desk(device: Device) -> Person:
    return device(width=1280, height=800)


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def js(request: pytest.FixtureRequest) -> bool:
    """The test runs twice."""
    given: bool = request.param
    return given
