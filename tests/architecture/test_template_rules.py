"""The tool that checks templates finds each fault, and the catalogue holds every text."""

import subprocess
import sys
from pathlib import Path

import pytest

from elevhalsa.core.columns import EncryptedText
from elevhalsa.domain import models  # noqa: F401  (every table)
from elevhalsa.extensions import Base
from tools import check_catalogue
from tools.check_templates import faults_of, faults_of_style

ROOT = Path(__file__).resolve().parents[2]

GOOD = """
{% from "components/forms.html" import csrf %}
<h1>{{ _("Knacka på") }}</h1>
<p>{% trans n=n %}{{ n }} knackningar{% endtrans %}</p>
<form method="post" action="{{ url_for('door.knock') }}" autocomplete="off"
  hx-post="{{ url_for('door.knock') }}">
  {{ forms.csrf() }}
  <input type="text" name="class" value="8B" placeholder="{{ _('Klass') }}">
  <button{% if main %} class="main"{% endif %}>{{ _("Skicka") }}</button>
</form>
<form method="get" action="/personal/inkorg" autocomplete="off">
  <input type="submit" value="{{ _('Visa') }}"></form>
<p>· – 24 &nbsp; {{ when }}</p>
<p dir="auto">{{ message.text }}</p><p>{{ _("Inte %(name)s", name=person.name|bdi) }}</p>
<ul dir="auto"><li>{{ slot.place }}</li></ul><bdi>{{ staff.name }}</bdi>
<script src="{{ asset('js/htmx.js') }}" defer></script>
<a href="https://www.digg.se/">digg.se</a> <code>flask --app app keys</code>
"""
FAULTS = {
    "<p>Hej</p>": "text outside",
    "<p>{{ name }} har knackat</p>": "text outside",
    '<img src="/x.png" alt="En dörr">': "alt=",
    '<a href="/" title="Hem">{{ _("Hem") }}</a>': "title=",
    '<nav aria-label="Sidor {{ n }}"></nav>': "aria-label=",
    '<input type="text" placeholder="Namn">': "placeholder=",
    '<input type="submit" value="Skicka">': "value=",
    '<meta name="description" content="Om oss">': "content=",
    '<p style="color: red"></p>': "style attribute",
    "<style>p { color: red }</style>": "<style>",
    "<script>alert(1)</script>": "<script>",
    '<p onclick="x()"></p>': "onclick",
    '<p hx-on:click="x()"></p>': "hx-on",
    '<p data-hx-on:click="x()"></p>': "hx-on",
    '<p hx-trigger="click[ctrlKey]"></p>': "filter",
    '<p hx-vals="js:{a: 1}"></p>': "code in",
    '<a href="javascript:x()">{{ _("x") }}</a>': "code in",
    '<button hx-post="/x">{{ _("Skicka") }}</button>': "without JavaScript",
    '<form autocomplete="off" action="/x"></form>': "without method",
    '<form autocomplete="off" method="get"></form>': "without action",
    '<form method="get" action="/x"></form>': "autocomplete",
    '<form autocomplete="off" method="post" action="/x"></form>': "csrf",
    '{{ forms.text("name", "Namn") }}': "a string outside",
    '{{ forms.text("name", label="skicka på nytt") }}': "a string outside",
    '{% set heading = "Inkorgen" %}': "a string outside",
    "<p>{{ message.text }}</p>": "what a person wrote",
    '{{ _("Ring %(number)s", number=knock.phone) }}': "what a person wrote",
}


def test_a_template_that_keeps_the_rules_has_no_faults():
    assert faults_of(GOOD) == []


@pytest.mark.parametrize("source", FAULTS)
def test_each_kind_of_fault_is_found_on_its_line(source):
    (fault,) = faults_of(f"{{# a comment\n of two lines #}}\n{source}\n")
    assert FAULTS[source] in fault.text
    assert fault.line == 3


def run(module: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_every_template_keeps_the_rules():
    result = run("tools.check_templates")
    assert result.returncode == 0, result.stdout


def test_the_catalogue_holds_every_text():
    result = run("tools.check_catalogue")
    assert result.returncode == 0, result.stdout


def test_a_text_that_is_new_in_code_a_template_or_a_worker_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(check_catalogue, "CATALOGUE", tmp_path / "messages.pot")
    monkeypatch.setattr(check_catalogue, "ROOT", tmp_path)
    for folder, source in {
        "elevhalsa/pages/x.py": '_("Ett")\nx = _l("Två")\nngettext("en", "%(num)s flera", 3)',
        "workers/x.py": '_("Tre")',
        "templates/x.html": '{{ _("Fyra") }}{% do [].append(1) %}{% trans %}Fem{% endtrans %}',
        "tests/x.py": '_("Inte jag")',
    }.items():
        path = tmp_path / folder
        path.parent.mkdir(parents=True)
        path.write_text(source, "utf-8")
    catalog = check_catalogue.extracted(tmp_path)
    texts = {message.id for message in catalog if message.id}
    assert texts == {"Ett", "Två", ("en", "%(num)s flera"), "Tre", "Fyra", "Fem"}
    text = check_catalogue.written(catalog)
    assert text == check_catalogue.written(check_catalogue.extracted(tmp_path))
    assert "20" not in text  # no date in the header
    assert "#:" not in text  # and no place in the code
    assert check_catalogue.main(["--update"]) == 0


def test_a_catalogue_that_is_behind_is_found_and_told_how_to_mend(tmp_path, monkeypatch, capsys):
    behind = tmp_path / "messages.pot"
    text = check_catalogue.CATALOGUE.read_text("utf-8")
    behind.write_text(text.replace('msgid "Spelar', 'msgid "Spelade'), "utf-8")
    monkeypatch.setattr(check_catalogue, "CATALOGUE", behind)
    assert check_catalogue.main([]) == 1
    told = capsys.readouterr().out
    assert "+ Spelar ingen roll" in told
    assert "- Spelade ingen roll" in told
    assert "--update" in told


def git_merge(folder: Path, base: str, ours: str, theirs: str) -> tuple[int, str]:
    for name, text in {"base": base, "ours": ours, "theirs": theirs}.items():
        (folder / name).write_text(text, "utf-8")
    result = subprocess.run(
        ["git", "merge-file", "-p", "ours", "base", "theirs"],  # noqa: S607
        cwd=folder, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return result.returncode, result.stdout


def test_two_who_each_add_a_text_to_the_same_file_do_not_meet_in_the_catalogue(tmp_path):
    def catalogue(*new: str) -> str:
        catalog = check_catalogue.extracted()
        for text in new:
            catalog.add(text)
        return check_catalogue.written(catalog)

    merged = git_merge(tmp_path, catalogue(), catalogue("Banan"), catalogue("Tomat"))
    assert merged == (0, catalogue("Banan", "Tomat"))


# Encrypted columns whose text no template shows; a shown one keeps its own direction.
NEVER_SHOWN = {
    "pushsubscription.endpoint", "pushsubscription.p256dh", "pushsubscription.auth",
    "reminderaddress.phone", "reminderaddress.email",  # given back in their fields
    "municipality.private_numbers_ref", "reach.phone",  # likewise
    "staff.email", "crossing.reason", "draft.fields",
    "proposal.phone",  # its phone_to_call is
    "identity.number",
    "consultation.phone", "consultationlink.token",  # digits, and a part of an address
    "disclosure.reason",  # shown as one of several
    "eidorder.order_ref", "eidorder.start_token", "eidorder.qr_token", "eidorder.qr_secret",
}  # fmt: skip


def encrypted_columns() -> set[str]:
    """'message.text': as a template names a column of a model."""
    return {
        f"{mapper.class_.__name__.lower()}.{column.name}"
        for mapper in Base.registry.mappers
        for column in mapper.columns
        if isinstance(column.type, EncryptedText)
    }


def test_whatever_a_person_writes_keeps_its_own_direction_where_it_is_shown():
    shown = encrypted_columns() - NEVER_SHOWN
    assert "message.text" in shown
    for name in shown:
        assert faults_of(f"<p>{{{{ {name} }}}}</p>"), f"{name} may stand without dir=auto"


STYLE_FAULTS = ("a { margin-left: 1rem; }", "a { left: 0 }", "a { text-align: right; }",
                "a { float: left; }", "a { padding: 1rem 2rem 1rem 3rem; }",
                "a { border-left-color: red; }")  # fmt: skip


@pytest.mark.parametrize("style", STYLE_FAULTS)
def test_a_style_that_says_left_or_right_is_found(style):
    (fault,) = faults_of_style(f"/* a comment */\n{style}\n")
    assert fault.line == 2


def test_a_style_that_says_start_and_end_has_no_faults():
    good = "a { margin-inline-start: 1rem; padding: 1rem 2rem 1rem 2rem; inset-inline-end: 0; }"
    assert faults_of_style(good) == []
