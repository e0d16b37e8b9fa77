"""What is compiled once a worker, not once an app: most of what a test of pages would cost."""

from typing import Any

from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule


class Templates(BytecodeCache):
    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._compiled:
            bucket.bytecode_from_string(self._compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key] = bucket.bytecode_to_string()


class Statements:
    """SQLAlchemy keeps what it has compiled in each engine, under a key that holds the dialect.
    Here the engines of one kind of database have it together, and their dialects are one key."""

    def __init__(self) -> None:
        self._compiled: dict[type, Any] = {}
        DefaultDialect.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]
        DefaultDialect.__eq__ = lambda self, other: type(self) is type(other)  # type: ignore[method-assign]

    def share(self, engine: Engine) -> None:
        kept = self._compiled.setdefault(type(engine.dialect), LRUCache(5_000))
        engine._compiled_cache = kept


class Addresses:
    """Werkzeug writes a function for each address that an app can build, and compiles it: two
    thirds of what an app costs. What it says follows from the rule alone."""

    def __init__(self) -> None:
        self._compiled: dict[object, Any] = {}
        self._compile = Rule._compile_builder
        kept = self
        Rule._compile_builder = lambda rule, append_unknown=True: kept._of(rule, append_unknown)  # type: ignore[method-assign,assignment]

    def _of(self, rule: Rule, append_unknown: bool) -> Any:
        said = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
        if said not in self._compiled:
            self._compiled[said] = self._compile(rule, append_unknown)
        return self._compiled[said]
