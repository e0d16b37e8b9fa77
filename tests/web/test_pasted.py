"""What people paste is understood in every field of every form, and in every POST.

The forms are found by their classes and the POSTs in the app's own map: one that is added is
covered, or the build fails.
"""

from collections.abc import Iterator
from datetime import date, time
from typing import Any

import pytest
import wtforms
from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, FormField, RadioField, SelectField, SelectMultipleField

from elevhalsa.core import codes
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.consents import service as consents
from elevhalsa.domain.consents.words import Role
from elevhalsa.domain.consultations import links as consultation_links
from elevhalsa.domain.consultations import service as consultations
from elevhalsa.domain.knocks import devices
from elevhalsa.domain.people import duties
from elevhalsa.domain.people import service as people
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.people.rules import Seat
from elevhalsa.domain.people.words import Duty
from elevhalsa.domain.places.models import School
from elevhalsa.domain.reminders import service as reminders
from elevhalsa.extensions import db
from elevhalsa.pages.door.forms import KnockForm
from elevhalsa.pages.push.forms import Browsers
from elevhalsa.web import access, forms
from elevhalsa.web.access import Who
from elevhalsa.web.forms import Form, FormIdField, Typed
from elevhalsa.work import OPERATOR
from tests import bankid
from tests.conftest import app_for, settings_for
from tests.domain.consents.helpers import asked, found_out
from tests.domain.referrals.helpers import an_offer
from tests.factories import Make
from tests.pages.browser import Browser
from tests.pages.every_form import a_consultation
from tests.pages.test_push import KEY, a_browsers_words

from .test_forms import SCHOOL, app, every_form  # noqa: F401

CHOSEN = (BooleanField, FormField, FormIdField, RadioField, SelectField, SelectMultipleField)
"""Nobody types in these."""

FAMILY = "\U0001f469\u200d\U0001f467"

PASTED: dict[type[Typed], list[tuple[str, Any]]] = {
    forms.LineField: [
        ("A\u030asa\u00a0 \u202eO\u0308berg\u202c\u200b", "Åsa Öberg"),
        ("\ufeff8\u00ad B\r\n", "8 B"),
    ],
    forms.TextField: [
        (f" Hej\r\n\u200bA\u030asa {FAMILY}\r\n", f"Hej\nÅsa {FAMILY}"),
        ("\u202eHej\u202c \u2067\u0633\u2069", "Hej\u202c \u2067\u0633\u2069"),
    ],
    forms.PhoneField: [
        (said, "0701740605")
        for said in (
            "+46 (0)70-174 06 05", "0046701740605", "46701740605",
            "+46070 174 06 05", "070‑174 06 05", "070.174.06.05;",
            "tel:+46-70-174-06-05", "٠٧٠١٧٤٠٦٠٥", "\u202a070-174\u00ad06\u200b05\u202c",
        )
    ],
    forms.EmailField: [
        (said, "elev@exempel.se")
        for said in ("mailto:elev@exempel.se", "Elev <elev@exempel.se>", "elev@exempel.se;",
                     "\ufeffelev@exempel.se\u200b", " elev@EXEMPEL.se, ")
    ],
    forms.CodeField: [(" Armband\u200b 4827 ", "Armband 4827")],
    forms.PinField: [("47 11", "4711"), ("٤٧١١", "4711"), ("47\u200b-11", "4711")],
    forms.TokenField: [(" abc\u200b123\n", "abc123")],
    forms.TimeField: [
        (said, time(16, 20))
        for said in ("16.20", "16:20", "1620", "16:20:00", "kl. 16.20", "١٦:٢٠")
    ],
    forms.DayField: [
        (said, date(2099, 3, 2)) for said in ("2099-03-02", "2/3 2099", "2 mars 2099", "20990302")
    ],
    forms.NumberField: [("30 min", 30), ("٣٠", 30), ("\u200b30", 30)],
}  # fmt: skip
"""Of each kind: what was pasted, and what it says."""


def kind_of(field: Typed) -> type[Typed]:
    return next(kind for kind in type(field).__mro__ if kind in PASTED)


def fields_of(form: Form) -> Iterator[wtforms.Field]:
    for field in form:
        yield from fields_of(field.form) if isinstance(field, FormField) else [field]


def made(kind: type[Form], posted: MultiDict[str, str] | None = None) -> Form:
    return kind(SCHOOL, posted) if kind is KnockForm else kind(posted)


@pytest.fixture(autouse=True)
def _speaking(app: Flask) -> Iterator[None]:  # noqa: F811
    with app.test_request_context():
        yield


FORMS = sorted(set(every_form()), key=lambda kind: f"{kind.__module__}.{kind.__name__}")


@pytest.mark.parametrize("kind", FORMS, ids=lambda kind: kind.__name__)
def test_every_field_says_what_kind_of_thing_is_typed_in_it(kind):
    for field in fields_of(made(kind)):
        assert isinstance(field, (*CHOSEN, *PASTED)), f"{kind.__name__}.{field.name}"


@pytest.mark.parametrize("kind", FORMS, ids=lambda kind: kind.__name__)
def test_what_is_pasted_in_any_field_is_understood(kind):
    names = {f.name: kind_of(f) for f in fields_of(made(kind)) if isinstance(f, Typed)}
    for name, of in names.items():
        for pasted, meant in PASTED[of]:
            form = made(kind, MultiDict({name: pasted}))
            form.validate()
            field = next(f for f in fields_of(form) if f.name == name)
            assert (field.data, field.fault) == (meant, None), f"{kind.__name__}.{name}: {pasted!r}"


@pytest.mark.parametrize("kind", FORMS, ids=lambda kind: kind.__name__)
def test_what_cannot_be_understood_is_given_back_as_it_was_typed(kind):
    for field in fields_of(made(kind)):
        if isinstance(field, (forms.PhoneField, forms.EmailField, forms.TimeField, forms.DayField)):
            form = made(kind, MultiDict({field.name: "☃ 12"}))
            shown = next(f for f in fields_of(form) if f.name == field.name)
            assert shown.fault and shown._value() == "☃ 12"


def test_a_code_of_the_other_kind_is_known_and_where_it_goes_is_said():
    receipt = codes.from_bytes(bytes(range(16)))
    words = receipt.split()
    move = " ".join(words[:3])
    assert codes.kind_of(receipt) is codes.Kind.RECEIPT
    assert codes.kind_of(move) is codes.Kind.MOVE
    for kind in FORMS:
        for field in fields_of(made(kind)):
            if isinstance(field, forms.CodeField):
                wrong = move if field.opens is codes.Kind.RECEIPT else receipt
                form = made(kind, MultiDict({field.name: wrong}))
                assert not form.validate()
                assert "Skriv den under" in form.problems[field.id]
                right = receipt if field.opens is codes.Kind.RECEIPT else move
                form = made(kind, MultiDict({field.name: right}))
                form.validate()
                assert not form[field.name].errors
            elif isinstance(field, forms.EmailField):
                assert made(kind, MultiDict({field.name: receipt}))[field.name].fault


def everything_pasted() -> dict[str, tuple[str, Any]]:
    """A value for each field that any form has."""
    return {
        field.name: PASTED[kind_of(field)][0]
        for kind in FORMS
        for field in fields_of(made(kind))
        if isinstance(field, Typed)
    }


@pytest.fixture
def whole(sqlite_url: str) -> Iterator[Flask]:
    """One with reminders, whose forms need no token."""
    settings = settings_for(
        sqlite_url,
        vapid_keys=[KEY],
        vapid_subject="mailto:drift@exempel.invalid",
        **bankid.settings_of_nobody(),
    )
    made_app = app_for(settings)
    made_app.config["WTF_CSRF_ENABLED"] = False
    with made_app.app_context():
        yield made_app
        db.session.remove()
        db.engine.dispose()


def test_every_form_is_posted_somewhere_and_reads_what_was_pasted(whole, monkeypatch):
    pasted = everything_pasted()
    make = Make()
    posted: set[type[Form]] = set()
    process = wtforms.Form.process

    def checked(self: Any, formdata: Any = None, *args: Any, **others: Any) -> None:
        process(self, formdata, *args, **others)
        if not formdata:
            return
        posted.add(type(self))
        for field in self:
            if isinstance(field, Typed) and field.name in formdata:
                found = (field.data, field.fault)
                assert found == (pasted[field.name][1], None), f"{type(self)}.{field.name}"

    monkeypatch.setattr(Form, "process", checked, raising=False)
    rules = access.rules(whole)
    for rule in whole.url_map.iter_rules():
        if "POST" in (rule.methods or ()):
            _posts_to(whole, make, rule, rules[rule.endpoint].who, pasted)
    nowhere = [
        str(kind)
        for kind in set(FORMS) - posted
        if not any(issubclass(one, kind) for one in posted) and not set(kind.__bases__) <= posted
    ]
    assert not nowhere, "posted nowhere"


def _around_the_school(rule: Any, make: Make, school: School, nurse: Staff) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "consultation_id" in rule.arguments:
        consulted = consultations.ask(school, a_consultation(nurse.profession)).row
        consultations.take(nurse, consulted)
        found["consultation_id"] = consulted.id
    if rule.endpoint.startswith("consents."):
        agreed = asked(found_out(make.home), Role.GUARDIAN_ONE)
        found["token"] = consents.open_door(agreed).token
    if rule.endpoint == "consultations.ask":
        found["token"] = consultation_links.renew(nurse, school).token
    if "organisation_id" in rule.arguments:
        found["organisation_id"] = make.organisation().id
    if "offer_id" in rule.arguments:
        found["offer_id"] = an_offer(nurse).id
    return found


def _posts_to(
    whole: Flask, make: Make, rule: Any, who: Who, pasted: dict[str, tuple[str, Any]]
) -> None:
    school = make.school()
    nurse = make.nurse(school)
    receipt = make.knock(school, wanted=None)
    if who is Who.COORDINATOR:
        nurse.coordinates = True
    if who is Who.LEADER:
        nurse.organisation_id, nurse.leads = make.organisation().id, True
    if who is Who.DISCLOSER:
        duties.name(make.home, Seat(Duty.DISCLOSURE, nurse.wall), nurse, by=OPERATOR)
    device, token = devices.make()
    devices.show(device, receipt.knock, pin_given=False)
    owner: Any = nurse if who in access.NEEDS_SIGN_IN else device
    link = people.make_link(nurse)
    words = Browsers.read(a_browsers_words(len(pasted) + hash(rule.endpoint)))
    browser = reminders.subscribe(
        owner, origin="http://localhost", endpoint=words.endpoint, p256dh=words.p256dh,
        auth=words.auth, key_id=words.key_id,
    )  # fmt: skip
    client = whole.test_client()
    person = Browser(client)
    place = {"REMOTE_ADDR": f"192.0.2.{len(db.session.scalars(select(School)).all())}"}
    values = {"knock_id": receipt.knock.id, "subscription_id": browser.id, "token": link,
              "slug": school.slug, "asker": "pupil", "which": "bron"}  # fmt: skip
    values |= _around_the_school(rule, make, school, nurse)
    address = whole.url_map.bind("localhost").build(
        rule.endpoint, {name: values.get(name, new_id()) for name in rule.arguments}
    )
    db.session.commit()
    whole.extensions["elevhalsa_directory"].clear()  # there is one school more
    if who in access.NEEDS_SIGN_IN:
        signing_in = people.make_link(nurse)
        db.session.commit()
        person.send("POST", f"/logga-in/lank/{signing_in}", environ_overrides=place)
    else:
        client.set_cookie("dorr", token)
    data = {name: said for name, (said, _meant) in pasted.items()}
    answer = person.send(
        "POST",
        f"{address}?skola={school.slug}", data=data | {"form_id": new_id()},
        headers={"Origin": person.base_url},
        environ_overrides=place,
    )  # fmt: skip
    assert answer.status_code < 500, (rule.endpoint, answer.status_code)
