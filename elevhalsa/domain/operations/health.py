"""Whether the service can do its work, as the probes, ``flask check`` and a start tell it.

One check, one line: what is wrong and how it is mended. No line holds an address, a key or what an
error said.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache

from sqlalchemy.exc import SQLAlchemyError

from elevhalsa import work
from elevhalsa.config import ROOT, Settings
from elevhalsa.core import clock as clocks
from elevhalsa.core.bankid import bankid
from elevhalsa.core.clock import of_the_machine
from elevhalsa.core.errors import SettingError
from elevhalsa.core.i18n import _, ngettext
from elevhalsa.core.ports import JobQueue
from elevhalsa.core.vapid import vapid
from elevhalsa.domain.people import duties
from elevhalsa.domain.people.rules import Seat
from elevhalsa.domain.people.words import Duty
from elevhalsa.domain.retention import queries as decided
from elevhalsa.domain.retention.words import RecordKind
from elevhalsa.domain.sealing.keys import cannot_be_opened
from elevhalsa.extensions import db

from . import keys, queries, row_security, trace

SWEEP_SECONDS = 300
"""The sweep runs every minute. Silence this long means that nobody watches the promises."""
MAIL_SECONDS = 30 * 60
"""A letter leaves within seconds. One that has waited this long has been tried five times."""
CLOCK_SECONDS = 30.0
CERTIFICATE_DAYS = 45
"""A new one takes weeks to order."""


class Health(StrEnum):
    """From well to ill."""

    OK = "ok"
    DEGRADED = "degraded"
    """Something is late or does not work; the door is open all the same."""
    FAILING = "failing"


@dataclass(frozen=True)
class Check:
    name: str
    health: Health
    line: str


def worst(checks: Iterable[Check]) -> Health:
    return max((check.health for check in checks), key=list(Health).index)


def look(queue: JobQueue) -> list[Check]:
    """Every check. What cannot be asked because the database is away fails too."""
    eid = [bankid_certificate(clocks.now())] if bankid.is_on else []
    return [*of_database(), of_queue(queue), *eid]


def of_database() -> list[Check]:
    """All that the database is asked, itself first."""
    first = database()
    asks: list[Callable[[], Check]] = [
        migrations,
        key_marks,
        sweep,
        mail,
        clock,
        guesses,
        floods,
        sms,
        responsible,
        retention,
        trace_seals,
    ]
    if vapid.is_on:
        asks.append(push)
    return [first, *(_asked(ask, first.health is not Health.FAILING) for ask in asks)]


def _asked(ask: Callable[[], Check], is_there: bool, name: str | None = None) -> Check:
    name = name or {key_marks: "keys", trace_seals: "audit"}.get(ask, ask.__name__)
    if is_there:
        try:
            return ask()
        except SQLAlchemyError:
            work.rollback()
    return Check(name, Health.FAILING, _("går inte att fråga databasen om"))


def database() -> Check:
    """Does it answer, and may its file be written in?"""
    try:
        queries.database_time()
    except SQLAlchemyError:
        work.rollback()
        if queries.database_file():
            line = _("filen går inte att öppna: finns mappen, och får tjänsten skriva i den? Se "
                     "DATABASE_URL")  # fmt: skip
        else:
            line = _("svarar inte: är den igång, och stämmer DATABASE_URL?")
        return Check("database", Health.FAILING, line)
    if queries.is_read_only():
        line = _("går att läsa men inte att skriva i: är disken skrivskyddad eller full, och får "
                 "tjänsten skriva i mappen? Se DATABASE_URL")  # fmt: skip
        return Check("database", Health.FAILING, line)
    return Check("database", Health.OK, _("svarar"))


def migrations() -> Check:
    """Of this release, or of a later one that this code can work with: while it is put in place its
    tables are there before its code."""
    found = _or_none(queries.migrated_to)
    line, health = _("stämmer med koden"), Health.OK
    if found is None:
        health = Health.FAILING
        line = _("databasen har inga tabeller än: kör flask --app app db upgrade")
    elif not found.isdigit():
        health, line = Health.FAILING, _("databasens version är ingen av våra. Se DATABASE_URL")
    else:
        ahead = int(found) - int(newest_revision())
        if ahead < 0:
            health = Health.FAILING
            line = ngettext(
                "databasen är %(num)s steg efter koden: kör flask --app app db upgrade",
                "databasen är %(num)s steg efter koden: kör flask --app app db upgrade",
                -ahead,
            )
        elif ahead:
            oldest = _or_none(queries.oldest_code)
            works = oldest is not None and int(oldest) <= int(newest_revision())
            health = Health.DEGRADED if works else Health.FAILING
            line = ngettext(
                "databasen är %(num)s steg före koden",
                "databasen är %(num)s steg före koden",
                ahead,
            )
            line += _(", som ändå fungerar med den: en ny version är på väg in") if works else _(
                ": kör den nya versionen, eller backa med den nya versionens "
                "flask --app app db downgrade"
            )  # fmt: skip
    return Check("migrations", health, line)


def _or_none(ask: Callable[[], str | None]) -> str | None:
    """None, too, where there is no such table."""
    try:
        return ask()
    except SQLAlchemyError:
        work.rollback()
        return None


@cache
def newest_revision() -> str:
    """The revision that no other follows. They are numbered in their order, by their files' names
    (a test asks Alembic, which would take 10 MB of each web process for this one word)."""
    versions = ROOT / "migrations" / "versions"
    return max(path.name for path in versions.glob("*.py")).partition("_")[0]


def key_marks() -> Check:
    try:
        keys.check()
    except SettingError as error:
        return Check("keys", Health.FAILING, str(error))
    if keys.is_any_damaged():
        return Check("keys", Health.DEGRADED, cannot_be_opened())
    return Check("keys", Health.OK, _("är de som databasen är skriven med"))


def sweep() -> Check:
    """Does somebody watch the promises? Not failing while the web does: the door stays open."""
    ago = queries.swept_seconds_ago()
    if not is_old(ago):
        line = _("löftena sågs över för %(num)s sekunder sedan", num=int(ago or 0))
        return Check("sweep", Health.OK, line)
    if not is_old(queries.swept_by_web_seconds_ago()):
        line = _("webben ser över löftena så länge, för worker har inte gjort det på fem minuter: "
                 "är worker igång?")  # fmt: skip
        return Check("sweep", Health.DEGRADED, line)
    line = _("ingen har sett över löftena de senaste fem minuterna: är worker igång?")
    return Check("sweep", Health.FAILING, line)


def is_old(swept_seconds_ago: float | None) -> bool:
    """Has nobody watched the promises for so long that it is told?"""
    return swept_seconds_ago is None or swept_seconds_ago > SWEEP_SECONDS


def mail() -> Check:
    """Never failing: what waits is in the app too, and leaves when it can."""
    waits = queries.mail_waits_seconds()
    if waits <= MAIL_SECONDS:
        return Check("mail", Health.OK, _("inga brev ligger kvar"))
    minutes = int(waits // 60)
    line = ngettext(
        "det äldsta brevet har väntat i %(num)s minut: se MAIL_URL och MAIL_FROM, och prova med "
        "flask --app app check --letter",
        "det äldsta brevet har väntat i %(num)s minuter: se MAIL_URL och MAIL_FROM, och prova med "
        "flask --app app check --letter",
        minutes,
    )
    return Check("mail", Health.DEGRADED, line)


def clock() -> Check:
    """This machine's against the database's."""
    return told_apart(queries.database_time() - of_the_machine().timestamp(), _("databasens"))


def told_apart(seconds: float, whose: str) -> Check:
    """How far our clock is from another (wall-clock seconds): promises are dates."""
    if abs(seconds) <= CLOCK_SECONDS:
        return Check("clock", Health.OK, _("går som %(whose)s", whose=whose))
    line = _(
        "skiljer %(num)s sekunder från %(whose)s: ställ klockan rätt (NTP)",
        num=round(abs(seconds)),
        whose=whose,
    )
    return Check("clock", Health.DEGRADED, line)


def push() -> Check:
    """Never failing: without pushes everything is told in the app, by letter and by SMS."""
    return _lately(
        "push",
        queries.push_refused_seconds_ago(),
        _("ingen har avvisat våra påminnelser det senaste dygnet"),
        _("en tjänst har avvisat nyckeln eller avsändaren: se VAPID_KEYS och VAPID_SUBJECT"),
    )


def guesses() -> Check:
    """Never failing: each place has few tries then, and whoever has a right code comes in."""
    return _lately(
        "guesses",
        queries.guessed_seconds_ago(),
        _("ingen har provat många koder det senaste dygnet"),
        _("någon har provat väldigt många koder det senaste dygnet: se routerns logg. Ingen "
          "gissning går fort nu"),
    )  # fmt: skip


def floods() -> Check:
    """Never failing: nobody is refused, and what differs stands by itself in the inbox."""
    return _lately(
        "floods",
        queries.flooded_seconds_ago(),
        _("ingen har knackat ovanligt mycket det senaste dygnet"),
        _("många liknande knackningar har kommit på en gång det senaste dygnet: de ligger för "
          "sig i inkorgen. Se routerns logg om det går att stoppa"),
    )  # fmt: skip


def sms() -> Check:
    """Never failing: what is over the cap goes by letter, and all is in the app."""
    return _lately(
        "sms",
        queries.sms_stopped_seconds_ago(),
        _("inget tak har nåtts det senaste dygnet"),
        _("ett tak har nåtts det senaste dygnet: är det fler elever, höj det med "
          "flask --app app municipality set KORTNAMN --sms-a-day ANTAL"),
    )  # fmt: skip


def responsible() -> Check:
    """Always well: the service works without, and the coordinators' page says it too."""
    missing = duties.places_with_vacancies()
    if not missing:
        line = _("någon är utsedd för logg och utlämnande i varje kommun")
        return Check("responsible", Health.OK, line)
    line = ngettext(
        "i %(num)s kommun är inte alla utsedda för logg och utlämnande: se "
        "flask --app app staff responsible",
        "i %(num)s kommuner är inte alla utsedda för logg och utlämnande: se "
        "flask --app app staff responsible",
        missing,
    )
    unsealed = duties.places_with_vacancies([Seat(Duty.OVERSIGHT)])
    if unsealed:
        more = ngettext(
            "i %(num)s kommun får ingen loggens sigill i brev, så skriv upp det själv "
            "(audit verify)",
            "i %(num)s kommuner får ingen loggens sigill i brev, så skriv upp det själv "
            "(audit verify)",
            unsealed,
        )
        line = f"{line}; {more}"
    return Check("responsible", Health.OK, line)


def retention() -> Check:
    """Always well: without a decision nothing is lost, and nobody reads on."""
    missing = decided.places_without(RecordKind.KNOCK)
    if not missing:
        return Check("retention", Health.OK, _("varje kommun har ett gallringsbeslut"))
    line = ngettext(
        "%(num)s kommun har inget gallringsbeslut, så det som skulle gallras låses: se "
        "flask --app app retention show",
        "%(num)s kommuner har inget gallringsbeslut, så det som skulle gallras låses: se "
        "flask --app app retention show",
        missing,
    )
    return Check("retention", Health.OK, line)


def trace_seals() -> Check:
    """Never failing: the door has nothing to do with it."""
    found = trace.faults_found()
    if not found:
        return Check("audit", Health.OK, _("loggens sigill stämmer"))
    line = ngettext(
        "loggen har ändrats på %(num)s ställe: se flask --app app audit verify",
        "loggen har ändrats på %(num)s ställen: se flask --app app audit verify",
        found,
    )
    return Check("audit", Health.DEGRADED, line)


def _lately(name: str, seconds_ago: float | None, calm: str, told: str) -> Check:
    """Of what somebody should look at within a day of it. None: it has never happened."""
    if seconds_ago is None or seconds_ago > queries.LATELY_SECONDS:
        return Check(name, Health.OK, calm)
    return Check(name, Health.DEGRADED, told)


def bankid_certificate(now: datetime) -> Check:
    """Never failing: one knocks without."""
    if bankid.is_test:
        line = _("BANKID är test: vem som helst kan skaffa ett sådant BankID")
        return Check("bankid", Health.DEGRADED, line)
    days = ((bankid.ends_at or now) - now).days
    if days >= CERTIFICATE_DAYS:
        line = ngettext("certifikatet gäller %(num)s dag till",
                        "certifikatet gäller %(num)s dagar till", days)  # fmt: skip
        return Check("bankid", Health.OK, line)
    if days < 0:
        line = _("certifikatet gäller inte längre, så ingen kan logga in: beställ ett nytt och "
                 "byt BANKID_CERTIFICATE")  # fmt: skip
    else:
        line = ngettext(
            "certifikatet gäller bara %(num)s dag till: beställ ett nytt och byt "
            "BANKID_CERTIFICATE",
            "certifikatet gäller bara %(num)s dagar till: beställ ett nytt och byt "
            "BANKID_CERTIFICATE",
            days,
        )
    return Check("bankid", Health.DEGRADED, line)


def walls(settings: Settings, database: Check) -> Check:
    """Do the database's own walls stand, and does the web pass none? Asked by ``flask check``, not
    by the probes: without them the queries are the wall, and all works."""
    if settings.database_url.startswith("sqlite"):
        return Check("walls", Health.OK, _("SQLite har inga egna: frågorna är hela muren"))

    def ask() -> Check:
        missing = [
            _MISSING[one]() for one in row_security.missing(db.session.connection(), settings)
        ]
        if missing:
            return Check("walls", Health.DEGRADED, "; ".join(missing))
        return Check("walls", Health.OK, _("står, och varken webben eller worker går förbi dem"))

    return _asked(ask, database.health is not Health.FAILING, "walls")


_MISSING: dict[row_security.Missing, Callable[[], str]] = {
    row_security.Missing.WALLS: lambda: _(
        "står inte som i koden: kör flask --app app walls up när inget äldre är igång"
    ),
    row_security.Missing.OWN_ROLE: lambda: _(
        "DATABASE_URL eller WORKER_DATABASE_URL är en roll som äger tabellerna, kan bli ägaren "
        "eller går förbi murarna: ge webben och worker egna"
    ),
    row_security.Missing.SIGNATURE: lambda: _(
        "kan inte se att det är vi som frågar: kör flask --app app walls up med samma HASH_KEY, "
        "och låt ägaren göra scheman"
    ),
    row_security.Missing.WORKER: lambda: _("WORKER_DATABASE_URL är ingen egen roll"),
    row_security.Missing.LOOKUP: lambda: _(
        "rollen elevhalsa_lookup saknas: gör den, eller låt ägaren göra roller, och kör "
        "flask --app app walls up"
    ),
}


def of_queue(queue: JobQueue) -> Check:
    """Never failing: without the queue knocks are taken and letters leave by the schedule, so
    the door must stay open."""
    length = queue.length()
    if length is None:
        line = _("svarar inte: se REDIS_URL. Breven går ändå, inom en halv minut")
        return Check("queue", Health.DEGRADED, line)
    line = ngettext("svarar, %(num)s jobb väntar", "svarar, %(num)s jobb väntar", length)
    return Check("queue", Health.OK, line)


def fault() -> str | None:
    """Why nothing can be done here, in one line; None when something can. For starts and commands:
    the database, its tables and the keys."""
    for check in of_database()[:3]:
        if check.health is Health.FAILING:
            return f"{_TITLES[check.name]()} {check.line}"
    return None


_TITLES: dict[str, Callable[[], str]] = {
    "database": lambda: _("Databasen:"),
    "migrations": lambda: _("Tabellerna:"),
    "keys": lambda: _("Nycklarna:"),
}
