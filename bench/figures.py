"""What was measured: one line a figure, as a table for people and as JSON for later."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

MISSED, MET, NO_AIM = "MISSED", "ok", ""


class Unavailable(Exception):
    """Something that this measurement needs is not on this machine; the text says what."""


@dataclass(frozen=True)
class Figure:
    """One measured value. ``least`` and ``most`` are the aim, where there is one."""

    name: str
    value: float
    unit: str
    least: float | None = None
    most: float | None = None
    section: str = ""

    @property
    def verdict(self) -> str:
        if self.least is None and self.most is None:
            return NO_AIM
        too_little = self.least is not None and self.value < self.least
        too_much = self.most is not None and self.value > self.most
        return MISSED if too_little or too_much else MET

    @property
    def aim(self) -> str:
        if self.least is not None:
            return f">= {number(self.least)}"
        return f"<= {number(self.most)}" if self.most is not None else ""


def of_section(section: str, figures: Sequence[Figure]) -> list[Figure]:
    return [replace(figure, section=section) for figure in figures]


def number(value: float) -> str:
    """Three digits that count, thousands apart: '0.123', '4.56', '78.9', '12 345'."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}".replace(",", " ")
    digits = 2 - math.floor(math.log10(abs(value)))
    return f"{value:.{digits}f}"


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that ``percent`` of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def table(figures: Sequence[Figure]) -> str:
    """Plain text, a heading a section, values aligned to the right."""
    rows = [
        (
            figure.section,
            figure.name,
            number(figure.value),
            figure.unit,
            figure.aim,
            figure.verdict,
        )
        for figure in figures
    ]
    name, value, unit, aim = (
        max((len(row[column]) for row in rows), default=0) for column in (1, 2, 3, 4)
    )
    lines: list[str] = []
    section = ""
    for row in rows:
        if row[0] != section:
            section = row[0]
            lines += ["", section]
        line = f"  {row[1]:{name}}  {row[2]:>{value}} {row[3]:{unit}}  {row[4]:{aim}}  {row[5]}"
        lines.append(line.rstrip())
    return "\n".join(lines)


def write_json(path: Path, about: dict[str, object], figures: Sequence[Figure]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    found = [asdict(figure) | {"verdict": figure.verdict} for figure in figures]
    path.write_text(json.dumps(about | {"figures": found}, indent=2, ensure_ascii=False) + "\n")
