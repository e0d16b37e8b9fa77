"""What ``make run`` starts, on a demo that is loaded once."""

import fcntl
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from elevhalsa.config import ROOT
from tests.running import environment

STACK = [sys.executable, "-m", "workers.stack"]


def env_on(port: int, database: Path) -> dict[str, str]:
    return environment(
        APP_ENV=None,
        PORT=str(port),
        DATABASE_URL=f"sqlite:///{database}",
        TMPDIR=str(database.parent),
    )


@pytest.fixture(scope="session")
def loaded(shared: Path) -> Path:
    """A database with the demo in it, which takes a while to play up: once for all workers."""
    folder = shared / "demo"
    database, is_whole = folder / "demo.db", folder / "is whole"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_whole.exists():
            for words in (["db", "upgrade"], ["demo", "load"]):
                subprocess.run(
                    [*STACK, *words], cwd=ROOT, env=env_on(8000, database), check=True, timeout=180
                )
            is_whole.touch()
    return database


def copy_of(database: Path, to: Path) -> Path:
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(to)) as copy:
        source.backup(copy)
    return to


@pytest.fixture
def database(loaded: Path, tmp_path: Path) -> Path:
    return copy_of(loaded, tmp_path / "stack.db")


Say = Callable[[str], None]


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Say:
    """Tells the terminal how far a long test has come: it goes on for a minute or two."""
    database = getattr(request.node, "callspec", None)
    name = " ".join(
        [request.node.path.stem, *map(str, database.params.values() if database else ())]
    )
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def say(text: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"  {name}: {text}", file=sys.stderr, flush=True)  # noqa: T201

    return say
