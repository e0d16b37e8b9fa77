"""What a provider of OpenID Connect says of somebody, in our words. Pure: no database, no clock."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from elevhalsa.core.oidc import Provider

from .rules import Said, age_band, band_of, born_on
from .words import AgeBand, OidcTold

MOST_CHARACTERS = 200
OLDEST = 150
ERRORS: Mapping[str, OidcTold] = {
    # RFC 6749, 4.1.2.1 and 5.2
    "access_denied": OidcTold.STOPPED,
    "invalid_request": OidcTold.OURS,
    "unauthorized_client": OidcTold.OURS,
    "unsupported_response_type": OidcTold.OURS,
    "invalid_scope": OidcTold.OURS,
    "server_error": OidcTold.BUSY,
    "temporarily_unavailable": OidcTold.BUSY,
    "invalid_client": OidcTold.OURS,
    "invalid_grant": OidcTold.EXPIRED,
    "unsupported_grant_type": OidcTold.OURS,
    # OpenID Connect Core 3.1.2.6
    "interaction_required": OidcTold.NEEDS_MORE,
    "login_required": OidcTold.NEEDS_MORE,
    "account_selection_required": OidcTold.NEEDS_MORE,
    "consent_required": OidcTold.NEEDS_MORE,
    "invalid_request_uri": OidcTold.OURS,
    "invalid_request_object": OidcTold.OURS,
    "request_not_supported": OidcTold.OURS,
    "request_uri_not_supported": OidcTold.OURS,
    "registration_not_supported": OidcTold.OURS,
    # RFC 6750, 3.1
    "invalid_token": OidcTold.OURS,
    "insufficient_scope": OidcTold.OURS,
    # our own
    "away": OidcTold.BUSY,
    "full": OidcTold.BUSY,
    "untrue": OidcTold.UNTRUE,
}
"""Codes that a provider answers with, by way of the browser or to us."""


def failed(code: str) -> OidcTold:
    return ERRORS.get(code, OidcTold.FAILED)


def are_enough(provider: Provider, claims: Mapping[str, Any]) -> bool:
    """Do they say all that the setting requires?"""
    for name, wanted in provider.require.items():
        said = claims.get(name)
        found = said if isinstance(said, list) else [said]
        allowed = {wanted} if isinstance(wanted, str) else set(wanted)
        if not any(isinstance(one, str) and one in allowed for one in found):
            return False
    return True


def subject(provider: Provider, claims: Mapping[str, Any]) -> str | None:
    """What somebody is known by for ever, among all providers; None when it is not said."""
    said = claims.get(provider.claims.subject)
    return f"{provider.issuer} {said}" if isinstance(said, str) and said.strip() else None


def said(provider: Provider, claims: Mapping[str, Any], today: date) -> Said | None:
    """No more than the setting asks for. None when it lacks what is always needed: by what the
    person is known, and a name."""
    wanted, known = provider.claims, subject(provider, claims)
    name = _text(claims, wanted.name)
    if known is None or name is None:
        return None
    number = _number(_text(claims, wanted.number))
    return Said(
        provider=provider.key,
        provider_name=provider.name,
        subject=known,
        name=name,
        number=number,
        age_band=_age_band(provider, claims, number, today),
        school_class=_text(claims, wanted.school_class),
    )


def _text(claims: Mapping[str, Any], names: str | None) -> str | None:
    """The words of one claim or of several; a list's first, as a broker of SAML has it."""
    found = []
    for name in (names or "").split():
        value = claims.get(name)
        value = value[0] if isinstance(value, list) and value else value
        if isinstance(value, str):
            found.append(value)
    # Nothing that would turn the line around or break it.
    text = "".join(one if one.isprintable() else " " for one in " ".join(found))
    return " ".join(text.split())[:MOST_CHARACTERS] or None


def _number(text: str | None) -> str | None:
    """12 digits in which a day stands; None of anything else."""
    number = re.sub(r"[ -]", "", text or "")
    return number if _born_on(number) else None


def _born_on(number: str) -> date | None:
    try:
        return born_on(number)
    except ValueError:
        return None


def _age_band(
    provider: Provider, claims: Mapping[str, Any], number: str | None, today: date
) -> AgeBand | None:
    years = claims.get(provider.claims.age or "")
    if isinstance(years, str) and years.isascii() and years.isdigit():
        years = int(years[:4])
    if isinstance(years, int) and not isinstance(years, bool) and 0 <= years <= OLDEST:
        return band_of(years)
    born = _born_on(number) if number else _day(_text(claims, provider.claims.birthdate))
    return age_band(born, today) if born and born <= today else None


def _day(text: str | None) -> date | None:
    """YYYY-MM-DD (OpenID Connect Core 5.1), with or without dashes. A year alone is no age."""
    if not text or not re.fullmatch(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
