"""``python -m tools.lix``: how hard the pages that a pupil reads are to read; fails at 30 or more.

LIX (C.H. Björnsson, 1968): words a sentence, and of a hundred words those of more than six
letters. Every page of ``access.rules`` that anybody or a pupil may open is measured, as the demo
shows it: a page added next year is measured the day it is added. What a school in a list is called
is no sentence, and is not. Must never change anything but its own, passing database.
"""

import re
import sys
from collections.abc import Container
from html.parser import HTMLParser

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from elevhalsa.domain.places.models import School
from elevhalsa.extensions import db
from elevhalsa.web import access
from elevhalsa.web.access import Who

from .pictures import demo

MOST = 30
LONG = 6
"""Letters; a longer word is a long one."""
SCHOOL = "norrskogens-exempelskola"
INLINE = {
    "a", "abbr", "b", "bdi", "em", "i", "small", "span", "strong", "time", "label", "input", "wbr",
}  # fmt: skip
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "wbr"}
UNREAD = {"script", "style", "svg", "select", "textarea", "template", "head"}
TOKEN = re.compile(r'name="(form_id|csrf_token)" value="([^"]+)"')


def lix(text: str) -> float:
    """Of a text whose sentences end with a mark or a line; 0.0 when it has no word."""
    words = re.findall(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*", text)
    sentences = [
        part for part in re.split(r"[.!?:]+(?:\s|$)|\n", text) if re.search(r"[^\W\d_]", part)
    ]
    if not words:
        return 0.0
    long = sum(len(word) > LONG for word in words)
    return len(words) / len(sentences) + 100 * long / len(words)


class _Main(HTMLParser):
    """The text of ``main``, a line for each block."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        unread = tag in UNREAD or "hidden" in dict(attrs)
        if tag not in INLINE:
            self.parts.append("\n")
        if tag not in VOID:
            self._open.append((tag, unread))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass
        if tag not in INLINE:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if any(tag == "main" for tag, _ in self._open) and not any(u for _, u in self._open):
            self.parts.append(re.sub(r"\s+", " ", data))


def text_of(html: str, names: Container[str] = ()) -> str:
    """names: lines that are no sentences, in a list to choose from."""
    reader = _Main()
    reader.feed(html)
    lines = (line.strip() for line in "".join(reader.parts).splitlines())
    return "\n".join(line for line in lines if line and line not in names)


def _knocks(client: FlaskClient) -> str:
    """The id of a knock that this client may open."""
    form = client.get(f"/knacka?skola={SCHOOL}").text
    sent = dict(TOKEN.findall(form)) | {"skola": SCHOOL, "who": "any", "way": "app"}
    answer = client.post("/knacka", data=sent)
    return answer.headers["Location"].rpartition("/")[2]


def pages(app: Flask) -> dict[str, str]:
    """The address of each page that a pupil reads, and its text."""
    client = app.test_client()
    values = {"slug": SCHOOL, "knock_id": _knocks(client), "age": "under-12"}
    found = {"/finns-inte": text_of(client.get("/finns-inte").text)}
    rules = access.rules(app)
    with app.app_context():
        names = set(db.session.scalars(select(School.name)))
    for rule in app.url_map.iter_rules():
        known = rules.get(rule.endpoint)
        if known is None or known.who not in (Who.ANYONE, Who.PUPIL):
            continue
        if "GET" not in (rule.methods or ()) or not rule.arguments <= values.keys():
            continue
        built = rule.build({name: values[name] for name in rule.arguments})
        answer = client.get(built[1]) if built else None
        if answer is not None and answer.status_code == 200 and answer.mimetype == "text/html":
            found[rule.rule] = text_of(answer.text, names)
    return found


def main() -> int:
    with demo() as served:
        measured = {path: lix(text) for path, text in pages(served.app).items()}
    for path, value in sorted(measured.items(), key=lambda one: -one[1]):
        print(f"{value:5.1f}  {path}{'  too hard' if value >= MOST else ''}")
    return int(any(value >= MOST for value in measured.values()))


if __name__ == "__main__":
    sys.exit(main())
