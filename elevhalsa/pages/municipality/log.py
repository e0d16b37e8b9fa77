"""The log, for whoever is named to review it: who did what, when, with which knock. Never content,
and never who a pupil is.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString

from elevhalsa.core import clock, labels, typed
from elevhalsa.core.i18n import _, _l
from elevhalsa.domain.audit import sealing
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.disclosure import queries as disclosures
from elevhalsa.domain.knocks import log
from elevhalsa.domain.knocks.log import PAGE_SIZE, Line, Wanted
from elevhalsa.domain.people import duties, staffing
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.people.words import Duty
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.signed_in import me
from elevhalsa.work import ActorKind

from .views import blueprint

LOG = log.LABELS

labels.give(
    ActorKind,
    {
        ActorKind.PUPIL: _l("Eleven"),
        ActorKind.GUARDIAN: _l("En vårdnadshavare"),
        ActorKind.ASKER: _l("Den som bad om råd"),
        ActorKind.STAFF: _l("Någon i personalen"),
        ActorKind.SYSTEM: _l("Tjänsten"),
        ActorKind.OPERATOR: _l("Den som driver tjänsten"),
    },
    group=LOG,
)

ACTIONS: dict[StrEnum | None, LazyString] = {
    Action.KNOCKED: _l("Knackade"),
    Action.OPENED_BY_CODE: _l("Öppnade med koden"),
    Action.MOVED: _l("Flyttade till en annan mobil"),
    Action.CLOSED_ELSEWHERE: _l("Stängde på andra mobiler"),
    Action.PUPIL_WROTE: _l("Eleven skrev"),
    Action.CONTACT_CHANGED: _l("Ändrade hur vi hör av oss"),
    Action.BECAME_KNOWN: _l("Eleven sade vem hen är"),
    Action.REVEALED: _l("Öppnade det eleven dolde"),
    Action.REVEAL_REVIEWED: _l("Granskade att det öppnades"),
    Action.REVEAL_TOLD: _l("Eleven fick veta att det öppnades"),
    Action.REVEAL_POSTPONED: _l("Väntade med att berätta för eleven"),
    Action.HIDDEN_AGAIN: _l("Eleven gömde namnet igen"),
    Action.WITHDRAWN: _l("Tog tillbaka knackningen"),
    Action.REOPENED: _l("Öppnade den igen"),
    Action.SHOWN: _l("Innehållet visades"),
    Action.READ: _l("Läste"),
    Action.SEARCHED: _l("Sökte"),
    Action.EXPORTED: _l("Hämtade en fil"),
    Action.DISCLOSED: _l("Prövade ett utlämnande"),
    Action.LOG_SHOWN: _l("Såg loggen"),
    Action.TAKEN: _l("Tog emot"),
    Action.RELEASED: _l("Lämnade tillbaka"),
    Action.ANSWERED: _l("Svarade"),
    Action.ATTEMPTED: _l("Försökte nå eleven"),
    Action.TRIAGED: _l("Märkte hur bråttom det är"),
    Action.DANGER_NOTED: _l("Noterade fara för liv"),
    Action.JOURNAL_NOTED: _l("Noterade om journalen"),
    Action.CONCERN_REPORTED: _l("Noterade en orosanmälan"),
    Action.CONCERN_FOLLOWED_UP: _l("Följde upp en orosanmälan"),
    Action.CONCERN_STEP_CHANGED: _l("Ändrade checklistan för oro"),
    Action.AGE_TEXT_CHANGED: _l("Ändrade en text om åldrar"),
    Action.AREA_TEXT_CHANGED: _l("Ändrade en text om sekretess"),
    Action.GLOSSARY_CHANGED: _l("Ändrade ett ord i ordlistan"),
    Action.METHOD_STEP_CHANGED: _l("Ändrade ett steg i arbetssättet"),
    Action.CONSENT_FOUND: _l("Räknade ut vems samtycke som behövs"),
    Action.CONSENT_NOT_NEEDED: _l("Noterade att det får lämnas utan samtycke"),
    Action.CONSENT_ASKED: _l("Frågade om samtycke"),
    Action.CONSENT_LINK_MADE: _l("Gjorde en länk för samtycke"),
    Action.CONSENT_OPENED: _l("Öppnade frågan om samtycke med koden"),
    Action.CONSENT_GIVEN: _l("Samtycke: ja"),
    Action.CONSENT_REFUSED: _l("Samtycke: nej"),
    Action.CONSENT_CONFIRMED: _l("Bekräftade vem som hade svarat"),
    Action.CONSENT_CALL_ASKED: _l("Bad att bli uppringd om samtycke"),
    Action.CONSENT_TAKEN_BACK: _l("Tog tillbaka samtycke"),
    Action.CONSENT_EXPIRED: _l("Tiden för ett samtycke gick ut"),
    Action.CONSENT_SHARED: _l("Delade något med stöd av samtycke"),
    Action.CONSENT_TEXT_CHANGED: _l("Ändrade texten om samtycke"),
    Action.CONSENT_LAW_CHANGED: _l("Ändrade en text om vems samtycke som behövs"),
    Action.REFERRAL_OFFER_CHANGED: _l("Ändrade vad som erbjuds i Bron"),
    Action.REFERRAL_FORM_CHANGED: _l("Ändrade ett formulär i Bron"),
    Action.REFERRAL_HOURS_CHANGED: _l("Ändrade tiderna i Bron"),
    Action.DISCLOSURE_TEXT_CHANGED: _l("Ändrade en text om utlämnande"),
    Action.PROTECTED: _l("Ändrade skyddade uppgifter"),
    Action.NEEDED_NO_ANSWER: _l("Behövde inget svar"),
    Action.HANDED_OVER: _l("Lämnade över"),
    Action.TAKEN_OVER: _l("Tog över"),
    Action.STEPPED_ASIDE: _l("Känner eleven, steg åt sidan"),
    Action.UNDONE: _l("Ångrade"),
    Action.DISMISSED: _l("Tog bort ur inkorgen"),
    Action.DISMISSAL_UNDONE: _l("Tog tillbaka till inkorgen"),
    Action.WALL_CROSSED: _l("Flyttade över sekretessgränsen"),
    Action.TRANSFERRED: _l("Flyttade till en annan skola"),
    Action.PIN_CHOSEN: _l("Låste med siffror"),
    Action.PIN_REMOVED: _l("Tog bort siffrorna"),
    Action.PIN_RESET: _l("Nollställde siffrorna"),
    Action.MEETING_PROPOSED: _l("Föreslog tider"),
    Action.MEETING_PICKED: _l("Valde en tid"),
    Action.MEETING_BOOKED: _l("Bokade en tid"),
    Action.MEETING_DECLINED: _l("Ingen tid passade"),
    Action.MEETING_MOVE_ASKED: _l("Bad om en annan tid"),
    Action.MEETING_CANCELLED: _l("Avbokade mötet"),
    Action.CLOSED: _l("Avslutade"),
    Action.OPENED_WIDE: _l("Öppnades för hela kommunen"),
    Action.PURGED: _l("Gallrades"),
    Action.LOCKED: _l("Låstes, gallringsbeslut saknas"),
    Action.UNLOCKED: _l("Låstes upp"),
    Action.HELD: _l("Ändrade vad som inte får gallras"),
    Action.RETENTION_DECIDED: _l("Förde in ett gallringsbeslut"),
    Action.RETENTION_ENDED: _l("Avslutade ett gallringsbeslut"),
    Action.RETENTION_RUN: _l("Bad om en gallring"),
    Action.SIGNED_IN: _l("Loggade in"),
    Action.SIGNED_OUT: _l("Loggade ut"),
    Action.KEY_ADDED: _l("Lade till en nyckel"),
    Action.KEY_REMOVED: _l("Tog bort en nyckel"),
    Action.KEY_CONFIRMED: _l("Bekräftade med sin nyckel"),
    Action.KEY_REFUSED: _l("En nyckel stämde inte"),
    Action.KEYS_REVOKED: _l("Nycklar spärrades"),
    Action.ACCOUNT_TIED: _l("Knöt ett konto till sin inloggning"),
    Action.ACCOUNT_UNTIED: _l("Tog bort ett konto från sin inloggning"),
    Action.ACCOUNTS_REVOKED: _l("Konton spärrades"),
    Action.INVITED: _l("Fick en länk att logga in med"),
    Action.SESSIONS_REVOKED: _l("Inloggningar avslutades"),
    Action.IMPORTED: _l("Uppgifter lästes in"),
    Action.PROMISE_CHANGED: _l("Ändrade löftet"),
    Action.PRIVATE_NUMBERS_DECIDED: _l("Beslutade om egna nummer"),
    Action.ACCOUNT_ENDS: _l("Sista dagen bestämdes"),
    Action.NOTICES_RETRIED: _l("Försökte skicka igen"),
    Action.FEED_MADE: _l("Gjorde en adress till sin kalender"),
    Action.FEED_REVOKED: _l("Tog bort adressen till sin kalender"),
    Action.PLACE_CHANGED: _l("Ändrade schemat"),
    Action.ABSENCE_CHANGED: _l("Ändrade frånvaro"),
    Action.COVER_CHANGED: _l("Ändrade vem som ersätter"),
    Action.DUTY_NAMED: _l("Utsågs till ansvarig"),
    Action.DUTY_ENDED: _l("Är inte längre ansvarig"),
    Action.GAP_ACCEPTED: _l("Godtog en lucka"),
    Action.MUNICIPALITY_EXPORTED: _l("Kommunens uppgifter lämnades ut"),
    Action.KEY_DESTROYED: _l("Kommunens nyckel förstördes"),
    Action.LOG_PURGED: _l("Loggen gallrades"),
    Action.CONSULTATION_ASKED: _l("Bad om råd"),
    Action.CONSULTATION_NOTED: _l("Noterade ett samtal om råd"),
    Action.CONSULTATION_LINK: _l("Ändrade en skolas länk för råd"),
    Action.CARRIED: _l("Följde med batongen"),
}
labels.give(Action, ACTIONS, group=LOG)


@dataclass(frozen=True)
class Row:
    at: datetime
    who: str
    what: str
    to: str | None
    receipt: str | None


@blueprint.get("/kommun/logg", endpoint="log")
@open_to(Who.OVERSEER, writes_on_get=True)
def log_page() -> ResponseReturnValue:
    """A page of it, newest first; to show it is an event too."""
    people = _people()
    wanted = Wanted(
        day=_day(request.args.get("dag")),
        staff_id=next((p.id for p in people if p.id == request.args.get("vem")), None),
        action=next((a for a in Action if a.value == request.args.get("vad")), None),
        before=_number(request.args.get("fore")),
    )
    lines = log.for_overseer(me(), wanted)
    sees_all = duties.holds(me(), Duty.OVERSIGHT)
    return render_template(
        "municipality/log.html",
        rows=[_row(line) for line in lines[:PAGE_SIZE]],
        next_before=lines[PAGE_SIZE - 1].event.id if len(lines) > PAGE_SIZE else None,
        wanted=wanted,
        people=people,
        actions=sorted(((a.value, labels.of(a, LOG)) for a in Action), key=lambda one: one[1]),
        sees_all=sees_all,
        head=sealing.head(me().municipality_id) if sees_all else None,
    )


def _people() -> list[Staff]:
    """Whose doings one may review."""
    walls = {seat.wall for seat in duties.held_by(me())}
    everybody = staffing.everyone(me().municipality)
    return [one for one in everybody if None in walls or (one.wall and one.wall in walls)]


def _day(said: str | None) -> date | None:
    try:
        day = typed.day(said) if said else None
    except typed.Refused:
        return None
    return day if day and date.min < day < date.max else None  # the calendar's ends have no beside


def _number(said: str | None) -> int | None:
    return int(said) if said and said.isdecimal() and len(said) < 19 else None


def _row(line: Line) -> Row:
    event = line.event
    who = line.staff.name if line.staff else labels.of(event.actor, LOG)
    if line.staff and event.actor is not ActorKind.STAFF:
        who = _("%(who)s: %(whom)s", who=labels.of(event.actor, LOG), whom=line.staff.name)
    what = labels.of(event.action, LOG)
    if event.action is Action.DISCLOSED:
        what = ". ".join([what, *disclosures.told(event.reason)])
    return Row(
        clock.local(event.at), who, what,
        line.to.name if line.to else None, line.receipt,
    )  # fmt: skip
