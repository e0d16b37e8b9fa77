"""Rate limits: whoever guesses is slowed down, a class behind one address is not.

Whose counter: ``extensions.visitor_key``, never an address. Of codes, digits and links only wrong
ones count (``guesses``). How long guessing takes: docs/decisions/0026.
"""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import abort, make_response, request
from flask.typing import ResponseReturnValue
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from elevhalsa.config import Settings
from elevhalsa.database import AWAY
from elevhalsa.domain.notices import schedule
from elevhalsa.domain.operations.queries import GUESSED
from elevhalsa.extensions import limiter, visitor_key

from . import transaction

log = logging.getLogger(__name__)

# A whole school can share one address: nobody is refused for knocking (``floods``).
CODE = "10 per minute; 40 per hour"
"""Wrong ones."""
LINK = "20 per minute; 60 per hour"
"""Wrong ones: a link has 128 bits, so this only keeps noise away."""
FEED = "60 per minute; 600 per hour"
"""As above; a calendar goes on asking for an address that has ended."""
SIGN_IN = "60 per minute; 300 per hour"
"""Letters asked for from one address; how many go to one person is limited apart."""
EID = "120 per minute; 1200 per hour"
"""Orders begun at BankID from one address: a whole school's at once are fewer."""
WRITE = "60 per minute"

IN_ALL = "1000 per hour"
"""Wrong guesses of one kind, whoever makes them. More is no mistyping: operators are told,
and an address has SCARCE from then on."""
SCARCE = "3 per hour"

_OK = 400
"""Below: it was right."""
_without_store = FixedWindowRateLimiter(MemoryStorage())
"""While the store is away and nobody has noticed yet."""


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


View = Callable[..., ResponseReturnValue]


def guesses(limit: str) -> Callable[[View], View]:
    """A view where something can be guessed. An answer below 400 says that it was right, and then
    nothing is counted; neither is what nobody has looked at, for want of the database. A post is
    counted before it is looked at, and given back afterwards: many at once get no more guesses than
    one after the other."""

    def guarded(view: View) -> View:
        @wraps(view)
        def wrapper(**values: Any) -> ResponseReturnValue:
            if request.method != "POST":
                return view(**values)
            taken = _take_of_all(request.endpoint or "")
            try:
                response = make_response(view(**values))
            except AWAY:  # nobody has looked at it
                _give_all_back(taken)
                raise
            if response.status_code < _OK:
                _give_all_back(taken)
            return response

        return limiter.limit(limit, methods=["POST"])(wrapper)

    return guarded


def wrong_addresses(limit: str) -> Callable[[View], View]:
    """A view whose address is a key: only those that lead nowhere count."""
    return limiter.limit(limit, deduct_when=lambda response: response.status_code >= _OK)


Taken = tuple[RateLimitItem, tuple[str, ...]]


def _take_of_all(kind: str) -> list[Taken]:
    """What it takes of everybody's share; beyond that, of the little that an address has then."""
    in_all: Taken = (parse(IN_ALL), ("guesses", kind))
    if _hit(*in_all):
        return [in_all]
    transaction.afterwards("guessed", lambda: schedule.finish(GUESSED))
    log.warning("more than %s wrong guesses at %s", IN_ALL, kind)
    scarce: Taken = (parse(SCARCE), ("guesses", kind, visitor_key()))
    if not _hit(*scarce):
        abort(429)
    return [scarce]


def _hit(item: RateLimitItem, key: tuple[str, ...]) -> bool:
    try:
        return limiter.limiter.hit(item, *key)
    except Exception:  # noqa: BLE001  (a store that is away opens nothing)
        return _without_store.hit(item, *key)


def _give_all_back(taken: list[Taken]) -> None:
    own = [(one.limit, tuple(one.request_args)) for one in limiter.current_limits]
    for item, key in (*own, *taken):
        _give_back(item, key)


def _give_back(item: RateLimitItem, key: tuple[str, ...]) -> None:
    try:
        limiter.limiter.storage.incr(item.key_for(*key), item.get_expiry(), amount=-1)
    except Exception as error:  # noqa: BLE001  (the answer is worth more)
        log.warning("a right one was counted: %s", type(error).__name__)
