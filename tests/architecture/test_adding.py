"""A page, a kind of notice and a language are added to a copy of the app, in the files that
CONTRIBUTING lists for it and in no other, and there they are."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import environment

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("elevhalsa", "templates", "static", "migrations", "translations")

START = """
from elevhalsa import create_app
from elevhalsa.extensions import db
app = create_app()
with app.app_context():
    db.create_all()
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for folder in COPIED:
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def listed(what: str) -> set[str]:
    """The files that CONTRIBUTING names for adding this, with the names that are free filled in."""
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    (row,) = re.findall(rf"^\| {what} \|(.*)\|$", page, re.MULTILINE)
    filled = {"<package>": "door", "<page>": "songs", "<language>": "so"}
    return {
        re.sub("<[a-z]+>", lambda found: filled[found[0]], name)
        for name in re.findall(r"`([^`]+)`", row)
    }


def write(copy: Path, name: str, text: str, *, instead_of: str | None = None) -> str:
    """Add text to a file, at its end or before some words of it. Gives the file's name."""
    path = copy / name
    path.parent.mkdir(parents=True, exist_ok=True)
    old = path.read_text("utf-8") if path.exists() else ""
    if instead_of is not None:
        assert old.count(instead_of) == 1, f"{name}: {instead_of}"
        path.write_text(old.replace(instead_of, text), "utf-8")
    else:
        path.write_text(old + text, "utf-8")
    return name


def says(copy: Path, program: str) -> str:
    """What a program says that runs on the copy."""
    env = environment(
        DATABASE_URL=f"sqlite:///{copy / 'test.db'}", PYTHONPATH=str(copy), PYTHONSAFEPATH="1"
    )
    done = subprocess.run(
        [sys.executable, "-c", START + program],
        cwd=copy, env=env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_a_page_is_added_where_the_list_says(copy: Path) -> None:
    view = """

@blueprint.get("/sanger")
@open_to(Who.ANYONE)
def songs() -> ResponseReturnValue:
    return _text_page("songs")
"""
    template = '{% extends "layouts/pupil.html" %}{% block main %}<h1>{{ _("Sånger") }}</h1>'
    touched = {
        write(copy, "elevhalsa/pages/door/views.py", view),
        write(copy, "templates/door/songs.html", template + "{% endblock %}"),
    }
    assert touched <= listed("a page")
    answer = says(copy, 'print(app.test_client().get("/sanger").text)')
    assert "<h1>Sånger</h1>" in answer


def test_a_kind_of_notice_is_added_where_the_list_says(copy: Path) -> None:
    words = 'class Kind(StrEnum):\n    """What happened. What each is, and to whom: ``kinds``."""\n'
    kind = """KINDS: Mapping[Kind, Description] = {
    Kind.SONG: Description({Audience.STAFF: Telling(
        label=_l("Det finns en ny sång"), letter=Letter(_l("En sång"), _l("Sjung med.")))}),
"""
    touched = {
        write(
            copy, "elevhalsa/domain/notices/words.py", words + '    SONG = "song"\n',
            instead_of=words,
        ),
        write(
            copy, "elevhalsa/domain/notices/kinds.py", kind,
            instead_of="KINDS: Mapping[Kind, Description] = {\n",
        ),
    }  # fmt: skip
    assert touched <= listed("a kind of notice")
    answer = says(
        copy,
        """
from elevhalsa.core import labels
from elevhalsa.domain.notices.kinds import KINDS
from elevhalsa.domain.notices.words import Audience, Kind
with app.test_request_context():
    print(labels.of(Kind.SONG), *KINDS[Kind.SONG].to[Audience.STAFF].channels)
""",
    )
    assert answer.strip() == "Det finns en ny sång app email"


def test_a_language_is_added_where_the_list_says(copy: Path) -> None:
    said = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8"\n'
    said += '\nmsgid "Inkorg"\nmsgstr "Sanduuq"\n'
    name = write(copy, "translations/so/LC_MESSAGES/messages.po", said)
    made = [str(Path(sys.executable).parent / "pybabel"), "compile", "-d", "translations"]
    subprocess.run(made, cwd=copy, check=True, capture_output=True, env=dict(os.environ))
    compiled = name.replace(".po", ".mo")
    assert (copy / compiled).exists()
    assert {name, compiled} <= listed("a language")
    answer = says(
        copy,
        """
from flask_babel import force_locale, gettext
with app.test_request_context(), force_locale("so"):
    print(gettext("Inkorg"))
""",
    )
    assert answer.strip() == "Sanduuq"
