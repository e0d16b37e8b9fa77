"""Letters to staff: e-mail that tells staff to look in the app, and never more than that.

A crash between the mail server's "accepted" and our commit can send a letter again when the claim
has run out; both then carry the same Message-ID, by which a mailbox can drop the second.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import and_, exists, or_, select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.i18n import _
from elevhalsa.core.ports import Addresses, Outside, Page
from elevhalsa.domain.audit import sealing
from elevhalsa.domain.people import service as people
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import Municipality
from elevhalsa.extensions import db

from . import kinds, outbox, rules
from .models import Channel, Notice


@dataclass(frozen=True)
class Letter:
    """Plain text, ready to send."""

    to: str
    subject: str
    text: str
    message_id: str


class Letters(outbox.Sender[Letter]):
    def __init__(self, outside: Outside, addresses: Addresses, *, an_hour: int) -> None:
        """an_hour: so many to one person of what many can cause at once (``rules.BUNDLED``)."""
        self._outside = outside
        self._addresses = addresses
        self._an_hour = an_hour

    def takes(self, notice: Notice) -> bool:
        return notice.channel is Channel.EMAIL and notice.staff_id is not None

    def prepare(self, notice: Notice) -> Letter | None:
        query = (
            select(Staff, Municipality.host, Municipality.name)
            .join(Municipality, Municipality.id == Staff.municipality_id)
            .where(Staff.id == notice.staff_id)
        )
        if notice.kind in rules.BUNDLED:
            # Held, so that of two that are counted at once the second counts the first.
            query = query.with_for_update(of=Staff, key_share=True)
        found = db.session.execute(query).first()
        if found is None or not found[0].works_on(clock.today()):
            outbox.give_up(notice, "receiver inactive")
            return None
        receiver, host, place = found
        audience = notice.told_as or kinds.audience_of(receiver)
        words = kinds.telling(notice.kind, audience).letter
        if words is None:  # posted by a release that said it by letter
            outbox.give_up(notice, "not told by letter")
            return None
        if not _may_leave(notice, self._an_hour):
            return None
        page = kinds.page_for(audience, words.page)
        row_id = notice.about_id
        if isinstance(words.line, kinds.Sealed):
            # The newest there is when it leaves; no row holds it.
            seal = sealing.head(receiver.municipality_id)
            line = words.line.say("{}:{}".format(*seal) if seal else None)
        else:
            line = kinds.say(words.line, notice.useful_until, notice.figures) or ""
        if notice.error == outbox.BUNDLED:
            line = f"{line} {_('Det gäller fler än en.')}"
            page = kinds.page_for(audience, Page.INBOX)
        if page is Page.SIGN_IN:
            # Made now, so that no row ever holds a token that signs somebody in.
            row_id = people.make_link(receiver, by=work.SYSTEM)
            # Somebody who works in several municipalities gets a letter for each.
            line = f"{line} {_('Inloggningen gäller %(place)s.', place=place)}"
            ending = _("Har du inte bett om länken kan du strunta i brevet.")
        else:
            ending = _("Brevet innehåller inget om eleven. Allt finns bakom inloggningen.")
            if page is Page.CASE and row_id is None:
                page = Page.INBOX
        address = self._addresses.origin(host) + self._addresses.path(page, row_id)
        footer = _("Det går inte att svara på det här brevet.")
        return Letter(
            to=receiver.email,
            subject=str(words.subject),
            text=f"{line}\n\n{address}\n\n{ending}\n{footer}\n",
            message_id=self.message_id(notice.id),
        )

    def message_id(self, notice_id: str) -> str:
        """RFC 5322 3.6.4. The same at every attempt, whatever becomes of a municipality's host."""
        return f"<{notice_id}@{urlsplit(self._addresses.origin(None)).hostname}>"

    def send(self, ready: Letter) -> None:
        self._outside.mailer.send(
            to=ready.to, subject=ready.subject, text=ready.text, message_id=ready.message_id
        )


def _may_leave(notice: Notice, most: int) -> bool:
    """False when its receiver has had as many letters as one gets in an hour: then one of its kind
    waits, and stands for those that come meanwhile."""
    if notice.kind not in rules.BUNDLED:
        return True
    now = clock.now()
    others = and_(
        Notice.staff_id == notice.staff_id,
        Notice.channel == Channel.EMAIL,
        Notice.created_at > now - kinds.USEFUL_FOR,
        Notice.id != notice.id,
    )
    left = or_(Notice.sent_at > now - rules.LETTERS_WITHIN, Notice.claimed_until > now)
    found = db.session.execute(
        select(Notice.kind, Notice.sent_at).where(others, left, Notice.kind.in_(rules.BUNDLED))
    )
    lately = [(kind, sent or now) for kind, sent in found]
    at = rules.letter_at(notice.kind, lately, now, most=most)
    if at <= now:
        return True
    waits = exists().where(
        others,
        Notice.kind == notice.kind,
        Notice.error == outbox.BUNDLED,
        Notice.given_up_at.is_(None),
        Notice.sent_at.is_(None),
        Notice.not_before > now,
    )
    if db.session.scalar(select(waits)):
        outbox.give_up(notice, outbox.BUNDLED)
    else:
        outbox.again(notice, outbox.BUNDLED, at=at)
    return False
