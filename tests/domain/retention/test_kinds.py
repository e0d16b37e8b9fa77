"""All that is kept is of some kind, with its ground; the municipality's own assessment says the
same."""

from pathlib import Path

from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.retention.kinds import Kept, all_kinds, kept_as
from elevhalsa.domain.retention.words import Ground, RecordKind
from elevhalsa.extensions import db

DPIA = Path(__file__).resolve().parents[3] / "docs" / "dpia.md"
GROUNDS = {
    Ground.DECISION: "beslut",
    Ground.WITH_KNOCK: "följer knackningen",
    Ground.WITH_SUBJECT: "följer det den gäller",
    Ground.NOT_NEEDED: "behövs inte längre",
    Ground.KEPT: "bevaras",
}


def test_every_table_is_of_one_kind():
    named = [table for kind in all_kinds() for table in kind.tables]
    assert sorted(named) == sorted(db.metadata.tables)


def test_what_has_decision_of_is_what_can_be_decided():
    decided = {kind.key for kind in all_kinds() if kind.ground is Ground.DECISION}
    assert decided == set(RecordKind)
    assert kept_as(RecordKind.KNOCK).tables[0] == "knock"


def test_what_follows_its_knock_goes_with_it_in_the_database():
    of_knock = {
        key.parent.table.name
        for table in db.metadata.tables.values()
        for key in table.foreign_keys
        if key.column is Knock.__table__.c.id and key.ondelete == "CASCADE"
    }
    besides = {"identity"}  # that the last knock takes with it (knocks.identified)
    for kind in all_kinds():
        if kind.ground is Ground.WITH_KNOCK:
            assert set(kind.tables) <= of_knock | besides


def test_each_says_by_which_paragraph_and_where_that_was_read():
    for kind in all_kinds():
        assert all((kind.what, kind.goes, kind.law, kind.source)), kind.key


def as_row(kind: Kept) -> str:
    return f"| {kind.what} | {GROUNDS[kind.ground]} | {kind.goes} | {kind.law} |"


def test_the_assessment_has_a_row_of_each_in_the_same_words():
    rows = [as_row(kind) for kind in all_kinds()]
    said = [line for line in DPIA.read_text(encoding="utf-8").splitlines() if line in rows]
    assert said == rows, "docs/dpia.md:\n" + "\n".join(rows)
