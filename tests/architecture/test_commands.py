"""What README, CONTRIBUTING and the deployment page tell people to type exists."""

import re
import shlex
from importlib.util import find_spec
from pathlib import Path

import click
import pytest
from flask.cli import FlaskGroup, ScriptInfo

from elevhalsa import create_app
from tests.conftest import settings_for

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/deploy.md"]
CODE = re.compile(r"`([^`\n]+)`|^ {4}(?! )(.+)$", re.MULTILINE)


def code_in(page: str) -> list[str]:
    """What is written as code, without a comment after it."""
    text = re.sub(r"\\\n +", " ", (ROOT / page).read_text("utf-8"))
    return [(a or b).split("  #")[0].strip() for a, b in CODE.findall(text)]


def told(start: str) -> list[tuple[str, str]]:
    """(page, what follows) of each piece of code that begins with these words."""
    return [
        (page, code.removeprefix(start))
        for page in PAGES
        for code in code_in(page)
        if code.startswith(start)
    ]


@pytest.mark.parametrize("page", PAGES)
def test_what_is_made_with_make_can_be_made(page: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    asked = {found for code in code_in(page) for found in re.findall(r"\bmake ([a-z]+)", code)}
    assert asked <= targets


def test_help_lists_everything_that_can_be_made() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    listed = set(re.findall(r"^([a-z]+):.*## \S", makefile, re.MULTILINE))
    (public,) = re.findall(r"^\.PHONY: ([a-z ]+)$", makefile, re.MULTILINE)
    assert listed == set(public.split())


def test_modules_that_are_run_are_there() -> None:
    asked = told("python -m ") + told(".venv/bin/python -m ")
    assert asked
    for page, words in asked:
        module = words.split()[0]
        found = find_spec(module)
        assert found, f"{page}: python -m {module}"
        assert not found.submodule_search_locations or find_spec(f"{module}.__main__"), module


def test_commands_of_the_app_are_there_with_their_options() -> None:
    flask = FlaskGroup(create_app=lambda: create_app(settings_for("sqlite:////nowhere.db")))
    asked = told("flask --app app ")
    assert asked
    for page, words in asked:
        command: click.Command = flask
        rest = shlex.split(words)
        while isinstance(command, click.Group):
            assert rest, f"{page}: flask {words} is not whole"
            with click.Context(command, obj=ScriptInfo(create_app=flask.create_app)) as context:
                found = command.get_command(context, rest.pop(0))
            assert found, f"{page}: flask {words}"
            command = found
        options = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in rest if word.startswith("--")} <= options, f"{page}: flask {words}"
