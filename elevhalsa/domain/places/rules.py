"""What a slug and a host name may look like, and which address a host name gives. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from elevhalsa.core.i18n import _l

from .words import Need, Unit


class Named(Protocol):
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=Named)

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SHARED_SPACE = ""
_HOST_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


NEEDS = {
    "mår dåligt": Need.UNWELL,
    "illa": Need.HARMED,
    "vän": Need.FRIEND,
    "kropp": Need.BODY,
}
"""How a file of crisis lines says what a line helps with."""


UNITS = {
    "timmar": Unit.HOURS,
    "vardagar": Unit.WEEKDAYS,
    "dagar": Unit.CALENDAR_DAYS,
}
"""How a file of guarantees says what its times are counted in."""


def needs(said: str) -> tuple[Need, ...]:
    """'illa | vän': each once. Raises KeyError with what is none."""
    parts = filter(None, (part.strip().casefold() for part in said.split("|")))
    return tuple(dict.fromkeys(NEEDS[part] for part in parts))


def named_like(typed: str, all_of: Iterable[N]) -> list[N]:
    """Those whose name is what was typed; else those whose name has each word of it somewhere.
    Capitals, rings and dots make no difference. Nothing is like no word at all."""
    words = _folded(typed).split()
    some = list(all_of) if words else []
    same = [one for one in some if _folded(one.name).split() == words]
    return same or [one for one in some if all(word in _folded(one.name) for word in words)]


def _folded(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(mark for mark in parts if not unicodedata.combining(mark))


def slug(text: str) -> str:
    """A short name for addresses: kebab-case of a-z and 0-9. Raises ValueError otherwise."""
    if not _SLUG.fullmatch(text):
        raise ValueError(
            _l("”%(text)s” är inget kortnamn; skriv med a–z, 0–9 och bindestreck", text=text)
        )
    return text


def host(text: str) -> str:
    """A host name (RFC 1123) in lower case, without scheme and port. Raises ValueError."""
    name = text.casefold()
    labels = name.split(".")
    if len(name) > 253 or len(labels) < 2 or not all(map(_HOST_LABEL.fullmatch, labels)):
        raise ValueError(
            _l("”%(text)s” är inget värdnamn; skriv till exempel elevhalsa.kommun.se", text=text)
        )
    return name


def hostname(header: str) -> str:
    """The host name of a ``Host`` header, to be compared with others: in lower case, without port
    and without the dot that may end a full name (RFC 9110 7.2, RFC 3986 3.2.2). An IPv6 address
    keeps its brackets. Empty for a header that holds no name."""
    name = header.strip().casefold()
    if name.startswith("["):
        address, bracket, _port = name.partition("]")
        return address + bracket
    return name.partition(":")[0].removesuffix(".")


def origin(public_url: str, host: str | None) -> str:
    """``https://host[:port]`` where a municipality is reached: its own host name where it has
    one, else ``public_url``'s. Scheme and port are those of ``public_url`` in both cases."""
    base = urlsplit(public_url)
    place = base.netloc
    if host:
        place = f"{host}:{base.port}" if base.port else host
    return f"{base.scheme}://{place}"


def slug_space(municipality_id: str, host: str | None) -> str:
    """Within what a municipality's school slugs are unique: its own id where it has a host name of
    its own, otherwise what all share who are reached at PUBLIC_URL's host."""
    return municipality_id if host else SHARED_SPACE
