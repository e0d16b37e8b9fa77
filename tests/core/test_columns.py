"""Column types, on both databases."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import StatementError

from elevhalsa.domain.knocks.models import Knock
from elevhalsa.extensions import db
from elevhalsa.work import ActorKind

NEW_YORK = timezone(timedelta(hours=-5))


def test_a_naive_moment_is_refused(make):
    knock = make.knock(make.school()).knock
    knock.due_at = datetime(2026, 11, 23, 9, 30)
    with pytest.raises(StatementError, match="naive"):
        db.session.flush()
    db.session.rollback()


def test_a_moment_comes_back_in_utc_whatever_zone_it_was_given_in(make):
    knock = make.knock(make.school()).knock
    knock.due_at = datetime(2026, 11, 23, 4, 30, tzinfo=NEW_YORK)
    db.session.commit()
    assert knock.due_at == datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    assert knock.due_at.utcoffset() == timedelta()


def test_moments_in_different_zones_are_compared_as_moments(make):
    knock = make.knock(make.school()).knock
    knock.due_at = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    db.session.commit()
    later = datetime(2026, 11, 23, 4, 31, tzinfo=NEW_YORK)
    assert db.session.scalars(select(Knock).where(Knock.due_at < later)).all() == [knock]
    earlier = datetime(2026, 11, 23, 4, 29, tzinfo=NEW_YORK)
    assert db.session.scalars(select(Knock).where(Knock.due_at < earlier)).all() == []


def test_encrypted_text_cannot_be_read_in_the_row_but_in_the_app(make):
    knock = make.knock(make.school(), name="Kim på ön").knock
    raw = db.session.execute(text("SELECT name FROM knock")).scalar_one()
    assert "Kim" not in raw
    db.session.expire_all()
    assert knock.name == "Kim på ön"


def test_a_text_that_was_not_given_stays_empty(make):
    make.knock(make.school())
    assert db.session.execute(text("SELECT name FROM knock")).scalar_one() is None


def test_a_word_is_stored_as_itself_and_an_unknown_one_is_refused(make):
    knock = make.knock(make.school()).knock
    assert db.session.execute(text("SELECT way FROM knock")).scalar_one() == "app"
    knock.way = "letter"
    with pytest.raises(StatementError, match="letter"):
        db.session.flush()
    db.session.rollback()


def test_every_actor_fits_its_column():
    assert max(map(len, ActorKind)) <= 40
