"""What a reminder says at the moment when it is sent, if it is still so."""

from sqlalchemy import bindparam, exists, select

from elevhalsa.core.i18n import _
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import State
from elevhalsa.domain.meetings.models import Proposal, Slot
from elevhalsa.domain.meetings.queries import IS_AGREED
from elevhalsa.domain.notices import kinds
from elevhalsa.domain.notices.kinds import Push
from elevhalsa.domain.notices.models import Kind, Notice
from elevhalsa.domain.notices.words import Audience
from elevhalsa.extensions import db

_STATE = select(Knock.state).where(Knock.id == bindparam("knock_id"))


def title() -> str:
    """Above every reminder, and the name that letters to pupils come from."""
    return _("Påminnelse")


def line(notice: Notice, push: Push) -> str | None:
    """One short sentence; None when it is not so any more."""
    if notice.staff_id is None and not _is_still_so(notice):
        return None
    return kinds.say(push.line, notice.useful_until, notice.figures)


def to_pupil(notice: Notice) -> str | None:
    """As ``line``, of what pupils are told."""
    push = kinds.telling(notice.kind, Audience.PUPIL).push
    return line(notice, push) if push else None


def instead(sentence: str) -> str:
    """The message that goes to a phone number or an e-mail address. It holds no address of ours,
    which would tell where one has been."""
    ended = sentence if sentence.endswith(".") else f"{sentence}."
    return _("%(sentence)s Öppna appen där du knackade.", sentence=ended)


def _is_still_so(notice: Notice) -> bool:
    state = db.session.scalar(_STATE, {"knock_id": notice.about_id})
    if state is None or state is State.WITHDRAWN:
        return False
    if notice.kind is not Kind.MEETING_SOON:
        return True
    # Of use until the meeting begins, so that is when it begins.
    still_agreed = exists().where(
        IS_AGREED,
        Slot.starts_at == notice.useful_until,
        Slot.proposal_id == Proposal.id,
        Proposal.knock_id == notice.about_id,
        Knock.id == Proposal.knock_id,
    )
    return bool(db.session.scalar(select(still_agreed)))
