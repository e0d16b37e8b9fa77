"""The national crisis lines that come with the app, for when the database cannot be asked.

What an operator has changed in the database is not in them, so they are never shown while it can.
"""

import csv
from datetime import date
from functools import cache
from pathlib import Path

from . import rules
from .models import CrisisLine

CRISIS_LINES = Path(__file__).resolve().parents[2] / "data" / "crisis_lines.csv"


@cache
def crisis_lines() -> tuple[CrisisLine, ...]:
    """As ``flask crisis import`` would store them."""
    with CRISIS_LINES.open(encoding="utf-8", newline="") as file:
        return tuple(_line(row) for row in csv.DictReader(file, delimiter=";"))


def _line(row: dict[str, str]) -> CrisisLine:
    ages = {name: int(row[cell]) if row[cell] else None for name, cell in AGES.items()}
    return CrisisLine(
        name=row["namn"],
        about=row["om"],
        phone=row["telefon"] or None,
        sms=row["sms"] or None,
        url=row["adress"] or None,
        hours=row["tider"],
        needs=" ".join(rules.needs(row["behov"])),
        urgent=row["akut"] == "ja",
        position=int(row["ordning"]),
        verified_on=date.fromisoformat(row["kontrollerad"]),
        source=row["källa"] or None,
        **ages,
    )


AGES = {"age_from": "från ålder", "age_to": "till ålder"}
