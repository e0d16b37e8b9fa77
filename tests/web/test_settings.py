"""A setting that is missing, wrong or misspelt is told in one line that names it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, get_origin
from unittest.mock import patch

import pytest
from annotated_types import Ge, Le
from hypothesis import given
from hypothesis import strategies as st

from elevhalsa import config, create_app
from elevhalsa.config import Settings, misspelt
from elevhalsa.core import clock
from elevhalsa.core.bankid import BankId, bankid
from elevhalsa.core.errors import SettingError
from elevhalsa.core.oidc import providers
from elevhalsa.core.vapid import new_key, vapid
from elevhalsa.domain.operations.health import Health, bankid_certificate
from tests import oidc
from tests.running import SECRETS
from tools.bankid import certificates

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
    "BIND", "PORT", "WEB_CONCURRENCY", "BANKID", "BANKID_CERTIFICATE", "BANKID_PASSWORD",
    "BANKID_ROOT", "BANKID_APP", "OIDC_PROVIDERS",
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


def test_bankid_needs_a_certificate_that_opens_and_a_root(
    setting: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = certificates.make(tmp_path, password="word")
    setting.setenv("BANKID", "production")
    assert_one_line("BANKID_CERTIFICATE")
    setting.setenv("BANKID_CERTIFICATE", str(made.client))
    assert_one_line("BANKID_ROOT")
    setting.setenv("BANKID_ROOT", made.root.read_text())
    for wrong in ("", "hemligt"):
        setting.setenv("BANKID_PASSWORD", wrong)
        assert "hemligt" not in assert_one_line("BANKID_PASSWORD")
    setting.setenv("BANKID_PASSWORD", "word")
    setting.setenv("BANKID_CERTIFICATE", made.client.read_text())
    create_app()
    assert bankid.is_on
    bankid.configure(None, None)


def test_a_provider_that_is_wrong_is_named_with_what_mends_it(
    setting: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    on_this_machine = oidc.settings_of_nobody()["oidc_providers"]
    setting.setenv("OIDC_PROVIDERS", on_this_machine)
    assert "[skolkonto] issuer ska börja med https://" in assert_one_line("OIDC_PROVIDERS")
    setting.setenv("OIDC_PROVIDERS", on_this_machine.replace("audience =", "publik ="))
    assert "[skolkonto] audience saknas: pupils eller staff" in assert_one_line("OIDC_PROVIDERS")
    file = tmp_path / "oidc.toml"
    file.write_text(on_this_machine.replace("http:", "https:"))
    setting.setenv("OIDC_PROVIDERS", str(file))
    create_app()
    assert [one.key for one in providers.all] == ["skolkonto", "annat", "arbete"]
    providers.configure(None)


def test_a_certificate_that_soon_ends_is_told_in_time() -> None:
    now = clock.now()
    on = BankId(is_on=True, ends_at=now + timedelta(days=60))
    for days, health in ((60, Health.OK), (44, Health.DEGRADED), (-1, Health.DEGRADED)):
        on.ends_at = now + timedelta(days=days, minutes=1)
        with patch("elevhalsa.domain.operations.health.bankid", on):
            assert bankid_certificate(now).health is health
    on.is_test = True
    with patch("elevhalsa.domain.operations.health.bankid", on):
        assert "vem som helst" in bankid_certificate(now).line


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


def test_what_platforms_set_to_nothing_is_as_if_not_set(setting: pytest.MonkeyPatch) -> None:
    for name in ("PORT", "BIND", "WEB_CONCURRENCY"):
        setting.setenv(name, "")
    settings = config.load()
    usual = (config.Settings.model_fields[name].default for name in ("bind", "port"))
    assert (settings.bind, settings.port) == tuple(usual)
    assert settings.web_concurrency == 2


SPOILED: dict[str, list[str]] = {
    "SECRET_KEY": [
        "hemligt-men-kort",
    ],
    "HASH_KEY": [
        "hemligt-men-kort",
    ],
    "ENCRYPTION_KEYS": [
        "hemligt-ingen-nyckel",
        f"{SECRETS['ENCRYPTION_KEYS']},hemligt-ingen-nyckel",
    ],
    "DATABASE_URL": [
        "mysql://app:hemligt@db.invalid/elevhalsa",
        "postgresql://app:hemligt@db.invalid:port/elevhalsa",
    ],
    "WORKER_DATABASE_URL": ["mysql://app:hemligt@db.invalid/elevhalsa"],
    "OWNER_DATABASE_URL": ["postgresql://app:hemligt@db.invalid:port/elevhalsa"],
    "REDIS_URL": [
        "http://:hemligt@queue.invalid",
        "redis://:hemligt@queue.invalid:port/0",
    ],
    "PUBLIC_URL": [
        "elevhalsa.invalid",
        "http://elevhalsa.invalid",
        "https://elevhalsa.invalid:port",
    ],
    "MAIL_URL": [
        "mail.invalid:587",
        "smtp://user:hemligt@mail.invalid:port",
    ],
    "QUICK_EXIT_URL": [
        "javascript:hemligt",
    ],
    "VAPID_KEYS": [
        "hemligt",
        f"{VAPID_KEY},hemligt",
    ],
    "VAPID_SUBJECT": [
        "hemligt@exempel.invalid",
        "mailto:hemligt",
    ],
    "PUSH_SERVICES": [
        "hemligt",
        "fcm.googleapis.com,10.0.0.1",
        "http://127.0.0.1:9999",
        "https://push.exempel.invalid",
    ],
    "SMS_URL": [
        "https://u:hemligt@api.46elks.com?from=Exempel",
        "46elks://u:hemligt@api.46elks.com",
        "46elks://u:hemligt@api.46elks.com?from=F%C3%B6r%20l%C3%A5ngt%20namn",
        "46elks+http://u:hemligt@127.0.0.1:9999?from=Exempel",
    ],
    "BANKID": ["hemligt", "http://hemligt.invalid", "https://127.0.0.1:9999"],
    "BANKID_CERTIFICATE": ["hemligt", "-----BEGIN CERTIFICATE-----hemligt"],
    "BANKID_ROOT": ["hemligt", "-----BEGIN hemligt-----"],
    "BANKID_APP": ["hemligt", "http://127.0.0.1:9999/hemligt"],
    "OIDC_PROVIDERS": ["hemligt"],
    "FLOOD_PLACE": ["hemligt", "60", "60/61", "0/10", "60/10/1"],
    "FLOOD_SCHOOL": ["hemligt", "60/10;120/60"],
    "REMIND_MAIL_FROM": [
        "hemligt",
    ],
    "MAIL_FROM": ["hemligt", "hemligt@", "två ord@hemligt"],
}
"""Of what no type tells what is wrong."""
ANYTHING = {"METRICS_TOKEN", "BIND", "BANKID_PASSWORD"}
"""Whatever they hold may be right: where one listens is tried at the start, as is a password."""


def wrong_values() -> Iterator[tuple[str, str]]:
    """(name, value) over every setting that there is."""
    for field, info in Settings.model_fields.items():
        name = field.upper()
        values = list(SPOILED.get(name, []))
        if info.annotation is int:
            values += ["hemligt", "1.5"]
            values += [str(bound.ge - 1) for bound in info.metadata if isinstance(bound, Ge)]  # type: ignore[operator]
            values += [str(bound.le + 1) for bound in info.metadata if isinstance(bound, Le)]  # type: ignore[operator]
        elif info.annotation is bool or get_origin(info.annotation) is Literal:
            values += ["hemligt"]
        assert values or name in ANYTHING, f"say in SPOILED what {name} cannot be"
        yield from ((name, value) for value in values)


@pytest.mark.parametrize(("name", "value"), list(wrong_values()))
def test_what_cannot_be_used_is_named_but_not_shown(
    setting: pytest.MonkeyPatch, name: str, value: str
) -> None:
    if name == "MAIL_FROM":
        setting.setenv("MAIL_URL", GOOD["MAIL_URL"])
    setting.setenv(name, value)
    line = assert_one_line(name)
    assert "hemligt" not in line
    assert config.HOW_TO_MEND[name] in line or "python -m elevhalsa.cli.keys" in line


def test_it_is_told_how_to_mend_every_setting() -> None:
    names = {name.upper() for name in Settings.model_fields}
    assert names - set(config.HOW_TO_MEND) == {"METRICS_TOKEN"}
    assert set(config.HOW_TO_MEND) <= names


# --- misspelt ------------------------------------------------------------------------------------


NAMES = [name.upper() for name in Settings.model_fields if len(name) > 6]


@st.composite
def slips(draw: Any) -> tuple[str, str]:
    """A name, and the same with a letter too few, too many, or two in each other's place."""
    name = draw(st.sampled_from(NAMES))
    at = draw(st.integers(0, len(name) - 2))
    wrong = draw(
        st.sampled_from(
            [
                name[:at] + name[at + 1 :],
                name[:at] + name[at] + name[at:],
                name[:at] + name[at + 1] + name[at] + name[at + 2 :],
            ]
        )
    )
    return name, wrong


@given(slips())
def test_a_slip_is_named_with_the_setting_that_it_is_nearest_to(slip: tuple[str, str]) -> None:
    name, wrong = slip
    assert misspelt([wrong]) == ({} if wrong == name else {wrong: name})


def test_what_shells_and_platforms_set_is_no_slip() -> None:
    usual = """PATH HOME USER LANG LC_ALL TERM SHELL PWD OLDPWD LOGNAME HOSTNAME TMPDIR TZ CI
        PYTHONUNBUFFERED VIRTUAL_ENV DYNO REDIS_TLS_URL DATABASE_PRIVATE_URL SSH_AUTH_SOCK MAIL
        PORTS NODE_ENV FLASK_APP FLASK_ENV WEB_MEMORY SENTRY_DSN POSTGRES_PASSWORD PGHOST PGPASSWORD
        SMTP_HOST PYTHONPATH DEBUG KUBERNETES_PORT KUBERNETES_SERVICE_PORT APP_NAME"""
    assert misspelt(usual.split()) == {}
    assert misspelt(name.lower() for name in NAMES) == {}


@pytest.mark.parametrize(
    ("name", "slip"),
    [
        ("ENCRYPTION_KEYS", "ENCRYPTION_KEY"),
        ("DATABASE_URL", "DATABSE_URL"),
        ("MAIL_FROM", "MAIL_FORM"),
    ],
)
def test_what_is_missing_is_told_with_what_was_set_instead(
    setting: pytest.MonkeyPatch, name: str, slip: str
) -> None:
    setting.delenv(name)
    setting.setenv(slip, "hemligt")
    line = assert_one_line(name)
    assert f"{slip} är satt: menas {name}?" in line
    assert "hemligt" not in line


def assert_one_line(name: str) -> str:
    with pytest.raises(SettingError) as raised:
        create_app()
    line = str(raised.value)
    assert line.startswith(name)
    assert "\n" not in line
    others = set(config.HOW_TO_MEND) - {name}
    assert not [other for other in others if re.match(rf"{other}\b", line)]
    return line
