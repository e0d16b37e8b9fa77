"""``flask check``: a line about each thing, and how it is mended."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from click.testing import Result
from flask import Flask

from elevhalsa.adapters.mail import SmtpMailer
from elevhalsa.adapters.queue import RqQueue
from elevhalsa.cli.check import a_clock
from elevhalsa.core.push_services import KNOWN, push_services
from elevhalsa.core.vapid import new_key, vapid
from elevhalsa.domain.operations import health
from elevhalsa.domain.people.models import hash_email
from elevhalsa.domain.reminders import service as reminders
from elevhalsa.extensions import db
from tests.conftest import app_for, settings_for
from tests.factories import Make
from tests.mailbox import open_mailbox
from tests.push_service import open_push_service
from tests.running import running_valkey
from tests.web.test_database_away import closed_port
from workers import beginning, jobs

Check = Callable[..., tuple[int, dict[str, str]]]


def told(result: Result) -> tuple[int, dict[str, str]]:
    """Exit status, and by name 'mark: line'."""
    rows = [re.split(r"  +", line, maxsplit=2) for line in result.output.splitlines()]
    return result.exit_code, {name: f"{mark}: {line}" for mark, name, line in rows}


@pytest.fixture
def check(app: Flask) -> Check:
    return lambda *words: told(app.test_cli_runner().invoke(args=["check", *words]))


@pytest.fixture
def all_well(app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    path = tmp_path_factory.mktemp("q") / "valkey.sock"
    with running_valkey(path):
        app.extensions["elevhalsa"].queue = RqQueue(f"unix://{path}")
        beginning.tell(app)
        jobs.sweep()
        yield


def test_when_all_is_well_every_line_says_so(check, all_well):
    status, lines = check()
    assert status == 0, lines
    assert set(lines) == {
        "settings", "database", "migrations", "keys", "sweep", "mail", "clock", "queue",
        "guesses", "floods", "sms", "responsible", "retention", "audit", "walls",
    }  # fmt: skip
    assert all(line.startswith("bra: ") for line in lines.values())


def test_what_only_slows_is_told_apart_from_what_is_wrong(check, app):
    status, lines = check()  # without queue, and nobody has swept
    assert status == 1
    assert lines["sweep"].startswith("FEL: ")
    assert "worker" in lines["sweep"]
    assert lines["queue"].startswith("obs: ")
    assert "REDIS_URL" in lines["queue"]
    db.session.rollback()  # the command's process has ended
    jobs.sweep()
    assert check()[0] == 3


@pytest.mark.parametrize(
    ("ahead", "oldest", "word"),
    [(-1, 0, "steg efter"), (2, 0, "ny version"), (2, 1, "db downgrade")],
)
def test_tables_of_another_release_are_told_with_what_to_do(check, owner, ahead, oldest, word):
    here = int(health.newest_revision())
    owner(f"UPDATE alembic_version SET version_num = '{here + ahead:04}'")
    owner(f"UPDATE schema_mark SET oldest_code = '{here + oldest:04}'")
    assert word in check()[1]["migrations"]


@pytest.mark.parametrize(
    ("url", "name", "word"),
    [
        ("postgresql+psycopg://nobody@127.0.0.1:{port}/hemligt", "database", "DATABASE_URL"),
        ("sqlite:////proc/hemligt.db", "database", "mappen"),
        ("sqlite:///{tmp}/hemligt.db", "migrations", "flask --app app db upgrade"),
    ],
    ids=["nobody listens", "cannot be written", "before the release"],
)
def test_a_database_that_cannot_be_used_is_one_line_that_tells_how_to_mend_it(
    tmp_path, url, name, word, caplog
):
    app = app_for(settings_for(url.format(tmp=tmp_path, port=closed_port())))
    with app.app_context():
        status, lines = told(app.test_cli_runner().invoke(args=["check"]))
        assert status == 1
        assert word in lines[name]
        assert "hemligt" not in str(lines)
        beginning.tell(app)  # what a process says at its start
        assert [word in line for line in caplog.messages] == [True]
        for words in (["staff", "list"], ["school", "close", "x"], ["demo", "people"]):
            result = app.test_cli_runner().invoke(args=words)
            assert result.exit_code == 1
            (line,) = [one for one in result.output.splitlines() if one]
            assert word in line
            assert "hemligt" not in line
        db.session.remove()
        db.engine.dispose()


def test_a_file_on_a_disk_that_cannot_be_written_is_told(sqlite_url, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: False)
    app = app_for(settings_for(sqlite_url))
    with app.app_context():
        status, lines = told(app.test_cli_runner().invoke(args=["check"]))
        db.session.remove()
        db.engine.dispose()
    assert status == 1
    assert "skrivskyddad" in lines["database"]


def test_a_setting_that_looks_like_one_of_ours_is_named(check, all_well, monkeypatch):
    monkeypatch.setenv("MAIL_FORM", "hemligt@exempel.invalid")
    status, lines = check()
    assert status == 3
    assert lines["settings"] == "obs: MAIL_FORM är ingen inställning: menas MAIL_FROM?"


# --- trials --------------------------------------------------------------------------------------


def test_a_trial_letter_comes_or_it_is_told_why_not(database_url, all_well):
    with open_mailbox() as box:
        settings = settings_for(database_url, mail_url=box.url, mail_from="a@exempel.invalid")
        app = app_for(settings)
        with app.app_context():
            run = app.test_cli_runner()
            lines = told(run.invoke(args=["check", "--letter", "it@exempel.se"]))[1]
            assert lines["letter"].startswith("bra: ")
            (letter,) = box.letters
            assert letter["To"] == "it@exempel.se"
            app.extensions["elevhalsa"].mailer = SmtpMailer(
                f"smtp://127.0.0.1:{closed_port()}", "a@exempel.invalid"
            )
            status, lines = told(run.invoke(args=["check", "--letter", "it@exempel.se"]))
            db.session.remove()
            db.engine.dispose()
    assert status == 1
    assert lines["letter"].startswith("FEL: gick inte iväg (ConnectionRefusedError)")


def test_without_mail_a_trial_letter_says_what_is_missing(check):
    assert "MAIL_URL" in check("--letter", "it@exempel.se")[1]["letter"]


def test_a_trial_push_to_somebody_without_reminders_says_so(check, make: Make):
    email = "nurse@exempel.se"
    make.nurse(make.school()).email_hash = hash_email(email)
    db.session.commit()
    assert "inte slagit på" in check("--push", email)[1]["reminder"]
    assert "Ingen i personalen" in check("--push", "annan@exempel.se")[1]["reminder"]


@pytest.mark.parametrize(("answer", "told_as"), [(201, "bra: togs emot"), (403, "FEL: gick inte")])
def test_a_trial_push_reaches_a_person_s_browser_or_it_is_told_why_not(
    database_url, answer, told_as
):
    with open_push_service() as service:
        app = app_for(
            settings_for(
                database_url,
                vapid_keys=[new_key()],
                vapid_subject="mailto:drift@exempel.invalid",
                push_services=[service.origin],
            )
        )
        try:
            with app.app_context():
                make = Make()
                nurse = make.nurse(make.school())
                email = "nurse@exempel.se"
                nurse.email_hash = hash_email(email)
                key_id, public = reminders.public_key()
                browser = service.subscribe(public)
                reminders.subscribe(
                    nurse, endpoint=browser.endpoint, p256dh=browser.p256dh, auth=browser.auth,
                    key_id=key_id, origin="https://elevhalsa.exempel.invalid",
                )  # fmt: skip
                db.session.commit()
                service.answer = answer
                result = app.test_cli_runner().invoke(args=["check", "--push", email])
                (line,) = [one for one in result.output.splitlines() if "webbläsare" in one
                           or "VAPID_KEYS" in one]  # fmt: skip
                mark, _name, said = re.split(r"  +", line, maxsplit=2)
                assert f"{mark}: {said}".startswith(told_as)
                texts = [received.notification["body"] for received in service.accepted]
                assert texts == (["Det här är ett prov."] if answer == 201 else [])
                db.session.remove()
                db.engine.dispose()
        finally:
            vapid.configure([])
            push_services.configure(list(KNOWN))


class AnHourFast(BaseHTTPRequestHandler):
    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string((timestamp or time.time()) + 3600)

    def do_HEAD(self) -> None:
        self.send_response(404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_the_clock_is_compared_with_the_one_of_an_address(app):
    with HTTPServer(("127.0.0.1", 0), AnHourFast) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        fast = a_clock(f"http://127.0.0.1:{server.server_port}/")
        server.shutdown()
        thread.join()
    assert fast.health is health.Health.DEGRADED
    assert re.search(r"(3599|3600|3601) sekunder", fast.line)
    assert a_clock(f"http://127.0.0.1:{closed_port()}/").health is health.Health.DEGRADED
    assert a_clock("file:///etc/passwd").health is health.Health.FAILING
