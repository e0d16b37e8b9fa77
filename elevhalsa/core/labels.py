"""What our words are called on a screen: English in code, Swedish on screen (docs/glossary.md).

The labels stand beside the words they speak of and are gathered here as the modules load: a word
without its label, or with two, stops the start. A word may have several, told apart by a group: for
a pupil and for staff, or as a whole sentence with the word in it. No text is ever put together from
a label, since other languages bend what stands around it.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from flask_babel import LazyString

# The enum belongs to the key: State.WITHDRAWN and Kind.WITHDRAWN are equal, being the same word.
_LABELS: dict[tuple[str | None, type, StrEnum | None], LazyString] = {}


def give(
    kind: type[StrEnum],
    texts: Mapping[StrEnum | None, LazyString],
    *,
    group: str | None = None,
    only: Iterable[StrEnum] | None = None,
) -> None:
    """Give each word of a kind its label within a group; under None, what is said without a word.

    only: the words that can be shown there, when that is not all of them.
    Raises RuntimeError when a word has no label, or already has one.
    """
    unlabelled = set(kind if only is None else only) - set(texts)
    taken = [word for word in texts if (group, type(word), word) in _LABELS]
    if unlabelled or taken:
        names = ", ".join(sorted(map(str, [*unlabelled, *taken])))
        raise RuntimeError(f"{kind.__name__} in group {group}: not one label each: {names}")
    _LABELS.update({(group, type(word), word): text for word, text in texts.items()})


def of(word: StrEnum | None, group: str | None = None) -> str:
    """The label of a word. Raises KeyError where none was given."""
    return str(_LABELS[group, type(word), word])
