"""Checks every template and style sheet against the rules that no linter knows: all text comes from
the catalogue, what a person wrote keeps its own direction, nothing inline that the content security
policy forbids, every form works without JavaScript, no style says left or right.

``python -m tools.check_templates [templates] [styles]`` prints a line a fault and ends with 1 if
there is any.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment, nodes

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "templates"
STYLES = ROOT / "static" / "css"

JINJA = re.compile(r"\{#.*?#\}|\{%-?\s*trans\b.*?endtrans\s*-?%\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
VALUE = "\ufffc"
"""Stands where an expression's value will be."""
TOKEN = "\ue000"  # noqa: S105
"""Stands where the CSRF token's field will be."""
PERSONAL = "\ue001"
"""Stands where something that a person wrote will be."""
WRITTEN = re.compile(
    r"""(?<!if\ )\b(
    message\.text | consultationtext\.text | (row|consultation)\.call_when
    | dangernote\.text | (slot|standingtime)\.place | \w+\.phone_to_call
    | template\.(title|body)
    | (passing|carried)\.note | arrival\.text | identity\.(name|school_class)
    | (one|concernreport)\.reference
    | knock\.(name|school_class|interpreter|safe_times|phone|email)
    | (staff|person|taken_by|passkey)\.name
    | reveal\.(reason|note|wait_reason) | contents\.(name|number|email|phone)
    | (decision|retentiondecision)\.(reference|decided_by|note)
    | consent\.name | (basis|consentbasis)\.(whom|asks|offer|scope|to_whom|one_note|without_why)
    | (shared|consentshared)\.(what|to_whom)
    )\b(?!(\|phone)?\|(bdi|urlencode))""",
    re.VERBOSE,
)
"""What a person wrote, in an expression; within a sentence of ours it is ``|bdi``."""
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
LETTER = re.compile(r"[^\W\d_]")
# Words of ours in an expression are lower case without å, ä, ö; what a person reads is not.
LOOKS_VISIBLE = re.compile(r"[åäöÅÄÖ]|^\s*[A-Z][a-z]")
TRANSLATES = {"_", "gettext", "ngettext", "pgettext", "npgettext"}
SPOKEN = {"title", "alt", "placeholder", "aria-label", "aria-description", "aria-roledescription"}
BUTTONS = {"submit", "button", "reset"}
WRITES = {"hx-post", "hx-put", "hx-patch", "hx-delete"}
NOT_TEXT = {"script", "style", "code"}
DATA_BLOCK = "application/ld+json"
"""A script of this type is data that no browser runs."""
# The same in every language: a bare host name, and attributes that a macro gives its caller.
NO_LANGUAGE = re.compile(r"""\s*([a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}|([a-z-]+="[^"]*"\s*)+)\s*""")

SIDES = re.compile(
    r"""(?<![\w-])(
    (margin|padding|border|scroll-margin|scroll-padding)-(left|right)\b | (left|right)\s*:
    | (float|clear|text-align)\s*:\s*(left|right)\b
    | (margin|padding|inset|border-width)\s*:\s*[^\s;{}]+\s+(?P<second>[^\s;{}]+)
      \s+[^\s;{}]+\s+(?P<fourth>[^\s;{}]+)
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, order=True)
class Fault:
    line: int
    text: str


def without_jinja(source: str) -> str:
    """The HTML that remains, with marks for values; every line keeps its number."""

    def mark(match: re.Match[str]) -> str:
        code = match.group()
        lines = "\n" * code.count("\n")
        if not code.startswith("{{"):
            return lines
        if WRITTEN.search(code):
            return PERSONAL + lines
        return (TOKEN if "csrf" in code else VALUE) + lines

    return JINJA.sub(mark, source)


class Reader(HTMLParser):
    """Collects the faults of one template's HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[Fault] = []
        self._form_without_token: int | None = None
        self._inside: str | None = None
        self._open: list[tuple[str, bool]] = []
        """The elements that are open, and whether each lets its text choose its direction."""

    def _fault(self, text: str, line: int | None = None) -> None:
        self.faults.append(Fault(line or self.getpos()[0], text))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if any(TOKEN in value for value in given.values()):
            self._form_without_token = None
        for name, value in given.items():
            self._attribute(tag, name, value, given)
        if tag == "form":
            self._form(given)
        if tag == "style":
            self._fault("<style> in a template")
        if tag == "script" and not given.get("src") and given.get("type") != DATA_BLOCK:
            self._fault("<script> without src")
        if tag in NOT_TEXT:
            self._inside = tag
        if tag not in VOID:
            self._open.append((tag, tag == "bdi" or given.get("dir") == "auto"))

    def _attribute(self, tag: str, name: str, value: str, given: dict[str, str]) -> None:
        name = name.removeprefix("data-") if name.startswith("data-hx-") else name
        if name == "style":
            self._fault("a style attribute")
        if name.startswith("on"):
            self._fault(f"an {name} attribute")
        if name.startswith("hx-on"):
            self._fault("hx-on runs code from the page")
        if name == "hx-trigger" and "[" in value:
            self._fault("an hx-trigger with a filter runs code from the page")
        if re.match(r"\s*(js|javascript):", value, re.IGNORECASE):
            self._fault(f"code in {name}")
        if name in WRITES and tag != "form":
            self._fault(f"{name} on <{tag}>: without JavaScript nothing happens; use a form")
        read_aloud = name in SPOKEN or (
            name == "value" and tag == "input" and given.get("type") in BUTTONS
        )
        read_aloud |= name == "content" and given.get("name") == "description"
        if read_aloud and LETTER.search(value):
            self._fault(f"{name}={value!r} is not in the catalogue")

    def _form(self, given: dict[str, str]) -> None:
        method = given.get("method", "").lower()
        if method not in ("get", "post"):
            self._fault("a form without method")
        if not given.get("action"):
            self._fault("a form without action")
        if given.get("autocomplete") != "off":  # a field may still say what it is for
            self._fault('a form without autocomplete="off": a browser would keep what is typed')
        self._form_without_token = self.getpos()[0] if method == "post" else None

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._form_without_token:
            self._fault("a POST form without forms.csrf()", self._form_without_token)
            self._form_without_token = None
        if tag == self._inside:
            self._inside = None
        while self._open and tag in (name for name, _auto in self._open):
            if self._open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        if TOKEN in data:
            self._form_without_token = None
        if self._inside:
            return
        first = self.getpos()[0]
        is_free = any(auto for _tag, auto in self._open)
        for offset, line in enumerate(data.replace(TOKEN, "").split("\n")):
            if PERSONAL in line and not is_free:
                self._fault('what a person wrote: dir="auto" around it, or |bdi', first + offset)
            if LETTER.search(line) and not NO_LANGUAGE.fullmatch(line):
                self._fault(f"text outside the catalogue: {line.strip()!r}", first + offset)


def strings_outside_the_catalogue(source: str) -> Iterator[Fault]:
    """Strings in expressions that look as if a person were to read them."""
    tree = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"]).parse(source)  # noqa: S701
    no_text = {
        id(string)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in TRANSLATES
        for string in call.find_all(nodes.Const)
    } | {
        id(pair.value)  # a name from schema.org
        for pair in tree.find_all(nodes.Pair)
        if isinstance(pair.key, nodes.Const) and pair.key.value == "@type"
    }
    for string in tree.find_all(nodes.Const):
        value = string.value
        if isinstance(value, str) and id(string) not in no_text and LOOKS_VISIBLE.search(value):
            yield Fault(string.lineno, f"a string outside the catalogue: {value!r}")


def faults_of(source: str) -> list[Fault]:
    reader = Reader()
    reader.feed(without_jinja(source))
    reader.close()
    return sorted({*reader.faults, *strings_outside_the_catalogue(source)})


def faults_of_style(source: str) -> list[Fault]:
    """Left and right, which are the other way round in Arabic: margin-inline-start and the like."""
    return [
        Fault(number, f"left or right in a style: {found.group().strip()!r}")
        for number, text in enumerate(source.split("\n"), 1)
        for found in SIDES.finditer(text)
        if found["second"] is None or found["second"] != found["fourth"]
    ]


def main(templates: Path = TEMPLATES, styles: Path = STYLES) -> int:
    found = [
        f"{path.relative_to(folder.parent)}:{fault.line}: {fault.text}"
        for folder, pattern, check in (
            (templates, "*.html", faults_of),
            (styles, "*.css", faults_of_style),
        )
        for path in sorted(folder.rglob(pattern))
        for fault in check(path.read_text("utf-8"))
    ]
    print("\n".join([*found, f"{len(found)} faults in templates and styles"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:3])))
