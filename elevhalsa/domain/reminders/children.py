"""The rows that one notice becomes: a push for each browser, and the message instead."""

from datetime import datetime

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.notices.models import Channel, Notice


def child(
    parent: Notice, channel: Channel, at: datetime, suffix: str, subscription_id: str | None = None
) -> Notice:
    """One of them, due ``at``. suffix: what makes its cause another than its siblings'."""
    return Notice(
        id=new_id(),
        municipality_id=parent.municipality_id,
        staff_id=parent.staff_id,
        subscription_id=subscription_id,
        parent_id=parent.id,
        told_as=parent.told_as,
        kind=parent.kind,
        figures=parent.figures,
        channel=channel,
        about_kind=parent.about_kind,
        about_id=parent.about_id,
        cause=f"{parent.cause}:{suffix}",
        created_at=clock.now(),
        not_before=at,
        due_at=parent.due_at or at,
        useful_until=parent.useful_until,
    )
