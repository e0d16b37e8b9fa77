"""A setting that is missing or malformed stops the start with one line that names it."""

import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from elevhalsa import config, create_app
from elevhalsa.core.errors import SettingError
from elevhalsa.core.vapid import new_key, vapid
from elevhalsa.domain.operations.health import newest_revision
from tests.running import SECRETS, environment

GOOD = SECRETS | {
    "DATABASE_URL": "postgresql://app:word@db.invalid/elevhalsa",
    "REDIS_URL": "redis://queue.invalid:6379/0",
    "PUBLIC_URL": "https://elevhalsa.invalid",
    "MAIL_URL": "smtps://user:word@mail.invalid",
    "MAIL_FROM": "fran@exempel.invalid",
}
VAPID_KEY = new_key()
OPTIONAL = (
    "QUICK_EXIT_URL", "TRUSTED_PROXIES", "METRICS_TOKEN", "DEMO", "APP_ENV", "VAPID_KEYS",
    "VAPID_SUBJECT", "PUSH_SERVICES", "SMS_URL", "REMIND_MAIL_FROM", "FALLBACK_HOURS",
    "BIND", "PORT", "WEB_CONCURRENCY",
)  # fmt: skip


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A whole production environment, to be spoiled."""
    for name in OPTIONAL:
        monkeypatch.delenv(name, raising=False)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_a_whole_environment_starts(setting: pytest.MonkeyPatch) -> None:
    assert create_app().config["SETTINGS"].is_production


def test_a_key_for_reminders_needs_somebody_to_turn_to(setting: pytest.MonkeyPatch) -> None:
    setting.setenv("VAPID_KEYS", VAPID_KEY)
    assert_one_line("VAPID_SUBJECT")
    setting.setenv("VAPID_SUBJECT", "mailto:drift@exempel.invalid")
    setting.setenv("PUSH_SERVICES", "fcm.googleapis.com, .push.apple.com")
    setting.setenv("SMS_URL", "46elks://u:word@api.46elks.com?from=Exempel")
    assert create_app().config["SETTINGS"].push_services == [
        "fcm.googleapis.com",
        ".push.apple.com",
    ]
    assert vapid.is_on
    vapid.configure([])


@pytest.mark.parametrize(
    "name",
    [
        "SECRET_KEY",
        "HASH_KEY",
        "ENCRYPTION_KEYS",
        "DATABASE_URL",
        "REDIS_URL",
        "MAIL_FROM",
    ],
)
@pytest.mark.parametrize("empty", [False, True])
def test_what_is_missing_is_named(setting: pytest.MonkeyPatch, name: str, empty: bool) -> None:
    if empty:
        setting.setenv(name, "")
    else:
        setting.delenv(name)
    assert_one_line(name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "hemligt-men-kort"),
        ("HASH_KEY", "hemligt-men-kort"),
        ("ENCRYPTION_KEYS", "hemligt-ingen-nyckel"),
        ("ENCRYPTION_KEYS", f"{SECRETS['ENCRYPTION_KEYS']},hemligt-ingen-nyckel"),
        ("DATABASE_URL", "mysql://app:hemligt@db.invalid/elevhalsa"),
        ("DATABASE_URL", "postgresql://app:hemligt@db.invalid:port/elevhalsa"),
        ("REDIS_URL", "http://:hemligt@queue.invalid"),
        ("REDIS_URL", "redis://:hemligt@queue.invalid:port/0"),
        ("PUBLIC_URL", "elevhalsa.invalid"),
        ("PUBLIC_URL", "http://elevhalsa.invalid"),
        ("PUBLIC_URL", "https://elevhalsa.invalid:port"),
        ("MAIL_URL", "mail.invalid:587"),
        ("MAIL_URL", "smtp://user:hemligt@mail.invalid:port"),
        ("QUICK_EXIT_URL", "javascript:hemligt"),
        ("TRUSTED_PROXIES", "hemligt"),
        ("TRUSTED_PROXIES", "-1"),
        ("WEB_CONCURRENCY", "hemligt"),
        ("WEB_CONCURRENCY", "0"),
        ("PORT", "hemligt"),
        ("PORT", "70000"),
        ("APP_ENV", "hemligt"),
        ("DEMO", "hemligt"),
        ("VAPID_KEYS", "hemligt"),
        ("VAPID_KEYS", f"{VAPID_KEY},hemligt"),
        ("VAPID_SUBJECT", "hemligt@exempel.invalid"),
        ("VAPID_SUBJECT", "mailto:hemligt"),
        ("PUSH_SERVICES", "hemligt"),
        ("PUSH_SERVICES", "fcm.googleapis.com,10.0.0.1"),
        ("PUSH_SERVICES", "http://127.0.0.1:9999"),
        ("PUSH_SERVICES", "https://push.exempel.invalid"),
        ("SMS_URL", "https://u:hemligt@api.46elks.com?from=Exempel"),
        ("SMS_URL", "46elks://u:hemligt@api.46elks.com"),
        ("SMS_URL", "46elks://u:hemligt@api.46elks.com?from=F%C3%B6r%20l%C3%A5ngt%20namn"),
        ("SMS_URL", "46elks+http://u:hemligt@127.0.0.1:9999?from=Exempel"),
        ("REMIND_MAIL_FROM", "hemligt"),
        ("FALLBACK_HOURS", "0"),
        ("FALLBACK_HOURS", "hemligt"),
    ],
)
def test_what_cannot_be_used_is_named_but_not_shown(
    setting: pytest.MonkeyPatch, name: str, value: str
) -> None:
    setting.setenv(name, value)
    assert "hemligt" not in assert_one_line(name)


def test_what_platforms_set_to_nothing_is_as_if_not_set(setting: pytest.MonkeyPatch) -> None:
    for name in ("PORT", "BIND", "WEB_CONCURRENCY"):
        setting.setenv(name, "")
    settings = config.load()
    usual = (config.Settings.model_fields[name].default for name in ("bind", "port"))
    assert (settings.bind, settings.port) == tuple(usual)
    assert settings.web_concurrency == 2


@pytest.mark.parametrize("module", ["workers.web", "workers.whole"])
def test_a_port_that_is_taken_is_told_in_one_line(module: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        env = environment(
            DATABASE_URL=f"sqlite:///{tmp_path}/none.db", BIND="127.0.0.1", PORT=str(port)
        )
        done = subprocess.run(
            [sys.executable, "-m", module],
            cwd=config.ROOT, env=env, capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert f"Elevhälsa online startar inte. PORT {port} på 127.0.0.1" in done.stderr
    assert "Traceback" not in done.stderr


def assert_one_line(name: str) -> str:
    with pytest.raises(SettingError) as raised:
        create_app()
    line = str(raised.value)
    assert line.startswith(name)
    assert "\n" not in line
    others = set(config.HOW_TO_MEND) - {name}
    assert not [other for other in others if line.startswith(other)]
    return line


@pytest.mark.parametrize(
    "command",
    [
        ["-c", "import app"],
        ["-m", "workers.run"],
        ["-m", "workers.web"],
        ["-m", "workers.whole"],
        ["-m", "flask", "--app", "app", "routes"],
    ],
    ids=["app", "worker", "web", "whole", "flask"],
)
def test_every_process_says_it_in_one_line_and_ends(command: list[str]) -> None:
    env = environment(DATABASE_URL="sqlite:////tmp/none.db", HASH_KEY=None)
    done = subprocess.run(
        [sys.executable, *command],
        cwd=config.ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode != 0
    lines = [line for line in (done.stdout + done.stderr).splitlines() if "HASH_KEY" in line]
    assert len(lines) == 1
    assert lines[0].startswith("Elevhälsa online startar inte. HASH_KEY saknas: ")
    assert "Traceback" not in done.stderr


def test_migrations_run_from_the_command_line(tmp_path: Path) -> None:
    """Though Alembic is not loaded by what only serves."""
    env = environment(DATABASE_URL=f"sqlite:///{tmp_path}/new.db")
    command = [sys.executable, "-m", "flask", "--app", "app", "db", "upgrade"]
    subprocess.run(command, cwd=config.ROOT, env=env, check=True, timeout=60)
    with closing(sqlite3.connect(tmp_path / "new.db")) as database:
        (revision,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
    assert revision == newest_revision()


def test_what_only_serves_does_not_load_alembic() -> None:
    command = [sys.executable, "-c", "import sys, app; print('alembic' in sys.modules)"]
    done = subprocess.run(
        command,
        cwd=config.ROOT,
        env=environment(DATABASE_URL="sqlite:////tmp/none.db"),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == "False\n"
