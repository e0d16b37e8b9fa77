"""A setting that is missing or malformed stops the start with one line that names it."""

import socket
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from elevhalsa import config
from elevhalsa.core.errors import SettingError
from elevhalsa.domain.operations.health import newest_revision
from elevhalsa.web import assets
from tests.running import environment


@pytest.mark.parametrize("module", ["workers.web", "workers.whole"])
def test_a_port_that_is_taken_is_told_in_one_line(module: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        env = environment(
            DATABASE_URL=f"sqlite:///{tmp_path}/none.db", BIND="127.0.0.1", PORT=str(port)
        )
        done = subprocess.run(
            [sys.executable, "-m", module],
            cwd=config.ROOT, env=env, capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert f"Elevhälsa online startar inte. PORT {port} på 127.0.0.1" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_address_that_is_none_of_the_machine_s_is_told_in_one_line(tmp_path: Path) -> None:
    env = environment(DATABASE_URL=f"sqlite:///{tmp_path}/none.db", BIND="192.0.2.7", PORT="8000")
    done = subprocess.run(
        [sys.executable, "-m", "workers.web"],
        cwd=config.ROOT, env=env, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("Elevhälsa online startar inte. BIND går inte att använda: ")
    assert len(done.stderr.splitlines()) == 1


def test_assets_have_a_place_on_a_disk_that_cannot_be_written(monkeypatch, tmp_path) -> None:
    """Or it is told that they have none."""
    folder, names = assets.gathered(Path("/proc/elevhalsa"))
    assert (folder / names["css/base.css"]).exists()
    monkeypatch.setattr(tempfile, "mkdtemp", lambda **_words: "/proc/elevhalsa")
    with pytest.raises(SettingError, match="TMPDIR: disken går inte att skriva på"):
        assets.gathered(Path("/proc/elevhalsa"))


@pytest.mark.parametrize(
    "command",
    [
        ["-c", "import app"],
        ["-m", "workers.run"],
        ["-m", "workers.web"],
        ["-m", "workers.whole"],
        ["-m", "flask", "--app", "app", "routes"],
    ],
    ids=["app", "worker", "web", "whole", "flask"],
)
def test_every_process_says_it_in_one_line_and_ends(command: list[str]) -> None:
    env = environment(DATABASE_URL="sqlite:////tmp/none.db", HASH_KEY=None)
    done = subprocess.run(
        [sys.executable, *command],
        cwd=config.ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode != 0
    lines = [line for line in (done.stdout + done.stderr).splitlines() if "HASH_KEY" in line]
    assert len(lines) == 1
    assert lines[0].startswith("Elevhälsa online startar inte. HASH_KEY saknas: ")
    assert "Traceback" not in done.stderr


def test_migrations_run_from_the_command_line(tmp_path: Path) -> None:
    """Though Alembic is not loaded by what only serves."""
    env = environment(DATABASE_URL=f"sqlite:///{tmp_path}/new.db")
    command = [sys.executable, "-m", "flask", "--app", "app", "db", "upgrade"]
    subprocess.run(command, cwd=config.ROOT, env=env, check=True, timeout=60)
    with closing(sqlite3.connect(tmp_path / "new.db")) as database:
        (revision,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
    assert revision == newest_revision()


def test_what_only_serves_does_not_load_alembic() -> None:
    command = [sys.executable, "-c", "import sys, app; print('alembic' in sys.modules)"]
    done = subprocess.run(
        command,
        cwd=config.ROOT,
        env=environment(DATABASE_URL="sqlite:////tmp/none.db"),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == "False\n"
