"""The Swedish for our words, in one place: English in code, Swedish on screen (docs/glossary.md).

A word may have several labels, for a pupil and for staff, told apart by a group.
"""

from enum import StrEnum

from flask_babel import LazyString

from elevhalsa.core.i18n import _l
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.knocks.words import AttemptKind, Outcome, State, Triage, Way
from elevhalsa.domain.meetings.words import MeetingWay
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.people.models import Role

_PAIRS: tuple[tuple[tuple[str | None, StrEnum | None], LazyString], ...] = (
    ((None, None), _l("Spelar ingen roll")),
    ((None, Profession.NURSE), _l("Skolsköterska")),
    ((None, Profession.DOCTOR), _l("Skolläkare")),
    ((None, Profession.COUNSELLOR), _l("Kurator")),
    ((None, Profession.PSYCHOLOGIST), _l("Skolpsykolog")),
    ((None, Profession.SPECIAL_EDUCATOR), _l("Specialpedagog")),
    (("the", None), _l("Skolsköterskan eller kuratorn")),
    (("the", Profession.NURSE), _l("Skolsköterskan")),
    (("the", Profession.DOCTOR), _l("Skolläkaren")),
    (("the", Profession.COUNSELLOR), _l("Kuratorn")),
    (("the", Profession.PSYCHOLOGIST), _l("Skolpsykologen")),
    (("the", Profession.SPECIAL_EDUCATOR), _l("Specialpedagogen")),
    (("about", None), _l("Den som är ledig först")),
    (("about", Profession.NURSE), _l("Om kropp, hälsa, sömn, sex, mediciner")),
    (("about", Profession.DOCTOR), _l("Om sjukdom och medicin")),
    (("about", Profession.COUNSELLOR), _l("Om hur du mår, vänner, familj, skolan")),
    (("about", Profession.PSYCHOLOGIST), _l("Om tankar och känslor som är svåra")),
    (("about", Profession.SPECIAL_EDUCATOR), _l("Om att plugga och lära sig")),
    ((None, Wall.MEDICAL), _l("Medicinska delen")),
    ((None, Wall.PSYCHOSOCIAL), _l("Psykosociala delen")),
    ((None, Way.APP), _l("Här i appen")),
    ((None, Way.SMS), _l("Sms")),
    ((None, Way.CALL), _l("Samtal")),
    ((None, Way.EMAIL), _l("E-post")),
    ((None, Way.MEET), _l("Möt mig på skolan")),
    (("staff", Way.APP), _l("I appen")),
    (("staff", Way.SMS), _l("Sms")),
    (("staff", Way.CALL), _l("Samtal")),
    (("staff", Way.EMAIL), _l("E-post")),
    (("staff", Way.MEET), _l("Möte på skolan")),
    (("about", Way.APP), _l("Du kan vara anonym")),
    (("about", Way.SMS), _l("Vi skriver till ditt nummer")),
    (("about", Way.CALL), _l("Välj tider då du kan prata ostört")),
    (("about", Way.EMAIL), _l("Vi skriver till din adress")),
    (("about", Way.MEET), _l("Vi söker upp dig där du vill")),
    ((None, State.WAITING), _l("Väntar")),
    ((None, State.TAKEN), _l("Mottagen")),
    ((None, State.CLOSED), _l("Avslutad")),
    ((None, State.WITHDRAWN), _l("Tillbakatagen")),
    ((None, Triage.URGENT), _l("Bråttom")),
    ((None, Triage.CAN_WAIT), _l("Kan vänta några dagar")),
    ((None, Outcome.TALKED), _l("Samtal eller svar gavs")),
    ((None, Outcome.MET), _l("Möte hölls")),
    ((None, Outcome.REFERRED), _l("Hänvisad vidare")),
    ((None, Outcome.NOT_REACHED), _l("Eleven gick inte att nå")),
    ((None, Outcome.NOT_NEEDED), _l("Behovet fanns inte längre")),
    ((None, AttemptKind.ANSWERED_IN_APP), _l("Svarade i appen")),
    ((None, AttemptKind.CALLED_NO_ANSWER), _l("Ringde, inget svar")),
    ((None, AttemptKind.TALKED), _l("Pratade")),
    ((None, AttemptKind.SMS_SENT), _l("Sms skickat")),
    ((None, AttemptKind.EMAIL_SENT), _l("E-post skickad")),
    ((None, AttemptKind.MET), _l("Träffades")),
    ((None, MeetingWay.ROOM), _l("Rum på skolan")),
    ((None, MeetingWay.WALK), _l("Promenad")),
    ((None, MeetingWay.PHONE), _l("Telefon")),
    ((None, MeetingWay.VIDEO), _l("Video")),
    ((None, Kind.NEW_KNOCK), _l("Någon har knackat på")),
    ((None, Kind.HANDED_OVER), _l("Du har fått en knackning av en kollega")),
    ((None, Kind.PUPIL_WROTE), _l("Eleven har skrivit")),
    ((None, Kind.MEETING_ANSWER), _l("Eleven har svarat om mötet")),
    ((None, Kind.ATTEMPT_DUE), _l("Det är dags för ett nytt försök")),
    ((None, Kind.PROMISE_LATE), _l("Löftet har inte hållits")),
    ((None, Kind.WITHDRAWN), _l("Eleven tog tillbaka sin knackning")),
    ((None, Kind.SIGN_IN_LINK), _l("Länk för att logga in")),
    ((None, Kind.ANSWER), _l("Svar till eleven")),
    ((None, Kind.MEETING_PROPOSED), _l("Förslag på möte till eleven")),
    ((None, Kind.MEETING_SOON), _l("Möte i morgon")),
    (("reminder", Kind.ANSWER), _l("Ett svar")),
    (("reminder", Kind.MEETING_PROPOSED), _l("En tid att ses")),
    (("reminder", Kind.MEETING_SOON), _l("Att vi ses i morgon")),
    (("reminder", Kind.PROMISE_LATE), _l("Att vi är sena")),
    ((None, Role.PROFESSIONAL), _l("Elevhälsopersonal")),
    ((None, Role.COORDINATOR), _l("Samordnare")),
)

# The enum belongs to the key: State.WITHDRAWN and Kind.WITHDRAWN are equal, being the same word.
_LABELS = {(group, type(word), word): label for (group, word), label in _PAIRS}


def of(word: StrEnum | None, group: str | None = None) -> str:
    """The label of a word. Raises KeyError for one that has none: a test asks for them all."""
    return str(_LABELS[group, type(word), word])
