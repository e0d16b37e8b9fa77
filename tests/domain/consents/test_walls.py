"""Who meets what of consents in PostgreSQL, whatever a query forgets to ask."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from flask import Flask
from sqlalchemy import func, select

from elevhalsa import work
from elevhalsa.domain.consents import service
from elevhalsa.domain.consents.models import Consent, ConsentBasis, ConsentShared
from elevhalsa.domain.consents.words import Role
from elevhalsa.extensions import db
from tests import postgres
from tests.conftest import app_for, settings_for
from tests.factories import Make

from .helpers import all_say_yes, asked, found_out


@pytest.fixture
def app(postgres_url: str) -> Iterator[Flask]:
    """As the web is connected on a deployment."""
    worker = postgres.as_role(postgres_url, postgres.WORKER)
    app = app_for(
        settings_for(postgres.as_role(postgres_url, postgres.WEB), worker_database_url=worker)
    )
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


class Undone(Exception):
    pass


def met(*, held: str = "", shown: str = "", actor: work.Actor, home: str) -> list[int]:
    """How many rows of each table whoever acts so can meet."""
    found: list[int] = []
    db.session.expunge_all()
    with suppress(Undone), work.unit(actor):
        work.act_as(actor, municipality_id=home, wall=None)
        if held:
            work.hold(held)
        if shown:
            work.show(shown)
        tables = (ConsentBasis, Consent, ConsentShared)
        found = [db.session.scalar(select(func.count()).select_from(one)) or 0 for one in tables]
        raise Undone
    return found


def test_only_who_changes_the_subject_or_has_the_link_meets_anything(app):
    make = Make()
    counsellor = make.counsellor(make.school())
    basis, other = found_out(make.home), found_out(make.home)
    all_say_yes(basis)
    asked(other, Role.GUARDIAN_ONE)
    door = service.open_door(asked(other, Role.GUARDIAN_TWO))
    service.share(basis.about, basis.what, told="Allt", to_whom="De", cause="x", by=None)
    db.session.commit()
    home, about = make.home.id, basis.about_id
    me = work.staff(counsellor.id)
    assert met(actor=me, home=home) == [0, 0, 0]
    assert met(actor=me, home=home, held=about) == [1, 3, 1]
    link = service.hash_link(door.token)
    # The one who has a link meets her own, and not that of the other guardian.
    assert met(actor=work.GUARDIAN, home=home, shown=link) == [1, 1, 0]
    assert met(actor=work.GUARDIAN, home=home, shown=service.hash_link("x")) == [0, 0, 0]
