"""``make trial`` runs whole what ``make test`` runs a part of, and nothing is in neither."""

import ast
import re
import subprocess
import sys
from pathlib import Path

from hypothesis import settings

from tests.conftest import TRIAL_TIMES

ROOT = Path(__file__).resolve().parents[2]
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
USUAL = 100
"""Examples of a property, as hypothesis has it."""


def is_long(path: Path) -> bool:
    text = path.read_text("utf-8")
    if "pytest.mark.trial" not in text:  # most have nothing of it: to parse them all takes seconds
        return False
    names = (ast.unparse(node) for node in ast.walk(ast.parse(text))
             if isinstance(node, ast.Attribute))  # fmt: skip
    return "pytest.mark.trial" in names


LONG = [path.relative_to(ROOT).as_posix() for path in TESTS if is_long(path)]


def collected(*words: str) -> set[str]:
    """The tests of the files where the long ones are."""
    command = [sys.executable, "-m", "pytest", *LONG, "--collect-only", "-q", "-n0"]
    found = subprocess.run(
        [*command, *words], cwd=ROOT, check=True, capture_output=True, text=True
    )  # fmt: skip
    return {line for line in found.stdout.splitlines() if "::" in line}


def test_a_trial_runs_every_test_that_is_run_daily_and_the_long_ones_besides() -> None:
    daily, whole = collected(), collected("--trial")
    assert daily < whole
    assert {name.partition("::")[0] for name in whole - daily} == set(LONG)


def test_the_trial_is_what_is_made_with_make_and_tells_how_far_it_has_come() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    (recipe,) = re.findall(r"^trial:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert "pytest $(PYTEST) --trial --verbose" in recipe


def test_a_property_has_more_examples(request) -> None:
    is_trial = request.config.getoption("trial")
    assert settings.default.max_examples == USUAL * (TRIAL_TIMES if is_trial else 1)


def test_no_property_says_a_number_of_examples_that_the_trial_cannot_raise() -> None:
    for path in TESTS:
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call):
                for given in call.keywords:
                    if given.arg == "max_examples":
                        assert "settings.default.max_examples" in ast.unparse(given.value), path


def test_no_test_leaves_out_a_part_by_chance() -> None:
    """Chance is for the long ones, which print their seed; hypothesis keeps its own."""
    by_chance = re.compile(r"^(import random|from random import)", re.MULTILINE)
    users = [path for path in TESTS if by_chance.search(path.read_text("utf-8"))]
    assert [path.name for path in users if not is_long(path)] == []
