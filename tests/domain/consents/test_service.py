"""Consents as they are kept: asked, given, refused, taken back; and nothing is shared without."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, literal, select

from elevhalsa.core import clock
from elevhalsa.core.errors import Conflict, InvalidInput, NotFound
from elevhalsa.core.walls import Wall
from elevhalsa.domain.about import About, Subject
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.consents import law, queries, service, texts
from elevhalsa.domain.consents.models import Consent, ConsentBasis, ConsentShared
from elevhalsa.domain.consents.rules import MOST_WRONG, OLDEST_LINK_DAYS
from elevhalsa.domain.consents.words import (
    BY_STAFF,
    GUARDIANS,
    Given,
    Law,
    Maturity,
    Offered,
    OneGuardian,
    Reader,
    Role,
    Side,
    State,
    side_of,
)
from elevhalsa.extensions import db
from tests.domain.helpers import at, together

from .helpers import (
    NAMES,
    WHAT,
    a_subject,
    all_say_yes,
    allowed_now,
    asked,
    facts,
    found_out,
    terms,
)

MONDAY = at("2026-11-23 09:30")


def share(basis: ConsentBasis, cause: str = "first") -> bool:
    told, to_whom = "Hela formuläret", "Öppna hjälpen"
    return service.share(basis.about, basis.what, told=told, to_whom=to_whom, cause=cause, by=None)


# --- what is needed -------------------------------------------------------------------------------


def test_who_is_asked_reads_the_paragraphs_of_her_own_agreement_and_not_why_the_other_is_not(make):
    basis = found_out(make.home, one_guardian=OneGuardian.DECIDED, one_note="SN 2026/1 § 2")
    read = [line.key for line in service.shown_to(queries.consent_of(basis, Role.GUARDIAN_ONE))]
    assert read == [
        Law.GUARDIAN_SECRECY, Law.UNASSESSED_CHILD, Law.PSYCHOSOCIAL_SECRECY, Law.NOT_GDPR,
    ]  # fmt: skip
    assert Law.DECIDED in basis.shown_by


def test_each_area_of_secrecy_is_a_side():
    for wall in Wall:
        assert side_of(wall).value == wall.value


def test_nothing_may_be_shared_of_what_nobody_has_found_out(make):
    about = a_subject()
    assert not queries.allows(about, WHAT, clock.now())
    with pytest.raises(Conflict):
        service.share(about, WHAT, told="x", to_whom="y", cause="z", by=None)


def test_whoever_must_agree_is_written_down_with_what_for_and_by_which_paragraph(make):
    basis = found_out(make.home)
    found = {one.role: one for one in queries.consents_of(basis)}
    assert list(found) == [Role.CHILD, Role.GUARDIAN_ONE, Role.GUARDIAN_TWO]
    assert {one.state for one in found.values()} == {State.NEEDED}
    assert all(one.lifts and one.receives for one in found.values())
    assert {Law.OWN_SECRECY, Law.GUARDIAN_SECRECY, Law.UNASSESSED_CHILD} <= set(basis.shown_by)
    assert not allowed_now(basis)


def test_where_nobody_has_to_agree_it_may_be_shared_once_that_is_found_out(make):
    basis = found_out(make.home, age=8, sender=Side.FAMILY, offered=Offered.NONE)
    assert queries.consents_of(basis) == []
    assert allowed_now(basis)


def test_a_ground_for_one_guardian_needs_how_it_is_known(make):
    with pytest.raises(InvalidInput):
        found_out(make.home, one_guardian=OneGuardian.SOLE)
    basis = found_out(make.home, one_guardian=OneGuardian.SOLE, one_note="Enligt skolans register")
    assert [one.role for one in queries.consents_of(basis)] == [Role.CHILD, Role.GUARDIAN_ONE]
    assert basis.one_note == "Enligt skolans register"


@pytest.mark.parametrize(
    "wrong",
    [{"asks": " "}, {"scope": ""}, {"to_whom": "x" * 601}, {"ends_at": at("2020-01-01 12:00")}],
)
def test_terms_that_say_too_little_are_refused(make, wrong):
    with pytest.raises(InvalidInput):
        service.find_out(make.home.id, a_subject(), WHAT, facts(), terms(**wrong), by=None)


def test_what_is_found_out_anew_is_asked_anew(make):
    basis = found_out(make.home)
    all_say_yes(basis)
    assert allowed_now(basis)
    again = service.find_out(
        make.home.id, basis.about, WHAT, facts(maturity=Maturity.NOT_YET), terms(), by=None
    )
    db.session.commit()
    assert not allowed_now(again)
    assert [one.role for one in queries.consents_of(again)] == list(GUARDIANS)
    assert len(queries.all_of(basis.about)) == 5


def test_an_agreement_is_for_one_receiver_and_no_other(make):
    basis = found_out(make.home)
    all_say_yes(basis)
    found_out(make.home, basis.about, what="skola")
    assert allowed_now(basis)
    assert not queries.allows(basis.about, "skola", clock.now())
    assert not queries.allows(About(Subject.JOINT_MEETING, basis.about_id), WHAT, clock.now())


# --- to ask and to answer -------------------------------------------------------------------------


def test_only_when_the_last_has_said_yes_and_is_known_may_it_be_shared(make):
    counsellor, basis = make.counsellor(make.school()), found_out(make.home)
    child, one, two = (asked(basis, role) for role in Role)
    service.give(child, Given.OWN_PAGE)
    service.give(one, Given.LINK)
    service.note_given(counsellor, two, Given.PHONE, name="Vuxen Två")
    assert (child.confirmed_at, two.confirmed_by_id) == (child.answered_at, counsellor.id)
    assert one.confirmed_at is None and not allowed_now(basis)
    service.confirm(counsellor, one)
    service.confirm(counsellor, one)
    assert allowed_now(basis) and one.confirmed_by_id == counsellor.id
    assert share(basis) and not share(basis)
    assert [row.what for row in queries.shared(basis)] == ["Hela formuläret"]


def test_an_own_page_is_the_childs_and_confirms_nobody_else(make):
    basis = found_out(make.home)
    guardian = asked(basis, Role.GUARDIAN_ONE)
    service.give(guardian, Given.OWN_PAGE)
    assert guardian.confirmed_at is None


def test_before_during_and_after_a_withdrawal(make):
    basis = found_out(make.home)
    with pytest.raises(Conflict):
        share(basis, "before")
    child, *_guardians = all_say_yes(basis)
    assert share(basis, "while it held")
    service.take_back(child)
    service.take_back(child)
    assert child.taken_back_at and not allowed_now(basis)
    with pytest.raises(Conflict):
        share(basis, "after")
    assert len(queries.shared(basis)) == 1  # what has been is said as it is
    again = service.ask(None, child, name="Barnet Ett")
    assert again.id != child.id and child.state is State.TAKEN_BACK and not allowed_now(basis)
    service.give(again, Given.OWN_PAGE)
    assert allowed_now(basis) and share(basis, "once more")


def test_one_no_stops_it_and_is_not_turned_round(make):
    basis = found_out(make.home)
    child, *_guardians = (asked(basis, role) for role in Role)
    service.refuse(child, Given.OWN_PAGE)
    service.refuse(child, Given.OWN_PAGE)
    with pytest.raises(Conflict):
        service.give(child, Given.OWN_PAGE)
    with pytest.raises(Conflict):
        service.take_back(child)
    assert not allowed_now(basis)


def test_a_yes_lasts_until_its_time_and_no_longer(make):
    with clock.frozen(MONDAY):
        basis = found_out(make.home)
        all_say_yes(basis)
        db.session.commit()
        assert allowed_now(basis)
        assert service.expire(basis.about) == 0
    with clock.frozen(MONDAY + timedelta(days=90)):
        assert not allowed_now(basis)
        assert service.expire(basis.about) == 3
        assert service.expire(basis.about) == 0
        assert {one.state for one in queries.consents_of(basis)} == {State.EXPIRED}


def test_nobody_is_asked_without_a_name_nor_again_after_a_yes(make):
    basis = found_out(make.home)
    child = queries.consent_of(basis, Role.CHILD)
    with pytest.raises(InvalidInput):
        service.ask(None, child, name=" ")
    asked(basis, Role.CHILD)
    service.give(child, Given.OWN_PAGE)
    with pytest.raises(Conflict):
        service.ask(None, child, name="Barnet Ett")


def test_the_other_guardian_of_a_protected_one_is_never_contacted(make):
    basis = found_out(make.home, protected=True)
    other = queries.consent_of(basis, Role.GUARDIAN_TWO)
    with pytest.raises(Conflict):
        service.ask(None, other, name="Vuxen Två")
    nurse = make.nurse(make.school())
    for deed in (
        lambda: service.open_door(other),
        lambda: service.note_given(nurse, other, Given.PHONE, name="Vuxen Två"),
        lambda: service.note_refused(nurse, other, Given.PHONE, name="Vuxen Två"),
        lambda: service.confirm(nurse, other),
        lambda: service.give(other, Given.LINK),
    ):
        with pytest.raises(Conflict, match="kontaktar vi inte"):
            deed()
    assert other.state is State.NEEDED


def test_when_somebody_else_is_asked_what_the_one_before_was_given_opens_nothing(make):
    basis = found_out(make.home)
    one = asked(basis, Role.GUARDIAN_ONE)
    door = service.open_door(one)
    asked(basis, Role.GUARDIAN_ONE)  # by the same name again
    assert service.behind(door.token) is one
    service.ask(None, one, name="Vuxen Tre")
    with pytest.raises(NotFound):
        service.behind(door.token)
    assert not service.is_right(one, door.code)


def test_what_was_answered_by_a_link_holds_once_it_is_said_on_paper_or_by_phone(make):
    nurse, basis = make.nurse(make.school()), found_out(make.home)
    one = asked(basis, Role.GUARDIAN_ONE)
    service.give(one, Given.LINK)
    assert one.confirmed_at is None
    service.note_given(nurse, one, Given.PAPER, name=NAMES[Role.GUARDIAN_ONE])
    assert (one.given, one.noted_by_id, one.confirmed_by_id) == (Given.PAPER, nurse.id, nurse.id)
    assert one.confirmed_at is not None


def test_of_two_who_find_out_anew_at_once_one_basis_holds(app, make):
    basis = found_out(make.home)
    place, about = make.home.id, basis.about
    db.session.commit()

    def anew(meet):
        assert queries.basis_of(about, WHAT)
        meet()
        return service.find_out(place, about, WHAT, facts(), terms(), by=None).number

    done = together(app, anew, anew)
    holding = select(func.count()).where(
        ConsentBasis.about_id == about.id, ConsentBasis.replaced_at.is_(None)
    )
    assert db.session.scalar(holding) == 1
    assert all(isinstance(one, int | Conflict) for one in done)


def test_what_is_noted_by_staff_says_who_noted_it(make):
    nurse, basis = make.nurse(make.school()), found_out(make.home)
    for role, way in zip((Role.GUARDIAN_ONE, Role.GUARDIAN_TWO), BY_STAFF, strict=True):
        consent = queries.consent_of(basis, role)
        with pytest.raises(InvalidInput):
            service.note_given(nurse, consent, Given.LINK, name="Vuxen Ett")
        service.note_given(nurse, consent, way, name="Vuxen Ett")
        assert (consent.noted_by_id, consent.given, consent.name) == (nurse.id, way, "Vuxen Ett")
        assert consent.text_id  # what was read out
    child = queries.consent_of(basis, Role.CHILD)
    service.note_refused(nurse, child, Given.PHONE, name="Barnet Ett")
    assert child.state is State.REFUSED


def test_somebody_would_rather_be_called_first(make):
    basis = found_out(make.home)
    one = asked(basis, Role.GUARDIAN_ONE)
    service.call_me(one)
    assert one.call_me_at and one.state is State.ASKED
    service.give(one, Given.EID)
    assert one.call_me_at is None
    with pytest.raises(Conflict):
        service.call_me(one)


def test_the_subject_hears_of_each_answer(make):
    heard: list[tuple[Role, State]] = []
    kind = Subject.JOINT_MEETING
    service.tell(kind, lambda consent: heard.append((consent.role, consent.state)))
    try:
        basis = found_out(make.home, About(kind, a_subject().id))
        child, *_others = all_say_yes(basis)
        service.take_back(child)
        service.tell(kind, None)
        service.ask(None, child, name="Barnet Ett")
    finally:
        service.tell(kind, None)
    assert heard == [(role, State.GIVEN) for role in Role] + [(Role.CHILD, State.TAKEN_BACK)]


# --- without consent ------------------------------------------------------------------------------


def test_what_is_needed_for_a_child_may_be_told_without_once_somebody_says_why(make):
    nurse = make.nurse(make.school())
    basis = found_out(make.home, sender=Side.MEDICAL, offered=Offered.NONE, age=9)
    assert not allowed_now(basis)
    with pytest.raises(InvalidInput):
        service.note_without(nurse, basis, " ")
    service.note_without(nurse, basis, "Barnet behöver stöd nu.")
    assert allowed_now(basis) and share(basis)
    assert queries.shared(basis)[0].without_law is Law.MEDICAL_NEEDED
    effort = found_out(make.home, age=9, sender=Side.MEDICAL)
    service.note_without(nurse, effort, "Barnet behöver stöd nu.")
    assert not allowed_now(effort)


def test_the_counsellor_has_no_such_paragraph(make):
    counsellor, basis = make.counsellor(make.school()), found_out(make.home, age=9)
    with pytest.raises(Conflict):
        service.note_without(counsellor, basis, "Barnet behöver stöd nu.")


# --- the link -------------------------------------------------------------------------------------


def test_a_link_and_its_code_lead_to_one_persons_page_and_a_new_one_ends_the_old(make):
    basis = found_out(make.home)
    one = asked(basis, Role.GUARDIAN_ONE)
    first, second = service.open_door(one), service.open_door(one)
    db.session.commit()
    assert service.behind(second.token).id == one.id
    with pytest.raises(NotFound):
        service.behind(first.token)
    for code in (second.code, second.code.replace(" ", "")):
        assert service.is_right(one, code)
    assert not service.is_right(one, first.code)
    assert first.code not in repr(first) and first.token not in repr(first)


def test_nobody_has_a_link_who_was_not_asked_or_said_no(make):
    basis = found_out(make.home)
    one = queries.consent_of(basis, Role.GUARDIAN_ONE)
    with pytest.raises(Conflict):
        service.open_door(one)
    asked(basis, Role.GUARDIAN_ONE)
    service.refuse(one, Given.LINK)
    with pytest.raises(Conflict):
        service.open_door(one)


def test_after_some_wrong_codes_the_link_opens_nothing(make):
    one = asked(found_out(make.home), Role.GUARDIAN_ONE)
    door = service.open_door(one)
    for _time in range(MOST_WRONG):
        assert not service.is_right(one, "0000 0000" if door.code != "0000 0000" else "1")
    assert not service.is_right(one, door.code)
    with pytest.raises(NotFound):
        service.behind(door.token)


def test_a_link_waits_two_weeks_for_its_answer_and_then_stays_to_take_it_back(make):
    with clock.frozen(MONDAY):
        basis = found_out(make.home)
        one, two = asked(basis, Role.GUARDIAN_ONE), asked(basis, Role.GUARDIAN_TWO)
        door, other = service.open_door(one), service.open_door(two)
        service.give(one, Given.LINK)
        db.session.commit()
    with clock.frozen(MONDAY + timedelta(days=OLDEST_LINK_DAYS)):
        assert service.behind(door.token).id == one.id
        with pytest.raises(NotFound):
            service.behind(other.token)
    with clock.frozen(MONDAY + timedelta(days=90)), pytest.raises(NotFound):
        service.behind(door.token)


@pytest.mark.parametrize("ended", [service.end, service.forget])
def test_when_the_subject_has_ended_no_link_leads_anywhere(make, ended):
    basis = found_out(make.home)
    door = service.open_door(asked(basis, Role.GUARDIAN_ONE))
    ended(basis.about)
    db.session.commit()
    with pytest.raises(NotFound):
        service.behind(door.token)


# --- what is kept ---------------------------------------------------------------------------------


def test_what_was_shown_can_be_shown_again_whatever_is_published_since(make):
    coordinator, basis = make.coordinator(), found_out(make.home)
    one = asked(basis, Role.GUARDIAN_ONE)
    assert texts.publish(coordinator, Reader.GUARDIAN, "Ny text.\n\nTill dig.")
    assert not texts.publish(coordinator, Reader.GUARDIAN, "Ny text.\r\n\r\nTill dig.")
    two = asked(basis, Role.GUARDIAN_TWO)
    db.session.commit()
    assert (one.text.body, one.text.number) == (texts.shipped(Reader.GUARDIAN), 1)
    assert (texts.paragraphs(two.text.body), two.text.number) == (["Ny text.", "Till dig."], 2)
    service.give(one, Given.LINK)
    assert one.text.number == 1
    assert len({row.mark for row in texts.versions(make.home.id, Reader.GUARDIAN)}) == 2
    assert texts.versions(make.municipality().id, Reader.GUARDIAN) == []


@pytest.mark.parametrize("body", ["", " \n\n ", "x" * 3001])
def test_a_text_that_says_nothing_or_too_much_is_not_published(make, body):
    with pytest.raises(InvalidInput):
        texts.publish(make.coordinator(), Reader.GUARDIAN, body)


def test_a_municipality_says_a_paragraph_in_its_own_way_and_no_other_does(make):
    coordinator, elsewhere = make.coordinator(), make.municipality()
    law.say(coordinator, "oprovad", "Vi frågar alltid er hemma.")
    law.say(coordinator, "oprovad", "Vi frågar er alltid.")
    (mine,) = law.of(make.home.id, [Law.UNASSESSED_CHILD])
    assert (mine.says, mine.is_own) == ("Vi frågar er alltid.", True)
    assert not law.of(elsewhere.id, [Law.UNASSESSED_CHILD])[0].is_own
    law.say(coordinator, "oprovad", " ")
    assert not law.of(make.home.id, [Law.UNASSESSED_CHILD])[0].is_own
    with pytest.raises(NotFound):
        law.say(coordinator, "nej", "Nej")


def test_each_step_leaves_its_trace_and_never_a_name(make):
    nurse = make.nurse(make.school())
    basis = found_out(make.home)
    child, one, _two = all_say_yes(basis)
    share(basis)
    service.take_back(child, noted_by=nurse)
    db.session.commit()
    events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [event.action for event in events if event.action.startswith("consent")] == [
        Action.CONSENT_FOUND, *[Action.CONSENT_ASKED] * 3, *[Action.CONSENT_GIVEN] * 3,
        Action.CONSENT_SHARED, Action.CONSENT_TAKEN_BACK,
    ]  # fmt: skip
    assert events[-1].staff_id == nurse.id and events[-1].reason == "child"
    assert (events[-1].about_kind, events[-1].about_id) == (basis.about_kind, basis.about_id)
    assert all(one.name not in (event.reason or "") for event in events)


def test_all_of_it_goes_with_its_subject_and_with_no_other(make):
    basis, other = found_out(make.home), found_out(make.home)
    all_say_yes(basis)
    share(basis)
    db.session.commit()
    assert service.forget(basis.about) == 1
    db.session.commit()
    for table, left in ((ConsentBasis, 1), (Consent, 3), (ConsentShared, 0)):
        assert db.session.scalar(select(func.count()).select_from(table)) == left
    assert queries.basis_of(other.about, WHAT)


# --- the list says what the page says -------------------------------------------------------------

steps = st.lists(
    st.tuples(
        st.sampled_from(("ask", "give", "sure", "refuse", "back", "without", "anew", "later")),
        st.sampled_from(Role),
    ),
    max_size=12,
)


def step(make_home, nurse, basis: ConsentBasis, what: str, role: Role) -> ConsentBasis:
    consent = queries.consent_of(basis, role)
    try:
        if what == "anew":
            return found_out(make_home, basis.about, age=basis.age, sender=basis.sender,
                             offered=basis.offered)  # fmt: skip
        if what == "without":
            service.note_without(nurse, basis, "Det behövs nu.")
        elif consent is None:
            return basis
        elif what == "ask":
            service.ask(None, consent, name="Någon")
        elif what in ("give", "sure"):
            service.give(consent, Given.LINK if what == "give" else Given.EID)
        elif what == "refuse":
            service.refuse(consent, Given.LINK)
        elif what == "back":
            service.take_back(consent)
    except Conflict:
        pass
    return basis


@pytest.fixture
def nurse(make):
    return make.nurse(make.school())


@settings(
    max_examples=settings.default.max_examples // 4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.sampled_from((7, 13, 16, 18)),
    st.sampled_from((Side.MEDICAL, Side.PSYCHOSOCIAL, Side.FAMILY)),
    st.sampled_from(Offered),
    steps,
    st.integers(-1, 91),
)
def test_a_list_allows_what_the_one_function_allows(make, nurse, age, sender, offered, path, days):
    basis = found_out(make.home, age=age, sender=sender, offered=offered)
    for what, role in path:
        basis = step(make.home, nurse, basis, what, role)
    db.session.flush()
    now = clock.now() + timedelta(days=days)
    here, there = basis.about, a_subject()
    for about, key in ((here, WHAT), (here, "annat"), (there, WHAT)):
        condition = queries.allowed(about.kind, literal(about.id), key, now)
        in_list = db.session.scalar(select(literal(1)).where(condition)) is not None
        assert in_list is queries.allows(about, key, now), (path, key)
    assert not queries.allows(there, WHAT, now)
