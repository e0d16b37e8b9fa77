"""A key opens what is its owner's, once for each question, and nothing that an attacker makes of it
does."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from elevhalsa.core import clock
from elevhalsa.core.errors import InvalidInput, NotFound
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.people import passkeys, queries, service, staffing, tidy
from elevhalsa.domain.people.models import Passkey, SpentChallenge, Staff, StaffSession
from elevhalsa.domain.people.passkeys import Asker, KeyRefused, Use
from elevhalsa.domain.people.words import SignIn
from elevhalsa.extensions import db
from tests.authenticator import PRESENT, Authenticator
from tests.domain.helpers import at, everything_stored, together

MONDAY = at("2026-11-23 09:30")
HERE = Asker("localhost", "http://localhost", "this browser")


def hosts(_place: object) -> set[str]:
    return {HERE.host}


def session_of(staff: Staff, way: SignIn = SignIn.LINK) -> StaffSession:
    found = service.live_session(service.begin(staff, way))
    assert found
    return found


def makes(staff: Staff, device: Authenticator, name: str = "Mobilen") -> Passkey:
    session = session_of(staff)
    asker = replace(HERE, browser=session.id)
    answer = device.create(passkeys.ask_new(staff, asker, rp_name="Elevhälsa"))
    return passkeys.add(session, asker, answer, name=name)


def signs_in(device: Authenticator, **lies: Any) -> Staff:
    answer = device.get(passkeys.ask(Use.SIGN_IN, HERE), **lies)
    return live(passkeys.sign_in(HERE, answer, hosts)).staff


def live(token: str) -> StaffSession:
    found = service.live_session(token)
    assert found
    return found


def events() -> list[tuple[str, str | None]]:
    return [(e.action, e.reason) for e in db.session.scalars(select(AuditEvent))]


@pytest.fixture
def nurse(make) -> Staff:
    return make.nurse(make.school())


def test_a_nurse_makes_a_key_and_signs_in_with_nothing_but_it(app, nurse):
    device = Authenticator()
    with clock.frozen(MONDAY):
        key = makes(nurse, device)
        assert key.last_used_at is None
    with clock.frozen(MONDAY + timedelta(days=1)):
        assert signs_in(device).id == nurse.id
        assert key.last_used_at == clock.now()
        assert key.sign_count == 1
    assert events() == [
        (Action.SIGNED_IN, "link"), (Action.KEY_ADDED, None), (Action.SIGNED_IN, "passkey"),
    ]  # fmt: skip
    assert key.name not in str(everything_stored())


def test_what_the_browser_is_asked_wants_a_key_that_is_found_and_that_checks_the_person(app, nurse):
    makes(nurse, Authenticator())
    new = json.loads(passkeys.ask_new(nurse, HERE, rp_name="Elevhälsa"))
    wants = new["authenticatorSelection"]
    assert (wants["residentKey"], wants["userVerification"]) == ("required", "required")
    assert len(new["excludeCredentials"]) == 1
    asked = json.loads(passkeys.ask(Use.SIGN_IN, HERE))
    assert asked["userVerification"] == "required"
    assert not asked.get("allowCredentials")  # nobody is told whose keys there are


ATTACKS: dict[str, dict[str, Any]] = {
    "nobody was checked": {"flags": PRESENT},
    "nobody was there": {"flags": 0},
    "of another host": {"host": "annan.invalid"},
    "of the host's parent": {"host": "host"},
    "on another site's page": {"origin": "http://annan.invalid"},
    "on another port": {"origin": "http://localhost:8001"},
    "in a frame of another's page": {"cross_origin": True},
    "a key that is being made": {"type": "webauthn.create"},
    "a question of the attacker's own": {"challenge": bytes_to_base64url(b"0" * 83)},
    "no question": {"challenge": ""},
    "another person's name": {"handle": b"somebody else"},
    "nobody's name": {"handle": None},
}


def test_no_answer_that_is_made_up_opens_anything(app, nurse, make):
    device, others = Authenticator(counts=False), Authenticator(counts=False)
    with clock.frozen(MONDAY):
        makes(nurse, device)
        colleague = make.nurse(make.school())
        makes(colleague, others)
        db.session.commit()
        begun = db.session.query(StaffSession).count()
        theirs = others.credentials[0]
        for what, lies in (ATTACKS | {"signed with another's": {"signed_by": theirs}}).items():
            with pytest.raises(KeyRefused):
                pytest.fail(f"{what}: {signs_in(device, **lies).id}")
            db.session.rollback()
        nul = json.dumps({"id": "\0"})
        for nonsense in ("", "{}", "[]", "null", "{" * 9000, nul, "x" * 30_000):
            with pytest.raises(KeyRefused):
                passkeys.sign_in(HERE, nonsense, hosts)
            db.session.rollback()
        assert db.session.query(StaffSession).count() == begun
        assert signs_in(device).id == nurse.id  # it is not the key that was wrong


def test_an_answer_of_which_anything_was_changed_on_its_way_opens_nothing(app, nurse):
    device = Authenticator(counts=False)
    makes(nurse, device)
    answer = json.loads(device.get(passkeys.ask(Use.SIGN_IN, HERE)))
    db.session.commit()
    for part, said in answer["response"].items():
        given = base64url_to_bytes(said)
        for place in (0, len(given) // 2, len(given) - 1):
            other = bytes(byte ^ (number == place) for number, byte in enumerate(given))
            response = answer["response"] | {part: bytes_to_base64url(other)}
            with pytest.raises(KeyRefused):
                passkeys.sign_in(HERE, json.dumps(answer | {"response": response}), hosts)
            db.session.rollback()
    assert passkeys.sign_in(HERE, json.dumps(answer), hosts)


def test_an_answer_is_good_once_in_its_browser_for_what_it_was_asked_for_and_for_five_minutes(
    app, nurse
):
    device = Authenticator(counts=False)
    with clock.frozen(MONDAY):
        makes(nurse, device)
        answer = device.get(passkeys.ask(Use.SIGN_IN, HERE))
        with pytest.raises(KeyRefused):
            passkeys.sign_in(replace(HERE, browser="another"), answer, hosts)
        with pytest.raises(KeyRefused):
            passkeys.confirm(session_of(nurse), HERE, answer)
        passkeys.sign_in(HERE, answer, hosts)
        db.session.commit()
        with pytest.raises(KeyRefused):
            passkeys.sign_in(HERE, answer, hosts)
        late = device.get(passkeys.ask(Use.SIGN_IN, HERE))
        db.session.commit()
    assert db.session.query(SpentChallenge).count() == 2  # one made the key
    with clock.frozen(MONDAY + timedelta(minutes=5)), pytest.raises(KeyRefused):
        passkeys.sign_in(HERE, late, hosts)
    with clock.frozen(MONDAY + timedelta(days=2)):
        tidy.forget_expired()
    assert db.session.query(SpentChallenge).count() == 0


def test_a_key_that_has_been_copied_is_refused_and_that_is_noted(app, nurse):
    device = Authenticator()
    key = makes(nurse, device)
    signs_in(device, count=5)
    for count in (5, 4, 0):
        with pytest.raises(KeyRefused) as refused:
            signs_in(device, count=count)
        assert refused.value.noted
    assert [action for action, _reason in events()].count(Action.KEY_REFUSED) == 3
    assert key.sign_count == 5
    assert signs_in(device, count=6).id == nurse.id


def test_of_two_who_send_the_same_answer_at_once_one_gets_in(app, nurse):
    device = Authenticator(counts=False)
    makes(nurse, device)
    answer = device.get(passkeys.ask(Use.SIGN_IN, HERE))
    db.session.commit()

    def sends(meet):
        meet()
        return passkeys.sign_in(HERE, answer, hosts)

    results = together(app, sends, sends)
    assert sorted(type(one).__name__ for one in results) == ["KeyRefused", "str"]


def test_nobody_confirms_with_a_colleagues_key(app, nurse, make):
    with clock.frozen(MONDAY):
        mine, theirs = Authenticator(), Authenticator()
        colleague = make.nurse(make.school())
        makes(nurse, mine)
        makes(colleague, theirs)
        session = session_of(nurse)
        asker = replace(HERE, browser=session.id)
        assert not passkeys.is_confirmed(session)
        with pytest.raises(KeyRefused):
            passkeys.confirm(session, asker, theirs.get(passkeys.ask(Use.CONFIRM, asker)))
        assert not passkeys.is_confirmed(session)
        passkeys.confirm(session, asker, mine.get(passkeys.ask(Use.CONFIRM, asker, nurse)))
        assert passkeys.is_confirmed(session)
    with clock.frozen(MONDAY + timedelta(minutes=4, seconds=59)):
        assert passkeys.is_confirmed(session)
    with clock.frozen(MONDAY + timedelta(minutes=5)):
        assert not passkeys.is_confirmed(session)
    with clock.frozen(MONDAY - timedelta(minutes=1)):  # a clock that was set back
        assert not passkeys.is_confirmed(session)


def test_a_key_is_made_only_by_who_was_asked_and_belongs_to_one(app, nurse, make):
    device = Authenticator()
    key = makes(nurse, device)
    colleague = session_of(make.nurse(make.school()))
    asker = replace(HERE, browser=colleague.id)
    question = passkeys.ask_new(colleague.staff, asker, rp_name="Elevhälsa")
    theirs = passkeys.ask_new(nurse, replace(HERE, browser="hers"), rp_name="Elevhälsa")
    db.session.commit()
    for lies in ({"flags": PRESENT}, {"host": "annan.invalid"}, {"origin": "https://localhost"}):
        with pytest.raises(KeyRefused):
            passkeys.add(colleague, asker, Authenticator().create(question, **lies), name="x")
        db.session.rollback()
    with pytest.raises(KeyRefused):  # an answer to the nurse's question
        passkeys.add(colleague, asker, device.create(theirs), name="x")
    db.session.rollback()
    assert queries.keys_of(colleague.staff) == []
    with pytest.raises(NotFound):
        passkeys.of(colleague.staff, key.id)


def test_a_person_has_so_many_keys_and_no_more(app, nurse):
    for _number in range(passkeys.MOST_KEYS):
        makes(nurse, Authenticator())
    with pytest.raises(InvalidInput, match="många nycklar"):
        makes(nurse, Authenticator())


def test_with_a_key_a_link_alone_opens_nothing_and_without_it_does_again(app, nurse):
    device = Authenticator()
    key = makes(nurse, device)
    link = service.make_link(nurse)
    assert service.redeem(link) is None
    assert service.redeem(link, at={"localhost", "annan.invalid"}) is None
    passkeys.remove(key)
    assert service.redeem(link)


def test_a_key_of_a_host_that_the_municipality_has_left_shuts_nobody_out(app, nurse):
    makes(nurse, Authenticator())
    link = service.make_link(nurse)
    assert service.redeem(link, at={"elevhalsa.exempel.invalid"})


def test_a_key_opens_nothing_where_its_owners_municipality_is_not_reached(app, nurse):
    device = Authenticator()
    makes(nurse, device)
    with pytest.raises(KeyRefused):
        passkeys.sign_in(
            HERE, device.get(passkeys.ask(Use.SIGN_IN, HERE)), lambda _place: {"annan.invalid"}
        )


def test_who_has_left_is_not_let_in_by_a_key_even_when_they_come_back(app, nurse):
    device = Authenticator()
    makes(nurse, device)
    staffing.deactivate(nurse)
    nurse.active = True
    with pytest.raises(KeyRefused):
        signs_in(device)
    assert events()[-1][0] != Action.SIGNED_IN
