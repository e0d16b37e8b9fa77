"""Pages are tried on PostgreSQL, where the web's role passes no wall. On SQLite people walk them in
a browser (``tests/journeys``), and a trial tries each page there too."""

import pytest

from tests.conftest import a_database


@pytest.fixture(params=[pytest.param("sqlite", marks=pytest.mark.trial), "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    return a_database(request)
