"""The audit table. Rows are added, never changed: the ORM refuses and so does the database.

And the seals beside it, a chain of them per municipality (``sealing``): nothing here waits for
another, and no row is read to write the next.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Index, Integer, String, Text, and_, event
from sqlalchemy.orm import Mapped, mapped_column

from elevhalsa.core.columns import UtcDateTime, Word
from elevhalsa.domain.about import About, Subject
from elevhalsa.extensions import Base
from elevhalsa.work import ActorKind


class Action(StrEnum):
    """What can be done. A word may be added, never renamed: old rows keep theirs."""

    KNOCKED = "knocked"
    OPENED_BY_CODE = "opened_by_code"
    MOVED = "moved"
    """To another device of the pupil's."""
    CLOSED_ELSEWHERE = "closed_elsewhere"
    """The pupil had it closed on all devices but one."""
    PUPIL_WROTE = "pupil_wrote"
    CONTACT_CHANGED = "contact_changed"
    BECAME_KNOWN = "became_known"
    """The pupil said who they are: the reason says by which way, never who."""
    HIDDEN_AGAIN = "hidden_again"
    """The pupil took that back, from then on."""
    REVEALED = "revealed"
    """In danger to life one of the staff opened what the pupil hides: the reason is which of it."""
    REVEAL_REVIEWED = "reveal_reviewed"
    """By another, or by whoever oversees: the reason is what they found."""
    REVEAL_TOLD = "reveal_told"
    """The pupil was told of it: by one of the staff, or because its day had come."""
    REVEAL_POSTPONED = "reveal_postponed"
    """The reason is to which day."""
    WITHDRAWN = "withdrawn"
    REOPENED = "reopened"
    """By the pupil's writing again; to whom, where somebody has it."""
    SHOWN = "shown"
    """Its content was given to one of the staff, whether anybody looked at it or not."""
    READ = "read"
    """Somebody had it in front of them."""
    SEARCHED = "searched"
    """Somebody looked for knocks by something: the reason says by what, never for what."""
    LOG_SHOWN = "log_shown"
    """The trace itself; the reason is how much of it."""
    TAKEN = "taken"
    RELEASED = "released"
    ANSWERED = "answered"
    ATTEMPTED = "attempted"
    TRIAGED = "triaged"
    DANGER_NOTED = "danger_noted"
    """Staff noted what they did when a life was in danger: one event of each thing done, which the
    reason names."""
    JOURNAL_NOTED = "journal_noted"
    """That it is in the record system, or that nothing belongs there: the reason says which."""
    EXPORTED = "exported"
    """What was written left in a file: the reason says for what."""
    DISCLOSED = "disclosed"
    """Somebody asked for what a knock holds: the reason says who, and what came of it."""
    CONCERN_REPORTED = "concern_reported"
    """To the social services; the reason says what the pupil knows of it."""
    CONCERN_FOLLOWED_UP = "concern_followed_up"
    CONCERN_STEP_CHANGED = "concern_step_changed"
    """What a municipality says in a step of the checklist."""
    AGE_TEXT_CHANGED = "age_text_changed"
    """What a municipality says of an age; the reason is which text."""
    AREA_TEXT_CHANGED = "area_text_changed"
    """What a municipality says of an area of secrecy; the reason is which."""
    DISCLOSURE_TEXT_CHANGED = "disclosure_text_changed"
    """What a municipality says when something is asked to be disclosed."""
    GLOSSARY_CHANGED = "glossary_changed"
    METHOD_STEP_CHANGED = "method_step_changed"
    PROTECTED = "protected"
    """Staff marked it as skyddade uppgifter, or no longer: the reason says which."""
    NEEDED_NO_ANSWER = "needed_no_answer"
    """Staff have read a text and found that nothing is to be said to it."""
    HANDED_OVER = "handed_over"
    TAKEN_OVER = "taken_over"
    """From a colleague, who stands as to whom."""
    STEPPED_ASIDE = "stepped_aside"
    """One of the staff knows the pupil, and is avoided from then on."""
    UNDONE = "undone"
    """What: the reason says it. The event of what was undone remains."""
    DISMISSED = "dismissed"
    """Together with what is like it."""
    DISMISSAL_UNDONE = "dismissal_undone"
    WALL_CROSSED = "wall_crossed"
    TRANSFERRED = "transferred"
    """To another school, with its dates; from and to which stands beside it."""
    PIN_CHOSEN = "pin_chosen"
    PIN_REMOVED = "pin_removed"
    PIN_RESET = "pin_reset"
    """By staff, with the pupil before them."""
    MEETING_PROPOSED = "meeting_proposed"
    MEETING_PICKED = "meeting_picked"
    MEETING_BOOKED = "meeting_booked"
    """By the pupil, in a standing time; whose, and so who has the knock, stands as to whom."""
    MEETING_DECLINED = "meeting_declined"
    MEETING_MOVE_ASKED = "meeting_move_asked"
    MEETING_CANCELLED = "meeting_cancelled"
    CLOSED = "closed"
    OPENED_WIDE = "opened_wide"
    PURGED = "purged"
    LOCKED = "locked"
    """Its days were over and there was no decision: nobody of the staff reads it until there is."""
    UNLOCKED = "unlocked"
    """A decision gave it more days than had passed."""
    HELD = "held"
    """It must stay though its days are over, or no longer: the reason is on or off."""
    RETENTION_DECIDED = "retention_decided"
    """A decision on retention was entered; of which kind, the reason says."""
    RETENTION_ENDED = "retention_ended"
    """Likewise, holds no more."""
    RETENTION_RUN = "retention_run"
    """Somebody asked for a run at once."""
    SIGNED_IN = "signed_in"
    """By which way: the reason says it."""
    SIGNED_OUT = "signed_out"
    KEY_ADDED = "key_added"
    KEY_REMOVED = "key_removed"
    KEY_CONFIRMED = "key_confirmed"
    """Somebody who was signed in has shown with a key that it is still they."""
    KEY_REFUSED = "key_refused"
    """It signed, but had counted more than once before: there may be a copy of it."""
    KEYS_REVOKED = "keys_revoked"
    """All keys of one person, by a coordinator or the operator; whose, stands as to whom."""
    ACCOUNT_TIED = "account_tied"
    """Somebody can sign in with an account elsewhere from now on."""
    ACCOUNT_UNTIED = "account_untied"
    ACCOUNTS_REVOKED = "accounts_revoked"
    """As of keys."""
    INVITED = "invited"
    SESSIONS_REVOKED = "sessions_revoked"
    IMPORTED = "imported"
    PROMISE_CHANGED = "promise_changed"
    """A municipality's hours, rungs or eves; what began before keeps its own."""
    PRIVATE_NUMBERS_DECIDED = "private_numbers_decided"
    """That staff may have SMS to a number of their own, or no longer: the reason says which."""
    ACCOUNT_ENDS = "account_ends"
    """The last day of somebody's account was set or taken away; whose, where a coordinator did it,
    stands as to whom."""
    NOTICES_RETRIED = "notices_retried"
    """A coordinator let what could not be sent be tried anew."""
    FEED_MADE = "feed_made"
    """Somebody's own meetings have an address for a calendar; a new one ends the old."""
    FEED_REVOKED = "feed_revoked"
    PLACE_CHANGED = "place_changed"
    """Where somebody is on a weekday: whose stands as to whom; the reason is added, changed or
    removed."""
    ABSENCE_CHANGED = "absence_changed"
    """Whose stands as to whom; the reason is added or removed."""
    COVER_CHANGED = "cover_changed"
    """Who is asked, or was, to answer instead of somebody; the other of the two stands as to whom,
    and the reason is how it stands now."""
    DUTY_NAMED = "duty_named"
    """Somebody was named to answer for what the reason says (``people.rules.Seat``); who, where a
    coordinator did it, stands as to whom."""
    DUTY_ENDED = "duty_ended"
    """Likewise, no longer."""
    GAP_ACCEPTED = "gap_accepted"
    """A coordinator says that it is as it should be that nobody answers on some days: the reason is
    accepted, or minded when it is not so after all."""
    MUNICIPALITY_EXPORTED = "municipality_exported"
    """All that is its own, opened, by the operator, because it leaves."""
    KEY_DESTROYED = "key_destroyed"
    """A municipality has left: its rows and its keys are gone."""
    CONSENT_FOUND = "consent_found"
    """Who must agree was worked out: the reason is who."""
    CONSENT_NOT_NEEDED = "consent_not_needed"
    """Somebody noted that a paragraph lets it be told without; the reason is which."""
    CONSENT_ASKED = "consent_asked"
    """Of this and what follows the reason is whose consent, and how: never who that is."""
    CONSENT_LINK_MADE = "consent_link_made"
    CONSENT_OPENED = "consent_opened"
    """By its link and its code: what is asked was shown."""
    CONSENT_GIVEN = "consent_given"
    CONSENT_REFUSED = "consent_refused"
    CONSENT_CONFIRMED = "consent_confirmed"
    """Who had answered was reached on the number that the school has."""
    CONSENT_CALL_ASKED = "consent_call_asked"
    CONSENT_TAKEN_BACK = "consent_taken_back"
    CONSENT_EXPIRED = "consent_expired"
    CONSENT_SHARED = "consent_shared"
    """Something was shared by it: what, stands with the consents."""
    CONSENT_TEXT_CHANGED = "consent_text_changed"
    CONSENT_LAW_CHANGED = "consent_law_changed"
    LOG_PURGED = "log_purged"
    """Rows of the trace itself whose time was up; the reason is up to which seal."""
    CONSULTATION_ASKED = "consultation_asked"
    """Somebody at a school asked for a talk, about nobody by name."""
    CONSULTATION_NOTED = "consultation_noted"
    """They have talked; the reason is what came of it."""
    CONSULTATION_LINK = "consultation_link"
    """A school's address for that; the reason is made or ended."""
    REFERRAL_OFFER_CHANGED = "referral_offer_changed"
    """What a municipality offers by Bron; the reason is on, or off when it is offered no more."""
    REFERRAL_FORM_CHANGED = "referral_form_changed"
    """The reason is which form."""
    REFERRAL_HOURS_CHANGED = "referral_hours_changed"
    CARRIED = "carried"
    """A knock went with the baton, or came back with it: to whom, where it does not wait."""


class AuditEvent(Base):
    """One thing that was done. ``reason`` is a code word such as 'consent', never free text."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_knock_id_at", "knock_id", "at"),
        Index("ix_audit_event_municipality_id_at", "municipality_id", "at"),
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    municipality_id: Mapped[str | None] = mapped_column(String(22))
    actor: Mapped[ActorKind] = mapped_column(Word(ActorKind))
    staff_id: Mapped[str | None] = mapped_column(String(22))
    """Who of the staff did it; of what the operator and the system do, to whom of the staff."""
    action: Mapped[Action] = mapped_column(Word(Action))
    about_kind: Mapped[Subject] = mapped_column(
        Word(Subject), default=Subject.KNOCK, server_default=Subject.KNOCK.value
    )
    """Of what the next column is the id; without an id it says nothing."""
    about_id: Mapped[str | None] = mapped_column("knock_id", String(22))
    """The column's name is from when an event was always of a knock, and stays while the release
    before may run beside this one."""
    to_staff_id: Mapped[str | None] = mapped_column(String(22))
    """To whom, of what is given from one to another; from whom, of what is taken over."""
    reason: Mapped[str | None] = mapped_column(String(40))
    from_school_id: Mapped[str | None] = mapped_column(String(22))
    to_school_id: Mapped[str | None] = mapped_column(String(22))

    @property
    def about(self) -> About | None:
        """None: of nothing that has a row."""
        return About(self.about_kind, self.about_id) if self.about_id else None

    @classmethod
    def is_about(cls, about: About) -> ColumnElement[bool]:
        return and_(cls.about_id == about.id, cls.about_kind == about.kind)


@event.listens_for(AuditEvent, "before_update")
@event.listens_for(AuditEvent, "before_delete")
def _refuse(mapper: Any, connection: Any, target: AuditEvent) -> None:
    raise RuntimeError("audit events are append-only")


_BIG = BigInteger().with_variant(Integer, "sqlite")


class AuditChain(Base):
    """One chain of seals: a municipality's, or that of the events of none. Who seals holds its row,
    so that two never make the same seal; who checks notes how far they have come."""

    __tablename__ = "audit_chain"

    chain: Mapped[str] = mapped_column(String(22), primary_key=True)
    """The municipality's id, or ``sealing.OF_NONE``."""
    municipality_id: Mapped[str | None] = mapped_column(String(22), index=True)
    number: Mapped[int] = mapped_column(Integer, default=0)
    """Of the newest seal; 0: none yet."""
    mark: Mapped[str] = mapped_column(String(64), default="")
    """The newest seal's."""
    next_number: Mapped[int] = mapped_column(Integer, default=1)
    """The seal that the check under way looks at next."""
    faults: Mapped[int] = mapped_column(Integer, default=0)
    """How many the check under way has found."""
    found: Mapped[int] = mapped_column(Integer, default=0)
    """How many the last whole check found."""
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When that ended."""


class AuditSeal(Base):
    """Some events of a chain that were there when it was made. Never changed, never removed."""

    __tablename__ = "audit_seal"

    chain: Mapped[str] = mapped_column(String(22), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    municipality_id: Mapped[str | None] = mapped_column(String(22), index=True)
    version: Mapped[int] = mapped_column(Integer)
    """In which way its rows were written down (``rules.FIELDS``)."""
    previous: Mapped[str] = mapped_column(String(64))
    """The mark of the seal before; empty of the first."""
    sealed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    up_to: Mapped[datetime] = mapped_column(UtcDateTime)
    """What was older than this and there, this seal or one before it has."""
    reach: Mapped[int] = mapped_column(_BIG)
    """The highest id of this seal and all before it."""
    members: Mapped[str] = mapped_column(Text)
    """Each event's id, with a keyed mark of what it says (``rules.members``)."""
    mark: Mapped[str] = mapped_column(String(64))
    """Keyed, over all of the above."""


class AuditPurge(Base):
    """The events of all seals up to a number may be gone; the seals stay. The database refuses to
    delete an event that no such row covers."""

    __tablename__ = "audit_purge"

    chain: Mapped[str] = mapped_column(String(22), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    municipality_id: Mapped[str | None] = mapped_column(String(22), index=True)
    before: Mapped[datetime] = mapped_column(UtcDateTime)
    """All of them are older than this."""
    reach: Mapped[int] = mapped_column(_BIG)
    """None of them has a higher id."""
    purged_at: Mapped[datetime] = mapped_column(UtcDateTime)
    mark: Mapped[str] = mapped_column(String(64))
    """Keyed, over all of the above."""
