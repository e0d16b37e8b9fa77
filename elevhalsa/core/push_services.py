"""Which servers a push may be sent to. Pure: nothing is looked up or connected here.

The address of a push service comes from the browser, that is from anybody. Without a list the
service could be made to call whatever its own network can reach.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

HTTPS_PORT = 443
LONGEST_ENDPOINT = 1024
"""Characters. The longest in use are about 500."""

KNOWN = (
    "fcm.googleapis.com",
    "android.googleapis.com",
    "updates.push.services.mozilla.com",
    ".push.services.mozilla.com",
    ".notify.windows.com",
    ".push.apple.com",
)
"""Chrome, Edge on Android and Samsung Internet; Firefox; Edge on Windows; Safari. An entry that
begins with a dot holds for every host below it."""

_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
_PRINTABLE = re.compile(r"[!-~]+")


class EndpointRefused(ValueError):
    """The text says why, without the endpoint: that is as good as the browser's name."""


@dataclass(frozen=True)
class Target:
    """The parts of an endpoint that may be called."""

    scheme: str
    host: str
    port: int
    path: str
    """Path and query."""

    @property
    def authority(self) -> str:
        """Host, and the port unless the scheme has it anyway."""
        usual = {"https": HTTPS_PORT, "http": 80}[self.scheme]
        return self.host if self.port == usual else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """As RFC 6454 6.2 writes it."""
        return f"{self.scheme}://{self.authority}"


class PushServices:
    """The list. Filled by the factory."""

    def __init__(self, entries: Sequence[str] = KNOWN) -> None:
        self.configure(entries)

    def configure(self, entries: Sequence[str]) -> None:
        """entries: exact host names, '.suffix', or (never in production) whole origins such as
        'http://127.0.0.1:9999', at which nothing is checked but that it is the same origin.

        Raises ValueError for anything else.
        """
        self.entries = read_entries(entries)

    def target(self, endpoint: str) -> Target:
        """The parts of an endpoint on the list. Raises EndpointRefused for any other."""
        if len(endpoint) > LONGEST_ENDPOINT or not _PRINTABLE.fullmatch(endpoint):
            raise EndpointRefused("characters")
        if "\\" in endpoint or "#" in endpoint:
            raise EndpointRefused("characters")
        try:
            parts = urlsplit(endpoint)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise EndpointRefused("malformed") from None
        if "@" in parts.netloc:
            raise EndpointRefused("userinfo")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if parts.scheme in ("http", "https") and self.is_local(f"{parts.scheme}://{parts.netloc}"):
            usual = HTTPS_PORT if parts.scheme == "https" else 80
            return Target(parts.scheme, host, port or usual, path)
        if parts.scheme != "https":
            raise EndpointRefused("scheme")
        if port not in (None, HTTPS_PORT):
            raise EndpointRefused("port")
        if not self._knows(host):
            raise EndpointRefused("host")
        return Target("https", host, HTTPS_PORT, path)

    def is_local(self, origin: str) -> bool:
        """True for an origin that is on the list as such: for development and tests."""
        return "://" in origin and origin in self.entries

    def _knows(self, host: str) -> bool:
        if not _HOST.fullmatch(host) or _is_address(host):
            return False
        return any(
            host.endswith(entry) if entry.startswith(".") else host == entry
            for entry in self.entries
            if "://" not in entry
        )


def _is_address(host: str) -> bool:
    """True for an IP address, however it is written: a last label of digits is never a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return re.fullmatch(r"0x[0-9a-f]*|\d+", host.rpartition(".")[2]) is not None
    return True


def read_entries(entries: Sequence[str]) -> tuple[str, ...]:
    """Raises ValueError for an entry that is no host, '.suffix' or origin."""
    return tuple(_entry(entry.strip().lower()) for entry in entries)


def _entry(entry: str) -> str:
    if "://" in entry:
        parts = urlsplit(entry)
        _ = parts.port
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            raise ValueError("not an origin")
        return f"{parts.scheme}://{parts.netloc}"
    name = entry.removeprefix(".")
    if not _HOST.fullmatch(name) or _is_address(name):
        raise ValueError("not a host name")
    return entry


def are_public(addresses: Sequence[str]) -> bool:
    """True when there is at least one address and every one is on the public internet.

    One that is not is enough to refuse: which of them a client takes is chance.
    """
    return bool(addresses) and all(_is_public(address) for address in addresses)


def _is_public(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:  # e.g. with a zone, which only local ones have
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inside = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inside is not None:
            return _is_public(str(inside))
        if address in _NAT64:
            return _is_public(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
    return address.is_global and not address.is_multicast


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

push_services = PushServices()
