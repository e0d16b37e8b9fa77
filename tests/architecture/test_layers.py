"""The code keeps to its own rules of who may import whom and touch what."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "elevhalsa" / "pages").rglob("*.py"))
DOMAIN = sorted((ROOT / "elevhalsa" / "domain").rglob("*.py"))
OURS = [
    path for folder in ("elevhalsa", "workers") for path in sorted((ROOT / folder).rglob("*.py"))
]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()",
         "--no-cache"],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def attributes_of(tree: ast.AST, holder: str) -> Iterator[str]:
    """What is asked of ``holder``: 'session' for ``db.session``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == holder:
            yield node.attr


def test_every_import_contract_is_kept():
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout[-3000:]
    assert " 0 broken" in result.stdout


BREAKS = {
    "core/clock.py": "from elevhalsa import extensions",
    "domain/places/service.py": "from elevhalsa.domain.knocks import models as theirs",
    "domain/knocks/queries.py": "from elevhalsa.domain.knocks import answering",
    "domain/promise/rules.py": "import sqlalchemy",
    "domain/people/models.py": "import flask",
    "pages/door/views.py": "import sqlalchemy\nfrom elevhalsa.pages.mine import views as theirs",
    "web/tenant.py": "from elevhalsa import create_app",
    "web/limits.py": "from elevhalsa.adapters import mail",
    "adapters/mail.py": "import workers.jobs",
}


def test_an_import_that_breaks_a_contract_is_found(tmp_path):
    for folder in ("elevhalsa", "workers"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for module, line in BREAKS.items():
        path = tmp_path / "elevhalsa" / module
        path.write_text(path.read_text("utf-8") + f"\n{line}\n", "utf-8")
    report = lint_imports(tmp_path).stdout
    assert " 0 kept, 10 broken" in report, report[:3000]


@pytest.mark.parametrize("path", [p for p in PAGES if p.parent.name != "ops"], ids=name)
def test_a_page_never_touches_the_session(path):
    tree = ast.parse(path.read_text("utf-8"))
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "elevhalsa.extensions"
        for alias in node.names
    }
    assert "db" not in imported
    assert "session" not in attributes_of(tree, "db")


def test_only_one_place_commits():
    committing = [
        name(path)
        for path in OURS
        for holder in ("db.session", "session")
        if "commit" in attributes_of(ast.parse(path.read_text("utf-8")), holder)
    ]
    assert committing == ["elevhalsa/work.py"]


def test_only_one_place_asks_what_time_it_is():
    asking = {
        name(path)
        for path in OURS
        for holder in ("datetime", "date", "datetime.datetime", "time")
        if {"now", "utcnow", "today"}
        & set(attributes_of(ast.parse(path.read_text("utf-8")), holder))
    }
    assert asking == {"elevhalsa/core/clock.py"}


@pytest.mark.parametrize("path", OURS, ids=name)
def test_a_module_opens_with_a_sentence_on_what_it_is_for(path):
    source = path.read_text("utf-8")
    tree = ast.parse(source)
    if tree.body:
        assert ast.get_docstring(tree), name(path)


@pytest.mark.parametrize("path", DOMAIN, ids=name)
def test_the_domain_opens_no_files_of_its_own_accord_and_prints_nothing(path):
    calls = {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not calls & {"print", "open", "input", "exec", "eval"}


MAY_ASK = {"elevhalsa/config.py", "elevhalsa/web/security.py", "elevhalsa/core/clock.py"}
"""The setting itself, Flask's own ``TESTING``, and the clock that a test decides."""


def test_the_service_does_not_know_whether_it_is_tested():
    asks = {
        name(path)
        for path in OURS
        if any(
            word in path.read_text("utf-8") for word in ("app_env ==", "app_env !=", "is_decided")
        )
    }
    assert asks <= MAY_ASK
