"""The text of a PDF read back, as anybody who gets the file can."""

import re
import zlib

OBJECT = re.compile(rb"(\d+) 0 obj\s(.*?)\sendobj", re.DOTALL)
SHOWN = re.compile(rb"/(\w+) [\d.]+ Tf|\(((?:\\.|[^\\)])*)\)", re.DOTALL)
ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def read_back(made: bytes) -> str:
    """What is shown, by what its fonts say that their glyphs mean (ToUnicode); then what else can
    be read: titles, bookmarks, what is said of the document."""
    objects = {int(number): body for number, body in OBJECT.findall(made)}
    fonts = {
        name: _meanings(objects, int(number))
        for body in objects.values()
        for fonts in re.findall(rb"/Font<<(.*?)>>", body)
        for name, number in re.findall(rb"/(\w+) (\d+) 0 R", fonts)
    }
    assert fonts
    told = [_shown(_stream(body), fonts) for body in objects.values() if b"stream" in body]
    for body in objects.values():
        told += [bytes.fromhex(one.decode()).decode("utf-16")
                 for one in re.findall(rb"<(FEFF[0-9A-F]+)>", body)]  # fmt: skip
        told.append(body.decode("utf-8", "ignore") if b"/XML" in body else "")
    return "\n".join(told)


def _stream(body: bytes) -> bytes:
    raw = body.split(b"stream", 1)[1].lstrip(b"\r\n").rsplit(b"endstream", 1)[0]
    return zlib.decompressobj().decompress(raw) if b"/FlateDecode" in body else raw


def _meanings(objects: dict[int, bytes], number: int) -> dict[int, str]:
    found = re.search(rb"/ToUnicode (\d+) 0 R", objects[number])
    assert found
    pairs = re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]+)>", _stream(objects[int(found[1])]))
    return {int(a, 16): bytes.fromhex(b.decode()).decode("utf-16-be") for a, b in pairs}


def _shown(stream: bytes, fonts: dict[bytes, dict[int, str]]) -> str:
    if b" Tf" not in stream:
        return ""
    told, font = "", {}
    for name, text in SHOWN.findall(stream):
        if name:
            font = fonts[name]
            continue
        raw = ESCAPED.sub(_unescaped, text)
        told += "".join(font[int.from_bytes(raw[i : i + 2])] for i in range(0, len(raw), 2))
    return told


def _unescaped(found: re.Match[bytes]) -> bytes:
    said = found[1]
    return bytes([int(said, 8) & 255]) if said.isdigit() else ESCAPES.get(said, said)
