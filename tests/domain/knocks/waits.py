"""What tests ask of what a pupil waits for."""

from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.promise.models import Wait
from elevhalsa.domain.promise.service import open_about
from elevhalsa.extensions import db

AT_LAST = [
    {"hours": 0, "audience": ["staff"]},
    {"hours": 24, "audience": ["staff", "coordinator"], "opens_wide": True},
]
"""A ladder without reminders: of a test that is about the moment when the promise breaks."""


def wait_of(knock: Knock) -> Wait | None:
    """The nearest of what is waited for."""
    db.session.flush()
    return db.session.scalars(open_about(knock.about)).first()


def next_rung_of(knock: Knock) -> object:
    """When the sweep looks at a knock next; None when nothing more is due."""
    wait = wait_of(knock)
    return wait.next_rung_at if wait else None
