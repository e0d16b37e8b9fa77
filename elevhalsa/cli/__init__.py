"""The operator's commands: ``flask --app app …``."""

from flask import Flask


def init_app(app: Flask) -> None:
    pass
