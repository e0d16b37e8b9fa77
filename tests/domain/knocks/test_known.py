"""A pupil says who they are, when and to whom they want, and takes it back."""

import pytest
from sqlalchemy import select

from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict, InvalidInput
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.identity import service as logins
from elevhalsa.domain.identity.models import Identity
from elevhalsa.domain.identity.rules import Said
from elevhalsa.domain.identity.words import BANKID, AgeBand
from elevhalsa.domain.knocks import answering, asking, known
from elevhalsa.domain.knocks.words import Outcome, Way
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.extensions import db
from tests.domain.helpers import everything_stored

NAME, NUMBER, TYPED = "Exa Exempelson", "201301012392", "Kalle Anka-Exempel"


def a_login(school, *, number: str = NUMBER, hides: bool = False) -> Identity:
    said = Said(BANKID, "BankID", number, NAME, number, AgeBand.FROM_12)
    identity = logins.note(said, school.municipality_id)
    logins.confirm(identity, hides=hides)
    db.session.flush()
    return identity


def shown(knock) -> str | None:
    """The name that staff see."""
    return knock.identity.name if knock.identity else None


def events(action: Action) -> list[str | None]:
    return list(db.session.scalars(select(AuditEvent.reason).where(AuditEvent.action == action)))


def test_whom_nobody_knows_nobody_is_to_meet_at_school_and_whoever_has_it_hears(make):
    school = make.school()
    me = make.counsellor(school)
    knock = make.knock(school, way=Way.MEET, name=TYPED, safe_times="Vid biblioteket").knock
    answering.take(me, knock)
    known.hide(knock)
    assert (knock.way, knock.safe_times) == (Way.APP, None)
    told = select(Notice.staff_id).where(
        Notice.kind == Kind.CONTACT_CHANGED, Notice.channel == Channel.APP
    )
    assert db.session.scalars(told).all() == [me.id]


def test_a_name_is_told_once_hidden_again_and_nothing_of_it_is_kept_in_the_trace(make):
    school = make.school()
    me, knock = make.counsellor(school), make.knock(school).knock
    answering.take(me, knock)
    for _twice in range(2):
        known.say_name(knock, TYPED, "6B")
    assert (knock.name, knock.school_class) == (TYPED, "6B")
    assert events(Action.BECAME_KNOWN) == [known.TYPED]
    told = select(Notice.staff_id).where(
        Notice.kind == Kind.BECAME_KNOWN, Notice.channel == Channel.APP
    )
    assert db.session.scalars(told).all() == [me.id]
    db.session.commit()
    assert TYPED not in everything_stored()
    for _twice in range(2):
        known.hide(knock)
    assert (knock.name, knock.school_class, knock.hides_identity) == (None, None, False)
    assert events(Action.HIDDEN_AGAIN) == [None]
    with pytest.raises(InvalidInput):
        known.say_name(knock, "", None)


def test_who_hides_the_name_when_knocking_can_show_it_later_and_hide_it_again(make):
    school = make.school()
    knock = asking.knock(school, make.asked(), identity=a_login(school, hides=True)).knock
    assert (shown(knock), knock.login.name, knock.age_band) == (None, NAME, AgeBand.FROM_12)
    known.say_by_eid(knock, None)
    assert shown(knock) == NAME
    known.hide(knock)
    assert (shown(knock), knock.login.name) == (None, NAME)
    assert events(Action.BECAME_KNOWN) == [known.BY_EID]


def test_a_login_is_tied_to_a_knock_that_was_anonymous_and_to_no_other_persons(make):
    school = make.school()
    knock = make.knock(school).knock
    with pytest.raises(Conflict):
        known.say_by_eid(knock, None)
    with pytest.raises(Conflict):
        known.say_by_eid(knock, a_login(make.school(municipality_id=make.municipality().id)))
    known.say_by_eid(knock, a_login(school))
    assert (knock.identity.name, knock.age_band) == (NAME, AgeBand.FROM_12)
    known.hide(knock)
    with pytest.raises(Conflict):  # a guardian with an e-ID of their own
        known.say_by_eid(knock, a_login(school, number="198001012384"))
    assert not known.is_known(knock)
    known.say_by_eid(knock, a_login(school))
    assert knock.identity.name == NAME


def test_what_has_ended_can_be_hidden_but_nobody_is_told_anything_more(make):
    school = make.school()
    me, knock = make.counsellor(school), make.knock(school, name=TYPED).knock
    answering.answer(me, knock, "Hej!", form_id=new_id())
    answering.close(me, knock, Outcome.TALKED, shown=knock.newest)
    with pytest.raises(Conflict):
        known.say_name(knock, NAME, None)
    known.hide(knock)
    assert knock.name is None
