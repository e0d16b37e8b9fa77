"""The web is started before its database can be used: it says so in one line and opens the crisis
page at once, and everything else when the database is there."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from elevhalsa.config import ROOT
from tests.running import Running, environment, eventually, free_port, listens, running
from tests.web.test_database_away import closed_port


@contextmanager
def web(url: str, log: Path) -> Iterator[tuple[Running, Callable[[str], int]]]:
    """The process, and what a page answers."""
    port = free_port()
    env = environment(
        DATABASE_URL=url, BIND="127.0.0.1", PORT=str(port), APP_ENV="development",
        PUBLIC_URL=f"http://127.0.0.1:{port}", WEB_CONCURRENCY="1",
    )  # fmt: skip

    def status(path: str) -> int:
        try:
            with urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
                return answer.status
        except HTTPError as refusal:
            with refusal:
                return refusal.code

    with running([sys.executable, "-m", "workers.web"], env, log) as process:
        eventually(lambda: listens(port), seconds=60)
        yield process, status


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("postgresql://nobody:hemligt@127.0.0.1:{port}/none", "DATABASE_URL"),
        ("sqlite:////proc/hemligt.db", "DATABASE_URL"),
    ],
)
def test_with_the_database_away_the_crisis_page_opens_and_one_line_says_why(
    tmp_path: Path, url: str, word: str
) -> None:
    with web(url.format(port=closed_port()), tmp_path / "web.log") as (process, status):
        assert status("/hjalp-nu") == 200
        assert status("/healthz") == 200
        assert status("/readyz") == 503
        assert status("/") == 503
        assert process.ask_to_end() == 0
        said = process.said()
    assert len([line for line in said.splitlines() if word in line]) == 1
    assert "hemligt" not in said
    assert "Traceback" not in said


def test_started_before_the_release_it_opens_when_the_tables_are_there(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    with web(url, tmp_path / "web.log") as (process, status):
        assert status("/hjalp-nu") == 200
        assert status("/") == 503
        assert "kör flask --app app db upgrade" in process.said()
        command = [sys.executable, "-m", "flask", "--app", "app", "db", "upgrade"]
        subprocess.run(command, cwd=ROOT, env=environment(DATABASE_URL=url), check=True, timeout=60)
        with suppress(ConnectionError):
            eventually(lambda: status("/") == 200, seconds=20)
        assert status("/") == 200


def test_a_change_of_the_tables_without_a_database_is_one_line() -> None:
    url = f"postgresql://nobody:hemligt@127.0.0.1:{closed_port()}/none"
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", "db", "upgrade"],
        cwd=ROOT, env=environment(DATABASE_URL=url), capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    said = [line for line in (done.stdout + done.stderr).splitlines() if line]
    assert len(said) == 1
    assert "DATABASE_URL" in said[0]
    assert "hemligt" not in said[0]
