"""Rate limits. The counter's key is a keyed hash that changes every day, never an address."""

from typing import Any

from flask import request

from elevhalsa.config import Settings
from elevhalsa.core import clock
from elevhalsa.core.crypto import keyring

# A whole school can share one address, so knocking is generous and codes are not.
KNOCK = "40 per 10 minutes; 120 per hour"
CODE = "10 per minute; 40 per hour"
SIGN_IN = "10 per minute; 40 per hour"
WRITE = "60 per minute"


def visitor_key() -> str:
    """Whose counter: 32 hexadecimal characters that cannot be led back to an address."""
    today = clock.now().date().isoformat()
    return keyring.keyed_hash("visitor", f"{today} {request.remote_addr}")[:32]


def flask_config(settings: Settings) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if settings.redis_url:
        options = {"socket_connect_timeout": 0.3, "socket_timeout": 0.5}
    return {
        "RATELIMIT_STORAGE_URI": settings.limiter_storage,
        "RATELIMIT_STORAGE_OPTIONS": options,
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": bool(settings.redis_url),
        "RATELIMIT_HEADERS_ENABLED": False,
        "RATELIMIT_ENABLED": True,
    }


