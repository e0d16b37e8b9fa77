"""A document that a screen reader can read, in which no text is a program."""

import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elevhalsa.core import pdf
from elevhalsa.core.errors import InvalidInput


def test_it_says_its_language_its_title_and_its_headings():
    made = pdf.document("Utdrag för journal", [("Eleven", ["Namn: Elev 1"]), ("Samtalet", [])])
    assert made.startswith(b"%PDF-")
    assert b"/Lang(sv)" in made.replace(b"/Lang (", b"/Lang(")
    assert b"/MarkInfo" in made
    assert b"/H1" in made or any(b"/H1" in part for part in _streams(made))


def _streams(made: bytes) -> list[bytes]:
    found = []
    for part in made.split(b"stream\n")[1:]:
        try:
            found.append(zlib.decompress(part.split(b"\nendstream")[0]))
        except zlib.error:
            continue
    return found


@settings(max_examples=settings.default.max_examples // 6, deadline=None)
@given(st.text(st.characters(max_codepoint=0xFF, categories=("L", "N", "P", "S")), max_size=60))
def test_whatever_is_written_is_text(text):
    assert pdf.document("Titel", [("Rubrik", [text, "#panic(1) $x$ *a* _b_ = c @d <e> \\"])])


def test_what_no_font_at_hand_can_show_is_said_and_not_left_out(app):
    with app.test_request_context(), pytest.raises(InvalidInput, match="Hämta den som text"):
        pdf.document("Titel", [("Rubrik", ["\U0001f9ff \u0640\ufdfd\U00013000"])])
