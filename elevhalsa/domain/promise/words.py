"""The words that the columns of what is waited for may hold."""

from enum import StrEnum


class Awaited(StrEnum):
    """What is waited for, and so by which clock."""

    FIRST_CONTACT = "first_contact"
    """The promise itself: its rungs are the municipality's ladder."""
    NEW_ATTEMPT = "new_attempt"
    """After "no answer": within the promised hours. Its rungs are as a guarantee's."""
    ANSWER = "answer"
    """After the first contact: to a text of the pupil's, or from whoever takes what was left. Its
    rungs are the municipality's ladder."""
    GUARANTEE = "guarantee"
    """A guarantee besides the promise, until the pupil has been in contact with whom it is about:
    its rungs are its own (``rules.reminder_at``)."""
    REVIEW = "review"
    """Of what was opened in danger to life: that another looks at it, by the next weekday."""
    TELLING = "telling"
    """Of the same: that the pupil is told, on its day."""
    CONSULTATION = "consultation"
    """A talk that somebody at a school has asked for: a promise of its own."""
    CONSULTATION_FOLLOW_UP = "consultation_follow_up"
    """That they talk again, on the day that they agreed on."""


CONTACT = (Awaited.FIRST_CONTACT, Awaited.NEW_ATTEMPT, Awaited.ANSWER)
"""What a contact on the chosen way ends, whoever makes it."""
