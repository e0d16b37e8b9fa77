"""One house for all attacks of a file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from elevhalsa.core import clock
from elevhalsa.extensions import db
from tests.conftest import app_for, settings_for
from tests.domain.helpers import at
from tests.factories import Make
from tests.pages.every_form import SETTINGS

from .scenes import Guarded, Scenes

MONDAY = at("2026-11-23 09:30")


@pytest.fixture(scope="module")
def scenes(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenes]:
    path = tmp_path_factory.mktemp("attacks") / "attacked.db"
    path.write_bytes(sqlite_template.read_bytes())
    app = app_for(settings_for(f"sqlite:///{path}", **SETTINGS))
    app.test_client_class = Guarded
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with app.app_context(), clock.frozen(MONDAY):
        yield Scenes(app, path, Make())
        db.session.remove()
        db.engine.dispose()
