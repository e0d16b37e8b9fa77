"""What each kind of notice is: whom it tells, by which ways, in what words, how urgently, how long.

The one place where a kind is described: a new one is a word in ``words.Kind`` and a row here. It
goes out by the ways that it has words for, and by no other. A letter is read on other people's
screens and a lock screen by whoever holds the phone, so none of these texts names a person, school,
profession, place, date or illness; of a meeting only the time is said, and "knackning" only to
staff.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeAlias

from flask_babel import LazyString

from elevhalsa.core import clock, labels
from elevhalsa.core.i18n import _, _l, clock_time, ngettext
from elevhalsa.core.ports import Page
from elevhalsa.domain.people import service as people

from .words import Audience, Channel, Kind

USEFUL_FOR = timedelta(days=3)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Counts:
    """One short sentence that is made of how many wait, and of how many today is the last day."""

    say: Callable[[int, int], str]


@dataclass(frozen=True)
class Sealed:
    """One short sentence that is made of the newest seal of the municipality's log."""

    say: Callable[[str | None], str]
    """None: there is no seal yet."""


Line: TypeAlias = LazyString | Counts | Callable[[datetime], str]
"""One short sentence; of a kind that is of use until a moment, one that is made of that moment."""


class _Receiver(Protocol):
    @property
    def is_professional(self) -> bool: ...


@dataclass(frozen=True)
class Letter:
    """An e-mail. Below the line stands the address of the page, and nothing else of ours."""

    subject: LazyString
    line: LazyString | Counts | Sealed
    page: Page = Page.CASE


@dataclass(frozen=True)
class Push:
    """What a lock screen shows. An SMS or a letter instead of a push to a pupil says the same."""

    line: Line
    urgency: str = "normal"
    """RFC 8030 5.3: very-low, low, normal or high."""
    keep: timedelta = DAY
    """How long the push service may keep it (RFC 8030 5.2), but never longer than of use."""
    page: Page = Page.INBOX


@dataclass(frozen=True)
class Telling:
    """How one audience is told of a kind."""

    label: LazyString | None = None
    """In the app, of what has happened; to a pupil, of what one may be reminded of."""
    letter: Letter | None = None
    push: Push | None = None
    in_app: bool = True
    """False of what the app shows better than a line in its list."""

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Those that it has words for."""
        ways = (
            (Channel.APP, self.label if self.in_app else None),
            (Channel.EMAIL, self.letter),
            (Channel.PUSH, self.push),
        )
        return tuple(channel for channel, words in ways if words is not None)


@dataclass(frozen=True)
class Description:
    to: Mapping[Audience, Telling]
    useful_for: timedelta = USEFUL_FOR
    """Wall-clock, from when it may leave; later it is not sent."""
    at_any_hour: bool = False
    """Staff have asked for it now, or it is about their sign-in; all else reaches them at work
    alone."""
    by_duty: bool = False
    """The letter is what somebody is named to keep: it comes though they have chosen no letters."""
    while_waiting: bool = False
    """To staff it says that somebody waits: of no use once nobody does."""


def _on_the_day(starts_at: datetime) -> str:
    """Sent on the day before a meeting, or on its own day."""
    days = (clock.local(starts_at).date() - clock.today()).days
    time = clock_time(starts_at)
    return _("I morgon %(time)s", time=time) if days == 1 else _("I dag %(time)s", time=time)


def _summary(waiting: int, today: int) -> str:
    if not today:
        return ngettext("%(num)s väntar.", "%(num)s väntar.", waiting)
    return _("%(waiting)s väntar, %(today)s har senast i dag.", waiting=waiting, today=today)


def _seal(seal: str | None) -> str:
    if seal is None:
        return _("Loggen har inget sigill än.")
    return _(
        "Sigill %(seal)s. Spara brevet. Då märks det om slutet av loggen tas bort eller byts ut: "
        "den som driver tjänsten jämför med audit verify --seal %(seal)s.",
        seal=seal,
    )


def _to_pupil(label: LazyString, line: Line, urgency: str, keep: timedelta) -> Telling:
    return Telling(label=label, push=Push(line, urgency, keep, Page.PUPILS_KNOCK))


_LATE = Telling(
    label=_l("Löftet har inte hållits"),
    letter=Letter(
        _l("En knackning är sen"),
        _l("Löftets tid har gått utan att någon har tagit kontakt. Fler kan nu ta emot."),
    ),
    push=Push(_l("Ett svar är sent"), "high"),
)
_GUARANTEE_NEAR = Telling(
    label=_l("En garanti är på väg att gå ut"),
    letter=Letter(
        _l("En garanti är på väg att gå ut"),
        _l("En knackning har en garanti utöver löftet som snart går ut. I appen står när."),
    ),
    push=Push(_l("En tid är på väg att gå ut")),
)
_GUARANTEE_LATE = Telling(
    label=_l("En garanti har inte hållits"),
    letter=Letter(
        _l("En garanti har inte hållits"),
        _l("En knackning har en garanti utöver löftet, och dess tid har gått."),
    ),
    push=Push(_l("En tid har gått ut"), "high"),
)
_MANY = Telling(
    label=_l("Många liknande knackningar har kommit"),
    letter=Letter(
        _l("Många knackar på samtidigt"),
        _l(
            "Många liknande knackningar har kommit på kort tid. De ligger för sig i inkorgen, "
            "under de andra. Var och en har kvar sin tid."
        ),
        Page.INBOX,
    ),
    push=Push(_l("Många nya väntar på svar")),
)
_SMS = Telling(
    label=_l("Taket för sms är nått"),
    letter=Letter(
        _l("Taket för sms är nått"),
        _l(
            "Fler sms än kommunens tak skulle ha skickats det senaste dygnet. De som är över går "
            "som brev där det finns en adress, annars inte alls. Säg till den som driver tjänsten."
        ),
        Page.COUNTS,
    ),
)
_NOBODY_HOME = Telling(
    label=_l("Det kommer dagar då ingen svarar"),
    letter=Letter(
        _l("Det kommer dagar då ingen svarar"),
        _l(
            "På en eller flera skolor finns det snart dagar då ingen kan svara. "
            "I appen står vilka dagar, och vem du kan fråga."
        ),
        Page.GAPS,
    ),
    push=Push(_l("Det saknas någon snart"), page=Page.GAPS),
)
_LOST = Telling(
    label=_l("En ersättare kan inte svara"),
    letter=Letter(
        _l("En ersättare kan inte svara"),
        _l("En ersättare är borta, eller kan inte längre. Det som väntar är öppet för de andra."),
        Page.COVER,
    ),
    push=Push(_l("En ersättare kan inte svara"), page=Page.COVER),
)
_SIGN_IN = Telling(
    letter=Letter(
        _l("Logga in i elevhälsan"),
        _l("Öppna länken för att logga in. Den gäller i 15 minuter och kan användas en gång."),
        Page.SIGN_IN,
    )
)
_KEY_ADDED = Telling(
    label=_l("En ny nyckel lades till"),
    letter=Letter(
        _l("En ny nyckel lades till"),
        _l(
            "Du kan nu logga in med en ny nyckel. Var det inte du? Be en samordnare att avsluta "
            "dina inloggningar och nycklar på en gång."
        ),
        Page.SIGN_INS,
    ),
)
_KEYS_REVOKED = Telling(
    label=_l("Dina inloggningar och nycklar är avslutade"),
    letter=Letter(
        _l("Dina inloggningar och nycklar är avslutade"),
        _l(
            "En samordnare eller den som driver tjänsten har avslutat dina inloggningar och tagit "
            "bort dina nycklar och konton. Du loggar in med en länk igen och kan göra en ny nyckel."
        ),
        Page.SIGN_INS,
    ),
)
_ACCOUNT_TIED = Telling(
    label=_l("Ett konto är knutet till din inloggning"),
    letter=Letter(
        _l("Ett konto är knutet till din inloggning"),
        _l(
            "Du kan nu logga in med ett konto till. Var det inte du? Be en samordnare att avsluta "
            "dina inloggningar och nycklar på en gång."
        ),
        Page.SIGN_INS,
    ),
)

_DUTY_NAMED = Telling(
    label=_l("Du är utsedd till ansvarig"),
    letter=Letter(
        _l("Du är utsedd till ansvarig"),
        _l("Du har fått ett uppdrag. I appen står vilket, och vad det innebär."),
        Page.RESPONSIBLE,
    ),
)
_DUTY_ENDED = Telling(
    label=_l("Du är inte ansvarig längre"),
    letter=Letter(
        _l("Du är inte ansvarig längre"),
        _l("Ett uppdrag som du hade har någon annan, eller ingen. I appen står vem."),
        Page.RESPONSIBLE,
    ),
)
_DUTY_CHANGED = Telling(
    label=_l("En ansvarig är utsedd eller utbytt"),
    letter=Letter(
        _l("En ansvarig är utsedd eller utbytt"),
        _l("Den som svarar för utlämnande är en annan än förut. I appen står vem."),
        Page.RESPONSIBLE,
    ),
)
_LOG_SEAL = Telling(
    letter=Letter(_l("Loggens sigill den här veckan"), Sealed(_seal), Page.RESPONSIBLE)
)

# In the order in which reminders are chosen.
KINDS: Mapping[Kind, Description] = {
    Kind.ANSWER: Description(
        {
            Audience.PUPIL: _to_pupil(
                _l("Ett svar"), _l("Du har ett svar"), "high", timedelta(days=3)
            )
        }
    ),
    Kind.MEETING_PROPOSED: Description(
        {
            Audience.PUPIL: _to_pupil(
                _l("En tid att ses"), _l("Du har fått ett förslag"), "normal", timedelta(days=2)
            )
        }
    ),
    Kind.MEETING_SOON: Description(
        {Audience.PUPIL: _to_pupil(_l("Att vi ses i morgon"), _on_the_day, "high", DAY)}
    ),
    Kind.MEETING_CANCELLED: Description(
        {
            Audience.PUPIL: _to_pupil(
                _l("Att en tid är inställd"), _l("En tid är ändrad. Titta gärna."), "high", DAY
            ),
            Audience.STAFF: Telling(
                label=_l("Eleven har avbokat mötet"),
                letter=Letter(
                    _l("En mötestid är avbokad"),
                    _l("En elev har avbokat en mötestid och väntar på ditt svar."),
                ),
                push=Push(_l("En tid är avbokad"), "high"),
            ),
        }
    ),
    Kind.NEW_KNOCK: Description(
        {
            Audience.STAFF: Telling(
                label=_l("Någon har knackat på"),
                letter=Letter(
                    _l("Någon har knackat på"),
                    _l("Någon har knackat på. I appen står när svaret senast ska komma."),
                ),
                push=Push(_l("Något nytt väntar på svar"), "high"),
            ),
            Audience.COORDINATOR: Telling(
                label=_l("Någon har knackat på"),
                letter=Letter(
                    _l("En knackning saknar mottagare"),
                    _l(
                        "Ingen på skolan kan ta emot en ny knackning. "
                        "Den är öppen för fler i kommunen."
                    ),
                ),
                push=Push(_l("Något nytt väntar på svar"), "high"),
            ),
        },
        while_waiting=True,
    ),
    Kind.STILL_WAITS: Description(
        {
            Audience.STAFF: Telling(
                label=_l("Någon väntar fortfarande på kontakt"),
                letter=Letter(
                    _l("Någon väntar fortfarande"),
                    _l(
                        "En elev väntar fortfarande på kontakt. "
                        "I appen står när den senast ska komma."
                    ),
                ),
                push=Push(_l("Något väntar fortfarande på svar"), "high"),
            ),
            Audience.COORDINATOR: Telling(
                label=_l("Någon väntar fortfarande på kontakt"),
                letter=Letter(
                    _l("Någon väntar fortfarande"),
                    _l(
                        "En elev väntar på kontakt och ingen har hört av sig än. "
                        "Se till att någon kan svara i tid."
                    ),
                ),
                push=Push(_l("Något väntar fortfarande på svar"), "high"),
            ),
        },
        while_waiting=True,
    ),
    Kind.DANGER: Description(
        {
            Audience.STAFF: Telling(
                label=_l("En kollega har noterat fara för liv"),
                letter=Letter(
                    _l("En knackning kan inte vänta"),
                    _l("En kollega arbetar med en knackning som inte kan vänta. Titta på den nu."),
                ),
                push=Push(_l("En kollega behöver dig nu"), "high", timedelta(hours=12)),
            )
        }
    ),
    Kind.FOLLOW_UP: Description(
        {
            Audience.STAFF: Telling(
                label=_l("Dags att följa upp en anmälan"),
                letter=Letter(
                    _l("Något ska följas upp"),
                    _l("Det är dags att följa upp något som har noterats."),
                ),
                push=Push(_l("Något ska följas upp")),
            )
        }
    ),
    Kind.JOURNAL_DUE: Description(
        {
            Audience.STAFF: Telling(
                label=_l("Avslutat väntar på journal"),
                letter=Letter(
                    _l("Något avslutat väntar på dig"),
                    _l("Säg om det är infört där det ska, eller att inget behöver föras in."),
                    Page.UNRECORDED,
                ),
                push=Push(_l("Något avslutat väntar på dig"), page=Page.UNRECORDED),
            )
        }
    ),
    Kind.REVEALED: Description(
        {
            Audience.PUPIL: _to_pupil(
                _l("Att vi har öppnat något du dolde"),
                _l("Det finns något nytt att läsa"),
                "normal",
                timedelta(days=3),
            ),
            Audience.STAFF: Telling(
                label=_l("En kollega har öppnat något dolt. Granska det"),
                letter=Letter(
                    _l("Något ska granskas"),
                    _l("En kollega har gjort något som en annan ska granska nästa vardag."),
                ),
                push=Push(_l("Något ska granskas"), "high"),
            ),
            Audience.COORDINATOR: Telling(
                label=_l("Något som en elev dolde har öppnats"),
                letter=Letter(
                    _l("Något dolt har öppnats"),
                    _l("Någon i personalen har öppnat något dolt. I appen står vem och när."),
                    Page.REVEALS,
                ),
                push=Push(_l("Något har öppnats"), page=Page.REVEALS),
            ),
        }
    ),
    Kind.REVIEW_WAITS: Description(
        {
            Audience.STAFF: Telling(
                label=_l("Något dolt som öppnades är inte granskat"),
                letter=Letter(
                    _l("Något väntar på granskning"),
                    _l("Något som en kollega har gjort är inte granskat än."),
                ),
                push=Push(_l("Något väntar på granskning"), "high"),
            ),
            Audience.COORDINATOR: Telling(
                label=_l("Något dolt som öppnades är inte granskat"),
                letter=Letter(
                    _l("Något väntar på granskning"),
                    _l("Ingen har granskat i tid. Nu kan du göra det. Du ser inget om eleven."),
                    Page.REVEALS,
                ),
                push=Push(_l("Något väntar på granskning"), "high", page=Page.REVEALS),
            ),
        }
    ),
    Kind.TELLING_NEAR: Description(
        {
            Audience.STAFF: Telling(
                label=_l("Eleven får snart veta att något dolt öppnades"),
                letter=Letter(
                    _l("Något händer snart"),
                    _l(
                        "I morgon berättas något för en elev. Är det inte säkert kan du flytta det."
                    ),
                ),
                push=Push(_l("Något händer snart. Titta gärna.")),
            )
        }
    ),
    Kind.SUMMARY: Description(
        {
            Audience.STAFF: Telling(
                label=_l("Vad som väntar, varje arbetsdag"),
                letter=Letter(_l("Det här väntar"), Counts(_summary), Page.INBOX),
                push=Push(Counts(_summary), keep=timedelta(hours=8)),
                in_app=False,
            )
        },
        useful_for=timedelta(hours=8),
    ),
    Kind.MANY_ALIKE: Description({Audience.STAFF: _MANY, Audience.COORDINATOR: _MANY}),
    Kind.PROMISE_LATE: Description(
        {
            Audience.STAFF: _LATE,
            Audience.COORDINATOR: _LATE,
            Audience.PUPIL: _to_pupil(
                _l("Att vi är sena"), _l("Vi är sena. Titta gärna."), "high", DAY
            ),
        },
        while_waiting=True,
    ),
    Kind.GUARANTEE_NEAR: Description(
        {Audience.STAFF: _GUARANTEE_NEAR, Audience.COORDINATOR: _GUARANTEE_NEAR}
    ),
    Kind.GUARANTEE_LATE: Description(
        {Audience.STAFF: _GUARANTEE_LATE, Audience.COORDINATOR: _GUARANTEE_LATE}
    ),
    Kind.PUPIL_WROTE: Description(
        {
            Audience.STAFF: Telling(
                label=_l("Eleven har skrivit"),
                letter=Letter(
                    _l("Ny text i en knackning"),
                    _l("Det finns en ny text att läsa i en knackning som du har tagit emot."),
                ),
                push=Push(_l("Det finns något nytt att läsa")),
            )
        }
    ),
    Kind.WAITS_FOR_ANSWER: Description(
        {
            Audience.STAFF: Telling(
                label=_l("En elev väntar på svar"),
                letter=Letter(
                    _l("En elev väntar på svar"),
                    _l(
                        "Någon som redan har haft kontakt väntar på svar. "
                        "I appen står när det senast ska komma."
                    ),
                ),
                push=Push(_l("Något väntar på svar igen"), "high"),
            ),
            Audience.COORDINATOR: Telling(
                label=_l("En elev väntar på svar"),
                letter=Letter(
                    _l("En knackning saknar mottagare"),
                    _l(
                        "Ingen på skolan kan ta emot en knackning som väntar på svar. "
                        "Den är öppen för fler i kommunen."
                    ),
                ),
                push=Push(_l("Något väntar på svar igen"), "high"),
            ),
        },
        while_waiting=True,
    ),
    Kind.MEETING_ANSWER: Description(
        {
            Audience.STAFF: Telling(
                label=_l("Eleven har svarat om mötet"),
                letter=Letter(
                    _l("Svar om en mötestid"),
                    _l("En elev har valt en mötestid, eller vill ha en annan."),
                ),
                push=Push(_l("Det har kommit svar om en tid")),
            )
        }
    ),
    Kind.HANDED_OVER: Description(
        {
            Audience.STAFF: Telling(
                label=_l("Du har fått en knackning av en kollega"),
                letter=Letter(
                    _l("Du har fått en knackning"),
                    _l("En kollega har lämnat över en knackning till dig."),
                ),
                push=Push(_l("En kollega har lämnat över något")),
            )
        }
    ),
    Kind.HAND_OVER_UNDONE: Description(
        {
            Audience.STAFF: Telling(
                label=_l("En kollega har tagit tillbaka en överlämning"),
                letter=Letter(
                    _l("En överlämning är ångrad"),
                    _l("Knackningen som du nyss fick är kvar hos kollegan. Du behöver inget göra."),
                    Page.INBOX,
                ),
                push=Push(_l("En överlämning är ångrad"), page=Page.INBOX),
            )
        }
    ),
    Kind.TAKEN_OVER: Description(
        {
            Audience.STAFF: Telling(
                label=_l("En kollega har tagit över en knackning"),
                letter=Letter(
                    _l("En kollega har tagit över"),
                    _l("En kollega har tagit över en knackning som du hade."),
                ),
            )
        }
    ),
    Kind.ATTEMPT_DUE: Description(
        {
            Audience.STAFF: Telling(
                label=_l("Det är dags för ett nytt försök"),
                letter=Letter(
                    _l("Dags för ett nytt försök"), _l("Det är dags att försöka nå någon igen.")
                ),
                push=Push(_l("Dags för ett nytt försök"), keep=timedelta(hours=12)),
            ),
            Audience.COORDINATOR: Telling(
                label=_l("Ett nytt försök behöver göras"),
                letter=Letter(
                    _l("Ett nytt försök behöver göras"),
                    _l("En elev som inte gick att nå väntar. Se till att någon försöker igen."),
                ),
                push=Push(_l("Ett nytt försök behöver göras")),
            ),
        },
        while_waiting=True,
    ),
    Kind.CONTACT_CHANGED: Description(
        {Audience.STAFF: Telling(label=_l("Eleven vill bli kontaktad på ett annat sätt"))}
    ),
    Kind.BECAME_KNOWN: Description(
        {
            Audience.STAFF: Telling(
                label=_l("Eleven har sagt vem hen är"),
                letter=Letter(
                    _l("Något nytt i en knackning"),
                    _l("Det finns något nytt att läsa i en knackning som du har tagit emot."),
                ),
                push=Push(_l("Det finns något nytt att läsa")),
            )
        }
    ),
    Kind.WITHDRAWN: Description(
        {Audience.STAFF: Telling(label=_l("Eleven tog tillbaka sin knackning"))}
    ),
    Kind.CONSULTATION_NEW: Description(
        {
            Audience.STAFF: Telling(
                label=_l("Någon på en skola ber om råd"),
                letter=Letter(
                    _l("Någon ber om råd"),
                    _l("Någon på en skola vill prata. I appen står när svaret senast ska komma."),
                    Page.CONSULTATION,
                ),
                push=Push(_l("Något nytt väntar på svar"), page=Page.CONSULTATIONS),
            ),
            Audience.COORDINATOR: Telling(
                label=_l("Ingen kan svara på en fråga om råd"),
                letter=Letter(
                    _l("En fråga saknar mottagare"),
                    _l("Någon på en skola ber om råd, och ingen där kan svara i tid."),
                    Page.CONSULTING,
                ),
                push=Push(_l("Något nytt väntar på svar"), page=Page.CONSULTING),
            ),
        },
        while_waiting=True,
    ),
    Kind.CONSULTATION_WAITS: Description(
        {
            Audience.STAFF: Telling(
                label=_l("Någon på en skola väntar fortfarande på råd"),
                letter=Letter(
                    _l("Någon väntar fortfarande på råd"),
                    _l("Någon på en skola väntar på att ni hör av er. I appen står till när."),
                    Page.CONSULTATION,
                ),
                push=Push(_l("Något väntar fortfarande på svar"), page=Page.CONSULTATIONS),
            ),
            Audience.COORDINATOR: Telling(
                label=_l("Ingen kan svara på en fråga om råd"),
                letter=Letter(
                    _l("En fråga väntar"),
                    _l("Någon på en skola väntar på råd. Se till att någon kan svara i tid."),
                    Page.CONSULTING,
                ),
                push=Push(_l("Något väntar fortfarande på svar"), page=Page.CONSULTING),
            ),
        },
        while_waiting=True,
    ),
    Kind.CONSULTATION_LATE: Description(
        {
            Audience.STAFF: Telling(
                label=_l("En fråga om råd är sen"),
                letter=Letter(
                    _l("En fråga om råd är sen"),
                    _l("Tiden har gått utan att någon har hört av sig. Fler kan nu ta emot."),
                    Page.CONSULTATION,
                ),
                push=Push(_l("Ett svar är sent"), "high", page=Page.CONSULTATIONS),
            ),
            Audience.COORDINATOR: Telling(
                label=_l("En fråga om råd är sen"),
                letter=Letter(
                    _l("En fråga om råd är sen"),
                    _l("Någon på en skola har inte fått svar i tid. Alla i kommunen kan ta emot."),
                    Page.CONSULTING,
                ),
                push=Push(_l("Ett svar är sent"), "high", page=Page.CONSULTING),
            ),
        },
        while_waiting=True,
    ),
    Kind.CONSULTATION_FOLLOW_UP: Description(
        {
            Audience.STAFF: Telling(
                label=_l("Dags att prata igen om ett råd"),
                letter=Letter(
                    _l("Dags att prata igen"),
                    _l("Det är dagen då ni skulle prata igen. I appen står om vad."),
                    Page.CONSULTATION,
                ),
                push=Push(_l("Något ska följas upp"), page=Page.CONSULTATIONS),
            ),
            Audience.COORDINATOR: Telling(
                label=_l("Ett samtal om råd skulle ha följts upp"),
                letter=Letter(
                    _l("Ett samtal är inte uppföljt"),
                    _l("Dagen för ett nytt samtal har gått, och ingen har noterat något."),
                    Page.CONSULTING,
                ),
                push=Push(_l("Något ska följas upp"), page=Page.CONSULTING),
            ),
        },
        while_waiting=True,
    ),
    Kind.CONSULTATION_WITHDRAWN: Description(
        {Audience.STAFF: Telling(label=_l("Den som bad om råd behöver det inte längre"))}
    ),
    Kind.CONSULTATION_TAKEN_OVER: Description(
        {
            Audience.STAFF: Telling(
                label=_l("En kollega har tagit över en fråga om råd"),
                letter=Letter(
                    _l("En kollega har tagit över"),
                    _l("En kollega har tagit över en fråga som du hade."),
                    Page.CONSULTATION,
                ),
            )
        }
    ),
    Kind.COVER_ASKED: Description(
        {
            Audience.STAFF: Telling(
                label=_l("Du är tillfrågad som ersättare"),
                letter=Letter(
                    _l("Kan du vara ersättare?"),
                    _l("Du är tillfrågad som ersättare. I appen står för vem och vilka dagar."),
                    Page.COVER,
                ),
                push=Push(_l("En kollega frågar dig något"), page=Page.COVER),
            )
        }
    ),
    Kind.COVER_ANSWERED: Description(
        {
            Audience.STAFF: Telling(
                label=_l("Du har fått svar om din ersättare"),
                letter=Letter(
                    _l("Svar om din ersättare"),
                    _l("En kollega har svarat om att vara din ersättare. Svaret står i appen."),
                    Page.COVER,
                ),
                push=Push(_l("En kollega har svarat dig"), page=Page.COVER),
            )
        }
    ),
    Kind.COVER_BEGINS: Description(
        {
            Audience.STAFF: Telling(
                label=_l("Du har fått knackningar som ersättare"),
                letter=Letter(
                    _l("Du har fått knackningar som ersättare"),
                    _l("En kollegas knackningar ligger hos dig nu. De står under Mina i inkorgen."),
                    Page.INBOX,
                ),
                push=Push(_l("Något från en kollega ligger hos dig nu"), page=Page.INBOX),
            )
        }
    ),
    Kind.COVER_BACK: Description(
        {
            Audience.STAFF: Telling(
                label=_l("Dina knackningar är tillbaka hos dig"),
                letter=Letter(
                    _l("Dina knackningar är tillbaka"),
                    _l("Det du hade ligger hos dig igen. I appen står vad som har hänt."),
                    Page.COVER,
                ),
                push=Push(_l("Det du hade ligger hos dig igen"), page=Page.COVER),
            )
        }
    ),
    Kind.COVER_ENDED: Description(
        {
            Audience.STAFF: Telling(
                label=_l("Du är inte ersättare längre"),
                letter=Letter(
                    _l("Du är inte ersättare längre"),
                    _l("En kollega har tagit tillbaka det som du var ersättare för."),
                    Page.COVER,
                ),
            )
        }
    ),
    Kind.COVER_LOST: Description({Audience.STAFF: _LOST, Audience.COORDINATOR: _LOST}),
    Kind.SMS_STOPPED: Description(
        {Audience.STAFF: Telling(label=_SMS.label), Audience.COORDINATOR: _SMS}
    ),
    Kind.NOBODY_HOME: Description(
        {Audience.STAFF: Telling(label=_NOBODY_HOME.label), Audience.COORDINATOR: _NOBODY_HOME}
    ),
    Kind.SIGN_IN_LINK: Description(
        {Audience.STAFF: _SIGN_IN, Audience.COORDINATOR: _SIGN_IN},
        useful_for=people.LINK_LIFE,
        at_any_hour=True,
    ),
    Kind.KEY_ADDED: Description(
        {Audience.STAFF: _KEY_ADDED, Audience.COORDINATOR: _KEY_ADDED}, at_any_hour=True
    ),
    Kind.KEYS_REVOKED: Description(
        {Audience.STAFF: _KEYS_REVOKED, Audience.COORDINATOR: _KEYS_REVOKED}, at_any_hour=True
    ),
    Kind.DUTY_NAMED: Description({Audience.STAFF: _DUTY_NAMED, Audience.COORDINATOR: _DUTY_NAMED}),
    Kind.DUTY_ENDED: Description({Audience.STAFF: _DUTY_ENDED, Audience.COORDINATOR: _DUTY_ENDED}),
    Kind.DUTY_CHANGED: Description(
        {Audience.STAFF: _DUTY_CHANGED, Audience.COORDINATOR: _DUTY_CHANGED}
    ),
    Kind.LOG_SEAL: Description(
        {Audience.STAFF: _LOG_SEAL, Audience.COORDINATOR: _LOG_SEAL}, by_duty=True
    ),
    Kind.ACCOUNT_TIED: Description(
        {Audience.STAFF: _ACCOUNT_TIED, Audience.COORDINATOR: _ACCOUNT_TIED}, at_any_hour=True
    ),
}


def _labels(audience: Audience) -> dict[StrEnum | None, LazyString]:
    return {
        kind: described.to[audience].label
        for kind, described in KINDS.items()
        if audience in described.to and described.to[audience].label is not None
    }


for _group, _audience in ((None, Audience.STAFF), ("reminder", Audience.PUPIL)):
    _said = _labels(_audience)
    labels.give(Kind, _said, group=_group, only=[Kind(kind) for kind in _said if kind])


def audience_of(receiver: _Receiver | None) -> Audience:
    """None: a pupil, who has no row."""
    if receiver is None:
        return Audience.PUPIL
    return Audience.STAFF if receiver.is_professional else Audience.COORDINATOR


def telling(kind: Kind, audience: Audience) -> Telling:
    """How an audience is told. One of the staff who has become coordinator since hears of what
    was begun before as staff do. Raises KeyError for a pupil of what pupils are not told."""
    to = KINDS[kind].to
    if audience is Audience.COORDINATOR and audience not in to:
        return to[Audience.STAFF]
    return to[audience]


def page_for(audience: Audience, page: Page) -> Page:
    """Where it leads: coordinators read counts, so to them never a knock, nor what is a
    professional's own."""
    is_theirs = page in (
        Page.CASE, Page.INBOX, Page.COVER, Page.CONSULTATION, Page.CONSULTATIONS,
    )  # fmt: skip
    return Page.COUNTS if audience is Audience.COORDINATOR and is_theirs else page


def leading_to(page: Page) -> frozenset[Kind]:
    """The kinds whose letter leads staff to a page."""
    return frozenset(
        kind
        for kind, described in KINDS.items()
        if (told := described.to.get(Audience.STAFF)) and told.letter and told.letter.page is page
    )


def pushed_to(audience: Audience) -> tuple[Kind, ...]:
    """What an audience can be reminded of by push, in the order in which it is shown."""
    return tuple(
        kind
        for kind, described in KINDS.items()
        if audience in described.to and described.to[audience].push
    )


def say(line: Line, moment: datetime | None, figures: str | None = None) -> str | None:
    """The line in the present language. moment: until when it is of use; figures: as a notice has
    them. Where the line needs what is not there, there is nothing to say."""
    if isinstance(line, Counts):
        return line.say(*(int(number) for number in figures.split())) if figures else None
    if isinstance(line, LazyString):
        return str(line)
    return line(moment) if moment else None
