"""Takes the pictures that browsers show beside the offer to install: the door and the form of a
made-up school, on a phone and at a desk.

``python -m tools.screenshots`` writes static/screenshots/*.png, which are committed.
"""

import tempfile
import threading
from pathlib import Path

import flask_migrate
from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from bench.wire import ARGUMENTS, CHROMIUM
from elevhalsa import create_app
from elevhalsa.config import Settings
from elevhalsa.core.crypto import new_encryption_key, new_token
from elevhalsa.core.walls import Profession
from elevhalsa.domain.people.models import Assignment, Staff, hash_email
from elevhalsa.domain.places.models import Municipality, School
from elevhalsa.extensions import db
from elevhalsa.pages.pwa.manifest import NARROW, WIDE

from .icons import squeezed

FOLDER = Path(__file__).resolve().parent.parent / "static" / "screenshots"
SHOTS = {
    "door-narrow": (NARROW, "/s/norrskogen"),
    "knock-narrow": (NARROW, "/knacka?skola=norrskogen"),
    "door-wide": (WIDE, "/s/norrskogen"),
}


def example() -> None:
    """A school with somebody of two professions."""
    place = Municipality(slug="exempel", name="Exempelkommun")
    place.schools = [School(slug="norrskogen", name="Norrskogens exempelskola")]
    db.session.add(place)
    db.session.flush()
    for profession in (Profession.NURSE, Profession.COUNSELLOR):
        email = f"{profession}@exempel.invalid"
        db.session.add(
            Staff(
                municipality_id=place.id,
                profession=profession,
                name="Person",
                email=email,
                email_hash=hash_email(email),
                assignments=[Assignment(school_id=place.schools[0].id)],
            )
        )
    db.session.commit()


def take(origin: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        for name, (size, path) in SHOTS.items():
            width, height = map(int, size.split("x"))
            page = browser.new_page(
                viewport={"width": width, "height": height}, service_workers="block"
            )
            page.goto(origin + path)
            picture = squeezed(page.screenshot())
            (FOLDER / f"{name}.png").write_bytes(picture)
            print(f"{len(picture):6} bytes  {name}.png")
        browser.close()


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in SHOTS:  # the manifest wants files of these names
        (FOLDER / f"{name}.png").touch()
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(
            Settings(
                app_env="test",
                secret_key=new_token(),
                hash_key=new_token(),
                encryption_keys=[new_encryption_key()],
                database_url=f"sqlite:///{folder}/pictures.db",
            )
        )
        with app.app_context():
            flask_migrate.upgrade()
            example()
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            take(f"http://127.0.0.1:{server.port}")
        finally:
            server.shutdown()
            thread.join()


if __name__ == "__main__":
    main()
