"""How hard a text is to read is counted as LIX is."""

import pytest

from tools.lix import MOST, lix, text_of


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", 0),
        ("Vi hör av oss.", 4),
        ("Vi hör av oss. Du får ett svar.", 4),
        ("Vi hör av oss\nDu får ett svar", 4),
        ("Skolsköterskan lyssnar.", 102),
        ("Kl. 16.20 hör vi av oss.", 2.5),
    ],
)
def test_words_a_sentence_and_long_words_of_a_hundred(text: str, value: float) -> None:
    assert lix(text) == pytest.approx(value)


def test_a_law_is_too_hard_for_a_child_and_what_it_means_is_not() -> None:
    law = "Tillgänglighetsredogörelsen beskriver huruvida myndigheten uppfyller föreskrifterna."
    assert lix(law) > MOST > lix("Säg till om något inte fungerar för dig. Vi hjälper dig.")


def test_only_what_one_reads_is_read() -> None:
    html = """<head><title>Nej</title></head><header>Nej</header><main><h1>Hjälp <b>nu</b></h1>
    <script>nej</script><svg><title>nej</title></svg><p hidden>nej</p><ul><li>Ett<li>Två</ul>
    <input type="hidden"><p>Ring<br>112</p></main><footer>Nej</footer>"""
    assert text_of(html).splitlines() == ["Hjälp nu", "Ett", "Två", "Ring", "112"]
    assert text_of(html, {"Ett"}).splitlines() == ["Hjälp nu", "Två", "Ring", "112"]
