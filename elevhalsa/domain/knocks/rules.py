"""Rules of a knock. Pure: no database, no Flask, no clock."""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from elevhalsa.core.walls import Profession
from elevhalsa.domain.people.words import Gender
from elevhalsa.domain.promise.words import CONTACT, Awaited
from elevhalsa.domain.threads import rules as threads
from elevhalsa.domain.threads.rules import MOST_TEXT as MOST_TEXT

from .words import AttemptKind, Author, Triage, Urgency, Way

MOST_UNREAD = 50
"""Texts of a pupil's in a row that nobody has read or answered: then the thread takes no more."""
MOST_A_DAY, MOST_SIGNS_A_DAY = 100, 100_000
"""Texts of a pupil's in one thread within 24 hours, and characters in them."""

WAY_OF_ATTEMPT = {
    AttemptKind.ANSWERED_IN_APP: Way.APP,
    AttemptKind.CALLED_NO_ANSWER: Way.CALL,
    AttemptKind.TALKED: Way.CALL,
    AttemptKind.SMS_SENT: Way.SMS,
    AttemptKind.EMAIL_SENT: Way.EMAIL,
    AttemptKind.MET: Way.MEET,
}
REACHES = (AttemptKind.TALKED, AttemptKind.MET)
"""Attempts that are a contact in themselves. An answer in the app reaches when it is read."""


def is_on_chosen_way(kind: AttemptKind, way: Way) -> bool:
    return WAY_OF_ATTEMPT[kind] is way


def ended_by(kind: AttemptKind, way: Way) -> tuple[Awaited, ...]:
    """What the pupil waits for no longer when this has been done, ``way`` being the chosen one.

    A contact, or an attempt on the chosen way, ends all of it but a guarantee (``guarantees``). An
    answer in the app ends the waiting for one, whatever way was chosen: the text that it answers
    was written there. After "no answer" a new attempt is due, which is another waiting (see
    ``answering``).
    """
    if kind in REACHES or is_on_chosen_way(kind, way):
        return CONTACT
    return (Awaited.ANSWER,) if kind is AttemptKind.ANSWERED_IN_APP else ()


def is_full(unread: int, lately: Sequence[int], text: str) -> bool:
    """Does a thread take no more of its pupil's for now? lately: the length of each of the pupil's
    texts within 24 hours."""
    return (
        unread >= MOST_UNREAD
        or len(lately) >= MOST_A_DAY
        or sum(lately) + len(text) > MOST_SIGNS_A_DAY
    )


HURRY = timedelta(hours=4)
"""Wall-clock time left to a *senast* when it begins to look urgent."""


def cannot_wait(triage: Triage | None, senast: datetime | None, now: datetime) -> bool:
    """Is a knock so urgent that what it makes us send leaves at once, though it may be undone?

    senast: of what is waited for; None when nothing is.
    """
    return triage is Triage.URGENT or (senast is not None and senast - now < HURRY)


def free_from(senast: datetime, now: datetime, *, holder_is_here: bool) -> datetime:
    """From when a colleague may take over: at once from one who is away or has left; otherwise
    when the nearest *senast*, or the last there was, has passed."""
    return senast if holder_is_here else min(senast, now)


def missed_a_text(thread: Sequence[tuple[str, Author]], shown: str | None, *, of: Author) -> bool:
    """As ``threads.rules.missed_a_text``, of the pupil or of staff."""
    return threads.missed_a_text(thread, shown, of={of})


@dataclass(frozen=True)
class Contact:
    """How a pupil wants to be contacted; only the chosen way's fields are filled."""

    way: Way
    phone: str | None = None
    email: str | None = None
    safe_times: str | None = None
    voicemail_ok: bool = False
    neutral_sender: bool = False
    name: str | None = None
    """Name and class: who is to be met at school."""
    school_class: str | None = None
    is_protected: bool = False
    """Skyddade uppgifter; only of one who says a name."""


def who_answers(wanted: Profession | None, told: Collection[Profession]) -> Profession | None:
    """The profession that a pupil is told will be in touch. None: any of several.

    wanted: what the pupil asked for; None when it does not matter. told: of those who have been
    told and can answer; the one that was asked for is named when it is among them, or nobody is.
    """
    if not told or wanted in told:
        return wanted
    some = set(told)
    return some.pop() if len(some) == 1 else None


@dataclass(frozen=True)
class Asked:
    """What a pupil's form said, checked and trimmed; only the chosen way's fields are filled."""

    form_id: str
    """Client-made, unguessable: the same id twice is the same knock."""
    wanted: Profession | None
    wanted_staff_id: str | None
    avoid_staff_ids: tuple[str, ...]
    way: Way
    phone: str | None = None
    email: str | None = None
    safe_times: str | None = None
    voicemail_ok: bool = False
    neutral_sender: bool = False
    text: str | None = None
    name: str | None = None
    school_class: str | None = None
    is_protected: bool = False
    urgency: Urgency | None = None
    wished_gender: Gender | None = None
    interpreter: str | None = None
    """A language."""

    def said(self) -> str:
        """All that was said, without the form's id, in one canonical string."""
        fields = asdict(self)
        del fields["form_id"]
        for name in ("is_protected", "urgency", "wished_gender", "interpreter"):
            if not fields[name]:
                del fields[name]  # a form of before, sent again, says the same as it did
        return json.dumps(fields, sort_keys=True, ensure_ascii=False)


FORM_ID = re.compile(r"[A-Za-z0-9_-]{22,64}")


def is_form_id(text: str) -> bool:
    """True for an id long enough to be unguessable: 22 to 64 url-safe characters."""
    return FORM_ID.fullmatch(text) is not None


def is_pin(digits: str) -> bool:
    """4 to 8 digits of ours."""
    return digits.isascii() and digits.isdigit() and 4 <= len(digits) <= 8


def pin_lock_minutes(failures: int) -> int:
    """How long a PIN is locked after so many wrong ones in a row: none up to 4, then 5, 10, 20 …
    minutes, a day at most. Four digits then take years to guess."""
    if failures < 5:
        return 0
    return min(5 << min(failures - 5, 12), 24 * 60)


def needs_word_from_staff(pupil_wrote: datetime | None, staff_wrote: datetime | None) -> bool:
    """True when the pupil's text is newer than the last answer."""
    return pupil_wrote is not None and (staff_wrote is None or pupil_wrote > staff_wrote)
