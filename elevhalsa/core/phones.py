"""Phone numbers, from what was typed to what can be called. Pure.

Only what is certain is refused: a Swedish number of a length that no such number has (the Swedish
numbering plan: 7 to 9 digits after the 0, mobile numbers always 9), and a country code that ITU has
given to nobody (E.164). The rules are few enough to be handed to a page as data (``told``): that is
why no library does this (docs/decisions/0025).
"""

import re
from collections.abc import Collection
from typing import Any

from .i18n import _, _l
from .typed import Refused, is_dash, plain

SWEDEN = "46"
MOBILE = re.compile(r"7[023689]\d{7}")
"""After +46, or after the 0."""
BEGINS_MOBILE = re.compile(r"7[023689]")
LEAST, MOST = 7, 9
"""Digits of a Swedish number after the 0."""
LEAST_ABROAD, MOST_ABROAD = 7, 15
"""With the country code (E.164 6.2)."""
AREA = re.compile(r"08|0(?:1[013689]|2[0136]|3[1356]|4[0246]|54|6[03]|7[02-9]|90)|0\d{3}")
"""A Swedish area code: of two digits, of three, and all others of four."""
COUNTRY = re.compile(
    r"1|7|2[07]|21[12368]|2[2346]\d|25[0-8]|29[01789]|3[0-469]|3[57]\d|38[0-35-79]|4[013-9]|42[013]|"
    r"5[1-8]|5[09]\d|6[0-6]|67[02-9]|68[0-35-9]|69[0-2]|8[1246]|80[08]|85[02356]|87[08]|88[012368]|"
    r"9[0-58]|96[0-8]|97[0-79]|99[2-68]"
)
"""The countries' codes; none begins another."""
GROUPS = {4: (2, 2), 5: (3, 2), 6: (2, 2, 2), 7: (3, 2, 2), 8: (3, 3, 2)}
"""How a Swedish number is written after its area code (SIS standard 82 01 02)."""
NAMED = re.compile(r"^(?:tel|sms|callto):")
ABROAD = re.compile(r"^[( ]*(?:\+|00[1-9])")
LEFT_OUT = re.compile(r"\( ?0 ?\)")
"""The 0 that is not pressed after a country's code."""
BETWEEN = " ().,/·'"
"""What stands between digits, besides dashes."""

TOO_SHORT = _l("Det är för kort.")
TOO_LONG = _l("Det är för långt. Skriv bara ett nummer.")
NO_COUNTRY = _l("Vi känner inte igen landet, siffrorna efter +.")
NO_BEGINNING = _l("Det ska börja med 0, eller med + och landets siffror.")
NOT_DIGITS = _l("Det får bara ha siffror i sig.")
NO_SMS = _l("Dit går det inte att skicka sms. Skriv ett mobilnummer.")


def read(typed: str | None, *, sms: bool = False) -> str:
    """A number as it is kept: '0701740605' for a Swedish one, '+4790123456' for others.

    sms: it must be able to get one. Raises Refused.
    """
    digits = _digits(plain(typed))
    if digits.startswith("+"):
        country = country_of(digits)
        if country is None:
            raise Refused(NO_COUNTRY)
        rest = digits[1 + len(country) :]
        found = _swedish(rest.lstrip("0")) if country == SWEDEN else _abroad(digits)
    elif digits.startswith("0"):
        found = _swedish(digits.lstrip("0"))
    elif MOBILE.fullmatch(digits):
        found = "0" + digits
    elif digits.startswith(SWEDEN) and MOBILE.fullmatch(digits[2:].lstrip("0")):
        found = "0" + digits[2:].lstrip("0")
    elif len(digits) < LEAST:
        raise Refused(TOO_SHORT)
    else:
        raise Refused(NO_BEGINNING)
    if sms and not may_get_sms(found):
        raise Refused(NO_SMS)
    return found


def _digits(typed: str) -> str:
    """Digits, with + before those that begin with a country's. Raises Refused for anything else."""
    said = NAMED.sub("", typed.casefold()).partition(";")[0]
    begins_abroad = ABROAD.match(said)
    if begins_abroad:
        said = LEFT_OUT.sub("", said)
    signs = [letter for letter in said if letter not in BETWEEN and not is_dash(letter)]
    bare = "".join(signs)
    if not bare:
        raise Refused(TOO_SHORT)
    if not re.fullmatch(r"\+?\d+", bare):
        raise Refused(NOT_DIGITS)
    return "+" + bare[2:] if begins_abroad and bare.startswith("00") else bare


def country_of(digits: str) -> str | None:
    """The country code of '+…'; None when there is no such country."""
    found = COUNTRY.match(digits, 1)
    return found[0] if found else None


def _swedish(rest: str) -> str:
    """rest: what stands after the 0."""
    least = MOST if BEGINS_MOBILE.match(rest) else LEAST
    if len(rest) < least:
        raise Refused(TOO_SHORT)
    if len(rest) > MOST:
        raise Refused(TOO_LONG)
    return "0" + rest


def _abroad(digits: str) -> str:
    length = len(digits) - 1
    if length < LEAST_ABROAD:
        raise Refused(TOO_SHORT)
    if length > MOST_ABROAD:
        raise Refused(TOO_LONG)
    return digits


def told() -> dict[str, Any]:
    """What ``read`` goes by, as data: static/js/check.js reads alike with it."""
    patterns = {
        "named": NAMED,
        "abroad": ABROAD,
        "left_out": LEFT_OUT,
        "country": COUNTRY,
        "mobile": MOBILE,
        "begins_mobile": BEGINS_MOBILE,
    }
    says = {
        "too_short": TOO_SHORT,
        "too_long": TOO_LONG,
        "no_country": NO_COUNTRY,
        "no_beginning": NO_BEGINNING,
        "not_digits": NOT_DIGITS,
        "no_sms": NO_SMS,
    }
    return {
        "between": BETWEEN,
        "sweden": SWEDEN,
        "lengths": [LEAST, MOST],
        "lengths_abroad": [LEAST_ABROAD, MOST_ABROAD],
        **{name: pattern.pattern for name, pattern in patterns.items()},
        **{name: str(text) for name, text in says.items()},
    }


def may_get_sms(number: str, countries: Collection[str] | None = None) -> bool:
    """False for a Swedish number that is certainly none of a mobile phone's, and for one of another
    country than these (codes, such as '46'); None: any. ``number``: read."""
    if not number.startswith("+"):
        return MOBILE.fullmatch(number[1:]) is not None and (
            countries is None or SWEDEN in countries
        )
    return countries is None or country_of(number) in countries


def refused_sms(countries: Collection[str]) -> str:
    """Why a number of another country gets no SMS, and what to do instead."""
    return _(
        "Vi kan inte skicka sms till det landet. Skriv ett mobilnummer som börjar med %(codes)s, "
        "eller välj ett annat sätt.",
        codes=_(" eller ").join(f"+{code}" for code in countries),
    )


def international(number: str) -> str:
    """'070…' as '+4670…' (E.164), also of a number that was kept before it was read like this."""
    try:
        number = read(number)
    except Refused:
        return number
    return number if number.startswith("+") else f"+{SWEDEN}{number[1:]}"


def grouped(number: str) -> str:
    """As it is written in Sweden: '070-174 06 05', '08-12 34 56', '+47 90 12 34 56'."""
    try:
        number = read(number)
    except Refused:
        return number
    if number.startswith("+"):
        country = country_of(number) or ""
        rest = number[1 + len(country) :]
        odd = len(rest) % 2
        pairs = [rest[: 2 + odd], *(rest[i : i + 2] for i in range(2 + odd, len(rest), 2))]
        return " ".join([f"+{country}", *pairs])
    area = AREA.match(number)
    length = area.end() if area else 0
    return f"{number[:length]}-{_spaced(number[length:])}"


def _spaced(rest: str) -> str:
    parts = []
    for size in GROUPS.get(len(rest), (len(rest),)):
        parts.append(rest[:size])
        rest = rest[size:]
    return " ".join(parts)
