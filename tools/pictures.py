"""Takes the README's pictures of the demo: the door, the form and the receipt on a phone, the inbox
and one knock at a desk.

``python -m tools.pictures`` writes docs/pictures/*.png, which are committed.
``python -m tools.pictures --all FOLDER`` takes every page, on a phone and at a desk, light and
dark, to look at.
"""

import argparse
import base64
import shutil
import struct
import sys
import tempfile
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import flask_migrate
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from elevhalsa import create_app
from elevhalsa.cli.demo.history import open_code
from elevhalsa.config import Settings
from elevhalsa.core.crypto import new_encryption_key, new_token
from elevhalsa.domain.people import service as people
from elevhalsa.domain.people import staffing
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places import queries as places
from elevhalsa.extensions import db
from elevhalsa.web import access
from elevhalsa.web.access import Who

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}
MOST_COLOURS = 256
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
PUBLIC = {
    "door": "/s/norrskogens-exempelskola",
    "pick": "/?byt=1",
    "form": "/knacka",
    "help": "/hjalp-nu",
    "how": "/sa-funkar-det",
    "privacy": "/integritet",
    "accessibility": "/tillganglighet",
    "mine": "/mitt",
    "code": "/mitt/kod",
    "signin": "/logga-in/",
    "not-found": "/finns-inte",
}

# The 256 commonest colours; any other becomes the nearest of them.
FEWER_COLOURS = """async ([png, most]) => {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  const pixels = new Uint32Array(pen.getImageData(0, 0, image.width, image.height).data.buffer);
  const counts = new Map();
  for (const p of pixels) counts.set(p, (counts.get(p) ?? 0) + 1);
  const kept = [...counts].sort((a, b) => b[1] - a[1]).slice(0, most).map(([p]) => p);
  const split = (p) => [p & 255, (p >> 8) & 255, (p >> 16) & 255];
  const parts = kept.map(split);
  const index = new Map(kept.map((p, i) => [p, i]));
  for (const p of counts.keys()) {
    if (index.has(p)) continue;
    const [r, g, b] = split(p);
    let best = 0, least = Infinity;
    parts.forEach(([x, y, z], i) => {
      const far = (r - x) ** 2 + (g - y) ** 2 + (b - z) ** 2;
      if (far < least) [best, least] = [i, far];
    });
    index.set(p, best);
  }
  const rows = new Uint8Array((image.width + 1) * image.height);
  for (let y = 0; y < image.height; y++)
    for (let x = 0; x < image.width; x++)
      rows[y * (image.width + 1) + 1 + x] = index.get(pixels[y * image.width + x]);
  let text = "";
  for (let i = 0; i < rows.length; i += 8192)
    text += String.fromCharCode(...rows.subarray(i, i + 8192));
  return {width: image.width, height: image.height, palette: parts.flat(), rows: btoa(text)};
}"""


class _Silent(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nobody reads it."""


@dataclass
class Demo:
    """The demo municipality, served."""

    app: Flask
    origin: str

    def somebody(self, name: str) -> Staff:
        place = places.municipality_by_slug("exempelkommun")
        return next(person for person in staffing.everyone(place) if person.name.startswith(name))

    def sign_in(self, context: BrowserContext, name: str) -> Page:
        with self.app.app_context():
            token = people.make_link(self.somebody(name))
            db.session.commit()
        page = context.new_page()
        page.goto(f"{self.origin}/logga-in/lank/{token}")
        page.get_by_role("button", name="Logga in här").click()
        page.wait_for_url(lambda url: "/lank/" not in url)
        return page

    def code(self) -> str:
        with self.app.app_context():
            return open_code()


@contextmanager
def demo() -> Iterator[Demo]:
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(
            Settings(
                app_env="test",
                secret_key=new_token(),
                hash_key=new_token(),
                encryption_keys=[new_encryption_key()],
                database_url=f"sqlite:///{folder}/demo.db",
            )
        )
        with app.app_context():
            flask_migrate.upgrade()
        loaded = app.test_cli_runner().invoke(args=["demo", "load"])
        if loaded.exit_code:
            sys.exit(f"The demo could not be loaded: {loaded.output}")
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Demo(app, f"http://127.0.0.1:{server.port}")
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def chromium() -> Iterator[Browser]:
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        sys.exit("Chromium saknas: kör apt-get install chromium som root")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


def small(png: bytes, page: Page) -> bytes:
    """The picture with a palette, packed as tightly as zlib can: a third of the size."""
    page.goto("about:blank")
    found = page.evaluate(FEWER_COLOURS, [base64.b64encode(png).decode(), MOST_COLOURS])
    header = struct.pack(">IIBBBBB", found["width"], found["height"], 8, 3, 0, 0, 0)
    rows = zlib.compress(base64.b64decode(found["rows"]), 9)
    chunks = (
        (b"IHDR", header),
        (b"PLTE", bytes(found["palette"])),
        (b"IDAT", rows),
        (b"IEND", b""),
    )
    return png[:8] + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def knocks(page: Page, demo: Demo, text: str) -> None:
    """From the form to the receipt."""
    page.goto(f"{demo.origin}/knacka?skola=norrskogens-exempelskola")
    page.locator("label[for=who-counsellor]").click()
    page.locator("label[for=way-app]").click()
    page.locator("#text").fill(text)
    page.get_by_role("button", name="Knacka på").click()
    page.wait_for_url("**/mitt/*")


def a_case(page: Page, demo: Demo) -> None:
    """The knock with a thread and an open proposal, which Kurator Ett has taken."""
    page.goto(f"{demo.origin}/personal/inkorg?flik=mina")
    for address in [link.get_attribute("href") for link in page.locator(".title").all()]:
        page.goto(f"{demo.origin}{address}")
        if page.get_by_text("Förslag på möte").count() and page.locator(".says").count() > 1:
            return


def unfold(page: Page) -> None:
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")


def for_the_readme(browser: Browser, demo: Demo, folder: Path) -> None:
    drawing = browser.new_page()

    def take(page: Page, name: str) -> None:
        picture = small(page.screenshot(), drawing)
        (folder / f"{name}.png").write_bytes(picture)
        print(f"{len(picture):7} bytes  {name}.png")

    phone = browser.new_context(
        viewport=PHONE,  # type: ignore[arg-type]
        color_scheme="light",
        has_touch=True,
        service_workers="block",
    )
    page = phone.new_page()
    page.goto(demo.origin + PUBLIC["door"])
    take(page, "door")
    page.goto(demo.origin + PUBLIC["form"])
    page.locator("label[for=who-counsellor]").click()
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    take(page, "form")
    knocks(page, demo, "Jag sover dåligt och tänker för mycket.")
    take(page, "receipt")
    desk = browser.new_context(viewport=DESK, color_scheme="light", service_workers="block")  # type: ignore[arg-type]
    page = demo.sign_in(desk, "Kurator Ett")
    take(page, "inbox")
    a_case(page, demo)
    take(page, "case")


def to_look_at(browser: Browser, demo: Demo, folder: Path) -> None:
    for width, height in ((360, 740), (1280, 800)):
        for scheme in ("light", "dark"):
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme=scheme,
                service_workers="block",
            )
            _everything(context, demo, folder, f"{width}-{scheme}")
            context.close()


def _everything(context: BrowserContext, demo: Demo, folder: Path, suffix: str) -> None:
    page = context.new_page()

    def take(name: str) -> None:
        page.screenshot(path=folder / f"{name}-{suffix}.png", full_page=True)

    for name, path in PUBLIC.items():
        page.goto(demo.origin + path)
        take(name)
    page.goto(demo.origin + PUBLIC["form"])
    page.locator("label[for=way-call]").click()
    page.get_by_role("button", name="Knacka på").click()
    page.get_by_role("alert").wait_for()
    take("form-again")
    knocks(page, demo, "Jag sover dåligt.")
    unfold(page)
    take("receipt")
    page.goto(demo.origin + PUBLIC["code"])
    page.locator("#code").fill(demo.code())
    page.get_by_role("button", name="Visa svar").click()
    page.wait_for_url(lambda url: not url.endswith("/kod"))
    take("thread")
    page = demo.sign_in(context, "Kurator Ett")
    tabs = {f"inbox.index-{tab}": f"/personal/inkorg?flik={tab}" for tab in ("mina", "klara")}
    for name, path in (pages_for(demo.app, Who.SIGNED_IN, Who.PROFESSIONAL) | tabs).items():
        page.goto(demo.origin + path)
        take(name)
    a_case(page, demo)
    take("case")
    unfold(page)
    take("case-unfolded")
    page.get_by_role("button", name="Logga ut").click()
    page.wait_for_url("**/logga-in/")
    page = demo.sign_in(context, "Samordnare")
    for name, path in pages_for(demo.app, Who.COORDINATOR, Who.OVERSEER).items():
        page.goto(demo.origin + path)
        take(name)


def pages_for(app: Flask, *who: Who) -> dict[str, str]:
    """Endpoint -> address, of the pages that these may open and that are about nothing else."""
    rules = access.rules(app)
    return {
        route.endpoint: route.rule
        for route in app.url_map.iter_rules()
        if rules[route.endpoint].who in who
        and "GET" in (route.methods or ())
        and not route.arguments
        and "." not in route.rule  # a file
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--all", action="store_true", help="every page, to look at")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    with demo() as served, chromium() as browser:
        (to_look_at if given.all else for_the_readme)(browser, served, given.folder)


if __name__ == "__main__":
    main()
