"""What every process serves or works with, and what ``flask --app app`` means."""

from elevhalsa import create_app
from elevhalsa.core.errors import SettingError

try:
    app = create_app()
except SettingError as error:
    raise SystemExit(f"Elevhälsa online startar inte. {error}") from None
