"""The operator looks at how reminders get through, and makes a key."""

import os
import subprocess
import sys

import pytest
from flask import Flask

from elevhalsa.config import ROOT
from elevhalsa.core.vapid import new_key, read_key, vapid
from elevhalsa.domain.knocks import devices
from elevhalsa.domain.notices import schedule
from elevhalsa.domain.reminders import service
from elevhalsa.domain.reminders.pushes import REFUSED
from elevhalsa.extensions import db
from tests.push_service import Browser


@pytest.fixture(autouse=True)
def _off_again():
    yield
    vapid.configure([])


def status(app: Flask) -> str:
    result = app.test_cli_runner().invoke(args=["push", "status"])
    assert result.exit_code == 0, result.output
    return result.output


def turn_on() -> None:
    device, _token = devices.make()
    browser = Browser("https://fcm.googleapis.com/fcm/send/hemlig", "")
    key = service.public_key()
    assert key
    service.subscribe(
        device, endpoint=browser.endpoint, p256dh=browser.p256dh, auth=browser.auth,
        key_id=key[0], origin="https://elevhalsa.exempel.invalid",
    )  # fmt: skip
    db.session.commit()


def test_a_key_is_made_where_nothing_is_set() -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    made = subprocess.run(
        [sys.executable, "-m", "elevhalsa.cli.vapid"],
        env=environment, capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    name, _equals, key = made.stdout.strip().partition("=")
    assert (name, made.stderr) == ("VAPID_KEYS", "")
    assert len(read_key(key).public) == 87


def test_without_a_key_it_is_said(app: Flask) -> None:
    assert "VAPID_KEYS saknas" in status(app)


def test_the_keys_are_counted_so_that_an_old_one_can_be_thrown_away(app: Flask) -> None:
    old, new = new_key(), new_key()
    vapid.configure([old])
    turn_on()
    vapid.configure([new, old])
    shown = {line.split()[0]: line.split()[1:] for line in status(app).splitlines() if line}
    assert shown[read_key(new).id] == ["används", "för", "nya", "0"]
    assert shown[read_key(old).id] == ["äldre", "1"]
    assert shown["fcm.googleapis.com"] == ["1"]
    vapid.configure([new])
    assert "saknas i VAPID_KEYS" in status(app)
    assert "hemlig" not in status(app)


def test_a_refusal_is_shown(app: Flask) -> None:
    vapid.configure([new_key()])
    assert "avvisade" not in status(app)
    schedule.finish(REFUSED)
    db.session.commit()
    assert "avvisade nyckeln" in status(app)
