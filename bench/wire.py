"""What a first visit costs on the wire, in a real browser: bytes with headers, and requests."""

import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from .backing import Backing, web
from .figures import Figure, Unavailable
from .progress import say
from .seed import place

MOST_KB = 14
MOST_NEXT_KB = 3
MOST_REQUESTS = 4
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
SETTLE_MS = 700
LOG_LINE = re.compile(r"^wire (?P<path>\S+) (?P<bytes>\d+)$", re.MULTILINE)


@dataclass
class Tally:
    """Adds up what a page asked for, from events of the DevTools protocol's Network domain."""

    origin: str
    urls: dict[str, str] = field(default_factory=dict)
    cached: set[str] = field(default_factory=set)
    sizes: dict[str, int] = field(default_factory=dict)
    redirects: int = 0

    def listen(self, session: Any) -> None:
        session.on("Network.requestWillBeSent", self._sent)
        session.on("Network.requestServedFromCache", lambda e: self.cached.add(e["requestId"]))
        session.on("Network.responseReceived", self._received)
        session.on("Network.loadingFinished", self._finished)
        session.send("Network.enable")

    def _sent(self, event: dict[str, Any]) -> None:
        if "redirectResponse" in event:
            self.redirects += 1
            self._add(event["requestId"], event["redirectResponse"]["encodedDataLength"])
        self.urls[event["requestId"]] = event["request"]["url"]

    def _received(self, event: dict[str, Any]) -> None:
        answer = event["response"]
        if answer.get("fromDiskCache") or answer.get("fromServiceWorker"):
            self.cached.add(event["requestId"])

    def _finished(self, event: dict[str, Any]) -> None:
        self._add(event["requestId"], event["encodedDataLength"])

    def _add(self, request: str, count: float) -> None:
        self.sizes[request] = self.sizes.get(request, 0) + int(count)

    def _fetched(self) -> list[str]:
        return [
            request
            for request, url in self.urls.items()
            if request not in self.cached and urlsplit(url).scheme in ("http", "https")
        ]

    @property
    def requests(self) -> int:
        """Those that left the browser, redirects counted apart from where they led."""
        return len(self._fetched()) + self.redirects

    @property
    def total_bytes(self) -> int:
        """Received, headers included, as they came over the wire."""
        return sum(self.sizes.get(request, 0) for request in self._fetched())

    @property
    def third_party(self) -> int:
        ours = urlsplit(self.origin).netloc
        return sum(urlsplit(self.urls[request]).netloc != ours for request in self._fetched())

    @property
    def paths(self) -> list[str]:
        return [urlsplit(self.urls[request]).path for request in self._fetched()]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser. Raises Unavailable when none can be started."""
    path = CHROMIUM if Path(CHROMIUM).exists() else None
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        except Exception as error:
            raise Unavailable(f"no browser: {str(error).splitlines()[0]}") from error
        try:
            yield browser
        finally:
            browser.close()


def visit(context: BrowserContext, url: str) -> Tally:
    """Open an address in a new tab of ``context`` and wait until nothing more is fetched."""
    page = context.new_page()
    parts = urlsplit(url)
    tally = Tally(f"{parts.scheme}://{parts.netloc}")
    tally.listen(context.new_cdp_session(page))
    page.goto(url, wait_until="networkidle")
    page.wait_for_timeout(SETTLE_MS)
    page.close()
    return tally


def measure(backing: Backing, *, quick: bool) -> list[Figure]:
    """Each address in a browser that has never been here, and once more in the same one."""
    database = backing.database("wire")
    with backing.app(database):
        slug = place().slugs[0]
    log = backing.folder / "wire.log"
    figures: list[Figure] = []
    logged = "python -m bench.serve logged"
    with (
        web(backing, database, command=logged, extra_env={"WIRE_LOG": str(log)}) as server,
        chromium() as browser,
    ):
        figures += [_file(server.origin, path) for path in ("/sw.js", "/manifest.webmanifest")]
        for name, path in (
            ("/", "/"),
            ("/s/<school>", f"/s/{slug}"),
            ("/knacka?skola=…", f"/knacka?skola={slug}"),
        ):
            say(f"  a first visit to {name}")
            log.write_text("")
            context = browser.new_context(locale="sv-SE")
            first = visit(context, server.origin + path)
            beside_first = _beside(first, log)
            log.write_text("")
            second = visit(context, server.origin + path)
            context.close()
            figures += _figures(f"{name}: first visit", first, beside_first, is_first=True)
            figures += _figures(f"{name}: next visit", second, _beside(second, log))
    return figures


def _beside(tally: Tally, log: Path) -> list[tuple[str, int]]:
    """What reached the server but was not asked for by the page: a service worker's fetches."""
    asked = list(tally.paths)
    beside = []
    for path, size in LOG_LINE.findall(log.read_text()):
        if path in asked:
            asked.remove(path)
        else:
            beside.append((path, int(size)))
    return beside


def _figures(
    name: str, tally: Tally, beside: list[tuple[str, int]], *, is_first: bool = False
) -> list[Figure]:
    """The aims are for a first visit, and for the next with what the service worker asks for."""
    kb, requests, beside_kb = tally.total_bytes / 1000, tally.requests, sum(s for _p, s in beside)
    figures = [
        Figure(name, kb, "kB", most=MOST_KB if is_first else None),
        Figure(f"{name}, requests", requests, "", most=MOST_REQUESTS if is_first else None),
        Figure(f"{name}, requests to third parties", tally.third_party, "", most=0),
    ]
    if beside:
        figures += [
            Figure(f"{name}, by the service worker, bodies", beside_kb / 1000, "kB"),
            Figure(f"{name}, by the service worker, requests", len(beside), ""),
        ]
    if not is_first:
        figures.append(Figure(f"{name}, in all", kb + beside_kb / 1000, "kB", most=MOST_NEXT_KB))
    return figures


def _file(origin: str, path: str) -> Figure:
    """One file as a browser gets it, compressed if that is offered."""
    asked = urllib.request.Request(origin + path, headers={"Accept-Encoding": "br, gzip"})
    with urllib.request.urlopen(asked, timeout=10) as answer:
        return Figure(f"{path}, body", len(answer.read()) / 1000, "kB")
