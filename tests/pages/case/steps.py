"""What the tests of one knock's page do again and again."""

from datetime import datetime

from sqlalchemy import func, select

from elevhalsa.core import clock
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.extensions import db

from ..browser import Browser, Page

SCRIPT = {"HX-Request": "true"}
"""Says that it is the page's own script that asks."""
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=clock.STOCKHOLM)


def open_case(browser: Browser, knock: Knock) -> Page:
    return browser.get(f"/personal/arende/{knock.id}")


def now_of(knock: Knock) -> Knock:
    """The knock as it stands in the database."""
    db.session.rollback()
    found = db.session.get(Knock, knock.id)
    assert found
    return found


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0
