"""A person at a phone or a desk. Every page they come to is checked, see ``checks``."""

import re
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, expect

from . import checks

_EXPECTED = re.compile(
    r"Failed to load resource: .* status of 4\d\d |Service Worker registration blocked"
)

_OUT_OF_REACH = re.compile(
    r"ERR_(INTERNET_DISCONNECTED|FAILED)|(status of|Error Code) 50\d|htmx:(sendError|afterRequest)"
)


@dataclass
class Pages:
    """What all people share: the browser, what has been examined."""

    browser: Browser
    examined: Path
    """A folder with a file for each shape of page that axe found nothing in: shared by all who run
    tests at the same time."""
    examines_all: bool = False
    """Every page, whether one of its shape has been examined or not (``make trial``)."""


@dataclass(frozen=True)
class Look:
    """On a screen of a width in CSS pixels, in the page's colours or in one's own."""

    scheme: str = "light"
    width: int = 360
    forced: bool = False

    def __str__(self) -> str:
        return f"{'forced' if self.forced else self.scheme}-{self.width}"


DEFAULT = Look()


class Person:
    """One browser window of a person; ``another_tab`` opens one more with the same cookies."""

    def __init__(
        self,
        pages: Pages,
        context: BrowserContext,
        base_url: str,
        *,
        js: bool,
        look: Look = DEFAULT,
    ) -> None:
        self.pages = pages
        self.context = context
        self.base_url = base_url
        self.js = js
        self.look = look
        self.other_looks: tuple[Look, ...] = ()
        """In which every page is looked at besides: by axe, which is slow, in a trial only."""
        self.may_ask = [base_url + "/", "data:"]
        self.faults: list[str] = []
        self.was_out_of_reach = False
        self.page = context.new_page()
        self.page.set_default_timeout(15_000)
        self.page.on("console", lambda message: self._heard(message.type, message.text))
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("request", self._asked)

    def _heard(self, kind: str, text: str) -> None:
        # The browser notes an error page as an error; what it shows is for the test to judge. So is
        # what was asked for without a net, or of a service that is down.
        if self.was_out_of_reach and _OUT_OF_REACH.search(text):
            return
        if kind in ("error", "warning") and not _EXPECTED.match(text):
            self.faults.append(f"console: {text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith(tuple(self.may_ask)):
            self.faults.append(f"asked another site: {request.url}")

    def another_tab(self) -> "Person":
        return Person(self.pages, self.context, self.base_url, js=self.js, look=self.look)

    # --- what a person does ---

    def opens(self, path: str) -> Page:
        self.page.goto(self.base_url + path if path.startswith("/") else path)
        return self.looks()

    def reloads(self) -> Page:
        self.page.reload()
        return self.looks()

    def goes_back(self) -> Page:
        # A page that the browser had kept does not load again.
        self.page.go_back(wait_until="commit")
        self.page.locator("h1").wait_for()
        return self.looks()

    def follows(self, name: str | re.Pattern[str], *, within: Locator | None = None) -> Page:
        link = (within or self.page).get_by_role("link", name=name).first
        with self.page.expect_navigation():
            link.click()
        return self.looks()

    def presses(
        self, name: str | re.Pattern[str], *, within: Locator | None = None, exact: bool = True
    ) -> Page:
        button = (within or self.page).get_by_role("button", name=name, exact=exact)
        with self.page.expect_navigation():
            button.click()
        return self.looks()

    def chooses(self, name: str | re.Pattern[str], *, within: Locator | None = None) -> None:
        """Choose a card, by pressing its words as a thumb does."""
        option = (within or self.page).get_by_role("radio", name=name)
        expect(option).to_be_visible()
        (within or self.page).locator(f"label[for='{option.get_attribute('id')}']").click()
        expect(option).to_be_checked()

    def types(self, label: str, text: str) -> None:
        self.page.get_by_role("textbox", name=label, exact=True).fill(text)

    def unfolds(self, summary: str) -> Locator:
        """Open what is folded away; gives the whole of it."""
        folded = self.page.locator("details", has=self.page.get_by_text(summary, exact=True))
        if folded.get_attribute("open") is None:
            folded.locator("summary").click()
        return folded

    def sees(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible()

    def does_not_see(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_text(text)).to_have_count(0)

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text().replace("\n", " ")

    # --- what is asked of the page ---

    def looks(self) -> Page:
        """Check the page that has just come; what is slow looks at each shape once."""
        page = self.page
        self.check_silent()
        if not page.url.startswith(self.base_url):
            return page
        checks.check_outline(page)
        shape = checks.shape_of(page)
        self._examine(self.look, shape)
        for look in self.other_looks:
            checks.show_as(page, look.scheme, look.width, forced=look.forced)
            self._examine(look, shape)
        if self.other_looks:
            checks.show_as(page, self.look.scheme, self.look.width, forced=self.look.forced)
        return page

    def _examine(self, look: Look, shape: str) -> None:
        page = self.page
        checks.check_width(page)
        examined = self.pages.examined / f"{look}-{shape}"
        if examined.exists() and not self.pages.examines_all:
            return
        checks.check_targets(page)
        if look == self.look or self.pages.examines_all:
            checks.check_width(page, (checks.NARROWEST,))
            with nullcontext() if self.js else checks.scripts_allowed(page):
                checks.check_accessible(page)
        examined.touch()

    def check_silent(self) -> None:
        assert not self.faults, f"{self.page.url}: {self.faults}"
