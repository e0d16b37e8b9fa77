"""QR codes as SVG (segno), without style attributes, which our pages forbid."""

import io

import segno

QUIET = 4
"""Modules of empty space around it: ISO/IEC 18004 asks for four."""
LEVEL = "m"
"""Can be read with 15 % of it dirty or torn; on paper one step more is worth its size."""
PAPER_LEVEL = "q"


def svg(text: str, *, level: str = LEVEL, title: str | None = None) -> str:
    """An ``<svg>`` element of black on white, whatever the colours around it; scales freely.

    title: what a screen reader says; None when the text beside it says the same.
    """
    drawn = io.BytesIO()
    segno.make(text, error=level, micro=False).save(
        drawn, kind="svg", border=QUIET, omitsize=True, dark="#000", light="#fff", xmldecl=False,
        svgns=True, svgclass=None, lineclass=None, title=title, nl=False,
    )  # fmt: skip
    return drawn.getvalue().decode()
