"""Names stand in Swedish order, whatever database they come from."""

import ast
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

import elevhalsa
from elevhalsa.core.i18n import alphabetical
from elevhalsa.domain.people import directory, staffing
from elevhalsa.domain.places import queries as places
from elevhalsa.domain.places.models import ReplyTemplate
from elevhalsa.domain.statistics import queries as statistics
from elevhalsa.extensions import db


def test_rings_and_dots_come_last_and_capitals_do_not_count():
    names = ["Älven", "Åsen", "Éclair", "Öns", "ågren", "Zorn", "abborren", "Echo", "ängen"]
    assert sorted(names, key=alphabetical) == [
        "abborren", "Echo", "Éclair", "Zorn", "ågren", "Åsen", "Älven", "ängen", "Öns",
    ]  # fmt: skip


@given(st.lists(st.text("aåäözÅÄÖéü ", min_size=1, max_size=5)))
def test_the_order_is_one_whatever_came_first(names):
    ordered = sorted(names, key=alphabetical)
    names.reverse()
    assert sorted(names, key=alphabetical) == ordered


SHOWN = {"name", "title", "town"}
"""What people read in a list: their order is the language's, which no database of ours knows."""
FILES = sorted(Path(elevhalsa.__file__).parent.rglob("*.py"))


def by_shown(call: ast.Call) -> bool:
    """True for a sort by what is shown that does not ask for the language's order."""
    made = call.func
    function = made.attr if isinstance(made, ast.Attribute) else getattr(made, "id", "")
    if function == "order_by":
        told: list[ast.expr] = list(call.args)
    elif function in ("sorted", "sort"):
        lists = (ast.GeneratorExp, ast.ListComp)
        told = [word.value for word in call.keywords if word.arg == "key"]
        told += [part.elt for part in call.args if isinstance(part, lists) and not told]
    else:
        return False
    inside = [node for part in told for node in ast.walk(part)]
    shown = any(isinstance(node, ast.Attribute) and node.attr in SHOWN for node in inside)
    ordered = any(isinstance(node, ast.Name) and node.id == "alphabetical" for node in inside)
    return shown and not ordered


def test_nothing_that_is_shown_is_sorted_in_another_order():
    wrong = [
        f"{path}:{node.lineno}"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and by_shown(node)
    ]
    assert not wrong


def test_every_list_of_names_stands_in_swedish_order_on_both_databases(app, make):
    names = ["Öns", "Éclair", "ågren", "Älven", "Zorn"]
    for number, name in enumerate(names):
        school = make.school(name=name, slug=f"skola-{number}")
        nurse = make.nurse(school)
        nurse.name = name
        db.session.add(ReplyTemplate(municipality_id=make.home.id, title=name, body="Hej"))
    db.session.flush()
    right = ["Éclair", "Zorn", "ågren", "Älven", "Öns"]
    [place] = directory.load().municipalities
    assert [school.name for school in place.schools] == right
    assert [school.name for school in places.schools(make.home)] == right
    assert [person.name for person in staffing.everyone(make.home)] == right
    assert [row.title for row in places.reply_templates(make.home.id, None)] == right
    figures = statistics.school_figures(make.coordinator())
    assert [row.school.name for row in figures] == right
