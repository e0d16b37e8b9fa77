"""Rate limits. Whose counter: ``extensions.visitor_key``, never an address."""

from typing import Any

from elevhalsa.config import Settings

# A whole school can share one address, so knocking is generous and codes are not.
KNOCK = "40 per 10 minutes; 120 per hour"
CODE = "10 per minute; 40 per hour"
SIGN_IN = "10 per minute; 40 per hour"
WRITE = "60 per minute"


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
