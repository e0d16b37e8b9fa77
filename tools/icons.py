"""Draws every picture of the app's marks from their SVG, with the browser that the tests use.

``python -m tools.icons`` writes static/icons/<mark>-<shape>-<size>.png. The files are committed: a
server needs no browser. ``door`` is the app's own mark, ``notes`` the one of the discreet choice.
"""

import base64
import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from bench.wire import ARGUMENTS, CHROMIUM

ICONS = Path(__file__).resolve().parent.parent / "static" / "icons"
MARKS = {"door": "#fbf8f2", "notes": "#dfe5ea"}
"""The colour behind each mark."""
# Shape -> the mark's share of the picture, how round its corners are (share of the side), and
# whether anything is behind it. A maskable icon keeps what matters within a circle of 80 %.
SHAPES = {
    "any": (0.66, 0.22, True),
    "maskable": (0.5, 0, True),
    "monochrome": (0.9, 0, False),
    "apple": (0.66, 0, True),
}
SIZES = {"any": (192, 512), "maskable": (192, 512), "monochrome": (192, 512), "apple": (180,)}
LIGHT = {
    "door": {"#0b5a60": "#ffffff", "#ffd27a": "#707070"},
    "notes": {"#5b6472": "#ffffff", "#f1ede4": "#b0b0b0", "#9aa3af": "#000000"},
}
"""The marks' colours as how opaque they are in one colour, white being wholly."""


def name(mark: str, shape: str, size: int) -> str:
    return f"{mark}-{shape}-{size}.png"


def as_mask(mark: str, svg: str) -> str:
    """How opaque each part is, as light: a system reads nothing else of a monochrome icon."""
    for colour, light in LIGHT[mark].items():
        svg = svg.replace(colour, light)
    return svg


def page_of(mark: str, shape: str, size: int) -> str:
    share, corner, filled = SHAPES[shape]
    svg = (ICONS / f"{mark}.svg").read_text("utf-8")
    if shape == "monochrome":
        svg = as_mask(mark, svg)
    source = "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
    back = MARKS[mark] if filled else "transparent"
    width = round(size * share)
    inner = f"<img src='{source}' width={width} height={width}>"
    if shape == "monochrome":
        inner = (
            f"<div style='width:{width}px;height:{width}px;background:#000;"
            f"mask:url({source}) center/contain;mask-mode:luminance'></div>{inner}"
        ).replace("<img", "<img hidden")
    return (
        "<!doctype html><body style='margin:0'>"
        f"<div style='width:{size}px;height:{size}px;display:grid;place-items:center;"
        f"background:{back};border-radius:{corner * 100}%'>"
        f"{inner}</div>"
    )


def draw(page: Page, mark: str, shape: str, size: int) -> bytes:
    page.set_viewport_size({"width": size, "height": size})
    page.set_content(page_of(mark, shape, size))
    page.locator("img").evaluate("(image) => image.decode()")
    return squeezed(page.screenshot(omit_background=True))


def squeezed(png: bytes) -> bytes:
    """The same picture, packed as tightly as the format allows."""
    packed = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        picture.save(packed, "PNG", optimize=True)
    return packed.getvalue()


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        page = browser.new_page()
        for mark in MARKS:
            for shape, sizes in SIZES.items():
                for size in sizes:
                    picture = draw(page, mark, shape, size)
                    (ICONS / name(mark, shape, size)).write_bytes(picture)
                    print(f"{len(picture):6} bytes  {name(mark, shape, size)}")
        browser.close()


if __name__ == "__main__":
    main()
