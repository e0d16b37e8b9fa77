"""What a slug and a host name may look like. Pure."""

import re

from elevhalsa.core.i18n import _l

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_HOST_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


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
