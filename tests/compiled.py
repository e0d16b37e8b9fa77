"""What is compiled once a worker, not once an app: most of what a test of pages would cost."""

from types import CodeType, MethodType
from typing import Any

from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule
from whitenoise import WhiteNoise
from whitenoise.responders import StaticFile

BUILDERS = ("_build", "_build_unknown")


class Templates(BytecodeCache):
    def __init__(self) -> None:
        self._compiled: dict[str, tuple[str, CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        source, code = self._compiled.get(bucket.key, ("", None))
        if source == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code
        self._compiled[bucket.key] = bucket.checksum, bucket.code


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
    """Werkzeug takes each address apart and writes two functions that build it: four fifths of what
    an app costs. All that follows from the rule alone."""

    def __init__(self) -> None:
        self._known: dict[object, dict[str, Any]] = {}
        self._compile = Rule.compile
        kept = self

        def compile_(rule: Rule) -> None:
            kept._take_apart(rule)

        Rule.compile = compile_  # type: ignore[method-assign,assignment]

    def _take_apart(self, rule: Rule) -> None:
        said = (rule.rule, rule.subdomain, rule.host, rule.merge_slashes, repr(rule.defaults))
        if said not in self._known:
            self._compile(rule)
            kept = ("_parts", "_trace", "_converters", "arguments", *BUILDERS)
            self._known[said] = {name: vars(rule)[name] for name in kept}
        vars(rule).update(self._known[said])
        for name in BUILDERS:
            setattr(rule, name, MethodType(self._known[said][name].__func__, rule))


class Assets:
    """What a file of the assets is served with: its name has its content's digest in it."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], StaticFile] = {}
        self._make = WhiteNoise.get_static_file
        WhiteNoise.get_static_file = lambda served, path, url, stat_cache=None: self._of(
            served, path, url, stat_cache
        )

    def _of(self, served: WhiteNoise, path: str, url: str, stat_cache: Any) -> StaticFile:
        if (path, url) not in self._known:
            self._known[path, url] = self._make(served, path, url, stat_cache)
        return self._known[path, url]
