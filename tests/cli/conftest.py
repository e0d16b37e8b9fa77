"""Running commands as an operator does, and writing the files that they read."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from elevhalsa.extensions import db

Run = Callable[..., Result]
Write = Callable[..., str]


@pytest.fixture
def run(app: Flask) -> Run:
    """Runs ``flask …`` with these words. Fails the test when the exit status is not ``exit``."""

    def run(*words: str, exit: int = 0) -> Result:
        result = app.test_cli_runner().invoke(args=words)
        assert result.exit_code == exit, f"{result.output}\n{result.exception!r}"
        db.session.expire_all()
        return result

    return run


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file in UTF-8 and returns its path."""

    def write(text: str, encoding: str = "utf-8") -> str:
        path = tmp_path / "fil.csv"
        path.write_bytes(text.encode(encoding))
        return str(path)

    return write
