"""What the web server starts: ``gunicorn app:app``."""

from elevhalsa import create_app
from elevhalsa.core.errors import SettingError

try:
    app = create_app()
except SettingError as error:
    raise SystemExit(f"Elevhälsa online startar inte. {error}") from None
