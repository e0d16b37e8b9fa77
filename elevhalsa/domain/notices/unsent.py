"""What could not be sent, as the coordinators of a municipality see it: counts by kind, channel and
reason. Never to whom or about what: neither names, addresses, schools nor professions.

Of what only staff are told not even the kind is said: it could tell what goes on in a knock.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import LazyString
from sqlalchemy import ColumnElement, String, and_, func, or_, select, type_coerce, update

from elevhalsa import work
from elevhalsa.core import clock, labels
from elevhalsa.core.columns import UtcDateTime
from elevhalsa.core.i18n import _l
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.people.models import Staff
from elevhalsa.extensions import db

from . import rules, service
from .kinds import KINDS
from .models import Channel, Kind, Notice
from .outbox import AT_MOST_ONCE
from .words import Audience, Reason

labels.give(
    Channel,
    {
        Channel.EMAIL: _l("E-post"),
        Channel.PUSH: _l("Påminnelse i mobilen"),
        Channel.SMS: _l("Sms"),
    },
    only=(Channel.EMAIL, Channel.PUSH, Channel.SMS),
)
labels.give(
    Reason,
    {
        Reason.ADDRESS: _l("Adressen eller numret går inte att skicka till."),
        Reason.REFUSED: _l("Mottagarens tjänst tog inte emot det."),
        Reason.SETUP: _l("En inställning är fel. Säg till den som driver tjänsten."),
        Reason.CAP: _l("Kommunens tak för sms var nått."),
        Reason.COUNTRY: _l("Kommunen skickar inte sms till det landet."),
        Reason.TOO_LATE: _l("Det hann bli för sent för att vara till nytta."),
        Reason.AWAY: _l("Servern som skickar svarade inte."),
        Reason.FAULT: _l("Det blev fel hos oss. Säg till den som driver tjänsten."),
        Reason.UNKNOWN: _l(
            "Ingen vet om det kom fram. Det skickas inte igen, för då kan det komma två gånger."
        ),
    },
)
UNNAMED = _l("Något om en knackning")


@dataclass(frozen=True)
class Unsent:
    """So many of a kind that did not leave on a channel, for a reason."""

    kind: Kind
    to_pupil: bool
    channel: Channel
    reason: Reason
    count: int
    can_be_retried: int
    """How many of them are still of use, and certain not to have left."""
    last_at: datetime

    @property
    def label(self) -> LazyString:
        to = KINDS[self.kind].to
        told = to.get(Audience.PUPIL if self.to_pupil else Audience.COORDINATOR)
        if told is None:
            return UNNAMED
        return told.label or (told.letter.subject if told.letter else UNNAMED)

    @property
    def key(self) -> str:
        """What tells it from the others on the page."""
        to = "pupil" if self.to_pupil else "staff"
        return f"{self.kind}.{to}.{self.channel}.{self.reason}"


def _of(municipality_id: str) -> ColumnElement[bool]:
    return and_(
        Notice.municipality_id == municipality_id,
        Notice.channel != Channel.APP,
        Notice.given_up_at.is_not(None),
        Notice.sent_at.is_(None),
        Notice.error.not_in(rules.MEANT),
    )


def _can_be_retried() -> ColumnElement[bool]:
    is_of_use = or_(Notice.useful_until.is_(None), Notice.useful_until > clock.now())
    return and_(is_of_use, or_(Notice.channel.not_in(AT_MOST_ONCE), Notice.started_at.is_(None)))


def lines(coordinator: Staff) -> list[Unsent]:
    """The latest first. What has lain for a month is forgotten (``outbox.forget_old``)."""
    found: dict[str, Unsent] = {}
    for line, _code in _lines(coordinator.municipality_id):
        same = found.get(line.key)
        found[line.key] = line if same is None else _together(same, line)
    return sorted(found.values(), key=lambda line: line.last_at, reverse=True)


def _together(one: Unsent, other: Unsent) -> Unsent:
    """Of different codes, for the same reason."""
    return replace(
        one,
        count=one.count + other.count,
        can_be_retried=one.can_be_retried + other.can_be_retried,
        last_at=max(one.last_at, other.last_at),
    )


def _lines(municipality_id: str) -> Iterable[tuple[Unsent, str]]:
    """One for each code, with it."""
    to_pupil = Notice.staff_id.is_(None).label("to_pupil")
    query = (
        select(
            Notice.kind,
            to_pupil,
            Notice.channel,
            type_coerce(Notice.error, String()),
            func.count(),
            func.count().filter(_can_be_retried()),
            type_coerce(func.max(Notice.given_up_at), UtcDateTime),
        )
        .where(_of(municipality_id))
        .group_by(Notice.kind, to_pupil, Notice.channel, Notice.error)
    )
    with work.beyond(work.Beyond.COUNTS):
        found = db.session.execute(query).all()
    for kind, is_pupil, channel, code, count, retried, last_at in found:
        reason = rules.reason_of(code)
        if reason:
            can = retried if rules.may_be_sent_again(reason) else 0
            yield Unsent(kind, bool(is_pupil), channel, reason, count, can, last_at), code


def retry(coordinator: Staff, key: str | None = None) -> int:
    """Let those of a line of ``lines`` be sent anew, or of all. Returns how many: none of what is
    of no use now, or may have left."""
    ids: list[str] = []
    for line, code in _lines(coordinator.municipality_id):
        if line.can_be_retried and key in (None, line.key):
            again = (
                update(Notice)
                .where(
                    _of(coordinator.municipality_id),
                    _can_be_retried(),
                    Notice.kind == line.kind,
                    Notice.channel == line.channel,
                    Notice.error == code,
                    Notice.staff_id.is_(None) if line.to_pupil else Notice.staff_id.is_not(None),
                )
                .values(given_up_at=None, error=None, attempts=0, not_before=clock.now())
                .returning(Notice.id)
                .execution_options(synchronize_session=False)
            )
            with work.beyond(work.Beyond.COUNTS):
                ids += db.session.scalars(again)
    if ids:
        audit.record(
            Action.NOTICES_RETRIED,
            by=work.staff(coordinator.id),
            municipality_id=coordinator.municipality_id,
        )
        service.wake(ids[0])  # who comes for one sends all that waits
    return len(ids)
