"""``docs/deploy.md`` as it stands, typed line by line in an empty folder, on either database.

Only what everybody has of their own is put in its place (``tests.shell_blocks.PLACES``), and a
proxy that speaks https stands in front only in the words that it adds. Blocks of ``text`` need an
account at a platform and are left out.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from sqlalchemy import create_engine, text

from elevhalsa.config import ROOT, Settings
from tests import postgres
from tests import shell_blocks as blocks
from tests.mailbox import open_mailbox
from tests.running import PYTHON_BIN, eventually, free_port, running_valkey

from .conftest import Say
from .phones import Phone

pytestmark = pytest.mark.trial

HOST = "elevhalsa.exempel.se"
BLOCK_SECONDS = 300
PROXY = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-Host": HOST}


def environment() -> dict[str, str]:
    """A person's own: how their machine reaches others, and nothing of the tests'."""
    ours = {name.upper() for name in Settings.model_fields} | {"VIRTUAL_ENV"}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    path = os.environ["PATH"].split(os.pathsep)
    folders = [str(blocks.postgresql_tools()), f"{sys.base_prefix}/bin"]
    folders += [folder for folder in path if Path(folder) != PYTHON_BIN]
    return kept | {"PATH": os.pathsep.join(folders), "PYTHONUNBUFFERED": "1"}


class Terminal:
    """One shell, in which block after block is typed. A line that fails ends it."""

    def __init__(self, folder: Path) -> None:
        self._said = folder.parent / "terminal.log"
        self._done = folder.parent / "done"
        self._number = 0
        with self._said.open("wb") as output:
            self.shell = subprocess.Popen(
                ["/bin/sh", "-e"],
                cwd=folder,
                env=environment(),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def types(self, lines: str) -> None:
        self._number += 1
        until = time.monotonic() + BLOCK_SECONDS
        self.shell.stdin.write(f"{lines}\necho {self._number} > {self._done}\n".encode())
        self.shell.stdin.flush()
        while not self._done.exists() or self._done.read_text() != f"{self._number}\n":
            assert self.shell.poll() is None, f"{lines}\n{self.said()[-3000:]}"
            assert time.monotonic() < until, f"takes too long:\n{lines}\n{self.said()[-3000:]}"
            time.sleep(0.1)

    def said(self) -> str:
        return self._said.read_text()

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.shell.pid).children(recursive=True)

    def close(self) -> None:
        """Whatever was started in it ends too."""
        for process in (*self.family(), psutil.Process(self.shell.pid)):
            process.kill()
        self.shell.wait(10)
        self.shell.stdin.close()


@contextmanager
def a_terminal(folder: Path) -> Iterator[Terminal]:
    folder.mkdir()
    terminal = Terminal(folder)
    try:
        yield terminal
    finally:
        terminal.close()


def git(*words: str) -> None:
    subprocess.run(["git", *words], check=True)  # noqa: S607


def a_repository(folder: Path) -> Path:
    """What is fetched from: the last commit of this one."""
    git("clone", "--quiet", str(ROOT), str(folder))
    git("-C", str(folder), "switch", "--quiet", "-C", "main")
    return folder


def a_newer_version(repository: Path) -> None:
    who = ["-c", "user.name=Exempel", "-c", "user.email=a@exempel.invalid"]
    commit = ["commit", "--quiet", "--allow-empty", "--message", "A newer version"]
    git("-C", str(repository), *who, *commit)


@pytest.fixture(params=["postgresql", "sqlite"])
def database(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def address(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Of a database that is there and empty, as a platform gives it."""
    if database == "sqlite":
        (tmp_path / "disk").mkdir()
        yield f"sqlite:///{tmp_path}/disk/elevhalsa.db"
        return
    server: str = request.getfixturevalue("postgres_server")
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE deployed"))
        yield re.sub(r"^postgresql\+psycopg", "postgresql", server).replace(
            "/postgres?", "/deployed?"
        )
        connection.execute(text("DROP DATABASE deployed WITH (FORCE)"))
    engine.dispose()


class Reader:
    """Somebody who does what the page says, chapter by chapter."""

    def __init__(
        self, page: Path, own: dict[str, str], database: str, terminal: Terminal, say: Say
    ) -> None:
        self._blocks = blocks.shell_blocks(page)
        self._own, self._database, self._terminal, self._say = own, database, terminal, say
        self.chapters_left = {block.heading for block in self._blocks}

    def __call__(self, chapter: int, *, waits: Callable[[], object] = lambda: None) -> None:
        """waits: for what a person would before the next lines."""
        mine = [one for one in self._blocks if one.heading.startswith(f"{chapter}. ")]
        assert mine, f"chapter {chapter} has something to type"
        self.chapters_left -= {block.heading for block in mine}
        for block in mine:
            if block.only_for in ("", self._database):
                self._say(f"{block.heading}: {block.lines[0][:60]}")
                waits()
                self._terminal.types(block.with_own(self._own))


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def letters_to_staff(address: str) -> int:
    """How many tell staff of a knock, sent or waiting for working hours."""
    engine = create_engine(re.sub("^postgresql:", "postgresql+psycopg:", address))
    with engine.connect() as connection:
        count = connection.scalar(
            text("SELECT count(*) FROM notice WHERE kind = 'new_knock' AND channel = 'email'")
        )
    engine.dispose()
    return int(count or 0)


def test_the_deploy_page_leads_from_nothing_to_a_service_that_can_be_copied_and_put_back(
    database: str, address: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, say: Say
) -> None:
    queue = tmp_path_factory.mktemp("q") / "valkey.sock"
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    repository = a_repository(tmp_path / "repository")

    def until_ready() -> None:
        eventually(lambda: is_ready(url), seconds=90)

    with (
        running_valkey(queue),
        open_mailbox() as mailbox,
        a_terminal(tmp_path / "work") as terminal,
    ):
        own = {
            blocks.CODE: str(repository),
            blocks.DATABASE: f"'{address}'",
            blocks.WEB: f"'{postgres.as_role(address, postgres.WEB)}'",
            blocks.WORKER: f"'{postgres.as_role(address, postgres.WORKER)}'",
            blocks.QUEUE: f"unix://{queue}",
            blocks.MAIL: mailbox.url,
            blocks.ADDRESS: url,
            blocks.PORT: f"PORT={port}",
            blocks.DISK: str(tmp_path / "disk"),
        }
        follows = Reader(repository / "docs/deploy.md", own, database, terminal, say)
        for chapter in (1, 2, 3):
            follows(chapter)
        until_ready()
        for chapter in (4, 5):
            follows(chapter)
        assert f"https://{HOST}/logga-in/lank/" in terminal.said()
        eventually(lambda: mailbox.receivers == ["namn@exempel.se"], seconds=60)
        assert list((tmp_path / "work/posters").rglob("*")), "what is printed is there"

        follows(6)
        assert "drift@exempel.se" in mailbox.receivers

        with Phone(url, 90, origin=f"https://{HOST}", headers=PROXY) as pupil:
            eventually(lambda: pupil.asks("/s/norra-skolan") == 200, seconds=60)
            kept = pupil.knocks("norra-skolan", who="nurse", text="Det som stod i kopian")
            assert letters_to_staff(address) == 1, "it leaves when the nurse is at work"
            follows(7)
            lost = pupil.knocks("norra-skolan", who="nurse")
            assert pupil.opens(lost.code) == lost.knock_id
            follows(8)
            until_ready()
            assert pupil.opens(kept.code) == kept.knock_id
            assert pupil.opens(lost.code) is None, "it is the copy that was put back"
            a_newer_version(repository)
            follows(9, waits=until_ready)
            until_ready()
            assert pupil.opens(kept.code) == kept.knock_id
            assert "Nu kan de äldre nycklarna tas bort" in terminal.said()
        assert follows.chapters_left == set()
        terminal.types("kill $service\nwait $service")
        assert terminal.family() == []
        assert "Traceback" not in terminal.said()
