"""A Monday, and a counsellor at one school who is signed in."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from elevhalsa.core import clock
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from tests.factories import Make

from ..browser import Browser
from .steps import MONDAY


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with clock.frozen(MONDAY):
        yield


@pytest.fixture
def school(make: Make) -> School:
    return make.school(name="Exempelskolan")


@pytest.fixture
def counsellor(make: Make, school: School) -> Staff:
    return make.counsellor(school)


@pytest.fixture
def browser(client: FlaskClient, counsellor: Staff) -> Browser:
    """A counsellor's, signed in."""
    browser = Browser(client)
    browser.arrives_as(counsellor)
    return browser
