"""What is asked of every page that a journey comes to, whoever opened it."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from weakref import WeakKeyDictionary

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import CDPSession, Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NARROWEST = 320
"""CSS pixels: WCAG 2.1, 1.4.10."""
LEAST_TARGET = 44
"""CSS pixels that a finger needs; ours are drawn to be 48."""

SMALL_TARGETS = """(least) => [...document.querySelectorAll(
    "button, summary, select, input:not([type=hidden]), textarea, a.btn, a.tap, nav a, header a")]
  .filter((e) => e.checkVisibility() && !e.classList.contains("skip"))
  .map((e) => {
    const label = ["radio", "checkbox"].includes(e.type) ? e.labels[0] : e;
    return [label.getBoundingClientRect().height, label.outerHTML.slice(0, 120)];
  })
  .filter(([height]) => height < least)
  .map(([height, html]) => `${height} px: ${html}`)"""

RUN_TOGETHER = """() => [...document.querySelectorAll("a, button, summary")]
  .filter((e) => e.checkVisibility() && getComputedStyle(e).display.endsWith("flex"))
  .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && /\\S\\s+$/.test(n.data)
    && n.nextElementSibling?.matches(":not(.sr)")))
  .filter((e) => !parseFloat(getComputedStyle(e).columnGap))
  .map((e) => e.outerHTML.slice(0, 160))"""
"""A flexible box drops the space between a text and what stands beside it."""

OUTLINE = """() => ({
  title: document.title,
  lang: document.documentElement.lang,
  headings: document.querySelectorAll("h1").length,
  mains: document.querySelectorAll("main").length,
})"""


FAULTS = """async (asked) => (await axe.run(document, asked)).violations.map((one) => ({
  rule: one.id, impact: one.impact,
  nodes: one.nodes.slice(0, 4).map((node) => [node.html.slice(0, 200), node.failureSummary]),
}))"""

SHAPE = """() => {
  const steady = (text) => text.replace(/[A-Za-z0-9_-]{16,}|\\d+/g, "");
  const told = new Set(["href", "src", "action", "value", "content", "datetime", "d", "points"]);
  const shape = (e) => {
    if (["SCRIPT", "STYLE"].includes(e.tagName)) return "";
    const attributes = [...e.attributes].map(({name, value}) =>
      told.has(name) && e.rel !== "stylesheet" ? name : `${name}=${steady(value)}`).sort();
    if (e.checked) attributes.push("is checked");
    const parts = [];
    if (e instanceof SVGElement) parts.push([...e.querySelectorAll("title")].length);
    else for (const child of e.childNodes) {
      const isText = child.nodeType === 3 && child.data.trim();
      const part = child.nodeType === 1 ? shape(child) : isText ? "text" : "";
      // Of what stands many times over, two are as good as twenty-five.
      if (part && !(part === parts.at(-1) && part === parts.at(-2))) parts.push(part);
    }
    return `<${e.localName} ${attributes.join(" ")}>${parts.join("")}</>`;
  };
  return shape(document.documentElement);
}"""
"""How a page is built, without its words and without what differs from one time to the next."""


def shape_of(page: Page) -> str:
    """What two pages have in common that are alike to somebody who looks at how they are built:
    elements, attributes, what is checked or folded out. Such pages are examined by axe once."""
    return sha256(page.evaluate(SHAPE).encode()).hexdigest()


def check_outline(page: Page) -> None:
    """One h1, one main, a title and a language."""
    outline = page.evaluate(OUTLINE)
    assert outline["headings"] == 1, f"{page.url} has {outline['headings']} h1"
    assert outline["mains"] == 1, f"{page.url} has {outline['mains']} main"
    assert outline["lang"] == "sv" and " – " in outline["title"], f"{page.url}: {outline}"


def check_targets(page: Page) -> None:
    """Everything that is pressed is as high as a finger needs, and its words stand apart."""
    small = page.evaluate(SMALL_TARGETS, LEAST_TARGET)
    assert not small, f"{page.url} has targets that are hard to hit: {small}"
    words = page.evaluate(RUN_TOGETHER)
    assert not words, f"{page.url} has words that run together: {words}"


def check_width(page: Page, widths: Iterable[int] = ()) -> None:
    """Nothing stands outside the page, as it is shown and at the narrowest width."""
    size = page.viewport_size
    assert size
    for width in (size["width"], *widths):
        if width != size["width"]:
            page.set_viewport_size({"width": width, "height": size["height"]})
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            raise AssertionError(f"{page.url} is {wide} px wide at {width} px: {_widest(page)}")
    page.set_viewport_size(size)


def _widest(page: Page) -> str:
    script = """() => [...document.querySelectorAll("body *")]
      .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
      .map((e) => e.outerHTML.slice(0, 120)).slice(0, 3)"""
    return str(page.evaluate(script))


def show_as(page: Page, scheme: str, width: int, *, forced: bool) -> None:
    """The page as it stands, in other colours and on a screen of another width."""
    size = page.viewport_size
    assert size
    page.emulate_media(
        color_scheme=scheme,  # type: ignore[arg-type]
        forced_colors="active" if forced else "none",
    )
    page.set_viewport_size({"width": width, "height": size["height"]})


def check_accessible(page: Page) -> None:
    """axe finds nothing: WCAG 2.1 and 2.2 A and AA, and its best practices. In forced colours it
    reads the page's own, not what is painted: there contrast is left out."""
    forced = page.evaluate("matchMedia('(forced-colors: active)').matches")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    rules = {"color-contrast": {"enabled": not forced}}
    # Nothing plays here, which is all that it would fetch the page's own styles anew for.
    asked = {"runOnly": TAGS, "rules": rules, "resultTypes": ["violations"], "preload": False}
    faults = page.evaluate(FAULTS, asked)
    assert not faults, f"{page.url}: {json.dumps(faults, ensure_ascii=False, indent=1)}"


_sessions: WeakKeyDictionary[Page, CDPSession] = WeakKeyDictionary()
"""Kept as long as the page: one that ends takes with it that scripts are forbidden."""


@contextmanager
def scripts_allowed(page: Page) -> Iterator[None]:
    """axe is a script and waits for timers. Those of a page without JavaScript may run for as long
    as the block lasts; the page's own scripts were passed by when it came, and do not begin."""
    if page not in _sessions:
        _sessions[page] = page.context.new_cdp_session(page)
    devtools = _sessions[page]

    def forbid(value: bool) -> None:
        devtools.send("Emulation.setScriptExecutionDisabled", {"value": value})

    forbid(True)  # a session takes back only what it has said
    forbid(False)
    try:
        yield
    finally:
        forbid(True)
