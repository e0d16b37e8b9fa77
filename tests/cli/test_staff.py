"""Letting people in and out."""

from datetime import timedelta

from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.walls import Profession
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import answering
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import State
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.domain.people import service as people
from elevhalsa.domain.people.models import Staff, hash_email
from elevhalsa.extensions import db
from elevhalsa.work import ActorKind
from tests.authenticator import a_key
from tests.factories import Make

from .conftest import Run


def token_in(output: str) -> str:
    return output.strip().rpartition("/")[2]


def test_an_invited_nurse_gets_in_once(run: Run, make: Make) -> None:
    nurse = make.nurse(make.school())
    output = run("staff", "invite", nurse.email.upper()).output
    assert output.startswith("http://127.0.0.1:8000/logga-in/lank/")
    assert people.redeem(token_in(output))
    assert people.redeem(token_in(output)) is None


def test_nobody_is_invited_under_an_unknown_address_or_after_leaving(run: Run, make: Make) -> None:
    assert "Ingen i personalen" in run("staff", "invite", "x@exempel.se", exit=1).output
    gone = make.staff(active=False)
    assert "har slutat" in run("staff", "invite", gone.email, exit=1).output


def test_a_mailed_invitation_waits_for_the_worker_and_shows_no_link(run: Run, make: Make) -> None:
    nurse = make.nurse(make.school())
    assert "MAIL_URL" in run("staff", "invite", nurse.email, "--mail", exit=1).output
    settings = _mail_is_set()
    try:
        output = run("staff", "invite", nurse.email, "--mail").output
    finally:
        settings.mail_url = None
    assert "logga-in" not in output
    notice = db.session.scalars(select(Notice)).one()
    assert (notice.kind, notice.channel) == (Kind.SIGN_IN_LINK, Channel.EMAIL)
    assert notice.staff_id == nurse.id
    assert notice.useful_until is not None
    assert notice.useful_until <= clock.now() + people.LINK_LIFE


def test_everybody_who_was_never_invited_gets_a_letter_one_after_the_other(
    run: Run, make: Make
) -> None:
    school = make.school()
    invited, here, there = make.nurse(school), make.nurse(school), make.counsellor(school)
    make.staff(active=False)
    elsewhere = make.staff(municipality_id=make.municipality(slug="annan").id)
    words = ("staff", "invite", "--all", "--municipality", make.home.slug)
    assert "MAIL_URL" in run(*words, exit=1).output
    run("staff", "invite", invited.email)
    settings = _mail_is_set()
    try:
        assert "2 brev" in run(*words).output
        assert "0 brev" in run(*words).output
    finally:
        settings.mail_url = None
    letters = db.session.scalars(select(Notice).order_by(Notice.not_before)).all()
    assert {letter.staff_id for letter in letters} == {here.id, there.id}
    first, second = letters
    assert second.not_before - first.not_before == timedelta(seconds=3)
    for letter in letters:
        assert letter.useful_until == letter.not_before + people.LINK_LIFE
    assert elsewhere.id not in {letter.staff_id for letter in letters}
    assert "eller --all" in run("staff", "invite", exit=2).output
    assert "eller --all" in run("staff", "invite", invited.email, "--all", exit=2).output


def _mail_is_set():
    from flask import current_app

    settings = current_app.config["SETTINGS"]
    settings.mail_url = "smtp://127.0.0.1:1"
    return settings


def test_a_lost_phone_is_signed_out_and_its_unused_link_is_dead(run: Run, make: Make) -> None:
    nurse = make.nurse(make.school())
    session = people.redeem(people.make_link(nurse))
    unused = people.make_link(nurse)
    db.session.commit()
    assert session and people.live_session(session)
    assert "1 inloggning är avslutad" in run("staff", "revoke", nurse.email).output
    assert people.live_session(session) is None
    assert people.redeem(unused) is None
    assert people.redeem(token_in(run("staff", "invite", nurse.email).output))


def test_who_has_lost_her_only_key_gets_in_by_a_link_again(run: Run, make: Make) -> None:
    nurse = make.nurse(make.school())
    db.session.add(a_key(nurse, "127.0.0.1"))
    db.session.commit()
    assert "kör staff revoke --keys" in run("staff", "invite", nurse.email, exit=1).output
    assert "Nycklarna finns kvar." in run("staff", "revoke", nurse.email).output
    assert "1 nyckel är borttagen." in run("staff", "revoke", nurse.email, "--keys").output
    assert people.redeem(token_in(run("staff", "invite", nurse.email).output))
    told = db.session.scalars(select(Notice.staff_id).where(Notice.kind == Kind.KEYS_REVOKED))
    assert set(told) == {nurse.id}


def test_a_municipality_can_require_keys(run: Run, make: Make) -> None:
    nurse = make.nurse(make.school())
    slug = make.home.slug
    run("municipality", "set", slug, "--requires-passkey")
    token = people.redeem(people.make_link(nurse))
    assert token
    session = people.live_session(token)
    assert session
    assert session.needs_key


def test_when_a_nurse_leaves_her_knocks_wait_for_a_colleague(run: Run, make: Make) -> None:
    school = make.school()
    leaving, colleague = make.nurse(school), make.nurse(school)
    row = make.knock(school, wanted=leaving.profession).knock
    answering.take(leaving, row)
    session = people.redeem(people.make_link(leaving))
    db.session.commit()
    output = run("staff", "deactivate", leaving.email).output
    assert "1 mottagen knackning väntar på nytt" in output
    assert session and people.live_session(session) is None
    assert people.find_by_email(leaving.email, None) == []
    assert db.session.get_one(Knock, row.id).state is State.WAITING
    told = db.session.scalars(
        select(Notice.staff_id).where(Notice.cause.contains("released"))
    ).all()
    assert set(told) == {colleague.id}
    reasons = select(AuditEvent.reason).where(
        AuditEvent.staff_id == leaving.id, AuditEvent.actor == ActorKind.OPERATOR
    )
    assert "deactivated" in db.session.scalars(reasons).all()


def test_somebody_who_has_left_can_come_back(run: Run, make: Make) -> None:
    school = make.school()
    words = ("staff", "add", "--name", "Kurator Ett", "--email", "kurator@exempel.se",
             "--profession", "Kurator", "--school", school.slug)  # fmt: skip
    assert "är tillagd" in run(*words).output
    assert "Inget ändrat" in run(*words).output
    run("staff", "deactivate", "kurator@exempel.se")
    assert "är ändrad" in run(*words).output
    assert people.find_by_email("kurator@exempel.se", None)
    assert "kurator@exempel.se" in run("staff", "list").output


def test_nobody_crosses_the_wall_with_knocks_in_hand(run: Run, make: Make) -> None:
    school = make.school()
    run("staff", "add", "--name", "Ett", "--email", "ett@exempel.se", "--profession",
        "skolsköterska", "--school", school.slug)  # fmt: skip
    nurse = db.session.scalars(select(Staff)).one()
    answering.take(nurse, make.knock(school, wanted=nurse.profession).knock)
    db.session.commit()
    change = ("staff", "add", "--name", "Ett", "--email", "ett@exempel.se", "--profession")
    output = run(*change, "kurator", "--school", school.slug, exit=1).output
    assert "mottagna knackningar" in output
    run(*change, "skolläkare", "--school", school.slug)


def test_a_change_of_staff_is_in_the_audit(run: Run, make: Make) -> None:
    school = make.school()
    run("staff", "add", "--name", "Ett", "--email", "ett@exempel.se", "--profession", "kurator",
        "--school", school.slug)  # fmt: skip
    staff = db.session.scalars(select(Staff)).one()
    event = db.session.scalars(select(AuditEvent)).one()
    assert (event.action, event.actor) == (Action.IMPORTED, ActorKind.OPERATOR)
    assert (event.staff_id, event.municipality_id) == (staff.id, make.home.id)


def test_a_person_of_two_municipalities_is_let_in_and_out_of_one_at_a_time(
    run: Run, make: Make
) -> None:
    address = "kurator@exempel.se"
    here = make.staff(
        Profession.COUNSELLOR, [make.school()], email=address, email_hash=hash_email(address)
    )
    there = make.municipality(host="dorr.exempel.invalid")
    school = make.school(municipality_id=there.id)
    run("staff", "add", "--municipality", there.slug, "--name", "Samma person", "--email",
        address, "--profession", "kurator", "--school", school.slug)  # fmt: skip
    for command in ("invite", "revoke", "deactivate"):
        output = run("staff", command, here.email, exit=1).output
        assert "Adressen finns i flera kommuner. Ange --municipality" in output
        assert here.municipality.slug in output
    invited = run("staff", "invite", here.email, "--municipality", there.slug).output
    assert invited.startswith("http://dorr.exempel.invalid:8000/logga-in/lank/")
    run("staff", "deactivate", here.email, "--municipality", there.slug)
    assert [staff.id for staff in people.find_by_email(here.email, None)] == [here.id]
    assert run("staff", "invite", here.email, "--municipality", make.home.slug).output.startswith(
        "http://127.0.0.1:8000/logga-in/lank/"
    )


def test_changing_somebody_leaves_what_was_not_said(run, make):
    make.school(slug="norra")
    first = ("staff", "add", "--name", "Person Ett", "--email", "ett@exempel.se",
             "--profession", "kurator", "--school", "norra")  # fmt: skip
    run(*first, "--coordinates")
    run(*first[:3], "Person Två", *first[4:])
    staff = db.session.scalars(db.select(Staff)).one()
    assert (staff.name, staff.coordinates) == ("Person Två", True)
    run(*first, "--no-coordinates")
    db.session.expire_all()
    assert not db.session.scalars(db.select(Staff)).one().coordinates


def test_an_account_ends_on_a_date_that_can_be_moved_and_taken_away(run: Run, make: Make) -> None:
    nurse = make.nurse(make.school())
    tomorrow = clock.today() + timedelta(days=1)
    assert f"Sista dagen är {tomorrow}." in run("staff", "ends", nurse.email, f"{tomorrow}").output
    assert nurse.ends_on == tomorrow
    assert f"{tomorrow}" in run("staff", "list").output
    assert "tills vidare" in run("staff", "ends", nurse.email, "--never").output
    assert nurse.ends_on is None
    yesterday = clock.today() - timedelta(days=1)
    assert "senare dag" in run("staff", "ends", nurse.email, f"{yesterday}", exit=1).output
    assert "eller --never" in run("staff", "ends", nurse.email, exit=2).output
    both = run("staff", "ends", nurse.email, f"{tomorrow}", "--never", exit=2)
    assert "eller --never" in both.output


def test_whose_account_has_ended_is_not_invited_but_comes_back_when_added_again(
    run: Run, make: Make
) -> None:
    school = make.school()
    address = "skolskoterska@exempel.se"
    ended = clock.today() - timedelta(days=1)
    gone = make.staff(
        schools=[school], email=address, email_hash=hash_email(address), ends_on=ended
    )
    assert "har slutat" in run("staff", "invite", gone.email, exit=1).output
    run("staff", "add", "--name", "Åter", "--email", gone.email, "--profession", "skolsköterska",
        "--school", school.slug)  # fmt: skip
    assert gone.ends_on is None
    assert people.find_by_email(gone.email, None) == [gone]


def test_the_operator_names_who_answers_for_the_log_and_for_what_is_disclosed(run, make):
    school = make.school()
    nurse = make.nurse(school)
    assert run("staff", "responsible").output.count("ingen") == 3
    run("staff", "add", "--name", "Granskare Ett", "--email", "granskare@exempel.se",
        "--profession", "samordnare", "--no-coordinates")  # fmt: skip
    run("staff", "responsible", "granskare@exempel.se", "--duty", "logg")
    told = run("staff", "responsible", nurse.email, "--duty", "utlämnande-medicinsk").output
    assert nurse.name in told
    assert "Granskare Ett" in told
    run("staff", "responsible", nurse.email, "--duty", "logg", exit=1)
    assert run("staff", "responsible", "--nobody", "--duty", "logg").output.count("ingen") == 2
    run("staff", "responsible", "--duty", "utlämnande-psykosocial", nurse.email, exit=1)
    for words in (["--duty", "allt", nurse.email], ["--duty", "logg"], [nurse.email]):
        run("staff", "responsible", *words, exit=2)
