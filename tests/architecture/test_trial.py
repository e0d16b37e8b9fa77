"""``make trial`` runs whole what ``make test`` runs a part of, and nothing is in neither."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from tests import sampled
from tests.conftest import DAILY_EXAMPLES, TRIAL_TIMES

ROOT = Path(__file__).resolve().parents[2]
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))


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


@pytest.fixture
def items(pytester: pytest.Pytester) -> list[pytest.Item]:
    """Tests as there are in each of our folders."""
    pytester.makeini("[pytest]\nmarkers = both")
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture(params=["sqlite", "postgresql"])
        def database_url(): ...

        @pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
        def js(): ...

        def together(): ...

        @pytest.mark.parametrize("number", range(40))
        def test_number(database_url, number): ...

        @pytest.mark.parametrize("way", range(40))
        def test_journey(js, way): ...

        def test_race(database_url):
            together()

        @pytest.mark.both
        def test_difference(database_url): ...

        @pytest.mark.parametrize("other", range(2))
        def test_nothing_of_it(other): ...
        """
    )
    found, _run = pytester.inline_genitems()
    return found


def test_of_tests_that_are_the_same_but_for_the_database_or_scripts_one_is_run_daily(items) -> None:
    left = sampled.left(items)
    daily = [item.name for item in items if item not in left]
    ways = {"number": ("sqlite", "postgresql"), "journey": ("with J", "without")}
    for name, (one, other) in ways.items():
        of_it = [each for each in daily if each.startswith(f"test_{name}[")]
        assert len(of_it) == 40
        assert 10 < sum(one in each for each in of_it) < 30, other
        assert len({re.findall(r"\d+", each)[0] for each in of_it}) == 40
    assert sampled.left(items) == left


def test_a_race_and_what_is_about_the_difference_are_run_in_both_and_all_else_as_ever(
    items,
) -> None:
    left = {item.name.partition("[")[0] for item in sampled.left(items)}
    assert left == {"test_number", "test_journey"}


def test_the_trial_is_what_is_made_with_make_and_tells_how_far_it_has_come() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    (recipe,) = re.findall(r"^trial:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert "pytest $(PYTEST) --trial --verbose" in recipe


def test_a_property_has_more_examples(request) -> None:
    is_trial = request.config.getoption("trial")
    assert settings.default.max_examples == DAILY_EXAMPLES * (TRIAL_TIMES if is_trial else 1)


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
