"""Every word that a person can be shown has its Swedish."""

from enum import StrEnum

import pytest

from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.knocks.words import AttemptKind, Outcome, State, Triage, Way
from elevhalsa.domain.meetings.words import MeetingWay
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.people.models import Role
from elevhalsa.web import labels

SHOWN: tuple[type[StrEnum], ...] = (
    Profession, Wall, Way, State, Triage, Outcome, AttemptKind, MeetingWay, Kind, Role,
)  # fmt: skip
GROUPS = {"the": (Profession,), "about": (Profession, Way)}


@pytest.fixture
def said(app):
    with app.test_request_context():
        yield labels.of


def test_every_word_has_a_label_of_its_own_within_its_kind(said):
    for kind in SHOWN:
        texts = [said(word) for word in kind]
        assert all(text.strip() for text in texts), kind
        assert len(set(texts)) == len(texts), kind


@pytest.mark.parametrize("group", GROUPS)
def test_every_word_of_a_group_has_a_label_there_too(said, group):
    for kind in GROUPS[group]:
        assert all(said(word, group) for word in kind)


def test_when_it_does_not_matter_there_are_words_for_that_too(said):
    assert said(None) == "Spelar ingen roll"
    assert said(None, "the")
    assert said(None, "about")


def test_the_same_word_of_two_kinds_keeps_two_labels(said):
    assert State.WITHDRAWN == Kind.WITHDRAWN == "withdrawn"
    assert said(State.WITHDRAWN) != said(Kind.WITHDRAWN)
    assert said(Outcome.TALKED) != said(AttemptKind.TALKED)


def test_a_word_without_a_label_is_an_error_and_not_an_empty_text(said):
    class Unknown(StrEnum):
        WORD = "word"

    with pytest.raises(KeyError):
        said(Unknown.WORD)
