"""Receipt codes that can be read aloud: "björk 4827 måne sten lampa".

Four words and four digits give more than 50 bits (asserted when the list is read). Typed codes
are forgiven spaces, dashes, dots, capitals and missing rings and dots over a letter, so no two
words of the list may be the same without them.
"""

import math
import re
import unicodedata
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


def normalise(typed: str) -> str:
    """A typed code in the one form that is hashed: folded words and digits, one space between."""
    return " ".join(re.findall(r"[a-z]+|\d+", _fold(typed)))
