"""The letters that tell staff to look in the app. They never say more than that.

No name, school, date or word of a pupil: a letter is read on other people's screens, and e-mail
is no place for what lies behind a wall.
"""

from dataclasses import dataclass

from elevhalsa.core.i18n import _
from elevhalsa.domain.people.models import Staff

from .models import Kind, Notice


@dataclass(frozen=True)
class Letter:
    """Plain text, ready to send."""

    subject: str
    text: str


def page_for(notice: Notice, receiver: Staff) -> str:
    """The path of the page that the letter leads to; coordinators never get one of a knock."""
    if not receiver.is_professional:
        return "/samordnare/"
    return f"/personal/arende/{notice.about_id}" if notice.about else "/personal/inkorg"


def about(notice: Notice, receiver: Staff, public_url: str) -> Letter:
    """The letter for a notice of any kind but SIGN_IN_LINK."""
    subject, line = _words(notice.kind, not receiver.is_professional)
    return _letter(
        subject,
        line,
        public_url.rstrip("/") + page_for(notice, receiver),
        _("Brevet innehåller inget om eleven. Allt finns bakom inloggningen."),
    )


def sign_in(token: str, public_url: str) -> Letter:
    """The letter with a one-time link."""
    return _letter(
        _("Logga in i elevhälsan"),
        _("Öppna länken för att logga in. Den gäller i 15 minuter och kan användas en gång."),
        f"{public_url.rstrip('/')}/logga-in/lank/{token}",
        _("Har du inte bett om länken kan du strunta i brevet."),
    )


def _letter(subject: str, line: str, address: str, ending: str) -> Letter:
    footer = _("Det går inte att svara på det här brevet.")
    return Letter(subject, f"{line}\n\n{address}\n\n{ending}\n{footer}\n")


def _words(kind: Kind, to_coordinator: bool) -> tuple[str, str]:
    if to_coordinator and kind is Kind.NEW_KNOCK:
        return (
            _("En knackning saknar mottagare"),
            _("Ingen på skolan kan ta emot en ny knackning. Den är öppen för fler i kommunen."),
        )
    return {
        Kind.NEW_KNOCK: (
            _("Någon har knackat på"),
            _("Någon har knackat på. I appen står när svaret senast ska komma."),
        ),
        Kind.HANDED_OVER: (
            _("Du har fått en knackning"),
            _("En kollega har lämnat över en knackning till dig."),
        ),
        Kind.PUPIL_WROTE: (
            _("Ny text i en knackning"),
            _("Det finns en ny text att läsa i en knackning som du har tagit emot."),
        ),
        Kind.MEETING_ANSWER: (
            _("Svar om en mötestid"),
            _("Det har kommit svar på tiderna som du föreslog."),
        ),
        Kind.ATTEMPT_DUE: (
            _("Dags för ett nytt försök"),
            _("Det är dags att försöka nå någon igen."),
        ),
        Kind.PROMISE_LATE: (
            _("En knackning är sen"),
            _("Löftets tid har gått utan att någon har tagit kontakt. Fler kan nu ta emot."),
        ),
        Kind.WITHDRAWN: (
            _("En knackning är tillbakatagen"),
            _("En knackning som du har tagit emot är tillbakatagen."),
        ),
        Kind.ANSWER: (_("Du har ett svar"), _("Du har ett svar.")),
        Kind.MEETING_PROPOSED: (_("Du har fått ett förslag"), _("Du har fått ett förslag.")),
        Kind.MEETING_SOON: (_("Du har en tid snart"), _("Du har en tid snart.")),
    }[kind]
