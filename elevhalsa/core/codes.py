"""Receipt codes that can be read aloud: "björk 4827 måne sten lampa".

Four words and four digits give more than 50 bits (asserted when the list is read). Typed codes
are forgiven spaces, dashes, dots, capitals and missing rings and dots over a letter, so no two
words of the list may be the same without them. Words that ran together are parted, and one that
is not of the list counts as the nearest that is, when there is only one: a guess is still a guess
at one code, so nothing is easier to find.
"""

import math
import re
import unicodedata
from enum import StrEnum
from pathlib import Path

LEAST_BITS = 50
SEPARATOR = " "


def _fold(text: str) -> str:
    """Lower case, without diacritics."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _read_words() -> tuple[str, ...]:
    words = (Path(__file__).parent / "code_words.txt").read_text("utf-8").split()
    if len({_fold(word) for word in words}) != len(words):
        raise RuntimeError("code_words.txt: two words are alike without diacritics")
    if 4 * math.log2(len(words)) + math.log2(10_000) < LEAST_BITS:
        raise RuntimeError("code_words.txt: too few words")
    return tuple(words)


WORDS = _read_words()


def from_bytes(secret: bytes) -> str:
    """The code that follows from at least 16 random or derived bytes."""
    if len(secret) < 16:
        raise ValueError("16 bytes needed")
    number = int.from_bytes(secret, "big")
    number, digits = divmod(number, 10_000)
    words = []
    for _index in range(4):
        number, index = divmod(number, len(WORDS))
        words.append(WORDS[index])
    return SEPARATOR.join((words[0], f"{digits:04}", *words[1:]))


KNOWN = frozenset(map(_fold, WORDS))
LONGEST = max(map(len, KNOWN))
MOST_LETTERS = 200
"""Of a typed code that is looked at; no code is as long."""


class Kind(StrEnum):
    """What a code opens."""

    RECEIPT = "receipt"
    """One knock: four words and four digits."""
    MOVE = "move"
    """What another device may open: two words and four digits."""


_WORDS_OF = {Kind.RECEIPT: 4, Kind.MOVE: 2}


def normalise(typed: str) -> str:
    """A typed code in the one form that is hashed: folded words of the list, as far as they can be
    told, and digits, with one space between."""
    said = "".join(
        str(unicodedata.decimal(letter, letter)) for letter in _fold(typed[:MOST_LETTERS])
    )
    parts = re.findall(r"[a-z]+|[0-9]+", said)
    return " ".join(word for part in parts for word in _meant(part))


def kind_of(typed: str) -> Kind | None:
    """What a typed text is a code for, by its shape; None when it is no code of ours."""
    parts = normalise(typed).split(SEPARATOR)
    words = [part for part in parts if part in KNOWN]
    digits = [part for part in parts if part.isdigit()]
    if len(digits) != 1 or len(digits[0]) != 4 or len(words) + 1 != len(parts):
        return None
    return next((kind for kind, number in _WORDS_OF.items() if number == len(words)), None)


def _meant(part: str) -> tuple[str, ...]:
    if part.isdigit() or part in KNOWN:
        return (part,)
    return _parted(part) or _nearest(part) or (part,)


def _nearest(word: str) -> tuple[str, ...]:
    """The one word of the list that is fewest slips away: at most one in a short word, two in one
    of six letters or more."""
    for slips in (1, 2) if len(word) >= 6 else (1,):
        found = [known for known in KNOWN if is_within(slips, word, known)]
        if found:
            return tuple(found) if len(found) == 1 else ()
    return ()


def is_within(slips: int, one: str, other: str) -> bool:
    """True when so many slips at most make one word of the other: a letter too many, too few,
    another, or two that have changed places (Damerau-Levenshtein, optimal string alignment)."""
    if one == other:
        return True
    if slips == 0 or abs(len(one) - len(other)) > slips:
        return False
    same = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if same is None:  # one begins with the other
        return True
    one, other = one[same:], other[same:]
    return (
        is_within(slips - 1, one[1:], other[1:])
        or is_within(slips - 1, one[1:], other)
        or is_within(slips - 1, one, other[1:])
        or (one[:2] == other[1::-1] and is_within(slips - 1, one[2:], other[2:]))
    )


def _parted(joined: str) -> tuple[str, ...]:
    """The words of the list that ran together, when there is only one way to part them."""
    ways: list[list[tuple[str, ...]]] = [[()], *([] for _letter in joined)]
    for end in range(1, len(joined) + 1):
        for begin in range(max(0, end - LONGEST), end):
            if joined[begin:end] in KNOWN:
                ways[end] += [(*way, joined[begin:end]) for way in ways[begin]][:3]
    found = [way for way in ways[-1] if len(way) <= max(_WORDS_OF.values())]
    return found[0] if len(found) == 1 else ()
