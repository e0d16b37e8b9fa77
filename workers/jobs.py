"""The jobs: each opens a session of its own and calls a service.

Every one may run twice, or at the same time as itself, without harm. Arguments are ids only.
Nothing is raised: what went wrong is logged as code positions, without values, because an error's
text can hold what a person wrote. The outbox and the schedule see to it that work is done again.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import current_app

from elevhalsa import database, work
from elevhalsa.core.errors import without_words
from elevhalsa.domain import purging, rekeying
from elevhalsa.domain.about import Subject
from elevhalsa.domain.consultations import ladder as consultation_ladder
from elevhalsa.domain.consultations import tidying as consultation_tidying
from elevhalsa.domain.cover import moves as batons
from elevhalsa.domain.cover import telling
from elevhalsa.domain.identity import oidc, orders
from elevhalsa.domain.knocks import (
    concern,
    departures,
    devices,
    drafts,
    floods,
    handoff,
    identified,
    presence,
    rungs,
    undoing,
    unrecorded,
)
from elevhalsa.domain.meetings import feed
from elevhalsa.domain.notices import outbox as notices
from elevhalsa.domain.notices import responsible, schedule
from elevhalsa.domain.operations import keys, queries, trace
from elevhalsa.domain.people import tidy as people_tidy
from elevhalsa.domain.promise import sweep as sweeping
from elevhalsa.domain.reminders import morning, soon
from elevhalsa.domain.reminders import service as reminders
from elevhalsa.domain.reveals import service as reveals

from .sending import outbox

log = logging.getLogger(__name__)

CLIMBERS = {
    Subject.KNOCK: rungs.climb_waits,
    Subject.REVEAL: reveals.climb_waits,
    Subject.CONSULTATION: consultation_ladder.climb_waits,
}
"""Who climbs the rungs of what somebody waits for."""
SEND_SECONDS = 20
"""How long the schedule's flush goes on beginning to send, so that a slow mail server does not keep
the sweep waiting."""
WOKEN_SECONDS = 2
"""As above, of a job of the queue: the next may be about something that goes another way."""

BY_WEB_SECONDS = 5
REWRITE_SECONDS = 4
"""The sweep waits meanwhile."""
CHECK_SECONDS = 5
"""Of the log's seals at a time: the sweep waits meanwhile."""


@contextmanager
def job(name: str) -> Iterator[None]:
    """A session of its own; on SQLite transactions begin with the write lock."""
    try:
        with current_app.app_context(), work.unit():
            yield
    except Exception as error:  # noqa: BLE001  (the next job must run)
        log.error("%s failed: %s", name, without_words(error))


def send_notices(*_notice_ids: str) -> None:
    """These have been posted: send what waits, the nearest *senast* first."""
    with job("send_notices"):
        outbox().deliver_waiting(seconds=WOKEN_SECONDS)


send_notice = send_notices
"""What the release before called it: its jobs may still wait in the queue."""


def flush_outbox() -> None:
    """Send what waits: rows whose job was lost, or whose first attempt failed. Done to the end when
    the time has sufficed."""
    with job("flush_outbox"):
        stop_at = time.monotonic() + SEND_SECONDS
        outbox().deliver_waiting(seconds=SEND_SECONDS)
        if time.monotonic() < stop_at:
            _done("flush_outbox")


def return_what_was_left() -> None:
    """What those had taken whose account has ended waits for the others."""
    with job("return_what_was_left"):
        departures.return_what_was_left()
        _done("return_what_was_left")


def carry_batons() -> None:
    """What somebody had goes to whoever covers, and comes back."""
    with job("carry_batons"):
        batons.carry_and_return()
        _done("carry_batons")


def sweep() -> None:
    """Climb the ladder of every knock for which something is due."""
    with job("sweep"):
        sweeping.sweep(CLIMBERS)
        _done("sweep")


def sweep_by_web() -> None:
    """What a web process does when no worker has swept for long: rungs are climbed, and what waits
    leaves, for a few seconds at a time."""
    with job("sweep_by_web"):
        sweeping.sweep(CLIMBERS, seconds=BY_WEB_SECONDS)
        outbox().deliver_waiting(seconds=BY_WEB_SECONDS)
        _done(queries.SWEEP_BY_WEB)


def meetings_soon() -> None:
    """Remind pupils of the meetings that begin tomorrow."""
    with job("meetings_soon"):
        soon.remind_of_meetings()
        _done("meetings_soon")


def tell_of_gaps() -> None:
    """Tell coordinators of the days ahead on which nobody answers."""
    with job("tell_of_gaps"):
        telling.tell_of_gaps()
        _done("tell_of_gaps")


def follow_up() -> None:
    """Remind staff of the reports of concern whose day has come, and of what has ended and waits
    for a word on the record."""
    with job("follow_up"):
        concern.remind()
        unrecorded.remind()
        _done("follow_up")


def sum_up() -> None:
    """Tell staff who want it what waits this morning."""
    with job("sum_up"):
        morning.sum_up()
        _done("sum_up")


def tidy() -> None:
    """Purge and forget what has had its time."""
    with job("tidy"):
        purging.purge()
        steps: tuple[Callable[[], int], ...] = (
            handoff.forget_expired,
            drafts.forget_expired,
            presence.forget_old,
            devices.forget_expired,
            undoing.forget_expired,
            floods.forget_expired,
            orders.forget_expired,
            oidc.forget_expired,
            identified.forget_unused,
            reminders.forget_dead,  # before the sessions that say so are forgotten
            people_tidy.forget_expired,
            people_tidy.forget_left,
            feed.forget_left,
            consultation_tidying.tidy,
            notices.forget_old,
        )
        for step in steps:
            step()
            work.commit()
        _done("tidy")
    with job("leave_nothing_behind"):
        database.leave_nothing_behind()


def run_retention(*_run_ids: str) -> None:
    """Do the runs that somebody has asked for, or that were broken off."""
    with job("run_retention"):
        purging.run_asked()
        _done("run_retention")


def seal_log() -> None:
    """Seal the events that have settled."""
    with job("seal_log"):
        trace.seal()
        _done("seal_log")


def send_seals() -> None:
    """Tell each municipality's overseer the newest seal of its log, once a week."""
    with job("send_seals"):
        responsible.send_seals()
        _done("send_seals")


def check_log() -> None:
    """Go on with the nightly check of the seals."""
    with job("check_log"):
        trace.check(seconds=CHECK_SECONDS)
        _done("check_log")


def note_keys() -> None:
    """Write down which keys the database is written with, for those who come with others."""
    with job("note_keys"):
        keys.note()
        _done("note_keys")


def rewrite() -> None:
    """Seal anew what is under an older key, some of it each time."""
    with job("rewrite"):
        if rekeying.is_due():
            astray = rekeying.rewrite_some(REWRITE_SECONDS)
            if astray:
                log.error("%s stored texts are not what was written there", astray)
        _done("rewrite")


def _done(name: str) -> None:
    schedule.finish(name)
