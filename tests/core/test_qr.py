"""QR codes hold what they are said to hold, and nothing that our pages forbid."""

import re

import segno

from elevhalsa.core import qr

ADDRESS = "https://elevhalsa.exempel.invalid/s/norrskogen"


def squares(svg: str) -> list[list[bool]]:
    """The dark squares that a drawing has: each line of its path is moves and strokes."""
    side = int(re.search(r'viewBox="0 0 (\d+) \1"', svg).group(1))
    drawn = [[False] * side for _row in range(side)]
    x = y = 0.0
    for command, first, second in re.findall(r"([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?", _path(svg)):
        if command == "M":
            x, y = float(first), float(second)
        elif command == "m":
            x, y = x + float(first), y + float(second or 0)
        else:
            for column in range(int(x), int(x + float(first))):
                drawn[int(y)][column] = True
            x += float(first)
    return drawn


def _path(svg: str) -> str:
    return re.search(r'<path stroke="#000" d="([^"]+)"', svg).group(1).replace("m0-", "m0 -")


def test_the_drawing_is_the_code_of_the_address_with_four_squares_of_quiet_around():
    for level in (qr.LEVEL, qr.PAPER_LEVEL):
        wanted = segno.make(ADDRESS, error=level, micro=False)
        matrix = [[bool(square) for square in row] for row in wanted.matrix_iter(border=4)]
        assert squares(qr.svg(ADDRESS, level=level)) == matrix


def test_paper_can_lose_a_quarter_of_its_squares_and_a_screen_an_eighth():
    assert segno.make(ADDRESS, error=qr.PAPER_LEVEL, micro=False).error in ("Q", "H")
    assert segno.make(ADDRESS, error=qr.LEVEL, micro=False).error in ("M", "Q", "H")


def test_it_is_black_on_white_without_style_and_scales():
    svg = qr.svg(ADDRESS, title="En <kod>")
    assert "<title>En &lt;kod&gt;</title>" in svg
    assert 'fill="#fff"' in svg
    for forbidden in ("style", "class", "width=", "<script", "<?xml"):
        assert forbidden not in svg
