"""What is left of a knock when some of it is withheld and some struck out. Nothing that is withheld
or struck may be in what is given: not a character of it, nor how much it was.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .words import Outcome


@dataclass(frozen=True)
class Part:
    """Something that is given whole, given with passages struck out, or withheld."""

    key: str
    group: str
    """Under which heading it stands."""
    heading: str
    """What it is; said with it, and withheld with it."""
    text: str
    is_fact: bool = False
    """A fact of who the pupil is: withheld, it is struck wherever else it stands."""
    is_name: bool = False
    """A fact of which each word is one: "Elev" of "Elev Exempel", and "Elevs"."""


@dataclass(frozen=True)
class Section:
    heading: str
    lines: Sequence[str]


@dataclass(frozen=True)
class Choice:
    """What is to be done with the parts."""

    withheld: Mapping[str, str]
    """Part's key -> the paragraph. The rest is given."""
    struck: Sequence[str] = ()
    """Passages, as they stand in the parts; capitals and the width of spaces do not count."""
    mark: str = "[…]"
    """What stands where a passage has been struck out."""


def passages(text: str) -> list[str]:
    """One of each line that was written."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def _flat(text: str) -> str:
    return unicodedata.normalize("NFC", text)


_BETWEEN = r"\s()./\u2010-\u2015\u2212-"
NUMBER = re.compile(rf"[\d+{_BETWEEN}]+")
BETWEEN = rf"[{_BETWEEN}]*"
"""What people write between the digits of a number: spaces, brackets, strokes and dashes."""
FEWEST_WORDS = 3
"""Of a line that may not be told again: fewer are anybody's."""
FEWEST, MOST_COMPARED = 5, 8
"""Digits of what is a number, and the last ones, which are the same in "070" and "+46 70"."""


def _found(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?=({words}))", re.IGNORECASE)  # so that those that overlap are found too


def _pattern(passage: str) -> re.Pattern[str]:
    return _found(r"\s+".join(map(re.escape, _flat(passage).split())))


def _of_fact(part: Part) -> Iterator[re.Pattern[str]]:
    text = _flat(part.text)
    digits = re.sub(r"\D", "", text)
    words = text.split()
    if NUMBER.fullmatch(text) and len(digits) >= FEWEST:
        last = BETWEEN.join(digits[-MOST_COMPARED:])
        yield _found(rf"(?<![\d+])(?:\+?(?:\d{BETWEEN}){{0,6}})?{last}")
        yield _found(last)
    elif words:
        whole = r"\s+".join(map(re.escape, words))
        yield _found(rf"(?<!\w){whole}(?::?s)?(?!\w)")
        for word in words if part.is_name else ():
            yield _found(rf"(?<!\w){re.escape(word)}(?::?s)?(?!\w)")


def _patterns(parts: Sequence[Part], choice: Choice) -> list[re.Pattern[str]]:
    facts = [one for one in parts if one.is_fact and one.key in choice.withheld]
    return [
        *(_pattern(one) for one in choice.struck if one.split()),
        *(pattern for fact in facts for pattern in _of_fact(fact)),
    ]


def _strike(text: str, patterns: Sequence[re.Pattern[str]], mark: str) -> str:
    flat = _flat(text)
    spans = sorted(found.span(1) for one in patterns for found in one.finditer(flat))
    told, at = "", 0
    for start, end in spans:
        if start >= at:
            told += flat[at:start] + mark
        at = max(at, end)
    return told + flat[at:]


def not_found(parts: Sequence[Part], struck: Sequence[str]) -> list[str]:
    """The passages that stand nowhere: they were typed otherwise than they stand, and would be
    given."""
    return [
        passage
        for passage in struck
        if not any(_pattern(passage).search(_flat(_whole(one))) for one in parts)
    ]


def says_struck(text: str, parts: Sequence[Part], choice: Choice) -> bool:
    """Does a text that goes with what is given say something of what is withheld or struck?"""
    kept_back = (part for part in parts if part.key in choice.withheld)
    lines = (line for part in kept_back for line in passages(part.text))
    told = [_pattern(line) for line in lines if len(line.split()) >= FEWEST_WORDS]
    return any(one.search(_flat(text)) for one in [*_patterns(parts, choice), *told])


def _whole(part: Part) -> str:
    return f"{part.heading}\n{part.text}"


def sections(parts: Sequence[Part], choice: Choice) -> list[Section]:
    """What is given, under its headings. Of what is withheld nothing is said: neither where it
    stood, nor that its heading had anything under it."""
    patterns = _patterns(parts, choice)
    found: dict[str, list[str]] = {}
    for part in parts:
        if part.key in choice.withheld:
            continue
        lines = found.setdefault(part.group, [])
        lines += _strike(_joined(part), patterns, choice.mark).splitlines()
    return [Section(heading, lines) for heading, lines in found.items()]


def _joined(part: Part) -> str:
    return f"{part.heading}: {part.text}" if part.is_fact else _whole(part)


def masked(parts: Sequence[Part], choice: Choice) -> set[str]:
    """The keys of the parts that are given with something struck out."""
    patterns = _patterns(parts, choice)
    return {
        part.key
        for part in parts
        if part.key not in choice.withheld
        and any(one.search(_flat(_joined(part))) for one in patterns)
    }


def outcome(parts: Sequence[Part], choice: Choice) -> Outcome:
    given = [part for part in parts if part.key not in choice.withheld]
    if not given:
        return Outcome.REFUSED
    whole = len(given) == len(parts) and not masked(parts, choice)
    return Outcome.GIVEN if whole else Outcome.PARTLY


def paragraphs(choice: Choice, parts: Sequence[Part], of_struck: str | None) -> list[str]:
    """On which paragraphs something is kept back, each once."""

    def named() -> Iterator[str]:
        yield from (choice.withheld[one.key] for one in parts if one.key in choice.withheld)
        if of_struck and masked(parts, choice):
            yield of_struck

    return list(dict.fromkeys(named()))
