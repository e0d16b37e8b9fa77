"""What comes in: a request whose JSON holds only text that can be written down.

Half a surrogate pair is no character and cannot be encoded; PostgreSQL keeps no NUL. A form cannot
bring the first (it is bytes), and ``access`` looks for the second there.
"""

import json
from contextlib import suppress
from typing import Any

from flask import Flask, Request


class Writable(Request):
    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """As Flask's; what cannot be written down is no JSON to us, nor what is deeper than Python
        reads (RFC 8259 section 9 lets us set limits)."""
        with suppress(RecursionError):
            data = super().get_json(force=force, silent=silent, cache=cache)
            if data is None or is_writable(data):
                return data
        return None if silent else self.on_json_loading_failed(ValueError("not writable"))


def is_writable(data: Any) -> bool:
    """False for JSON with a lone surrogate or a NUL somewhere in it."""
    text = json.dumps(data, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\\u0000" not in text


def init_app(app: Flask) -> None:
    """After htmx, whose kind of request this one is as well."""
    app.request_class = type("HouseRequest", (Writable, app.request_class), {})
