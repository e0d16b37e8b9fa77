"""From a knock to the letters that staff get, through the real outbox and a real mail server."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask_babel import lazy_gettext
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.ports import Page
from elevhalsa.domain.knocks import asking
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.notices import kinds, outbox
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.kinds import KINDS
from elevhalsa.domain.notices.models import About, Channel, Kind, Notice
from elevhalsa.domain.notices.words import Audience
from elevhalsa.domain.operations import queries
from elevhalsa.domain.people import service as people
from elevhalsa.extensions import db
from tests.domain.knocks.waits import AT_LAST
from tests.factories import Make
from tests.mailbox import Mailbox
from workers import jobs

THURSDAY = datetime(2026, 11, 26, 13, 20, tzinfo=UTC)
FRIDAY_LATER = datetime(2026, 11, 27, 13, 21, tzinfo=UTC)


def look_anew() -> None:
    """End our own transaction, so that we see what the jobs wrote."""
    db.session.rollback()


def letters_left() -> list[Notice]:
    look_anew()
    return list(
        db.session.scalars(
            select(Notice).where(
                Notice.channel == Channel.EMAIL,
                Notice.sent_at.is_(None),
                Notice.given_up_at.is_(None),
            )
        )
    )


def the_letter() -> Notice:
    look_anew()
    return db.session.scalars(select(Notice).where(Notice.channel == Channel.EMAIL)).one()


def test_a_knock_reaches_those_behind_the_wall_by_letter(make: Make, mailbox: Mailbox) -> None:
    school = make.school()
    counsellor = make.counsellor(school)
    make.nurse(school)
    make.knock(school)
    jobs.flush_outbox()
    assert mailbox.receivers == [counsellor.email]
    assert not letters_left()


def test_a_letter_leads_to_the_page_and_says_nothing_else(make: Make, mailbox: Mailbox) -> None:
    school = make.school(name="Hemliga skolan")
    make.counsellor(school)
    knock = make.knock(school, text="Jag orkar inte", name="Ett namn", school_class="sjuan").knock
    jobs.flush_outbox()
    (letter,) = mailbox.letters
    assert letter["Subject"] == "Någon har knackat på"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["From"].addresses[0].addr_spec == "svara-inte@exempel.invalid"
    body = letter.get_content()
    assert f"http://127.0.0.1:8000/personal/arende/{knock.id}" in body
    whole = letter.as_string() + body
    for secret in ("Hemliga", "orkar", "Ett namn", "sjuan", "Exempel 1"):
        assert secret not in whole


def test_every_page_that_a_letter_leads_to_exists(app: Flask) -> None:
    addresses = app.url_map.bind("localhost")
    assert addresses.match("/samordnare/")[0] == "coordinator.index"
    assert addresses.match("/personal/arende/abc")[0] == "inbox.case"
    assert addresses.match("/personal/inkorg")[0] == "inbox.index"
    assert addresses.match("/logga-in/lank/abc")[0] == "signin.link"


def test_a_broken_promise_is_told_to_staff_and_the_coordinator(
    make: Make, mailbox: Mailbox
) -> None:
    make.home.ladder = AT_LAST
    school, elsewhere = make.school(), make.school()
    counsellor, colleague = make.counsellor(school), make.counsellor(elsewhere)
    coordinator = make.coordinator()
    nurse = make.nurse(school)
    with clock.frozen(THURSDAY):
        knock = make.knock(school).knock
        jobs.flush_outbox()
        jobs.sweep()
    assert mailbox.receivers == [counsellor.email]
    with clock.frozen(FRIDAY_LATER):
        jobs.sweep()
        jobs.flush_outbox()
    look_anew()
    assert knock.opened_wide_at
    late = mailbox.letters[1:]
    assert sorted(mailbox.receivers[1:]) == sorted(
        [counsellor.email, colleague.email, coordinator.email]
    )
    assert nurse.email not in mailbox.receivers
    assert {letter["Subject"] for letter in late} == {"En knackning är sen"}
    to_coordinator = next(one for one in late if one["To"] == coordinator.email)
    assert "/samordnare" in to_coordinator.get_content()
    assert knock.id not in to_coordinator.get_content()


def test_sweeping_twice_tells_nobody_twice(make: Make, mailbox: Mailbox) -> None:
    school = make.school()
    make.counsellor(school)
    make.coordinator()
    with clock.frozen(THURSDAY):
        make.knock(school)
    with clock.frozen(FRIDAY_LATER):
        jobs.sweep()
        look_anew()
        before = db.session.query(Notice).count()
        jobs.sweep()
        look_anew()
        assert db.session.query(Notice).count() == before


def test_a_letter_that_the_server_defers_is_sent_a_minute_later(
    make: Make, mailbox: Mailbox
) -> None:
    school = make.school()
    make.counsellor(school)
    mailbox.answer = "451 later"
    with clock.frozen(THURSDAY):
        make.knock(school)
        jobs.flush_outbox()
        assert the_letter().error == "smtp 451"
        mailbox.answer = "250 OK"
        jobs.flush_outbox()
        assert mailbox.attempts == 1
    with clock.frozen(THURSDAY + timedelta(seconds=61)):
        jobs.flush_outbox()
    assert len(mailbox.letters) == 1
    assert the_letter().sent_at


def test_a_letter_to_an_address_that_does_not_exist_is_given_up(
    make: Make, mailbox: Mailbox
) -> None:
    school = make.school()
    make.counsellor(school)
    mailbox.receiver_answer = "550 no such user"
    make.knock(school)
    jobs.flush_outbox()
    letter = the_letter()
    assert letter.given_up_at
    assert letter.error == "smtp 550 recipient"


def test_one_letter_that_cannot_be_sent_keeps_no_other_waiting(
    make: Make, mailbox: Mailbox
) -> None:
    school = make.school()
    make.staff(schools=[school], email="rad\nbrytning@exempel.invalid")
    nurse = make.nurse(school)
    make.knock(school, wanted=nurse.profession)
    jobs.flush_outbox()
    assert mailbox.receivers == [nurse.email]


@pytest.mark.parametrize("how", ["shut out", "the last day has passed"])
def test_somebody_who_has_left_gets_no_letter(make: Make, mailbox: Mailbox, how: str) -> None:
    school = make.school()
    counsellor = make.counsellor(school)
    make.knock(school)
    if how == "shut out":
        counsellor.active = False
    else:
        counsellor.ends_on = clock.today() - timedelta(days=1)
    db.session.commit()
    jobs.flush_outbox()
    assert mailbox.attempts == 0
    assert the_letter().given_up_at


def test_a_letter_is_not_sent_when_it_is_of_no_use(make: Make, mailbox: Mailbox) -> None:
    school = make.school()
    make.counsellor(school)
    with clock.frozen(THURSDAY):
        make.knock(school)
    with clock.frozen(THURSDAY + KINDS[Kind.NEW_KNOCK].useful_for):
        jobs.flush_outbox()
    assert mailbox.attempts == 0
    assert the_letter().error == "too late"


def test_a_notice_that_was_purged_is_no_error(mailbox: Mailbox) -> None:
    jobs.send_notice("no-such-notice")
    assert mailbox.attempts == 0


def test_a_letter_that_was_sent_is_not_sent_again(make: Make, mailbox: Mailbox) -> None:
    school = make.school()
    make.counsellor(school)
    make.knock(school)
    notice_id = the_letter().id
    jobs.send_notice(notice_id)
    jobs.send_notice(notice_id)
    assert mailbox.attempts == 1


def test_a_worker_that_died_leaves_its_letter_to_another(make: Make, mailbox: Mailbox) -> None:
    school = make.school()
    make.counsellor(school)
    with clock.frozen(THURSDAY):
        make.knock(school)
        notice = outbox.claim(the_letter().id)
        db.session.commit()
        assert notice
        jobs.flush_outbox()
        assert mailbox.attempts == 0
    with clock.frozen(THURSDAY + outbox.CLAIM_LASTS):
        jobs.flush_outbox()
    (letter,) = mailbox.letters
    assert letter["Message-ID"] == f"<{notice.id}@127.0.0.1>"


@pytest.mark.parametrize("to", ["professional", "coordinator"])
def test_a_sign_in_link_comes_by_letter_and_lets_in_once(
    make: Make, mailbox: Mailbox, to: str
) -> None:
    staff = make.nurse() if to == "professional" else make.coordinator()
    notices.post(
        Kind.SIGN_IN_LINK,
        [staff],
        cause="sign-in:1",
    )
    db.session.commit()
    jobs.flush_outbox()
    (letter,) = mailbox.letters
    assert f"Inloggningen gäller {staff.municipality.name}." in letter.get_content()
    found = re.search(r"/logga-in/lank/(\S+)", letter.get_content())
    assert found
    assert people.redeem(found[1])
    assert not people.redeem(found[1])


LETTERS = [
    (kind, audience)
    for kind, described in KINDS.items()
    for audience, telling in described.to.items()
    if telling.letter
]


@pytest.mark.parametrize(("kind", "audience"), LETTERS)
def test_every_kind_that_is_told_by_letter_has_its_words(
    make: Make, mailbox: Mailbox, kind: Kind, audience: Audience
) -> None:
    receiver = make.nurse() if audience is Audience.STAFF else make.coordinator()
    notices.post(kind, [receiver], cause="a", about=About.knock("a"))
    db.session.commit()
    jobs.flush_outbox()
    (letter,) = mailbox.letters
    assert letter["Subject"]
    assert "!" not in letter.get_content()


def test_a_kind_is_told_by_what_it_has_words_for_and_by_nothing_else(
    make: Make, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row of the table of kinds is all that a new one takes."""
    words = kinds.Letter(lazy_gettext("Ett ämne"), lazy_gettext("En rad."), Page.INBOX)
    told = {Audience.STAFF: kinds.Telling(letter=words)}
    monkeypatch.setitem(KINDS, Kind.WITHDRAWN, kinds.Description(told))
    notices.post(Kind.WITHDRAWN, [make.nurse()], cause="a")
    db.session.commit()
    assert set(db.session.scalars(select(Notice.channel))) == {Channel.EMAIL}
    jobs.flush_outbox()
    (letter,) = mailbox.letters
    assert letter["Subject"] == "Ett ämne"
    said = letter.get_content().splitlines()
    assert said[:3] == ["En rad.", "", "http://127.0.0.1:8000/personal/inkorg"]


def test_one_who_was_made_coordinator_since_is_told_and_led_to_the_counts(
    make: Make, mailbox: Mailbox
) -> None:
    notices.post(Kind.PUPIL_WROTE, [make.coordinator()], cause="a", about=About.knock("secret"))
    db.session.commit()
    jobs.flush_outbox()
    (letter,) = mailbox.letters
    assert "/samordnare/" in letter.get_content()
    assert "secret" not in letter.get_content()


def test_tidying_forgets_what_nobody_needs(make: Make, mailbox: Mailbox) -> None:
    school = make.school()
    counsellor = make.counsellor(school)
    with clock.frozen(THURSDAY):
        knock = make.knock(school).knock
        jobs.flush_outbox()
        people.make_link(counsellor)
        asking.withdraw(knock, shown=knock.newest)
        db.session.commit()
    db.session.remove()  # nothing is read while it tidies: it would wait for the reader
    with clock.frozen(THURSDAY + timedelta(days=40)):
        jobs.tidy()
        look_anew()
        left = list(db.session.scalars(select(Notice.channel)))
        assert left
        assert set(left) == {Channel.APP}
        assert not db.session.query(people.SignInLink).count()  # type: ignore[attr-defined]
    db.session.remove()
    with clock.frozen(THURSDAY + timedelta(days=181)):
        jobs.tidy()
        look_anew()
        assert not db.session.query(Notice).count()
        assert not db.session.query(Knock).count()


def test_of_many_knocks_two_letters_leave_at_once_and_one_an_hour_later_for_the_rest(
    make: Make, mailbox: Mailbox
) -> None:
    school = make.school()
    make.counsellor(school)
    with clock.frozen(THURSDAY):
        for _number in range(30):
            make.knock(school)
        jobs.flush_outbox()
        jobs.flush_outbox()
        assert len(mailbox.letters) == 2
        assert len(letters_left()) == 1
        assert not queries.mail_waits_seconds(), "what waits to be bundled has not failed"
    with clock.frozen(THURSDAY + timedelta(minutes=59)):
        jobs.flush_outbox()
        assert len(mailbox.letters) == 2
    with clock.frozen(THURSDAY + timedelta(minutes=61)):
        jobs.flush_outbox()
    assert len(mailbox.letters) == 3
    assert "Det gäller fler än en." in mailbox.letters[2].get_content()
    assert "/personal/inkorg" in mailbox.letters[2].get_content()
    assert not letters_left()


def test_two_colleagues_do_not_share_their_letters(make: Make, mailbox: Mailbox) -> None:
    school = make.school()
    one, other = make.counsellor(school), make.counsellor(school)
    with clock.frozen(THURSDAY):
        for _number in range(5):
            make.knock(school)
        jobs.flush_outbox()
    assert sorted(mailbox.receivers) == sorted([one.email] * 2 + [other.email] * 2)
