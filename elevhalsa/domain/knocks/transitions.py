"""Which state a knock may go to from which, by which step. Pure; there is no other way."""

from collections.abc import Mapping
from enum import StrEnum

from .words import State


class Step(StrEnum):
    TAKE = "take"
    HAND_OVER = "hand_over"
    WAIT_AGAIN = "wait_again"
    """Given back, moved over the wall, or held by somebody who made no contact in time."""
    CLOSE = "close"
    UNDO_CLOSE = "undo_close"
    DISMISS = "dismiss"
    """Nobody had it: it was one of a flood."""
    UNDO_DISMISS = "undo_dismiss"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    """The pupil wrote again to what had ended, and it waits for whoever may take it."""
    REOPEN_TO_HOLDER = "reopen_to_holder"
    """As REOPEN, but whoever had it has it again."""


TRANSITIONS: Mapping[tuple[State, Step], State] = {
    (State.WAITING, Step.TAKE): State.TAKEN,
    (State.TAKEN, Step.HAND_OVER): State.TAKEN,
    (State.TAKEN, Step.WAIT_AGAIN): State.WAITING,
    (State.TAKEN, Step.CLOSE): State.CLOSED,
    (State.WAITING, Step.DISMISS): State.CLOSED,
    (State.CLOSED, Step.UNDO_DISMISS): State.WAITING,
    (State.WAITING, Step.WITHDRAW): State.WITHDRAWN,
    (State.TAKEN, Step.WITHDRAW): State.WITHDRAWN,
    (State.CLOSED, Step.UNDO_CLOSE): State.TAKEN,
    (State.CLOSED, Step.REOPEN): State.WAITING,
    (State.CLOSED, Step.REOPEN_TO_HOLDER): State.TAKEN,
    (State.WITHDRAWN, Step.REOPEN): State.WAITING,
    (State.WITHDRAWN, Step.REOPEN_TO_HOLDER): State.TAKEN,
}


def after(state: State, step: Step) -> State:
    """The state that follows. Raises ValueError for a step that cannot be taken from there."""
    try:
        return TRANSITIONS[state, step]
    except KeyError:
        raise ValueError(f"no {step} from {state}") from None


def before(step: Step) -> tuple[State, ...]:
    """The states from which a step can be taken."""
    return tuple(state for state, known in TRANSITIONS if known is step)
