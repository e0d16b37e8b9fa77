"""From one push to somebody to a row for each of their browsers.

So a slow or broken browser holds up no other, and each has its own quiet hours, tries and end.
"""

from datetime import timedelta
from typing import Never

from elevhalsa.core import clock
from elevhalsa.domain.notices import outbox
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Channel, Notice

from . import browsers, instead
from .children import child


class Spreading(outbox.Sender[Never]):
    """Sends nothing itself: what it posts is sent by the other rooms."""

    def __init__(self, fallback_after: timedelta) -> None:
        """fallback_after: how long a push may lie unseen (wall-clock)."""
        self._fallback_after = fallback_after

    def takes(self, notice: Notice) -> bool:
        return notice.channel is Channel.PUSH and notice.subscription_id is None

    def prepare(self, notice: Notice) -> None:
        """One row for each browser that wants it, at once or when its quiet hours are over; to a
        pupil also the message that goes out instead. All in the claim's transaction."""
        now = clock.now()
        live = browsers.live(notice)
        wanted = [browser for browser in live if notice.kind in browser.kinds]
        due = {browser.id: browsers.when(browser, notice) for browser in wanted}
        notices.add(
            child(notice, Channel.PUSH, at, browser_id, browser_id)
            for browser_id, at in due.items()
            if at
        )
        outbox.sent(notice.id)
        # A pupil who has turned the kind off everywhere is not written to either.
        if notice.staff_id is None and (wanted or not live):
            latest = max([now, *filter(None, due.values())])
            instead.post(notice, latest + self._fallback_after if wanted else now)

    def send(self, ready: Never) -> None:
        raise NotImplementedError
