"""Tests reach what people can do by public names, so that how it is done may change."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
OURS = re.compile(r"(elevhalsa|workers)(\.|$)")
PRIVATE_PATH = re.compile(r"(elevhalsa|workers)\.[\w.]*\b_[a-z]\w*")
CATALOGUE = ("_", "_l")
"""Texts for the catalogue are marked with these; they are nobody's secret."""


def is_private(name: str) -> bool:
    return name.startswith("_") and name not in CATALOGUE and not name.startswith("__")


def private_names(source: str) -> Iterator[str]:
    """What a test asks of our modules that has a name of their own: by import, as an attribute, as
    a word given to ``setattr``, or as a path in a text."""
    tree = ast.parse(source)
    modules: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and OURS.match(node.module or ""):
            names = [alias.name for alias in node.names]
            yield from filter(is_private, names)
            modules.update(alias.asname or alias.name for alias in node.names)
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(ast.Name(holder), name) if holder in modules and is_private(name):
                yield f"{holder}.{name}"
            case ast.Call(_, [ast.Name(holder), ast.Constant(str(name)), *_]) if (
                holder in modules and is_private(name)
            ):
                yield f"{holder}.{name}"
            case ast.Constant(str(text)) if PRIVATE_PATH.fullmatch(text):
                yield text


def test_what_is_private_is_found_however_it_is_asked_for() -> None:
    source = """
from elevhalsa.domain.notices import service, _hidden
from workers import jobs
service._insert(1)
monkeypatch.setattr(jobs, "_later", None)
monkeypatch.setattr("elevhalsa.domain.notices.service._at_once", None)
service.post(_("text"))
"""
    assert set(private_names(source)) == {
        "_hidden",
        "service._insert",
        "jobs._later",
        "elevhalsa.domain.notices.service._at_once",
    }


def test_no_test_asks_for_what_is_private() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in TESTS
        if path != Path(__file__)
        for name in private_names(path.read_text("utf-8"))
    }
    assert not found
