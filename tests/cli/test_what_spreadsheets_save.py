"""Imports take what Excel, Numbers and their like save, or say how to go on."""

import unicodedata
from pathlib import Path

import pytest
from sqlalchemy import select

from elevhalsa.domain.people import staffing
from elevhalsa.domain.places.models import School
from elevhalsa.extensions import db
from tests.factories import Make

from .conftest import Run

TEXT = "kortnamn;namn;ort\nsodra;Södra skolan;Åmål\nostra;Östra skolan;\n"
MADE = [("ostra", "Östra skolan", None), ("sodra", "Södra skolan", "Åmål")]

SAVED = {
    "UTF-8": TEXT.encode(),
    "UTF-8 with a mark": TEXT.encode("utf-8-sig"),
    "UTF-16 of Excel (Unicode text)": TEXT.replace(";", "\t").encode("utf-16"),
    "UTF-16, the other way round": b"\xfe\xff" + TEXT.encode("utf-16-be"),
    "tabs": TEXT.replace(";", "\t").encode(),
    "commas": TEXT.replace(";", ",").encode(),
    "sep=; as Excel writes it": b"sep=;\r\n" + TEXT.replace("\n", "\r\n").encode(),
    "sep=, in quotes": b'"sep=,"\n' + TEXT.replace(";", ",").encode(),
    "old Mac line ends": TEXT.replace("\n", "\r").encode(),
    "letters in two parts (Numbers on a Mac)": unicodedata.normalize("NFD", TEXT).encode(),
    "a blank first line": b"\n;;\n" + TEXT.encode(),
    "a title above": "Skolor läsåret 2026/27;;\n\n".encode() + TEXT.encode(),
    "empty columns at the end": TEXT.replace("\n", ";;;\n").encode(),
    "an empty column in the middle": TEXT.replace(";", ";;", 1).replace("a;", "a;;", 2).encode(),
    "rows without their last empty cells": TEXT.replace("skolan;\n", "skolan\n").encode(),
    "rows with more empty cells than heads": TEXT.replace("Åmål", "Åmål;;;").encode(),
    "unseen marks": TEXT.replace("skolan", "\u200bsko\u00adlan\u202c").encode(),
    "empty rows below": TEXT.encode() + b";;\r\n;;\r\n",
}


@pytest.fixture
def saved(tmp_path: Path):
    def write(data: bytes) -> Path:
        path = tmp_path / "fil.csv"
        path.write_bytes(data)
        return path

    return write


@pytest.mark.parametrize("how", SAVED)
def test_the_file_is_read_however_it_was_saved(run: Run, make: Make, saved, how: str) -> None:
    make.home  # noqa: B018
    run("school", "import", str(saved(SAVED[how])))
    rows = db.session.scalars(select(School).order_by(School.slug))
    assert [(s.slug, s.name, s.town) for s in rows] == MADE


@pytest.mark.parametrize(("code", "name"), [("cp1252", "Windows-1252"), ("mac-roman", "Mac Roman")])
def test_another_encoding_is_offered_and_read_when_it_is_asked_for(
    run: Run, make: Make, saved, code: str, name: str
) -> None:
    make.home  # noqa: B018
    path = str(saved(TEXT.encode(code)))
    refused = run("school", "import", path, exit=1).output
    assert "filen är inte sparad som UTF-8" in refused
    assert f"Som {name} står det ”Södra”" in refused
    assert f"--teckenkod {code} --dry-run" in refused
    tried = run("school", "import", path, "--teckenkod", code, "--dry-run").output
    assert f"Läst som {name}, till exempel ”Södra”. Stämmer å, ä och ö?" in tried
    assert "ingenting är ändrat" in tried
    assert db.session.scalars(select(School)).all() == []
    run("school", "import", path, "--teckenkod", code)
    assert {s.name for s in db.session.scalars(select(School))} == {"Södra skolan", "Östra skolan"}


def test_every_import_can_be_tried_and_told_how_its_file_is_written(app) -> None:
    imports = [group.commands["import"] for group in app.cli.commands.values()
               if "import" in getattr(group, "commands", {})]  # fmt: skip
    assert len(imports) >= 5
    for command in imports:
        assert {"--dry-run", "--teckenkod"} <= {o for p in command.params for o in p.opts}


def test_text_under_a_column_without_a_head_is_told(run: Run, make: Make, saved) -> None:
    make.home  # noqa: B018
    path = str(saved(b"kortnamn;namn;;\nnorra;Norra;hej;\n"))
    assert (
        "rad 2: ett fält står under en kolumn utan rubrik"
        in run("school", "import", path, exit=1).output
    )


@pytest.mark.parametrize("name", ["\u202eÅsa\u202c Exempel", "Åsa\u200b Exempel"])
def test_a_name_cannot_be_written_with_marks_that_are_not_seen(
    run: Run, make: Make, saved, name: str
) -> None:
    school = make.school()
    heads = "namn;epost;yrke;skolor\n"
    run(
        "staff",
        "import",
        str(saved(f"{heads}{name};Åsa <asa@exempel.se>;Kurator;{school.slug}\n".encode())),
    )
    assert staffing.require("asa@exempel.se").name == "Åsa Exempel"
    nobody = str(saved(f"{heads}\u200b;b@exempel.se;Kurator;{school.slug}\n".encode()))
    assert "kolumn namn: får inte vara tom" in run("staff", "import", nobody, exit=1).output


def test_a_profession_in_two_part_letters_is_that_profession(run: Run, make: Make, saved) -> None:
    school = make.school()
    text = f"namn;epost;yrke;skolor\nKim;k@exempel.se;Skolsköterska;{school.slug}\n"
    run("staff", "import", str(saved(unicodedata.normalize("NFD", text).encode())))
    assert "1 rad" in run("staff", "list").output
