"""What a daily run leaves to the trial of tests that are the same but for one thing.

A test that is run on two databases, or with JavaScript and without, is run daily in one of the
ways. Which is decided by its name: the same in every run, and about half of a file's tests in each.
What several do at once, where databases differ most, is run in both; so is a module or a test that
is marked ``both``.
"""

import zlib
from collections import defaultdict
from collections.abc import Iterable

import pytest

WAYS = {
    "database_url": ("sqlite", "postgresql"),
    "empty_app": ("sqlite", "postgresql"),
    "js": ("with JavaScript", "without JavaScript"),
}
"""Parameters with values of which one is enough for a day, and what a test's name calls them."""
AT_ONCE = frozenset({"together", "at_once"})
"""What a test calls that has several do something at once."""


def chosen(name: str, count: int) -> int:
    """Which of ``count`` ways, 0 the first, a test of that name is run in daily."""
    return zlib.crc32(name.encode()) % count


def left(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Those that are the same as another that stays, in the order given."""
    alike: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if not _is_run_in_both(item):
            alike[_but_for_the_way(item)].append(item)
    kept = {same[chosen(name, len(same))].nodeid for name, same in alike.items()}
    return [item for same in alike.values() for item in same if item.nodeid not in kept]


def _is_run_in_both(item: pytest.Item) -> bool:
    body = getattr(item, "function", None)
    is_race = body is not None and not AT_ONCE.isdisjoint(body.__code__.co_names)
    return is_race or item.get_closest_marker("both") is not None


def _but_for_the_way(item: pytest.Item) -> str:
    """The test's name, with what else it is given."""
    spec = getattr(item, "callspec", None)
    called = {word for way in WAYS if spec and way in spec.params for word in WAYS[way]}
    test, _bracket, given = item.nodeid.partition("[")
    return f"{test}[{'-'.join(part for part in given[:-1].split('-') if part not in called)}]"
