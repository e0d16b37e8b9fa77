"""The same in the engines of others: WebKit, which most pupils hold in their hand (WebKitGTK, the
engine of Safari without its shell), and Firefox. Only ``make trial`` has it; docs/browsers.md says
what they cannot."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.webkitgtk.service import Service

from tests.journeys import firefox
from tests.journeys.site import Site, served
from tests.running import eventually

DRIVER = shutil.which("WebKitWebDriver")
SCREEN = shutil.which("Xvfb")
SHELL = next(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"), None)
TEXT = "Hemligheten om mig."
IS_WATCHED = "return navigator.serviceWorker && navigator.serviceWorker.controller !== null"

pytestmark = [
    pytest.mark.trial,
    pytest.mark.filterwarnings("ignore:setting remote_server_addr:DeprecationWarning"),
]


class Driver(Protocol):
    """What drives an engine."""

    def get(self, url: str) -> None: ...

    def back(self) -> None: ...

    def execute_script(self, body: str) -> Any: ...

    def types(self, name: str, text: str) -> None: ...

    def quit(self) -> None: ...


class WebKit:
    """Over WebDriver, which has a program of its own."""

    def __init__(self) -> None:
        options = webdriver.WebKitGTKOptions()
        options.binary_location = str(SHELL)
        options.add_argument("--automation")
        self._driver = webdriver.WebKitGTK(options=options, service=Service(DRIVER))
        self.get = self._driver.get
        self.back = self._driver.back
        self.execute_script = self._driver.execute_script
        self.quit = self._driver.quit

    def types(self, name: str, text: str) -> None:
        self._driver.find_element(By.NAME, name).send_keys(text)


class Phone:
    """A pupil's, in words like those of ``person.Person``."""

    def __init__(self, driver: Driver, url: str) -> None:
        self.driver = driver
        self.url = url

    def opens(self, path: str) -> None:
        self.driver.get(self.url + path)

    def _press(self, xpath: str) -> None:
        self.waits(
            f"""const path = {json.dumps(xpath)}
            const found = document.evaluate(path, document, null, 9).singleNodeValue
            if (found) found.click()
            return found !== null"""
        )

    def presses(self, name: str) -> None:
        self._press(f"//button[contains(., '{name}')]")

    def chooses(self, name: str) -> None:
        self._press(f"//label[starts-with(normalize-space(.), '{name}')]")

    def types(self, name: str, text: str) -> None:
        self.driver.types(name, text)

    def waits(self, script: str) -> Any:
        """Until it returns something."""
        return eventually(lambda: self.driver.execute_script(script))

    def code(self) -> str:
        return str(self.waits("return document.querySelector('.code')?.innerText"))

    def reads(self) -> str:
        said = self.driver.execute_script(
            """const page = document.documentElement;  // none while one page follows another
            if (!page || page.hidden || !document.body) return "";
            const fields = document.querySelectorAll("textarea, input:not([type=hidden])");
            return document.body.innerText + " " + [...fields]
              .map((field) => field.value).join(" ")"""
        )
        return str(said)

    def sees(self, text: str) -> None:
        eventually(lambda: text in self.reads())

    def goes_back(self) -> None:
        self.driver.back()
        self.waits("return document.readyState === 'complete'")

    def knocks(self) -> None:
        self.opens("/knacka?skola=norrskogen")
        self.chooses("Kurator")
        self.chooses("Här i appen")
        self.types("text", TEXT)
        self.driver.execute_script("document.querySelector('#knacka button').click()")
        self.sees("Vi hörde dig.")


@pytest.fixture
def site(sqlite_url: str, elsewhere: str) -> Iterator[Site]:
    with served(sqlite_url, quick_exit_url=elsewhere) as site:
        site.make.counsellor(site.school)
        yield site


@pytest.fixture(scope="module")
def screen() -> Iterator[str]:
    """One that nobody looks at; the engine has no headless shell."""
    read, write = os.pipe()
    process = subprocess.Popen(
        [str(SCREEN), "-displayfd", str(write), "-screen", "0", "500x900x24"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as told:
        yield f":{told.readline().strip()}"
    process.terminate()
    process.wait()


@pytest.fixture(params=["WebKit", "Firefox"])
def engine(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Path], Driver]:
    """Starts one, with a folder for what it keeps."""
    if request.param == "Firefox":
        if not firefox.BINARY:
            pytest.skip("no Firefox here: run ./tests/engines.sh as root")
        return firefox.Firefox
    if not (DRIVER and SHELL and SCREEN):
        pytest.skip("no WebKit here: run ./tests/engines.sh as root")
    monkeypatch.setenv("DISPLAY", request.getfixturevalue("screen"))
    monkeypatch.setenv("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1")  # root has no sandbox
    return lambda _folder: WebKit()


@pytest.fixture
def another(
    site: Site, engine: Callable[[Path], Driver], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Phone]]:
    """Makes phones, each with cookies of its own."""
    drivers: list[Driver] = []

    def make() -> Phone:
        drivers.append(engine(tmp_path_factory.mktemp("phone")))
        return Phone(drivers[-1], site.url)

    yield make
    for driver in drivers:
        driver.quit()


@pytest.fixture
def phone(another: Callable[[], Phone]) -> Phone:
    return another()


def test_a_knock_its_receipt_its_code_and_the_thread(site: Site, phone: Phone) -> None:
    phone.knocks()
    code = phone.code()
    phone.types("text", "Ett ord till.")
    phone.presses("Skicka")
    phone.sees("Ett ord till.")
    phone.opens("/mitt")
    phone.presses("Glöm mina svar")
    phone.sees("Den här mobilen minns inget.")
    phone.opens("/mitt/kod")
    phone.types("code", code)
    phone.presses("Visa svar")
    phone.sees(TEXT)
    assert len(site.knocks()) == 1


def test_after_forget_nothing_comes_back(phone: Phone) -> None:
    phone.knocks()
    phone.opens("/knacka?skola=norrskogen")
    phone.types("text", "Halvskrivet av mig.")
    phone.opens("/mitt")
    phone.presses("Glöm mina svar")
    phone.sees("Den här mobilen minns inget.")
    for _step in range(5):
        phone.goes_back()
        said = phone.reads()
        assert TEXT not in said and "Halvskrivet" not in said, phone.driver.execute_script(
            "return location.href"
        )


def test_what_is_had_on_one_phone_is_moved_to_another(
    site: Site, another: Callable[[], Phone]
) -> None:
    old, new = another(), another()
    old.knocks()
    old.opens("/flytta")
    old.presses("Visa koden")
    code = old.code()
    new.opens("/flytta/hit")
    new.types("code", code)
    new.presses("Hämta hit")
    new.sees("Nu är dina svar här.")
    new.opens("/mitt")
    new.sees("Du knackade på")


def test_a_knock_while_the_service_is_down_is_checked_kept_and_sent(
    site: Site, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver has no way to take the net away."""
    phone.opens("/s/norrskogen")
    phone.waits(IS_WATCHED)
    answer = site.app.wsgi_app

    def down(environ: dict[str, str], start: Callable[..., object]) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/static/"):
            return answer(environ, start)  # type: ignore[arg-type]
        start("503 Down", [("Content-Type", "text/html")])
        return [b"<title>x</title><h1>Application error</h1>"]

    monkeypatch.setattr(site.app, "wsgi_app", down)
    phone.opens("/knacka?skola=norrskogen")
    phone.types("text", TEXT)
    phone.presses("Knacka på")
    phone.sees("Välj vem du vill ha kontakt med.")
    phone.sees(TEXT)
    phone.chooses("Kurator")
    phone.chooses("Här i appen")
    phone.presses("Knacka på")
    phone.sees("Ditt meddelande ligger kvar i mobilen")
    monkeypatch.setattr(site.app, "wsgi_app", answer)
    phone.opens("/")
    phone.sees("Din knackning har kommit fram.")
    assert [message.text for message in site.knocks()[0].messages] == [TEXT]


def test_who_only_goes_back_finds_what_they_typed(phone: Phone) -> None:
    phone.opens("/knacka?skola=norrskogen")
    phone.types("text", "Halvskrivet av mig.")
    phone.opens("/hjalp-nu")
    phone.goes_back()
    phone.sees("Halvskrivet av mig.")


def test_quick_exit_leads_elsewhere_and_the_phone_forgets(phone: Phone) -> None:
    phone.knocks()
    # Later: a driver that waits for the page that it has just left does not come back.
    leave = "setTimeout(() => document.querySelector('[data-exit]').click(), 200)"
    phone.driver.execute_script(leave)
    phone.waits("return document.title === 'En annan sida'")
    phone.opens("/mitt")
    phone.sees("Den här mobilen minns inget.")
