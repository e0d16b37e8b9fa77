"""Words of e-ID: where the app is, how an order goes, what BankID answers, how old somebody is."""

from enum import StrEnum

from elevhalsa.core import labels
from elevhalsa.core.i18n import _l

BANKID = "bankid"
"""The provider's key, in ``Identity.provider``."""


class App(StrEnum):
    """Where the app with the e-ID is."""

    HERE = "here"
    ELSEWHERE = "elsewhere"


class State(StrEnum):
    """Of an order."""

    WAITING = "waiting"
    """No app has opened it."""
    OPENED = "opened"
    DONE = "done"
    """Somebody has identified themselves. Who began it must fetch that (``orders.fetch``)."""
    FAILED = "failed"
    LEFT = "left"
    """Whoever began it has gone."""


class Told(StrEnum):
    """What an order was last told, in our words (``rules`` says of which of BankID's)."""

    OUTSTANDING = "outstanding"
    STARTED = "started"
    ID_DOCUMENT = "id_document"
    CALL = "call"
    SIGN = "sign"
    PROCESSING = "processing"
    PENDING = "pending"
    """Under way, in words that we do not know."""

    EXPIRED = "expired"
    CERTIFICATE = "certificate"
    STOPPED = "stopped"
    TWICE = "twice"
    NO_APP = "no_app"
    DECLINED = "declined"
    OLD_APP = "old_app"
    BLOCKED = "blocked"
    ALREADY = "already"
    CLOSED = "closed"
    BUSY = "busy"
    """BankID was not reached, or so many wait for it that no more may."""
    OURS = "ours"
    """BankID does not understand us, or does not know us."""
    FAILED = "failed"
    """It failed, in words that we do not know."""

    RISK = "risk"
    """BankID holds the risk to be high."""
    OTHER_NET = "other_net"
    """The app is somewhere else than the browser that said it was here."""
    OTHER_BROWSER = "other_browser"
    """It came back to a browser that did not begin it, or with another nonce."""
    LEFT = "left"


class OidcTold(StrEnum):
    """Why a login with a provider of OpenID Connect came to nothing, in our words (``claims`` says
    of which of its codes)."""

    STOPPED = "stopped"
    NEEDS_MORE = "needs_more"
    """It wants something of the person that they can only do there."""
    BUSY = "busy"
    """It was not reached."""
    OURS = "ours"
    """It does not understand us, or does not know us."""
    FAILED = "failed"
    """It failed, in words that we do not know."""
    EXPIRED = "expired"
    OTHER_BROWSER = "other_browser"
    UNTRUE = "untrue"
    """What came does not prove that it is from the provider, for us, in answer to this."""
    NOT_LET_IN = "not_let_in"
    """Somebody, but nobody of those who are let in here."""
    NAMELESS = "nameless"


class AgeBand(StrEnum):
    """Whole years, on the day of the login."""

    UNDER_12 = "under_12"
    FROM_12 = "12_14"
    FROM_15 = "15_17"
    ADULT = "18"


labels.give(
    Told,
    {
        Told.OUTSTANDING: _l("Vi väntar på BankID-appen."),
        Told.STARTED: _l("BankID-appen är öppen. Den letar efter ditt BankID."),
        Told.ID_DOCUMENT: _l("Fota och läs av ditt pass eller id-kort i BankID-appen."),
        Told.CALL: _l("Svara på frågan i BankID-appen."),
        Told.SIGN: _l("Skriv din kod i BankID-appen. Godkänn bara om du själv började här."),
        Told.PROCESSING: _l("Nästan klart. Vänta lite."),
        Told.PENDING: _l("Det pågår i BankID-appen."),
        Told.EXPIRED: _l("Tiden tog slut. Försök igen."),
        Told.CERTIFICATE: _l("Ditt BankID är för gammalt eller spärrat. Fråga din bank."),
        Told.STOPPED: _l("Det avbröts i BankID-appen. Du kan försöka igen."),
        Told.TWICE: _l("Det avbröts, för ditt BankID användes på ett ställe till. Försök igen."),
        Told.NO_APP: _l("BankID-appen öppnades inte. Finns den i din mobil? Försök igen."),
        Told.DECLINED: _l("Du svarade nej i BankID-appen. Du kan försöka igen."),
        Told.OLD_APP: _l("Din BankID-app är för gammal. Uppdatera den och försök igen."),
        Told.BLOCKED: _l("BankID stoppade inloggningen för att skydda dig."),
        Told.ALREADY: _l("Ditt BankID används redan någonstans. Avsluta där och försök igen."),
        Told.CLOSED: _l("BankID är stängt en stund. Vänta lite, eller knacka på utan."),
        Told.BUSY: _l("BankID svarar inte just nu. Försök igen om en stund."),
        Told.OURS: _l("BankID fungerar inte hos oss just nu. Det är inte ditt fel."),
        Told.FAILED: _l("Något gick fel hos BankID. Försök igen."),
        Told.RISK: _l("Någon kanske försöker lura dig. Därför stoppade vi. Du kan försöka igen."),
        Told.OTHER_NET: _l(
            "BankID-appen och den här sidan är på olika nät. Då stoppar vi, för säkerhets skull. "
            "Försök igen på samma nät."
        ),
        Told.OTHER_BROWSER: _l(
            "Du började logga in i en annan webbläsare. Gå tillbaka dit, eller försök igen här."
        ),
        Told.LEFT: _l("Du avbröt. Ingen har fått veta något."),
    },
)
labels.give(
    OidcTold,
    {
        OidcTold.STOPPED: _l("Du avbröt inloggningen. Du kan försöka igen."),
        OidcTold.NEEDS_MORE: _l("Inloggningen är inte klar. Försök igen och följ det som står."),
        OidcTold.BUSY: _l("Tjänsten du loggar in med svarar inte just nu. Försök om en stund."),
        OidcTold.OURS: _l("Inloggningen fungerar inte hos oss just nu. Det är inte ditt fel."),
        OidcTold.FAILED: _l("Något gick fel där du loggade in. Försök igen."),
        OidcTold.EXPIRED: _l("Tiden tog slut. Försök igen."),
        OidcTold.OTHER_BROWSER: _l(
            "Du började logga in i en annan webbläsare, eller för länge sedan. Försök igen här."
        ),
        OidcTold.UNTRUE: _l("Vi vet inte om svaret är äkta. Därför stoppade vi. Försök igen."),
        OidcTold.NOT_LET_IN: _l("Det kontot kan inte användas här. Har du ett annat?"),
        OidcTold.NAMELESS: _l("Vi fick inte veta ditt namn. Därför går det inte att logga in så."),
    },
)
labels.give(
    App,
    {
        App.HERE: _l("BankID på den här enheten"),
        App.ELSEWHERE: _l("BankID på en annan enhet"),
    },
)
labels.give(
    State,
    {
        State.WAITING: _l("Logga in med BankID"),
        State.OPENED: _l("Fortsätt i BankID-appen"),
        State.DONE: _l("Gå tillbaka med BankID-appen"),
        State.FAILED: _l("Det gick inte den här gången"),
        State.LEFT: _l("Inloggningen är avbruten"),
    },
)
labels.give(
    AgeBand,
    {
        AgeBand.UNDER_12: _l("Under 12 år"),
        AgeBand.FROM_12: _l("12 till 14 år"),
        AgeBand.FROM_15: _l("15 till 17 år"),
        AgeBand.ADULT: _l("18 år eller äldre"),
    },
)
