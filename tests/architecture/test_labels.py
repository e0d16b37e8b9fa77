"""Every word that a person can be shown has its Swedish, beside the word."""

from enum import StrEnum

import pytest
from flask_babel import lazy_gettext

from elevhalsa.core import labels
from elevhalsa.core.columns import Word
from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks.words import AttemptKind, Outcome, State
from elevhalsa.domain.notices.kinds import KINDS
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.notices.words import Audience
from elevhalsa.extensions import db

# Words that no screen shows: who adds to the list has thought about it.
NEVER_SHOWN = {
    "Action",
    "ActorKind",
    "Audience",
    "Author",
    "Authority",
    "Awaited",
    "Channel",
    "Law",  # what it says is data
    "ProposalState",
    "SchoolForm",
    "Step",
    "Way",
    "Subject",
}

# Kinds of notice that staff are not told of in the app.
NOT_IN_THE_APP = {
    kind
    for kind, described in KINDS.items()
    if Audience.STAFF not in described.to or not described.to[Audience.STAFF].label
}


def shown() -> list[type[StrEnum]]:
    """The kinds of word that the tables' columns hold, but for those that stay there."""
    kinds = {
        column.type.enum
        for table in db.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Word)
    }
    return sorted(
        (kind for kind in kinds if kind.__name__ not in NEVER_SHOWN), key=lambda kind: kind.__name__
    )


@pytest.fixture
def said(app):
    with app.test_request_context():
        yield labels.of


def test_every_word_has_a_label_of_its_own_within_its_kind(said):
    assert {Profession, State, Outcome} <= set(shown())
    for kind in shown():
        texts = [said(word) for word in kind if word not in NOT_IN_THE_APP]
        assert all(text.strip() for text in texts), kind
        assert len(set(texts)) == len(texts), kind


def test_when_it_does_not_matter_there_are_words_for_that_too(said):
    assert said(None) == "Spelar ingen roll"
    assert said(None, "the")
    assert said(None, "about")


def test_the_same_word_of_two_kinds_keeps_two_labels(said):
    assert State.WITHDRAWN == Kind.WITHDRAWN == "withdrawn"  # type: ignore[comparison-overlap]
    assert said(State.WITHDRAWN) != said(Kind.WITHDRAWN)
    assert said(Outcome.TALKED) != said(AttemptKind.TALKED)


class Fruit(StrEnum):
    APPLE = "apple"
    PEAR = "pear"


def test_a_word_without_a_label_is_an_error_and_not_an_empty_text(said):
    with pytest.raises(KeyError):
        said(Fruit.APPLE)


def test_a_word_that_was_forgotten_stops_the_start():
    with pytest.raises(RuntimeError, match="pear"):
        labels.give(Fruit, {Fruit.APPLE: lazy_gettext("Äpple")}, group="fruit")
    with pytest.raises(RuntimeError, match="pear"):
        labels.give(Fruit, {}, group="fruit", only=[Fruit.PEAR])


def test_a_label_is_said_in_one_place():
    with pytest.raises(RuntimeError, match="nurse"):
        labels.give(
            Profession,
            dict.fromkeys([*Profession, None], lazy_gettext("Två gånger")),
            group="the",
        )
