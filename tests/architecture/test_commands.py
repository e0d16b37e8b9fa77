"""What README, CONTRIBUTING and the deployment page tell people to type exists."""

import os
import re
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import click
import pytest
from flask.cli import FlaskGroup, ScriptInfo

from elevhalsa import create_app
from tests.conftest import settings_for
from tests.shell_blocks import PLACES, postgresql_tools, shell_blocks

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/deploy.md"]
CODE = re.compile(r"`([^`\n]+)`|^ {4}(?! )(.+)$", re.MULTILINE)


def code_in(page: str) -> list[str]:
    """What is written as code, without a comment after it."""
    path = ROOT / page
    text = re.sub(r"\\\n +", " ", path.read_text("utf-8"))
    typed = [line for block in shell_blocks(path) for line in block.lines]
    return typed + [(a or b).split("  #")[0].strip() for a, b in CODE.findall(text)]


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


def test_what_the_deploy_page_has_people_type_is_shell_and_names_programs_that_there_are() -> None:
    """That it leads to a service is what ``tests/faults/test_deploy_page`` tries."""
    blocks = shell_blocks(ROOT / "docs/deploy.md")
    assert {block.only_for for block in blocks} == {"", "postgresql", "sqlite"}
    folders = [str(Path(sys.executable).parent), str(postgresql_tools()), os.environ["PATH"]]
    env = {"PATH": os.pathsep.join(folders)}
    for block in blocks:
        subprocess.run(["/bin/sh", "-n"], input=block.text, text=True, check=True)
        for line in block.lines:
            if re.match(r"[A-Z_]+=", line):
                continue
            program = line.split()[0]
            known = subprocess.run(
                ["/bin/sh", "-c", 'command -v "$1"', "sh", program],
                env=env, check=False, capture_output=True,
            )  # fmt: skip
            assert known.returncode == 0, f"{block.heading}: {program}"


def test_what_the_trial_puts_in_the_deploy_pages_places_stands_there() -> None:
    page = (ROOT / "docs/deploy.md").read_text("utf-8")
    assert [place for place in PLACES if place not in page] == []
