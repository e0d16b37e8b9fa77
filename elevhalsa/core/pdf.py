"""A document as PDF/UA-1, which a screen reader can read: headings, language, title (typst)."""

import json
from collections.abc import Sequence
from pathlib import Path

from .errors import InvalidInput
from .i18n import _, lang

DOCUMENT = Path(__file__).resolve().parents[1] / "data" / "document.typ"


def document(title: str, sections: Sequence[tuple[str, Sequence[str]]]) -> bytes:
    """sections: each a heading and its lines. Nothing in them is read as markup.

    Raises InvalidInput for a text with characters that the fonts at hand do not have.
    """
    import typst

    data = {
        "title": title,
        "language": lang().partition("-")[0],
        "sections": [{"heading": heading, "lines": list(lines)} for heading, lines in sections],
    }
    inputs = {"document": json.dumps(data)}
    try:
        return typst.compile(DOCUMENT, sys_inputs=inputs, pdf_standards=["ua-1"])
    except typst.TypstError as error:  # says which character, so it goes no further
        raise InvalidInput(
            _("En PDF kan inte visa alla tecken i texten. Hämta den som text i stället.")
        ) from error
