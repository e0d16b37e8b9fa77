"""SMS to staff: to a number of their own, which they have chosen and the municipality has decided
that it may be used. It says what a lock screen may say, and no more."""

from dataclasses import dataclass

from sqlalchemy import func, select

from elevhalsa.core import clock, phones
from elevhalsa.core.i18n import _
from elevhalsa.core.ports import Outside
from elevhalsa.domain.notices import kinds, outbox
from elevhalsa.domain.notices.models import Channel, Notice
from elevhalsa.domain.people import reaching
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import Municipality
from elevhalsa.extensions import db

from . import lines, rules


@dataclass(frozen=True)
class Message:
    to: str
    line: str


class Texts(outbox.Sender[Message]):
    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    def takes(self, notice: Notice) -> bool:
        return notice.channel is Channel.SMS and notice.staff_id is not None

    def prepare(self, notice: Notice) -> Message | None:
        staff = db.session.get(Staff, notice.staff_id)
        number = reaching.number_of(staff) if staff else None
        if staff is None or number is None:
            outbox.give_up(notice, "not wanted any more")
            return None
        if _cap_is_reached(notice, staff.municipality):
            outbox.give_up(notice, "sms cap")
            return None
        push = kinds.telling(notice.kind, notice.told_as or kinds.audience_of(staff)).push
        line = lines.line(notice, push) if push else None
        if line is None:
            outbox.give_up(notice, "not so any more")
            return None
        return Message(number, line)

    def send(self, ready: Message) -> None:
        text = _("%(title)s: %(line)s", title=lines.title(), line=ready.line)
        self._outside.texter.send(to=phones.international(ready.to), text=text)


def _cap_is_reached(notice: Notice, place: Municipality) -> bool:
    """Pupils' and staff's SMS are counted together."""
    query = (
        select(func.count())
        .select_from(Notice)
        .where(
            Notice.municipality_id == place.id,
            Notice.channel == Channel.SMS,
            Notice.started_at > clock.now() - rules.SMS_WITHIN,
            Notice.id != notice.id,
        )
    )
    return (db.session.scalar(query) or 0) >= place.sms_a_day
