"""What a lock screen may show, to whoever holds the phone: never what it is about.

No name, school, profession, place or word that tells of health; of a meeting only the time.
"""

from datetime import datetime

from elevhalsa.core import clock
from elevhalsa.core.i18n import _, clock_time
from elevhalsa.domain.notices.words import Kind


def title() -> str:
    return _("Påminnelse")


def to_pupil(kind: Kind, *, starts_at: datetime | None = None) -> str:
    """One short sentence. starts_at: of the meeting, for MEETING_SOON."""
    if kind is Kind.MEETING_SOON and starts_at is not None:
        days = (clock.local(starts_at).date() - clock.local(clock.now()).date()).days
        time = clock_time(starts_at)
        return _("I morgon %(time)s", time=time) if days == 1 else _("I dag %(time)s", time=time)
    return {
        Kind.ANSWER: _("Du har ett svar"),
        Kind.MEETING_PROPOSED: _("Du har fått ett förslag"),
        Kind.PROMISE_LATE: _("Vi är sena. Titta gärna."),
    }.get(kind, _("Det finns något nytt att läsa"))


def to_staff(kind: Kind) -> str:
    return {
        Kind.NEW_KNOCK: _("Något nytt väntar på svar"),
        Kind.PROMISE_LATE: _("Ett svar är sent"),
        Kind.PUPIL_WROTE: _("Det finns något nytt att läsa"),
        Kind.MEETING_ANSWER: _("Det har kommit svar om en tid"),
        Kind.HANDED_OVER: _("En kollega har lämnat över något"),
        Kind.ATTEMPT_DUE: _("Dags för ett nytt försök"),
    }.get(kind, _("Det finns något nytt att läsa"))


def instead(line: str) -> str:
    """The message that goes to a phone number or an e-mail address. It holds no address of ours,
    which would tell where one has been."""
    sentence = line if line.endswith(".") else f"{line}."
    return _("%(sentence)s Öppna appen där du knackade.", sentence=sentence)
