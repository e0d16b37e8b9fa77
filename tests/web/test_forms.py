"""Forms: what is wrong is said in our words, at its field, and what was typed is kept."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

import pytest
from flask import Flask, render_template_string
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, FormField, IntegerField, RadioField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

import elevhalsa.pages
from elevhalsa import create_app
from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _l
from elevhalsa.core.walls import Profession
from elevhalsa.domain.people.directory import SchoolView
from elevhalsa.pages.door.forms import KnockForm
from elevhalsa.web.forms import Form, FormIdField, LineField, Only, TextField, most
from tests.conftest import settings_for

ENGLISH = re.compile(r"\b(valid|value|field|required|choice|character|must|input)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(settings_for(f"sqlite:///{tmp_path_factory.mktemp('forms') / 'x.db'}"))


@pytest.fixture(autouse=True)
def _swedish(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield


SCHOOL = cast(
    SchoolView,
    SimpleNamespace(
        professions=(Profession.NURSE,),
        people=(),
        municipality=SimpleNamespace(sms_countries=("46",)),
    ),
)


def every_form() -> Iterator[type[Form]]:
    for package in pkgutil.walk_packages(elevhalsa.pages.__path__, "elevhalsa.pages."):
        if package.name.endswith(".forms"):
            module = importlib.import_module(package.name)
            for one in vars(module).values():
                if isinstance(one, type) and issubclass(one, Form) and one is not Form:
                    yield one


def said_by(form: Form) -> Iterator[str]:
    yield from form.form_errors
    for field in form:
        yield from said_by(field.form) if isinstance(field, FormField) else field.errors


@pytest.mark.parametrize("kind", sorted(set(every_form()), key=lambda kind: kind.__name__))  # type: ignore[attr-defined]
@pytest.mark.parametrize("typed", ["", "\0", "x" * 6000, "2026-13-45", "☃"])
def test_whatever_is_typed_the_answer_is_in_our_words(kind, typed):
    def new(posted: MultiDict | None = None) -> Form:
        return kind(SCHOOL, posted) if kind is KnockForm else kind(posted)

    names = [
        field.name
        for outer in new()
        for field in (outer.form if isinstance(outer, FormField) else [outer])
    ]
    form = new(MultiDict(dict.fromkeys(names, typed)))
    form.validate()
    for fault in said_by(form):
        assert not ENGLISH.search(str(fault)), fault
    assert set(form.problems.values()) <= {str(fault) for fault in said_by(form)}


class Inner(Form):
    number = IntegerField(validators=[InputRequired(_l("Skriv ett tal."))])


class Example(Form):
    form_id = FormIdField()
    way = RadioField(choices=[SelectChoice("a", "A"), SelectChoice("b", "B")])
    word = LineField(Only(lambda form: form.way.data == "b", most(3)))
    story = TextField(most(10))
    agreed = BooleanField()
    days = SelectMultipleField(choices=[SelectChoice("mo", "Mo"), SelectChoice("tu", "Tu")])
    inner = FormField(Inner, separator="-")


PAGE = """
{% import "components/forms.html" as forms with context %}
{% import "components/faults.html" as faults with context %}{{ faults.summary("Nästan") }}
{% call forms.group(form.way, "Sätt") %}{{ forms.choice(form.way, "a", "A") }}{{ forms.choice(form.way, "b", "B") }}{% endcall %}
{{ forms.text(form.word, "Ord", hint="Kort") }}{{ forms.area(form.story, "Text") }}
{{ forms.check(form.agreed, "Ja") }}
{% for day in form.days.choices %}{{ forms.check(form.days, day.label, value=day.value, id="days-" ~ day.value) }}{% endfor %}
{{ forms.text(form.inner.form.number, "Tal") }}
"""  # noqa: E501


def test_every_fault_is_marked_at_its_field_and_led_to_from_the_top():
    typed = MultiDict({"way": "b", "word": "lång", "story": "x" * 11, "inner-number": "tre"})
    form = Example(typed)
    assert not form.validate()
    html = render_template_string(PAGE, form=form, faulty_forms=lambda: [form])
    ids = set(re.findall(r'\bid="([^"]+)"', html))
    links = re.findall(r'href="#([^"]+)"', html)
    assert links == ["word", "story", "inner-number"]
    described = set(" ".join(re.findall(r'aria-describedby="([^"]+)"', html)).split())
    assert described == {"word-tips", "word-fel", "story-fel", "inner-number-fel"}
    assert described | set(links) <= ids
    assert html.count('aria-invalid="true"') == 3


def test_what_was_typed_is_given_back():
    typed = MultiDict([("way", "b"), ("word", "å"), ("story", " a\r\nb "), ("agreed", "1"),
                       ("days", "tu"), ("inner-number", "tre")])  # fmt: skip
    html = render_template_string(PAGE, form=Example(typed), faulty_forms=list)
    assert 'value="b" checked' in html
    assert 'value="a" checked' not in html
    assert 'name="word" value="å"' in html
    assert ">a\nb</textarea>" in html
    assert 'name="agreed" value="1" checked' in html
    assert re.findall(r'name="days" value="(\w+)" checked', html) == ["tu"]
    assert 'name="inner-number" value="tre"' in html


def test_the_browser_never_cuts_what_is_too_long_without_a_word():
    html = render_template_string(PAGE, form=Example(), faulty_forms=list)
    assert "maxlength" not in html  # it is told, and given back whole


def test_a_field_that_is_not_asked_for_may_hold_anything():
    form = Example(MultiDict({"way": "a", "word": "långt ord", "inner-number": "3"}))
    assert form.validate()


def test_a_form_without_a_usable_id_gets_one_and_keeps_one_that_is():
    first, second = Example().form_id.data, Example().form_id.data
    assert first != second
    assert Example(MultiDict({"form_id": first})).form_id.data == first
    assert len(Example(MultiDict({"form_id": "<b>"})).form_id.data) == 22


def test_what_a_service_refuses_is_put_at_its_field_or_at_the_whole():
    form = Example(MultiDict({"way": "a", "inner-number": "3"}))
    assert form.validate()
    form.refuse(InvalidInput("Fel ord.", "word"))
    form.refuse(InvalidInput("Fel text."), "story")
    form.refuse("Fel alltihop.")
    assert form.problems == {"": "Fel alltihop.", "word": "Fel ord.", "story": "Fel text."}
