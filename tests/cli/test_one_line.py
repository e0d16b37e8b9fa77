"""Whatever goes wrong, a command says it in one line: every command, also those of next year."""

from collections.abc import Iterator

import click
import pytest
from flask import Flask

from elevhalsa.domain.people import staffing
from tests.factories import Make

from .conftest import Run

ITS_OWN = {"check"}
"""It tells of what is wrong itself, a line each."""
NOT_OURS = {"db", "routes", "run", "shell"}


def commands(group: click.Group, name: str = "") -> Iterator[tuple[str, click.Command]]:
    for word, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{name}{word} ")
        else:
            yield f"{name}{word}", command


def test_every_command_turns_errors_into_one_line(app: Flask) -> None:
    found = dict(commands(app.cli))
    assert len(found) > 25
    for name, command in found.items():
        if name.split()[0] in NOT_OURS or name in ITS_OWN:
            continue
        assert getattr(command.callback, "says_one_line", False), (
            f"{name}: decorate it with @reads or @writes of cli/running.py"
        )


def test_two_who_add_the_same_person_at_once_are_told_and_add_one(
    run: Run, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.school(slug="norra")
    words = ["staff", "add", "--name", "Kim", "--email", "kim@exempel.se",
             "--profession", "kurator", "--school", "norra"]  # fmt: skip
    run(*words)
    # The other has not been committed when the second looks.
    monkeypatch.setattr(staffing, "find", lambda _municipality, _email: None)
    output = run(*words, exit=1).output
    assert "Någon annan ändrade samma sak just nu. Ingenting är ändrat. Kör igen." in output
    assert len(output.splitlines()) == 1
    monkeypatch.undo()
    assert run("staff", "list").output.count("Kim") == 1
