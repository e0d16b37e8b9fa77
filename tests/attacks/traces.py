"""Looks for what somebody has typed wherever it may have come to lie: as it is, or in any of the
shapes in which it could be missed."""

import base64
import html
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import psycopg

LONG = 16
"""Characters of which half is looked for by itself: logs cut short."""
LEAST = 6
"""Bytes that a thing to look for must have: what is shorter is found by chance."""


def spellings(said: str) -> set[str]:
    """How a person, or we ourselves, could write the same: a number in all its normal forms."""
    digits = re.sub(r"\D", "", said)
    if not re.fullmatch(r"0\d{8,9}", digits):
        half = len(said) // 2
        return {said, said[:half], said[half:]} if half > LONG else {said}
    rest = digits[1:]
    parted = f"{digits[:3]}-{digits[3:6]} {digits[6:8]} {digits[8:]}"
    return {
        said, digits, f"+46{rest}", f"46{rest}", f"0046{rest}", f"+46 {rest}", parted,
        parted.replace("-", " "), parted.replace(" ", ""), f"+46 {parted[1:]}",
        f"+46 (0){parted[1:]}", rest,
    }  # fmt: skip


def shapes(said: str) -> set[bytes]:
    """The same as bytes: as text, in a log, an address, a header, JSON, a page, hex and base64."""
    found: set[bytes] = set()
    for text in spellings(said):
        raw = text.encode()
        found |= {raw, raw.upper(), raw.lower(), text.encode("utf-16-le"), text.encode("utf-16-be")}
        if not text.isascii():
            found.add(text.encode("latin-1", "replace"))
        for written in (quote(text), quote(text, safe=""), quote_plus(text), html.escape(text),
                        json.dumps(text)[1:-1], repr(text)[1:-1], raw.hex()):  # fmt: skip
            found |= {written.encode(), written.encode().upper(), written.encode().lower()}
        found |= set(in_base64(raw))
    return {one for one in found if len(one) >= LEAST}


def in_base64(raw: bytes) -> Iterator[bytes]:
    """Wherever in a longer text it begins: what does not hang on what stands around it."""
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + raw)
        whole = coded[(8 * before + 5) // 6 : (8 * (before + len(raw))) // 6]
        yield from (whole, whole.translate(bytes.maketrans(b"+/", b"-_")))


@dataclass(frozen=True)
class Trace:
    what: str
    where: str


def traces(typed: Mapping[str, str], places: Mapping[str, bytes]) -> set[Trace]:
    """Which of what was typed (name -> it) lies in which place (name -> all its bytes)."""
    return {
        Trace(what, where)
        for what, said in typed.items()
        for shape in shapes(said)
        for where, lies in places.items()
        if shape in lies
    }


# --- the places -----------------------------------------------------------------------------------


def of_sqlite(path: Path) -> bytes:
    """The file as it is, with what has not come into it yet."""
    files = [path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")]
    lies = b"\n".join(file.read_bytes() for file in files if file.exists())
    return re.sub(rb"\0{8,}", b"\0", lies)  # pages without anything on them take time to look at


def of_postgresql(owner: str) -> bytes:
    """Every row of every table, as a copy of the database has them."""
    found = []
    with psycopg.connect(owner.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("SET elevhalsa.actor = 'system'")
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in tables.fetchall():
            with connection.cursor().copy(f'COPY "{table}" TO STDOUT'.encode()) as rows:
                found += [bytes(row) for row in rows]
    return b"\n".join(found)


def of_redis(client: Any) -> bytes:
    """Every key with its value, jobs unpacked, and as a file that a server keeps would have it."""
    client.config_set("rdbcompression", "no")
    found: list[bytes] = []
    for key in client.scan_iter("*"):
        kind = client.type(key).decode()
        read = {"string": lambda k: [client.get(k)], "list": lambda k: client.lrange(k, 0, -1),
                "set": client.smembers, "zset": lambda k: client.zrange(k, 0, -1),
                "hash": lambda k: [part for pair in client.hgetall(k).items() for part in pair],
                "stream": lambda k: [repr(client.xrange(k)).encode()]}[kind]  # fmt: skip
        for value in (key, client.dump(key), *read(key)):
            found.append(value)
            with suppress(zlib.error):
                found.append(zlib.decompress(value))
    return b"\n".join(found)


def of_files(folder: Path) -> bytes:
    """Names alone."""
    return b"\n".join(str(path.relative_to(folder)).encode() for path in folder.rglob("*"))
