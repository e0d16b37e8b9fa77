"""One module names a language and how times are written in it; no other does."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYTHON = [
    path for folder in ("elevhalsa", "workers") for path in sorted((ROOT / folder).rglob("*.py"))
]
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.is_file())
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
ONLY_HERE = "elevhalsa/core/i18n.py"
A_LOCALE = re.compile(r"sv([-_@].*)?")
A_PATTERN = re.compile(r"\bHH\b|\bEEEE\b|%A\b|%B\b")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def strings(path: Path) -> list[str]:
    return [
        node.value
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def test_no_other_module_names_a_language_or_writes_a_pattern_of_times():
    naming = {
        name(path)
        for path in PYTHON
        for text in strings(path)
        if A_LOCALE.fullmatch(text) or (A_PATTERN.search(text) and " " not in text)
    }
    assert naming == {ONLY_HERE}


def test_no_template_or_script_names_a_language():
    named = re.compile(r"""lang=["']?sv|["']sv(_SE)?["']""")
    assert [name(p) for p in [*TEMPLATES, *SCRIPTS] if named.search(p.read_text("utf-8"))] == []


def test_no_template_bends_a_label_into_a_sentence():
    bends = re.compile(r"\|\s*(lower|upper|capitalize|title)\b|\|\s*map\(.(lower|label)")
    assert [name(p) for p in TEMPLATES if bends.search(p.read_text("utf-8"))] == []
