"""Which state an order may go to from which, by which step. Pure; there is no other way."""

from collections.abc import Mapping
from enum import StrEnum

from .words import State


class Step(StrEnum):
    WAIT = "wait"
    """No app has opened it, or a new order has taken its place."""
    OPEN = "open"
    FINISH = "finish"
    FAIL = "fail"
    LEAVE = "leave"


TRANSITIONS: Mapping[tuple[State, Step], State] = {
    (State.WAITING, Step.WAIT): State.WAITING,
    (State.WAITING, Step.OPEN): State.OPENED,
    (State.OPENED, Step.OPEN): State.OPENED,
    (State.OPENED, Step.WAIT): State.WAITING,
    (State.WAITING, Step.FINISH): State.DONE,
    (State.OPENED, Step.FINISH): State.DONE,
    (State.WAITING, Step.FAIL): State.FAILED,
    (State.OPENED, Step.FAIL): State.FAILED,
    (State.WAITING, Step.LEAVE): State.LEFT,
    (State.OPENED, Step.LEAVE): State.LEFT,
    (State.DONE, Step.LEAVE): State.LEFT,
}
UNDER_WAY = (State.WAITING, State.OPENED)


def after(state: State, step: Step) -> State | None:
    """The state that follows; None when the step can no longer be taken: it is over."""
    return TRANSITIONS.get((state, step))
