"""What could not be sent: why, and what may be sent again."""

import ast
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from elevhalsa.config import ROOT
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.notices import outbox, rules, unsent
from elevhalsa.domain.notices.kinds import KINDS
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.domain.notices.words import Audience, Reason
from elevhalsa.extensions import db

GIVES_UP = {"give_up", "_give_up", "DeliveryFailed", "again", "_try_again"}


def codes() -> Iterator[str]:
    """Every code that the outbox, a sender or an adapter says by itself."""
    for path in (ROOT / "elevhalsa").rglob("*.py"):
        text = path.read_text("utf-8")
        if not any(f"{name}(" in text for name in GIVES_UP):
            continue
        for node in ast.walk(ast.parse(text)):
            name = ast.unparse(node.func).split(".")[-1] if isinstance(node, ast.Call) else ""
            if name in GIVES_UP:
                yield from (
                    one.value
                    for one in node.args  # type: ignore[attr-defined]
                    if isinstance(one, ast.Constant) and isinstance(one.value, str)
                )


@pytest.mark.parametrize("code", sorted(set(codes()) | {outbox.UNKNOWN, outbox.FAULT}))
def test_every_code_of_ours_is_known_by_its_reason(code: str) -> None:
    """What falls through is a server's that did not answer, as are these."""
    is_away = re.fullmatch(r"sms not reached|timeout", code)
    assert (rules.reason_of(code) is Reason.AWAY) == bool(is_away)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("smtp 550 recipient", Reason.ADDRESS),
        ("smtp 451", Reason.AWAY),
        ("smtp 554", Reason.REFUSED),
        ("smtp 535", Reason.SETUP),
        ("ConnectionRefusedError", Reason.AWAY),
        ("push 403 refused", Reason.SETUP),
        ("push 413", Reason.REFUSED),
        ("push push is off", Reason.SETUP),
        ("push endpoint scheme", Reason.ADDRESS),
        ("sms 400", Reason.REFUSED),
        ("sms ReadTimeout", Reason.UNKNOWN),
        ("seen", None),
    ],
)
def test_a_code_is_told_in_words(code: str, reason: Reason | None) -> None:
    assert rules.reason_of(code) is reason


def test_what_the_outbox_means_by_its_words_is_no_failure() -> None:
    assert {outbox.QUIET, outbox.BUNDLED} <= rules.MEANT


ROWS = st.lists(
    st.tuples(
        st.sampled_from(outbox.SENT_BY),
        st.sampled_from([outbox.UNKNOWN, "smtp 550 recipient", "push 413", "seen", "too late"]),
        st.booleans(),
        st.booleans(),
    ),
    max_size=8,
)


@settings(
    max_examples=settings.default.max_examples // 20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(ROWS)
def test_only_what_is_of_use_and_certainly_has_not_left_is_sent_again(app, make, rows) -> None:
    db.session.execute(delete(Notice))
    coordinator, now = make.coordinator(), clock.now()
    fine = set()
    for channel, code, may_have_left, is_of_use in rows:
        row = a_notice(coordinator.municipality_id, channel, code)
        row.started_at = now if may_have_left else None
        row.useful_until = now + timedelta(hours=1 if is_of_use else -1)
        twice = may_have_left and channel in outbox.AT_MOST_ONCE
        if is_of_use and not twice and code in ("smtp 550 recipient", "push 413"):
            fine.add(row.id)
        db.session.add(row)
    db.session.flush()
    told = unsent.lines(coordinator)
    assert sum(line.count for line in told) == sum(code != "seen" for _c, code, _m, _u in rows)
    assert sum(line.can_be_retried for line in told) == len(fine)
    assert unsent.retry(coordinator) == len(fine)
    waits = select(Notice.id).where(Notice.given_up_at.is_(None))
    assert set(db.session.scalars(waits)) == fine
    assert unsent.retry(coordinator) == 0


def a_notice(municipality_id: str, channel: Channel, code: str, kind: Kind = Kind.ANSWER) -> Notice:
    now = clock.now()
    return Notice(
        id=new_id(),
        municipality_id=municipality_id,
        kind=kind,
        channel=channel,
        cause=new_id(),
        created_at=now,
        not_before=now,
        due_at=now,
        given_up_at=now,
        error=code,
        useful_until=now + timedelta(hours=1),
    )


def test_one_line_is_sent_again_and_another_is_left_and_it_is_noted(app, make) -> None:
    coordinator = make.coordinator()
    home = coordinator.municipality_id
    db.session.add_all(
        [
            a_notice(home, Channel.EMAIL, "fault"),
            a_notice(home, Channel.EMAIL, "smtp 550 recipient"),
        ]
    )
    db.session.flush()
    keys = {line.reason: line.key for line in unsent.lines(coordinator)}
    assert unsent.retry(coordinator, keys[Reason.FAULT]) == 1
    assert {line.reason for line in unsent.lines(coordinator)} == {Reason.ADDRESS}
    noted = select(AuditEvent.staff_id).where(AuditEvent.action == Action.NOTICES_RETRIED)
    assert db.session.scalars(noted).all() == [coordinator.id]


def test_of_another_municipality_nothing_is_told_and_nothing_sent_again(app, make) -> None:
    other = make.municipality(name="En annan")
    db.session.add(a_notice(other.id, Channel.EMAIL, "fault"))
    db.session.flush()
    coordinator = make.coordinator()
    assert unsent.lines(coordinator) == []
    assert unsent.retry(coordinator) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_of_what_only_staff_are_told_not_even_the_kind_is_said(kind: Kind) -> None:
    line = unsent.Unsent(kind, False, Channel.EMAIL, Reason.FAULT, 1, 1, clock.now())
    is_hidden = Audience.COORDINATOR not in KINDS[kind].to
    assert (line.label == unsent.UNNAMED) == is_hidden
