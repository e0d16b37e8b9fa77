"""Plain http is sent to https where the proxy in front says how the visitor came."""

import pytest

from elevhalsa import create_app
from elevhalsa.extensions import db
from elevhalsa.web import access
from elevhalsa.web.access import Who
from tests.conftest import settings_for

HOST = "elevhalsa.exempel.invalid"
PLAIN = {"X-Forwarded-Proto": "http", "X-Forwarded-For": "192.0.2.7"}
SECURE = PLAIN | {"X-Forwarded-Proto": "https"}


@pytest.fixture(params=[1])
def proxied(request, database_url):
    """A client of the app behind ``param`` proxies."""
    settings = settings_for(
        database_url, public_url=f"https://{HOST}", trusted_proxies=request.param
    )
    app = create_app(settings)
    with app.app_context():
        yield app.test_client()
        db.session.remove()
        db.engine.dispose()


def asked(client, method, path, headers, host=HOST):
    return client.open(path, method=method, headers=headers, base_url=f"http://{host}")


def test_every_page_is_sent_to_the_same_address_by_https(proxied):
    rules = access.rules(proxied.application)
    seen = 0
    for rule in proxied.application.url_map.iter_rules():
        method = "GET" if "GET" in rule.methods else "POST"
        path = rule.build(dict.fromkeys(rule.arguments, "x"))[1]
        answer = asked(proxied, method, f"{path}?a=b", PLAIN)
        if rules[rule.endpoint].who is Who.OPERATOR:
            assert answer.status_code != 308, path
        else:
            assert (answer.status_code, answer.location) == (308, f"https://{HOST}{path}?a=b")
            assert not answer.headers.getlist("Set-Cookie")
            seen += 1
    assert seen > 40


def test_a_knock_sent_by_http_is_sent_again_and_stored(proxied, make):
    school = make.school(slug="norra")
    make.nurse(school)
    form = {"skola": "norra", "form_id": "x" * 22, "who": "nurse", "way": "app", "text": "hej"}
    headers = {"Origin": f"http://{HOST}", "Sec-Fetch-Site": "same-origin"}
    answer = proxied.post("/knacka", data=form, headers=PLAIN | headers, base_url=f"http://{HOST}")
    assert answer.status_code == 308  # a browser keeps the method and the body
    headers["Origin"] = f"https://{HOST}"
    answer = proxied.post("/knacka", data=form, headers=SECURE | headers, base_url=f"http://{HOST}")
    assert answer.status_code == 303
    assert "/mitt/" in answer.location


def test_who_came_by_https_stays(proxied):
    answer = asked(proxied, "GET", "/hjalp-nu", SECURE)
    assert answer.status_code == 200
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


def test_a_proxy_that_does_not_say_how_sends_nobody_round_and_round(proxied):
    assert asked(proxied, "GET", "/hjalp-nu", {}).status_code == 200


def test_an_unknown_host_is_nobody_s_by_http_too(proxied):
    assert asked(proxied, "GET", "/hjalp-nu", PLAIN, "nagon.annan.invalid").status_code == 404


@pytest.mark.parametrize("proxied", [0], indirect=True)
def test_what_an_untrusted_proxy_says_is_not_believed(proxied):
    assert asked(proxied, "GET", "/hjalp-nu", PLAIN).status_code == 200
