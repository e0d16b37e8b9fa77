"""docs/threat-model.md names for each attack the tests that show it: they are there, and so is the
look at every answer that most of them stand on."""

import ast
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from markupsafe import escape

from elevhalsa.config import ROOT
from elevhalsa.extensions import db
from tests.conftest import app_for, settings_for

from .scenes import MARK, SCRIPT, holds

PAGE = ROOT / "docs/threat-model.md"
ATTACKS = {
    "session fixation", "order begun by another", "replayed return address",
    "forged or replayed state and nonce", "look-alike accounts", "code guessing",
    "another's id", "crossing a wall", "mass assignment", "open redirect", "header injection",
    "log injection", "stored script", "reflected script", "formulas in spreadsheets",
    "oversized and malformed bodies", "words left lying", "framing", "pages kept after logout",
}  # fmt: skip
"""Those that must be on the list, whatever else is."""


def listed() -> dict[str, list[str]]:
    """Attack -> the tests that are named, each as 'file::test' under tests/."""
    section = PAGE.read_text().split("## The attacks, one by one")[1].split("\n## ")[0]
    rows = [line.split("|")[1:-1] for line in section.splitlines() if line.startswith("| ")][1:]
    return {row[0].strip(): re.findall(r"`([\w/]+\.py::\w+)`", row[-1]) for row in rows}


def names_in(path: str) -> Iterator[str]:
    tree = ast.parse((ROOT / "tests" / path).read_text())
    return (one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef))


def test_every_attack_is_on_the_list_with_tests_that_there_are():
    found = listed()
    assert found.keys() >= ATTACKS
    for attack, tests in found.items():
        assert tests, f"{attack}: shown by nothing"
        for path, _colons, name in (one.partition("::") for one in tests):
            assert name in names_in(path), f"{attack}: {path} has no {name}"


def test_every_test_of_an_attack_is_on_the_list():
    named = {one for tests in listed().values() for one in tests}
    for path in sorted((ROOT / "tests/attacks").glob("test_*.py")):
        file = path.relative_to(ROOT / "tests").as_posix()
        if file != "attacks/test_the_list.py":
            missing = [n for n in names_in(file) if n.startswith("test_")
                       and f"{file}::{n}" not in named]  # fmt: skip
            assert not missing, f"{file}: {missing}"


WRITES_CELLS = re.compile(r"csv\.(?:writer|DictWriter)|text/csv|openpyxl|\.xlsx")


def test_no_file_for_a_spreadsheet_is_made():
    """So no cell can begin a formula. Whoever makes the first quotes what begins with = + - @, a
    tab or a return (OWASP, CSV injection), and tries it here."""
    for folder in ("elevhalsa", "workers", "tools"):
        for path in (ROOT / folder).rglob("*.py"):
            assert not WRITES_CELLS.search(path.read_text()), path


# --- that the look at every answer sees -----------------------------------------------------------

BAD = {
    "framed": {"X-Frame-Options": "ALLOWALL"},
    "framed by policy": {"Content-Security-Policy": "default-src 'none'"},
    "inline": {"Content-Security-Policy": "frame-ancestors 'none'; script-src 'unsafe-inline'"},
    "sniffed": {"X-Content-Type-Options": "x"},
    "kept": {"Cache-Control": "private, max-age=60"},
    "led astray": {"Location": "https://ond.invalid/"},
    "led astray without a scheme": {"Location": "//ond.invalid/"},
    "of somebody's own": {MARK: "1"},
}


@pytest.fixture
def app(sqlite_url: str) -> Iterator[Flask]:
    made = app_for(settings_for(sqlite_url))
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("what", BAD)
def test_an_answer_that_is_not_as_all_must_be_is_seen(app, what):
    answer = app.test_client().get("/mitt")
    holds(app, answer)
    for name, value in BAD[what].items():
        answer.headers[name] = value
    with pytest.raises(AssertionError):
        holds(app, answer)


@pytest.mark.parametrize("how", [str, escape])
def test_script_that_has_become_one_is_seen(app, how):
    answer = app.test_client().get("/mitt")
    answer.data = answer.data.replace(b"</main>", how(SCRIPT).encode() + b"</main>")
    if how is escape:
        holds(app, answer)
    else:
        with pytest.raises(AssertionError):
            holds(app, answer)
