"""What the law says, as data: of every wall and asker there is enough to weigh and to decide."""

import pytest

from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.disclosure import law
from elevhalsa.domain.disclosure.law import Sort
from elevhalsa.domain.disclosure.queries import told, word_of
from elevhalsa.domain.disclosure.words import Asker, Outcome
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places import areas


@pytest.fixture
def database_url(sqlite_url):
    return sqlite_url


def test_each_line_has_a_source_and_a_key_that_fits(app, make):
    every = law.every(make.home.id)
    assert len({one.key for one in every}) == len(every)
    assert all(len(one.key) <= 40 and one.says and one.source for one in every)
    assert any(one.verified_on is None for one in every), "what nobody has seen says so"


@pytest.mark.parametrize("profession", [Profession.NURSE, Profession.COUNSELLOR])
@pytest.mark.parametrize("asker", Asker)
def test_whoever_asks_there_is_a_ground_questions_a_paragraph_and_how_to_appeal(
    app, make, profession, asker
):
    lines = law.of(Staff(municipality_id=make.home.id, profession=profession), asker)
    assert all(lines[sort] for sort in Sort)
    assert lines[Sort.SECRECY][0].law == areas.of(make.home.id, profession.wall).law, (
        "what is usual first"
    )
    other = next(wall for wall in Wall if wall is not profession.wall)
    assert all(one.wall is not other for some in lines.values() for one in some)
    guards = any("OSL 12 kap. 3 §" in one.law for one in lines[Sort.QUESTION])
    assert guards == (asker is Asker.GUARDIAN)


@pytest.mark.parametrize("asker", Asker)
@pytest.mark.parametrize("outcome", Outcome)
def test_the_word_in_the_trace_is_short_and_can_be_told(app, asker, outcome):
    word = word_of(asker, outcome)
    assert len(word) <= 40
    with app.test_request_context():
        assert len(told(word)) == 2
        assert told(None) == []
