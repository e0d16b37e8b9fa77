"""90 days of cover for all schools of a country: who answers when, of the whole and of a tenth."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from flask import Flask
from sqlalchemy import insert, text

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.walls import Profession
from elevhalsa.domain.cover import telling
from elevhalsa.domain.cover.ahead import Ahead, look
from elevhalsa.domain.people.models import Assignment, Staff, hash_email
from elevhalsa.domain.places.models import Municipality, School
from elevhalsa.domain.serving.gaps import AHEAD_DAYS, Outlook
from elevhalsa.domain.serving.models import Absence, Cover, Place
from elevhalsa.extensions import db

from .backing import Backing
from .figures import Figure, percentile
from .inbox import opener
from .progress import say
from .took import best_of, took

MUNICIPALITIES = 290
LARGEST = 150
"""Schools of the largest municipality; the others have ever fewer."""
FALLS = 0.51
"""How fast: such that all have some 4,700 together."""
SCHOOLS_OF = {Profession.NURSE: 3, Profession.COUNSELLOR: 3, Profession.PSYCHOLOGIST: 8}
"""How many schools one of each profession has."""
HAS_PLACES, IS_AWAY, IS_COVERED = 0.7, 0.6, 0.5
DAY = (8 * 60, 16 * 60)
MOST_SECONDS = 10
MOST_PAGE_MS = 150
PATH = "/samordnare/luckor"
ROUNDS, TURNS = 3, 20


@dataclass(frozen=True)
class Town:
    id: str
    coordinator_id: str
    schools: int


def measure(backing: Backing, *, quick: bool) -> list[Figure]:
    """From the outlooks alone, from the database, told, and as a page."""
    whole = sizes()
    parts = {"a tenth": whole[4::10]} if quick else {"a tenth": whole[4::10], "the whole": whole}
    figures: list[Figure] = []
    taken: list[Taken] = []
    for label, schools in parts.items():
        app = backing.make_app(backing.database(f"cover{len(taken)}"))
        try:
            with app.app_context():
                towns = country(schools)
                say(f"  {sum(schools):,} schools".replace(",", " "))
                taken.append(_all_of(towns))
                db.session.remove()
            figures += [
                *_said(label, sum(schools), taken[-1]),
                *_pages(app, label, [towns[0], _tenth_of(towns)]),
            ]
        finally:
            with app.app_context():
                db.engine.dispose()
    if len(taken) > 1:
        tenth, all_of_it = taken
        figures += [
            Figure(f"ten times the schools: {what}", most / least, "times the time")
            for what, least, most in (
                ("reckoned", tenth.reckoned, all_of_it.reckoned),
                ("read and reckoned", tenth.read, all_of_it.read),
                ("told", tenth.told, all_of_it.told),
            )
        ]
    return figures


@dataclass(frozen=True)
class Taken:
    """Seconds of all municipalities."""

    gaps: int
    reckoned: float
    read: float
    told: float
    again: float


def _all_of(towns: Sequence[Town]) -> Taken:
    ahead = _look(towns)
    read = best_of([took(1, lambda: _look(towns)) for _round in range(ROUNDS)])
    reckoned = best_of([took(1, lambda: _reckon(ahead)) for _round in range(ROUNDS)])
    told, again = (took(1, telling.tell_of_gaps).wall_ms for _turn in range(2))
    gaps = sum(len(one.outlook.gaps) for one in ahead)
    return Taken(gaps, *(ms / 1000 for ms in (reckoned.wall_ms, read.wall_ms, told, again)))


def _reckon(ahead: Iterable[Ahead]) -> None:
    for one in ahead:
        _ = Outlook(one.outlook.people.values(), one.outlook.horizon, one.holders).gaps


def _look(towns: Iterable[Town]) -> list[Ahead]:
    """Read and reckoned."""
    found = []
    for town in towns:
        ahead = look(db.session.get_one(Municipality, town.id))
        _ = ahead.gaps
        found.append(ahead)
    return found


def _said(label: str, schools: int, taken: Taken) -> list[Figure]:
    return [
        Figure(f"{label}: schools", schools, ""),
        Figure(f"{label}: gaps found", taken.gaps, ""),
        Figure(f"{label}: reckoned", taken.reckoned, "s", most=MOST_SECONDS),
        Figure(f"{label}: read and reckoned", taken.read, "s", most=MOST_SECONDS),
        Figure(f"{label}: coordinators told, first turn", taken.told, "s"),
        Figure(f"{label}: coordinators told, next turn", taken.again, "s"),
    ]


def _pages(app: Flask, label: str, towns: Iterable[Town]) -> list[Figure]:
    figures = []
    for town in towns:
        open_page = opener(app, town.coordinator_id, PATH)
        open_page()
        turns = [took(1, open_page) for _turn in range(TURNS)]
        times = [turn.wall_ms for turn in turns]
        name = f"{label}: page of {town.schools} schools"
        figures += [
            Figure(f"{name}, CPU", best_of(turns).cpu_ms, "ms"),
            Figure(f"{name}, p50", percentile(times, 50), "ms", most=MOST_PAGE_MS),
            Figure(f"{name}, p99", percentile(times, 99), "ms"),
        ]
    return figures


def _tenth_of(towns: Sequence[Town]) -> Town:
    """The one that has nearest to a tenth of the schools of the largest."""
    return min(towns, key=lambda town: abs(town.schools - towns[0].schools / 10))


def sizes() -> list[int]:
    """How many schools each municipality has, the largest first."""
    return [round(LARGEST / n**FALLS) for n in range(1, MUNICIPALITIES + 1)]


# --- a country -----------------------------------------------------------------------------------


def country(schools: Sequence[int]) -> list[Town]:
    """Municipalities of so many schools, their staff, places, absences and covers; committed."""
    random = Random(1177)
    towns = [_town(number, count, random) for number, count in enumerate(schools)]
    db.session.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))  # as autovacuum would, some minutes later
    return towns


def _town(number: int, count: int, random: Random) -> Town:
    home = new_id()
    db.session.execute(
        insert(Municipality),
        {"id": home, "slug": f"exempel-{number}", "name": f"Exempel {number}"},
    )
    schools = [new_id() for _school in range(count)]
    db.session.execute(
        insert(School),
        [
            {"id": one, "municipality_id": home, "slug": f"skola-{n}", "name": f"Exempelskolan {n}"}
            for n, one in enumerate(schools)
        ],
    )
    coordinator = _staff(home, None)
    people = [coordinator]
    rows: dict[Any, list[dict[str, Any]]] = {Assignment: [], Place: [], Absence: [], Cover: []}
    for profession, each in SCHOOLS_OF.items():
        last = None
        for start in range(0, count, each):
            person = _staff(home, profession)
            people.append(person)
            _works(person["id"], schools[start : start + each], last, rows, random)
            last = person["id"]
    db.session.add_all(Staff(**one) for one in people)
    db.session.flush()
    for table, values in rows.items():
        if values:
            db.session.execute(insert(table), values)
    return Town(home, coordinator["id"], count)


def _staff(home: str, profession: Profession | None) -> dict[str, Any]:
    staff_id = new_id()
    email = f"{staff_id}@exempel.invalid"
    return {
        "id": staff_id,
        "municipality_id": home,
        "profession": profession,
        "coordinates": profession is None,
        "name": f"Person {staff_id}",
        "email": email,
        "email_hash": hash_email(email),
        "active": True,
    }


def _works(
    staff_id: str,
    schools: Sequence[str],
    colleague: str | None,
    rows: dict[Any, list[dict[str, Any]]],
    random: Random,
) -> None:
    """At these schools; away for some weeks, and covered by the colleague, now and then."""
    rows[Assignment] += [{"staff_id": staff_id, "school_id": one} for one in schools]
    if random.random() < HAS_PLACES:
        rows[Place] += [
            {
                "id": new_id(),
                "staff_id": staff_id,
                "school_id": schools[weekday % len(schools)],
                "weekday": weekday,
                "starts_at": DAY[0],
                "ends_at": DAY[1],
                "starts_on": None,
                "ends_on": None,
            }
            for weekday in range(random.choice((3, 4, 5, 5, 5, 5)))
        ]
    if random.random() >= IS_AWAY:
        return
    first = clock.today() + timedelta(days=random.randrange(AHEAD_DAYS))
    last: date = first + timedelta(days=random.randrange(1, 28))
    days = {"starts_on": first, "ends_on": last}
    rows[Absence].append({"id": new_id(), "staff_id": staff_id, **days})
    if colleague and random.random() < IS_COVERED:
        rows[Cover].append(
            {
                "id": new_id(),
                "absent_id": staff_id,
                "cover_id": colleague,
                "school_id": None,
                "accepted_at": clock.now(),
                **days,
            }
        )
