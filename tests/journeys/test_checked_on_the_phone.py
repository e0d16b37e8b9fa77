"""What a phone without a net says of a knock is what the server says of it: the same rules, the
same sentences, on the same page."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page
from werkzeug.datastructures import MultiDict
from wtforms.validators import Length

from elevhalsa.config import ROOT
from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks.words import Way
from elevhalsa.domain.people.directory import MunicipalityView, PersonView, SchoolView
from elevhalsa.domain.places.models import SchoolForm
from elevhalsa.pages.door.forms import ANYBODY, LOOK, KnockForm, LookedFor
from elevhalsa.web import form_rules
from elevhalsa.web.contact import ContactForm
from elevhalsa.web.forms import EmailField, LineField, PhoneField, Typed
from tests.conftest import app_for, settings_for

from .person import Pages, Person
from .site import Site
from .test_offline import WAITS, finds_the_net, has_been_here, loses_the_net, site

__all__ = ["site"]

NURSE, COUNSELLOR = Profession.NURSE, Profession.COUNSELLOR
SCHOOLS = {
    "names shown": (("a", NURSE, "Anna"), ("b", COUNSELLOR, "Bo"), ("c", COUNSELLOR, "Cia")),
    "no names": (("a", NURSE, None), ("b", COUNSELLOR, None), ("c", COUNSELLOR, None)),
    "some names": (("a", NURSE, "Anna"), ("b", NURSE, None), ("c", COUNSELLOR, None)),
    "nobody": (),
}
HOME = MunicipalityView("m", "m", "Exempelkommun", None, 24, True, None)
READS = (ROOT / "static" / "js" / "check.js").read_text("utf-8")
SAYS = """([rules, body]) => faultsOf(rules, new URLSearchParams(body))"""


def a_school(people: tuple[tuple[str, Profession, str | None], ...]) -> SchoolView:
    views = tuple(PersonView(*person) for person in people)
    return SchoolView("s", "s", "Skolan", next(iter(SchoolForm)), None, views, HOME)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return app_for(settings_for(f"sqlite:///{tmp_path_factory.mktemp('rules') / 'x.db'}"))


@pytest.fixture(scope="module")
def page(pages: Pages) -> Iterator[Page]:
    page = pages.browser.new_page()
    page.add_script_tag(content=READS)
    yield page
    page.close()


# --- what somebody may type ----------------------------------------------------------------------

PIECES = {
    PhoneField: [
        "070", "1740605", "174 06 05", "0046", "+46", "46", "(0)", "00", "+", "-", "‑", "–", " ",
        ".", "/", ",", "tel:", "SMS:", ";x", "08", "123456", "7", "99", "+47", "+999", "٠٧٠",
        "１", "x", "\u200b", "\u202a", "0", "12345678901",
    ],
    EmailField: [
        "elev", "Elev", "@", "＠", "exempel", ".", ".se", "se", "..", "-", "--", "ab--c", "test",
        "local", "mailto:", "MAILTO:", "?subject=x", "%40", "%", "<", ">", '"', "'", ";", ",",
        " ", "å", "xn--", "_", "+", "!", "#", "x" * 64, "x.se" * 50, "info", "\u200b", "[", "]",
        "1", "\\", "(", "\u00ad", "。",
    ],
    Typed: [
        "Anna", " ", "\r\n", "\t", "å", "A\u030a", "x" * 199, "x" * 2500, "\u200d", "\ufe0f", "❤",
        "1", "\u20e3", "👩", "\u200b", "\u00ad", "\ufeff", "\u202e", "\u2800", "\u0301", "\u0603",
        "\0", "\x85", "\u2028", "ー", "क", "्", "\u115f", "\ue000", "ﬁ",
    ],
}  # fmt: skip
ANY = st.text(st.characters(exclude_categories=("Cs", "Cn")), max_size=12)


def typed_in(field: Typed) -> st.SearchStrategy[str]:
    kind = next(kind for kind in PIECES if isinstance(field, kind))
    return st.lists(st.one_of(st.sampled_from(PIECES[kind]), ANY), max_size=6).map("".join)


def everything_in(form: KnockForm) -> st.SearchStrategy[list[tuple[str, str]]]:
    """Any of what the fields of the form take, and of what they do not."""
    odd = ["", "fax", "__proto__", "constructor", ANYBODY, "nurse@annan"]
    who = st.sampled_from([*form.meant(), *odd])
    fields: dict[str, st.SearchStrategy[str]] = {
        field.name: typed_in(field) for field in form if isinstance(field, Typed)
    }
    fields |= {"way": st.sampled_from([*Way, "fax", ""]), "who": who, LOOK: st.just("1")}
    given_once = st.fixed_dictionaries({}, optional=fields).map(lambda said: list(said.items()))
    avoided = st.lists(who.map(lambda word: ("avoid", word)), max_size=3)
    return st.builds(lambda one, other: one + other, given_once, avoided)


def is_left_to_the_server(said: dict[str, str]) -> bool:
    """An address with other letters than a to z, plain or in disguise."""
    email = said.get("email", "")
    return not email.isascii() or "xn--" in email.lower() or "%" in email


@pytest.mark.parametrize("people", SCHOOLS.values(), ids=SCHOOLS)
def test_the_phone_finds_the_faults_that_the_server_finds(app: Flask, page: Page, people) -> None:
    school = a_school(people)
    with app.test_request_context():
        rules = json.loads(json.dumps(form_rules.of(KnockForm(school))))

        @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(everything_in(KnockForm(school)))
        def is_alike(said: list[tuple[str, str]]) -> None:
            form = KnockForm(school, MultiDict(said))
            looks = form.looks(pressed=LOOK in dict(said))
            form.validate()
            faults = form.problems
            if looks:  # which the server does before it checks anything
                faults["find"] = str(LookedFor.NOT_NOW)
            found = dict(page.evaluate(SAYS, [rules, urlencode(said)]))
            missed = faults.items() - found.items()
            assert found.items() <= faults.items()
            left = {"email"} if is_left_to_the_server(dict(said)) else set()
            assert {name for name, _why in missed} <= left

        is_alike()


USUAL = [
    ("sms_phone", "0701740605"),
    ("sms_phone", "+46 (0)70-174 06 05"),
    ("call_phone", "08-12 34 56"),
    ("call_phone", "+47 90 12 34 56"),
    ("email", "Elev <elev@exempel.se>;"),
    ("email", "mailto:elev.ett+x@skola.exempel.se"),
    ("meet_name", "Åsa"),
]
WAYS = {"sms_phone": "sms", "call_phone": "call", "email": "email", "meet_name": "meet"}


@pytest.mark.parametrize(("name", "typed"), USUAL)
def test_what_is_right_is_right_there_too(app: Flask, page: Page, name, typed) -> None:
    said = {"who": "nurse", "way": WAYS[name], name: typed, "meet_class": "8 B"}
    with app.test_request_context():
        rules = form_rules.of(KnockForm(a_school(SCHOOLS["names shown"])))
    assert page.evaluate(SAYS, [rules, urlencode(said)]) == []


def test_a_rule_that_cannot_be_told_to_a_phone_is_no_rule_of_the_form(app: Flask) -> None:
    class Another(ContactForm):
        more = LineField(Length(max=3))

    class AndAnother(ContactForm):
        more = LineField()

        def validate_more(self, field: Any) -> None: ...

    with app.test_request_context():
        for kind in (Another, AndAnother):
            with pytest.raises(TypeError, match="more"):
                form_rules.of(kind())


# --- on the page ---------------------------------------------------------------------------------

SHOWN = """() => ({
  title: document.title,
  focus: document.activeElement.id,
  summary: document.querySelector("#besked").outerHTML.replace(/ (autofocus|tabindex)="[^"]*"/g, "")
    .replace(/>\\s+/g, ">").replace(/\\s+</g, "<"),
  marked: [...document.querySelectorAll("#knacka [aria-invalid]")].map((field) => field.id),
  said: [...document.querySelectorAll("#knacka .error")].map((said) => [said.id, said.textContent,
    said.previousElementSibling.id || said.previousElementSibling.textContent]),
  described: [...document.querySelectorAll("#knacka [aria-describedby]")].map((field) =>
    [field.id, field.getAttribute("aria-describedby")])
    .filter(([, by]) => !by.endsWith("-mer")),  // only the server can say who answers
  unfolded: [...document.querySelectorAll("#knacka details")].map((part) => part.open),
  filled: [...document.querySelector("#knacka").elements]
    .filter((field) => field.type !== "hidden")
    .map((field) => [field.id, field.matches("[type=radio], [type=checkbox]") ? field.checked
      : field.value]),
})"""


def _fill_in_wrongly(phone: Person) -> None:
    phone.opens("/knacka?skola=norrskogen")
    phone.chooses("Samtal")
    phone.types("Ditt nummer", "070")
    phone.types("När och var kan du prata ostört?", "efter kl. 15")
    phone.types("Vill du berätta vad det gäller?", 'Rad ett\nrad <b>två</b> & "tre"')
    phone.unfolds("Vill du säga vad du heter?")
    phone.types("Namn", "Elev 1")
    phone.types("Klass", "8" * 201)
    phone.presses("Knacka på")


def test_without_a_net_the_page_shows_what_to_mend_as_the_server_does(
    site: Site, phone: Person
) -> None:
    has_been_here(phone)
    _fill_in_wrongly(phone)
    by_the_server = phone.page.evaluate(SHOWN)
    loses_the_net(phone)
    _fill_in_wrongly(phone)
    phone.page.wait_for_selector("#besked:focus")
    assert phone.page.evaluate(SHOWN) == by_the_server
    assert by_the_server["title"].startswith("Fel: ")
    assert len(by_the_server["said"]) == 3
    phone.looks()
    form_id = phone.page.locator("#knacka [name=form_id]").input_value()

    phone.chooses("Kurator")
    phone.types("Ditt nummer", "070-174 06 05")
    phone.types("Klass", "8 B")
    phone.presses("Knacka på")
    phone.sees(WAITS)
    finds_the_net(phone)
    phone.sees("Din knackning har kommit fram.")
    (knock,) = site.knocks()
    assert (knock.phone, knock.school_class) == ("0701740605", "8 B")
    assert len(form_id) == 36
