"""What a row of one package can be about, by kind and id: a notice, or something waited for.

Packages that come later have rows of their own to tell of, which those below know nothing of.
"""

from dataclasses import dataclass
from enum import StrEnum


class Subject(StrEnum):
    KNOCK = "knock"
    REVEAL = "reveal"
    """Something that a pupil hides was opened (domain/reveals)."""
    CONSULTATION = "consultation"
    """A talk that somebody at a school or a preschool asks for, about no named child."""
    REFERRAL = "referral"
    """Bron: a way into what another organisation offers."""
    JOINT_MEETING = "joint_meeting"
    ACTIVITY_REQUEST = "activity_request"
    """A pupil asks to join a group."""


@dataclass(frozen=True)
class About:
    kind: Subject
    id: str

    @classmethod
    def knock(cls, knock_id: str) -> "About":
        return cls(Subject.KNOCK, knock_id)
