"""An operator exports what the schools' devices and walls need."""

import json
import plistlib
from pathlib import Path

import pytest

from elevhalsa.core import qr
from elevhalsa.extensions import db
from elevhalsa.web import school_devices
from tests.factories import Make

from .conftest import Run

FILES = ("ipad.mobileconfig", "chromeos.json", "edge.json", "affisch-a4.html", "kort-a6.html")


@pytest.fixture
def schools(make: Make) -> list[str]:
    make.home.name = "Exempelkommun"
    rows = [make.school(slug="norra", name="Norra skolan"), make.school(slug="sodra")]
    make.school(slug="stangd", active=False)
    make.nurse(rows[0])
    db.session.commit()
    return [row.slug for row in rows]


def test_every_open_school_gets_its_files(run: Run, schools: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "ut"
    output = run("shortcuts", "export", str(folder)).output
    assert "2 skolor" in output
    assert "bara är för utveckling" in output
    shared = ["delade-datorer.json", "delade-ipads.mobileconfig", "delat"]
    assert sorted(p.name for p in folder.iterdir()) == ["LASMIG.txt", *shared, "norra", "sodra"]
    for slug in schools:
        assert sorted(p.name for p in (folder / slug).iterdir()) == sorted(FILES)
        url = f"http://127.0.0.1:8000/s/{slug}"
        clip = plistlib.loads((folder / slug / FILES[0]).read_bytes())["PayloadContent"][0]
        assert clip["URL"] == url
        for name in ("chromeos.json", "edge.json"):
            assert json.loads((folder / slug / name).read_text("utf-8"))[0]["url"] == url
        for name in ("affisch-a4.html", "kort-a6.html"):
            html = (folder / slug / name).read_text("utf-8")
            assert qr.svg(url, level=qr.PAPER_LEVEL) in html


def test_a_sheet_finds_what_it_is_drawn_with_in_the_folder(
    run: Run, schools: list[str], tmp_path: Path
) -> None:
    run("shortcuts", "export", str(tmp_path))
    html = (tmp_path / "norra" / "affisch-a4.html").read_text("utf-8")
    for name in ("print.css", "door.svg"):
        assert f'"../delat/{name}"' in html
        assert (tmp_path / "delat" / name).is_file()
    assert "/static/" not in html
    assert "/samordnare" not in html


def test_the_readme_says_what_to_do_with_each_file(
    run: Run, schools: list[str], tmp_path: Path
) -> None:
    run("shortcuts", "export", str(tmp_path))
    text = (tmp_path / "LASMIG.txt").read_text("utf-8")
    for word in (
        *FILES,
        "delade-ipads.mobileconfig",
        "delade-datorer.json",
        "Exempelkommun",
        "Norra skolan",
        "MDM",
        "WebAppInstallForceList",
    ):
        assert word in text
    assert "&" not in text


def test_exporting_again_writes_the_same(run: Run, schools: list[str], tmp_path: Path) -> None:
    def everything() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    run("shortcuts", "export", str(tmp_path))
    before = everything()
    run("shortcuts", "export", str(tmp_path))
    assert everything() == before


def test_only_the_named_municipalitys_schools(
    run: Run, make: Make, schools: list[str], tmp_path: Path
) -> None:
    other = make.municipality(slug="annan")
    make.school(slug="deras", municipality_id=other.id)
    run("shortcuts", "export", str(tmp_path), exit=2)
    run("shortcuts", "export", str(tmp_path), "--municipality", "annan")
    assert (tmp_path / "deras").is_dir()
    assert not (tmp_path / "norra").exists()


def test_what_cannot_be_done_is_told_in_one_line(
    run: Run, make: Make, schools: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.municipality(slug="tom")
    output = run("shortcuts", "export", str(tmp_path), "--municipality", "tom", exit=1).output
    assert "ingen öppen skola" in output
    (tmp_path / "fil").write_text("")
    home = ("--municipality", make.home.slug)
    run("shortcuts", "export", str(tmp_path / "fil"), *home, exit=2)
    output = run("shortcuts", "export", str(tmp_path / "fil" / "ut"), *home, exit=1).output
    assert "Det gick inte att skriva" in output
    monkeypatch.setattr(school_devices, "ICON", "icons/finns-inte.png")
    output = run("shortcuts", "export", str(tmp_path), *home, exit=1).output
    assert "icons/finns-inte.png saknas" in output
