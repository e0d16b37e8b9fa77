"""A test holds at whatever hour it is run: all staff who are not away are at work now, unless the
test decides what time it is, and so is about that. The service knows nothing of it.

For the tests' own processes, and with ``CHILDREN`` for those that they start.
"""

import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from elevhalsa.core import clock
from elevhalsa.domain.serving import hours
from elevhalsa.domain.serving.rules import Closed, Days, Roster, Stay

CHILDREN = {
    "PYTHONPATH": os.pathsep.join(
        [str(Path(__file__).parent / "any_hour_in_children"), str(Path(__file__).parent.parent)]
    )
}
"""Of the environment of a Python process that is to begin with it."""

ALWAYS = tuple(Stay("", weekday, 0, 24 * 60, Days(None, None)) for weekday in range(7))

_as_it_is = hours.around


def begin() -> None:
    """From now on, in this process."""
    hours.around = _at_any_hour


def _at_any_hour(
    municipality_id: str, moment: datetime, is_closed: Closed, school_id: str | None = None
) -> Roster:
    roster = _as_it_is(municipality_id, moment, is_closed, school_id)
    if clock.is_decided():
        return roster
    return Roster([replace(one, stays=ALWAYS) for one in roster.people], lambda _day: False)
