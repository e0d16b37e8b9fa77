"""No field that is missing, empty, far too long or full of odd characters is a fault of ours.

Every address that can be posted to, from the app's own map, with every field that it takes.
"""

import json

import pytest
from flask import Flask

from elevhalsa import create_app
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.knocks import answering
from elevhalsa.domain.people import service as people
from elevhalsa.extensions import db
from elevhalsa.web import access, kept
from tests.conftest import settings_for
from tests.pages.browser import Browser

HERE = {"Origin": "http://localhost"}
ODD = {
    "empty": "",
    "too long": "å" * 6000,
    "a NUL": "a\0b",
    "half a pair": "%ED%A0%80",
    "digits of another script": "٠٧٠١٧٤٠٦٠٥",
    "a direction": "\u202e\u2066x",
    "lines": "a\r\n\r\nb",
}
OF_A_DATABASE = ("too long", "a NUL", "half a pair", "digits of another script")
"""What the one refuses and the other does not. The rest is the form's, and tried on one of them."""
JSON = ["{}", "[]", "null", "1", '"\\ud800"', '{"endpoint":"\\ud800"}', '{"endpoint":"\\u0000"}',
        '{"endpoint":1,"before":{}}', "{", "", '{"endpoint":"x","keys":[],"key_id":null}',
        '{"endpoint":"https://x.invalid/\\ud800","keys":{"p256dh":"\\u0000","auth":"x"},"key_id":"x"}',
        ]  # fmt: skip


def an_app() -> Flask:
    return create_app(settings_for("sqlite:////nowhere/x.db"))


def posted(app: Flask) -> list[str]:
    return sorted(
        {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    )


POSTED = posted(an_app())
LEAVES = {"signin.out", "signin.revoke", "mine.forget", "mine.leave", "mine.withdraw"}
"""What ends the person's stay: sent last."""


@pytest.fixture
def browsers(app: Flask, make) -> tuple[Browser, Browser, dict[str, str]]:
    """A pupil who knows a knock, somebody of staff who has it, and what addresses want."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.config["RATELIMIT_ENABLED"] = False
    school = make.school(slug="norrskogen")
    receipt = make.knock(school)
    me = make.counsellor(school)
    pupil, staff = Browser(app.test_client()), Browser(app.test_client())
    staff.arrives_as(me)
    answering.take(me, db.session.merge(receipt.knock))
    db.session.commit()
    pupil.get("/mitt/kod")
    pupil.submit("/mitt/kod", code=receipt.code)
    token = people.make_link(me)
    db.session.commit()
    ids = {name: "x" for rule in app.url_map.iter_rules() for name in rule.arguments}
    return pupil, staff, ids | {"knock_id": receipt.knock.id, "token": token}


def test_no_field_is_a_fault(app, browsers):
    pupil, staff, values = browsers
    routes = app.url_map.bind("localhost")
    rules = access.rules(app)
    faults = []
    for endpoint in sorted(POSTED, key=lambda name: name in LEAVES):
        rule = rules[endpoint]
        who = staff if rule.who in access.NEEDS_SIGN_IN else pupil
        address = routes.build(endpoint, values, method="POST").partition("?")[0]
        fields = list(kept.kinds(rule.takes)) if rule.takes else ["diskret"]
        fine = {"form_id": new_id(), "text": "Hej", "way": "app", "who": "any", "pin": "2580"}
        full = {name: fine.get(name, "1") for name in fields}
        is_all = db.engine.dialect.name == "sqlite"
        odd = [ODD[name] for name in (ODD if is_all else OF_A_DATABASE)]
        tries = [{**full, name: value} for name in fields for value in odd]
        if is_all:
            tries += [{}, *({k: v for k, v in full.items() if k != name} for name in fields)]
        for tried in tries:
            answer = who.send("POST", address, data={**tried, "skola": "norrskogen"}, headers=HERE)
            if answer.status_code >= 500:
                faults.append((endpoint, tried))
    assert not faults


@pytest.mark.parametrize("body", JSON)
def test_no_json_is_a_fault(app, browsers, body):
    pupil, staff, values = browsers
    routes = app.url_map.bind("localhost")
    for endpoint in POSTED:
        if endpoint.startswith("push."):
            address = routes.build(endpoint, values, method="POST").partition("?")[0]
            for who in (pupil, staff):
                answer = who.send(
                    "POST", address, data=body, headers=HERE, content_type="application/json"
                )
                assert answer.status_code < 500, (endpoint, body)


def test_every_view_that_reads_a_form_says_which(app):
    """So that whoever adds a page cannot forget what may be given back."""
    import inspect

    for endpoint, rule in access.rules(app).items():
        source = inspect.getsource(inspect.unwrap(app.view_functions[endpoint]))
        if "Form(request.form)" in source:
            assert rule.takes, endpoint


@pytest.mark.parametrize("payload", ["\ud800", "\0", ["\udfff"], {"\ud800": 1}])
def test_what_cannot_be_written_down_is_no_json(payload):
    from elevhalsa.web.incoming import is_writable

    assert not is_writable(json.loads(json.dumps(payload)))
    assert is_writable({"endpoint": "https://exempel.invalid/å", "more": [1, None, "😀"]})
