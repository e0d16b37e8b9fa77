"""A provider of OpenID Connect as we ask it, and every answer that must not be believed."""

import base64
import hashlib
import hmac
import json
import time
from contextlib import suppress

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from elevhalsa.adapters.oidc import NullOidc, OidcClient
from elevhalsa.core import clock
from elevhalsa.core.ports import EidFailed, OidcAsked, OidcGiven
from tests.oidc import ELEVA, asked_in

BACK = "https://exempel.invalid/svar"
ASKED = OidcAsked(BACK, "a-state", "a-nonce", "a-verifier" * 5)


@pytest.fixture
def client(oidc):
    oidc.skola.clock = lambda: clock.now().timestamp()
    return OidcClient()


def comes_back(client, oidc, sub="sub-a", asked=ASKED):
    """Somebody logs in there. What the browser brings."""
    there = asked_in(client.lead(oidc.setting("skolkonto"), asked))
    said = asked_in(oidc.skola.logs_in(there, sub))
    return OidcGiven(said["code"], said.get("iss"))


def redeems(client, oidc, given=None, asked=ASKED, key="skolkonto"):
    given = given or comes_back(client, oidc)
    return client.redeem(oidc.setting(key), asked, given)


def is_refused(client, oidc, code="untrue", **how):
    with pytest.raises(EidFailed) as refused:
        redeems(client, oidc, **how)
    assert refused.value.code == code
    return True


def test_a_whole_login(client, oidc, caplog):
    there = client.lead(oidc.setting("skolkonto"), ASKED)
    asked = asked_in(there)
    assert there.startswith(f"{oidc.skola.issuer}/authorize?")
    assert (asked["response_type"], asked["scope"]) == ("code", "openid profile")
    assert (asked["state"], asked["nonce"]) == ("a-state", "a-nonce")
    assert asked["code_challenge_method"] == "S256"
    assert ASKED.verifier not in there and "hemligt" not in there
    claims = redeems(client, oidc)
    assert claims["sub"] == "sub-a" and claims["family_name"] == ELEVA["family_name"]
    assert caplog.text == ""


def test_what_the_setting_asks_with_besides_is_asked(client, oidc):
    asked = asked_in(client.lead(oidc.setting("annat"), ASKED))
    assert asked["acr_values"] == "loa3" and asked["response_type"] == "code"
    assert asked["prompt"] == "login"  # nobody is let in as whoever was there before
    setting = oidc.setting("annat").model_copy(update={"ask": {"prompt": "select_account"}})
    assert asked_in(client.lead(setting, ASKED))["prompt"] == "select_account"


def test_what_it_says_of_itself_is_asked_once_an_hour(client, oidc):
    for _one in range(3):
        redeems(client, oidc)
    assert oidc.skola.calls.count(".well-known/openid-configuration") == 1
    assert oidc.skola.calls.count("keys") == 1


def test_what_no_id_token_says_is_asked_for_and_must_be_of_the_same_person(
    client, oidc, monkeypatch
):
    oidc.skola.only_userinfo = frozenset({"class"})
    assert redeems(client, oidc)["class"] == ["5 A"]
    monkeypatch.setattr(oidc.skola, "userinfo", lambda _access: {"sub": "sub-b", "class": "x"})
    assert is_refused(client, oidc)


def test_what_must_be_said_of_somebody_may_stand_with_the_rest(client, oidc):
    oidc.annat.only_userinfo = frozenset({"hd"})
    oidc.annat.clock = oidc.skola.clock
    there = asked_in(client.lead(oidc.setting("annat"), ASKED))
    said = asked_in(oidc.annat.logs_in(there, "sub-a"))
    given = OidcGiven(said["code"], said.get("iss"))
    assert redeems(client, oidc, given, key="annat")["hd"] == "skola.invalid"


def test_a_provider_that_has_changed_its_keys_is_believed_and_not_asked_for_ever(client, oidc):
    redeems(client, oidc)
    old = oidc.skola.key
    oidc.skola.key = ECKey.generate_key("P-256", {"kid": "two"})
    try:
        assert is_refused(client, oidc)  # not again so soon
        client._known["skolkonto"].keys_at -= 60
        assert redeems(client, oidc)
        assert oidc.skola.calls.count("keys") == 2
    finally:
        oidc.skola.key = old


def part(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def begins(algorithm: str, said: object) -> str:
    head = {"alg": algorithm, "kid": "one"}
    return f"{part(json.dumps(head).encode())}.{part(json.dumps(said).encode())}"


def with_the_public_key_as_a_secret(oidc):
    """Who has read it can sign with it, if HS256 is believed."""
    pem = oidc.skola.key.as_pem(private=False)

    def sign(said):
        signed = begins("HS256", said)
        return f"{signed}.{part(hmac.digest(pem, signed.encode(), hashlib.sha256))}"

    return sign


def unsigned(_oidc):
    return lambda said: f"{begins('none', said)}."


def with_a_key_of_their_own(oidc):
    mine = ECKey.generate_key("P-256", {"kid": "one"})
    return lambda said: jwt.encode(
        {"alg": "ES256", "kid": "one", "jwk": mine.as_dict(private=False)}, said, mine
    )


def nothing(_oidc):
    return lambda _said: "not.a.token"


@pytest.mark.parametrize(
    "forge", [with_the_public_key_as_a_secret, unsigned, with_a_key_of_their_own, nothing]
)
def test_a_token_that_somebody_else_made_is_not_believed(client, oidc, forge, caplog):
    redeems(client, oidc)
    oidc.skola.signs = forge(oidc)
    assert is_refused(client, oidc)
    assert not any(word in caplog.text for word in ("Exempel", "Elva", "sub-a", "a-nonce"))


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another"},
        {"aud": ["another"]},
        {"aud": None},
        {"iss": "https://exempel.invalid"},
        {"iss": None},
        {"exp": -61},
        {"exp": None},
        {"iat": 120},
        {"iat": -700},
        {"iat": None},
        {"nbf": 120},
        {"nonce": "another"},
        {"nonce": None},
        {"sub": None},
        {"azp": "another"},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_us_now_and_here_is_not_believed(client, oidc, changes):
    now = int(clock.now().timestamp())
    oidc.skola.changes = {
        name: now + value if isinstance(value, int) else value for name, value in changes.items()
    }
    assert is_refused(client, oidc)


def test_a_token_for_several_says_that_we_asked(client, oidc):
    us = oidc.setting("skolkonto").client_id
    oidc.skola.changes = {"aud": [us, "another"]}
    assert is_refused(client, oidc)
    oidc.skola.changes["azp"] = us
    assert redeems(client, oidc)


def test_who_says_that_they_answer_must_be_who_was_asked(client, oidc):
    """RFC 9207: where it is announced it must come, and what comes must be true."""
    code = comes_back(client, oidc).code
    for issuer in (oidc.annat.issuer, "", None):
        assert is_refused(client, oidc, given=OidcGiven(code, issuer))
    assert "token" not in oidc.skola.calls  # the code was given to nobody
    oidc.skola.says_issuer = False
    quiet = OidcClient()
    assert redeems(quiet, oidc, given=OidcGiven(code, None))
    assert is_refused(quiet, oidc, given=OidcGiven(code, oidc.annat.issuer))


def test_a_code_is_good_once_and_only_with_what_was_sent_for_it(client, oidc):
    given = comes_back(client, oidc)
    other = OidcAsked(BACK, "a-state", "a-nonce", "another-verifier" * 3)
    assert is_refused(client, oidc, code="invalid_grant", given=given, asked=other)
    given = comes_back(client, oidc)
    elsewhere = OidcAsked(BACK + "2", "a-state", "a-nonce", ASKED.verifier)
    assert is_refused(client, oidc, code="invalid_grant", given=given, asked=elsewhere)
    given = comes_back(client, oidc)
    redeems(client, oidc, given=given)
    assert is_refused(client, oidc, code="invalid_grant", given=given)


def test_one_that_says_it_is_another_is_not_asked(client, oidc, monkeypatch):
    said = oidc.skola.metadata()
    for wrong in (
        {"issuer": oidc.annat.issuer},
        {"token_endpoint": "http://exempel.invalid/token"},
        {"jwks_uri": None},
        {"authorization_endpoint": "https://[exempel"},
    ):
        monkeypatch.setattr(oidc.skola, "metadata", lambda wrong=wrong: {**said, **wrong})
        with pytest.raises(EidFailed) as refused:
            OidcClient().lead(oidc.setting("skolkonto"), ASKED)
        assert refused.value.code == "untrue"


def test_keys_that_are_none_are_not_believed(client, oidc, monkeypatch):
    secret = {"kty": "oct", "k": "AAAA", "kid": "one"}
    answers: list[object] = [{"keys": []}, {"keys": [secret]}, {}, []]
    for keys in answers:
        monkeypatch.setattr(oidc.skola, "keys", lambda keys=keys: keys)
        with pytest.raises(EidFailed):
            redeems(OidcClient(), oidc)


def test_one_that_is_away_says_so_and_waits_for_nobody(client, oidc):
    oidc.skola.is_away = True
    with pytest.raises(EidFailed) as refused:
        client.lead(oidc.setting("skolkonto"), ASKED)
    assert refused.value.code == "away"
    oidc.skola.is_away = False
    assert client.lead(oidc.setting("skolkonto"), ASKED)


def test_an_answer_without_an_end_or_a_bottom_is_no_answer(client, oidc, monkeypatch):
    monkeypatch.setattr(oidc.skola, "metadata", lambda: {"issuer": "x" * 300_000})
    with pytest.raises(EidFailed) as refused:
        client.lead(oidc.setting("skolkonto"), ASKED)
    assert refused.value.code == "away"
    deep = OidcClient()
    monkeypatch.setattr(deep, "_read", lambda *_asked, **_sent: (200, b"[" * 100_000))
    with pytest.raises(EidFailed) as refused:
        deep.lead(oidc.setting("skolkonto"), ASKED)
    assert refused.value.code == "away"


def test_one_that_drips_is_hung_up_on(client, oidc, monkeypatch):
    monkeypatch.setattr("elevhalsa.adapters.oidc.ANSWER_SECONDS", 0.0)
    with pytest.raises(EidFailed) as refused:
        client.lead(oidc.setting("skolkonto"), ASKED)
    assert refused.value.code == "away"


def test_one_that_is_slow_is_left_alone_for_a_while_and_no_other(client, oidc, monkeypatch):
    monkeypatch.setattr(client._http, "timeout", httpx.Timeout(0.1))
    monkeypatch.setattr(oidc.skola, "metadata", lambda: time.sleep(0.3))
    for _one in range(3):
        with suppress(EidFailed):
            client.lead(oidc.setting("skolkonto"), ASKED)
    assert len(oidc.skola.calls) == 1
    assert client.lead(oidc.setting("annat"), ASKED)


def test_a_secret_that_is_wrong_is_our_own_fault(client, oidc):
    oidc.skola.secrets_of = {oidc.setting("skolkonto").client_id: "another"}
    assert is_refused(client, oidc, code="invalid_client")


def test_where_none_is_set_up_nothing_is_given(oidc):
    for call in (
        lambda: NullOidc().lead(oidc.setting("skolkonto"), ASKED),
        lambda: NullOidc().redeem(oidc.setting("skolkonto"), ASKED, OidcGiven("x", None)),
    ):
        with pytest.raises(EidFailed):
            call()
