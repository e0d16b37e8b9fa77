"""The parent of what serves and works: what it does when one of them ends, or all should."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.config import ROOT
from tests.conftest import settings_for
from tests.running import environment, eventually, free_port, running
from workers import parent, web
from workers.parent import Child


@given(st.lists(st.floats(0, 100), min_size=1))
def test_what_ends_soon_waits_longer_each_time_and_what_lived_long_comes_back_at_once(
    lives: list[float],
) -> None:
    child = Child("web", lambda: None)
    before = 0.0
    for life in lives:
        child.pid, child.began = 1, 1000.0
        child.has_ended(1000.0 + life)
        assert child.pid is None
        assert child.due == 1000.0 + life + child.wait
        if life > parent.LONG_LIFE_SECONDS + 0.001:
            assert child.wait == 0
        elif life < parent.LONG_LIFE_SECONDS - 0.001:
            assert min(before * 2, 30) <= child.wait <= 30
            assert child.wait >= 1
        before = child.wait


def family(tmp_path: Path, body: str) -> list[str]:
    """A program with a parent in it, whose children write to a file of their own."""
    script = tmp_path / "family.py"
    script.write_text(
        "import os, signal, sys, time\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "from workers.parent import Parent\n"
        f"FOLDER = {str(tmp_path)!r}\n"
        "def note(text):\n"
        "    with open(FOLDER + '/notes', 'a') as file:\n"
        "        file.write(text + '\\n')\n"
        "def lives(name):\n"
        "    def end(number, frame):\n"
        "        time.sleep(0.2)\n"
        "        note(name + ' ends')\n"
        "        sys.exit()\n"
        "    def run():\n"
        "        signal.signal(signal.SIGTERM, end)\n"
        "        note(name + ' begins')\n"
        "        while True:\n"
        "            time.sleep(1)\n"
        "    return run\n" + textwrap.dedent(body)
    )
    return [sys.executable, str(script)]


TWO = """
with Parent() as parent:
    parent.keep("queue", lives("queue"), ends_last=True)
    parent.keep("web", lives("web"))
    sys.exit(parent.run())
"""


def notes(tmp_path: Path) -> list[str]:
    path = tmp_path / "notes"
    return path.read_text().splitlines() if path.exists() else []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_all_end_what_they_are_at_and_what_the_others_need_ends_last(
    tmp_path: Path, number: signal.Signals
) -> None:
    with running(family(tmp_path, TWO), environment(), tmp_path / "log") as child:
        eventually(lambda: len(notes(tmp_path)) == 2)
        assert child.ask_to_end(number) == 0
    assert notes(tmp_path)[2:] == ["web ends", "queue ends"]


def test_one_that_is_asked_to_end_while_all_begins_ends_without_a_fault(tmp_path: Path) -> None:
    body = """
    with Parent() as parent:
        parent.keep("queue", lives("queue"), ends_last=True)
        note("loads")
        time.sleep(30)
    """
    log = tmp_path / "log"
    with running(family(tmp_path, body), environment(), log) as child:
        eventually(lambda: {"queue begins", "loads"} <= set(notes(tmp_path)))
        assert child.ask_to_end(signal.SIGTERM) == 0
    assert notes(tmp_path)[2:] == ["queue ends"]
    assert "Traceback" not in log.read_text()


def test_ctrl_c_in_a_terminal_reaches_all_of_them_but_only_the_parent_heeds_it(
    tmp_path: Path,
) -> None:
    with running(family(tmp_path, TWO), environment(), tmp_path / "log") as child:
        eventually(lambda: len(notes(tmp_path)) == 2)
        os.killpg(child.pid, signal.SIGINT)
        assert child.process.wait(15) == 0
    assert notes(tmp_path)[2:] == ["web ends", "queue ends"]


def test_when_the_parent_is_killed_its_children_are_asked_to_end(tmp_path: Path) -> None:
    with running(family(tmp_path, TWO), environment(), tmp_path / "log") as child:
        eventually(lambda: len(notes(tmp_path)) == 2)
        child.kill()
        eventually(lambda: {"web ends", "queue ends"} <= set(notes(tmp_path)))


def test_one_that_is_to_do_its_thing_once_ends_everything_when_it_fails(tmp_path: Path) -> None:
    body = """
    with Parent() as parent:
        parent.keep("web", lives("web"))
        parent.once("good", lambda: note("good"))
        parent.once("bad", lambda: time.sleep(0.5) or sys.exit(3))
        sys.exit(parent.run())
    """
    done = subprocess.run(family(tmp_path, body), timeout=30, check=False)
    assert done.returncode == 1
    assert notes(tmp_path).count("good") == 1
    assert "web ends" in notes(tmp_path)


def test_what_an_error_said_is_in_no_log_of_a_child(tmp_path: Path) -> None:
    body = """
    def fails():
        raise RuntimeError("hemligt")
    with Parent() as parent:
        parent.once("bad", fails)
        sys.exit(parent.run())
    """
    done = subprocess.run(
        family(tmp_path, body), timeout=30, check=False, capture_output=True, text=True
    )
    assert "ended by RuntimeError" in done.stderr
    assert "hemligt" not in done.stderr


def test_only_those_that_answer_hold_the_door_open(tmp_path: Path) -> None:
    """Or whoever comes while it is closing would wait for nobody."""
    body = """
    import socket
    door = socket.create_server(("127.0.0.1", 0))
    def has(what):
        return lambda: note(f"{what} {door.fileno() >= 0}")
    with Parent() as parent:
        parent.keep("web", lambda: (has("web")(), time.sleep(60)), listening=door)
        parent.keep("work", lambda: (has("work")(), time.sleep(60)))
        parent.once("bad", lambda: time.sleep(0.5) or sys.exit(1))
        parent.run()
    has("parent")()
    """
    subprocess.run(family(tmp_path, body), timeout=30, check=False)
    assert set(notes(tmp_path)) == {"web True", "work False", "parent False"}


@pytest.mark.parametrize("bind", ["127.0.0.1", "::1", "[::1]", "::"])
def test_an_address_of_either_kind_can_be_listened_on(bind: str) -> None:
    port = free_port()
    with web.listen(settings_for("sqlite:///none.db", bind=bind, port=port)) as listening:
        assert listening.getsockname()[1] == port


def test_a_child_that_ends_is_there_again(tmp_path: Path) -> None:
    body = """
    with Parent() as parent:
        parent.keep("web", lives("web"))
        note(str(parent._children[0].pid))
        sys.exit(parent.run())
    """
    with running(family(tmp_path, body), environment(), tmp_path / "log") as child:
        eventually(lambda: len(notes(tmp_path)) == 2)
        pid = int(next(line for line in notes(tmp_path) if line.isdigit()))
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: notes(tmp_path).count("web begins") == 2)
        assert "web has ended and is started again in 1 s" in child.said()
        assert child.ask_to_end() == 0
