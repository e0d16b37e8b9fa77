"""Guarantees by command: read in with their source, shown, taken away."""

from elevhalsa.domain.places import queries
from elevhalsa.domain.places.words import Unit
from tests.factories import Make

from .conftest import Run, Write

HEAD = "namn;yrke;tid;enhet;börjar;slutar;kontrollerad;källa;adress\n"
ROW = "Garantin;skolläkare;3;vardagar;2027-01-01;;2026-11-30;Beslut 1;https://exempel.invalid/1\n"


def test_they_are_read_in_with_their_source_for_all_or_for_one_municipality(
    run: Run, write: Write, make: Make
) -> None:
    home, other = make.home, make.municipality()
    assert "1 nya" in run("guarantee", "import", write(HEAD + ROW)).output
    assert "1 oförändrade" in run("guarantee", "import", write(HEAD + ROW)).output
    own = HEAD + "Egen;;20;timmar;2026-01-01;2026-12-31;2026-11-30;Beslut 2;\n"
    run("guarantee", "import", write(own), "--municipality", home.slug)
    names = {m.slug: [g.name for g in queries.guarantees_of(m.id)] for m in (home, other)}
    assert names == {home.slug: ["Egen", "Garantin"], other.slug: ["Garantin"]}
    [row] = queries.stored_guarantees(None)
    assert (row.amount, row.unit, row.source) == (3, Unit.WEEKDAYS, "Beslut 1")
    assert "Beslut 1" in run("guarantee", "list").output
    run("guarantee", "remove", "Garantin", "2027-01-01")
    assert queries.stored_guarantees(None) == []
    assert "ingen garanti" in run("guarantee", "remove", "Garantin", "2027-01-01", exit=1).output


def test_what_cannot_be_a_guarantee_is_named_by_its_column(run: Run, write: Write) -> None:
    wrong = "Garantin;samordnare;0;veckor;2027-01-01;2026-01-01;2026-11-30;;\n"
    said = run("guarantee", "import", write(HEAD + wrong), exit=1).output
    for column in ("yrke", "tid", "enhet", "källa"):
        assert column in said
    late = ROW.replace("2027-01-01;;", "2027-01-01;2026-01-01;")
    assert "slutar innan" in run("guarantee", "import", write(HEAD + late), exit=1).output
