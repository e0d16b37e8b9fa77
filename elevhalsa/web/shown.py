"""That a page gave one of the staff what a knock holds is an event."""

from functools import partial

from elevhalsa import work
from elevhalsa.domain.knocks import answering
from elevhalsa.domain.knocks.models import Knock

from . import transaction
from .signed_in import me


def note_shown(knock: Knock, status: int = 200, reason: str | None = None) -> None:
    """That a page has its content is an event, also when the page is an answer to a post that
    changed nothing: its transaction is undone, so it is noted in one of its own."""
    staff = me()
    if status < 400:
        answering.show(staff, knock, reason=reason)
        return
    acts = partial(
        work.act_as, work.staff(staff.id), municipality_id=staff.municipality_id, wall=staff.wall
    )

    knock_id = knock.id  # afterwards it is read again, which the database's walls must let her

    def note() -> None:
        acts()
        work.hold(knock_id)
        answering.show(staff, knock, reason=reason)

    transaction.afterwards("shown", note)
