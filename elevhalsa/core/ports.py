"""What the domain asks of the outside world. Adapters implement these; the factory chooses."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from .oidc import Provider


class Mailer(Protocol):
    """Sends one e-mail.

    sender: an address, with or without a name, instead of the usual one.
    Raises DeliveryFailed; ``permanent`` is True when trying again cannot help.
    """

    def send(
        self, *, to: str, subject: str, text: str, message_id: str, sender: str | None = None
    ) -> None: ...


class Texter(Protocol):
    """Sends one SMS. ``to`` as in E.164: '+46701234567'.

    Raises DeliveryFailed; ``permanent`` is True when trying again cannot help.
    """

    def send(self, *, to: str, text: str) -> None: ...


@dataclass(frozen=True)
class PushMessage:
    """One message to one browser."""

    endpoint: str
    p256dh: str
    auth: str
    """The browser's keys, base64url."""
    key_id: str
    """Which VAPID key the subscription was made for."""
    payload: bytes
    ttl: int
    """Seconds that the push service may keep it."""
    urgency: str
    topic: str
    """At most 32 base64url characters; replaces an undelivered message with the same."""


@dataclass(frozen=True)
class PushAnswer:
    """What the push service answered."""

    status: int
    retry_after: str | None


class PushSender(Protocol):
    """Encrypts a message for one browser and hands it to that browser's push service.

    Raises DeliveryFailed when there was no answer; ``permanent`` is True when nothing was
    connected and never will be: the endpoint or an address behind it is not allowed.
    """

    def send(self, message: PushMessage) -> PushAnswer: ...


@dataclass(frozen=True)
class EidAsker:
    """The browser that wants to be identified, as BankID is told of it; kept nowhere."""

    address: str
    user_agent: str
    domain: str
    """Of the page that it is at."""
    mark: str
    """A random word of this browser's, to tell it from others."""


@dataclass(frozen=True)
class EidOrdered:
    """An order that has begun."""

    order_ref: str
    start_token: str
    """Opens the app on the same device."""
    qr_token: str
    qr_secret: str
    """Never leaves the server."""


@dataclass(frozen=True)
class EidPerson:
    """Who has identified themselves, and how."""

    number: str
    """A personal identity number, 12 digits."""
    name: str
    address: str
    """Of the device that the app is on."""
    risk: str | None
    """'low', 'moderate' or 'high'; None when nothing is known."""


@dataclass(frozen=True)
class EidNews:
    """How an order goes."""

    status: str
    """'pending', 'failed' or 'complete'."""
    hint: str | None = None
    person: EidPerson | None = None
    """Of one that is complete."""


class EidFailed(Exception):
    """The call gave nothing. ``code``: the API's own error code, 'away' when it was not reached, or
    'untrue' of an answer that does not prove what it says. No text of it holds a number, a name or
    an order."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class EidApi(Protocol):
    """Identifies people. Each call raises EidFailed."""

    def start(self, asker: EidAsker, *, return_url: str | None) -> EidOrdered: ...

    def collect(self, order_ref: str) -> EidNews:
        """What is complete is told once."""
        ...

    def cancel(self, order_ref: str) -> None: ...


@dataclass(frozen=True)
class OidcAsked:
    """A question to a provider of OpenID Connect, and what its answer is held against."""

    redirect_uri: str
    """Where the browser comes back to."""
    state: str
    nonce: str
    verifier: str
    """Of PKCE (RFC 7636): only its hash is sent with the question."""


@dataclass(frozen=True)
class OidcGiven:
    """What the browser brought back."""

    code: str
    issuer: str | None
    """Who says that they answer (RFC 9207)."""


class OidcApi(Protocol):
    """Asks providers of OpenID Connect who somebody is. Each call raises EidFailed."""

    def lead(self, provider: Provider, asked: OidcAsked) -> str:
        """The address that the browser is sent to."""
        ...

    def redeem(self, provider: Provider, asked: OidcAsked, given: OidcGiven) -> Mapping[str, Any]:
        """The claims of whoever has logged in there, proved to be the provider's, and to answer
        this question. A code is redeemed once."""
        ...


class Outside(Protocol):
    """What messages leave by."""

    @property
    def mailer(self) -> Mailer: ...
    @property
    def pusher(self) -> PushSender: ...
    @property
    def texter(self) -> Texter: ...


class Page(Enum):
    """The pages that something which was sent can lead to."""

    PUPILS_KNOCK = "one knock, to the pupil whose it is"
    CASE = "one knock, to staff"
    INBOX = "the staff's inbox"
    UNRECORDED = "what has ended and waits for a word on the record"
    COUNTS = "the coordinator's counts"
    GAPS = "the days ahead on which nobody answers"
    REVEALS = "that something hidden was opened, to whoever oversees"
    COVER = "who answers instead of whom"
    CONSULTATION = "one talk that somebody at a school asks for"
    CONSULTATIONS = "all of those"
    CONSULTING = "how many of those wait, to the coordinator"
    SIGN_IN = "a one-time link"
    SIGN_INS = "one's own sign-ins and keys"
    RESPONSIBLE = "who answers for the log and for what is disclosed"


class Addresses(Protocol):
    """Where pages are: what is sent outside a request must know it too."""

    def origin(self, host: str | None) -> str:
        """'https://host[:port]' of a municipality; ``host``: its own, None when it has none."""
        ...

    def path(self, page: Page, row_id: str | None = None) -> str:
        """Below the origin, with the id or token of what the page is about. It answers without
        a redirect."""
        ...


class JobQueue(Protocol):
    """Wakes a worker. Only speed: a call that is lost is made good by the schedule.

    Arguments are ids only, never a text, address or code.
    """

    def enqueue(self, job: str, *ids: str) -> bool:
        """True when the queue took the job, False when it could not be reached."""
        ...

    def length(self) -> int | None:
        """How many jobs wait; None when the queue cannot be reached."""
        ...


class DeliveryFailed(Exception):
    """A message did not leave. The text holds no address and no content.

    permanent: trying again cannot help. away: the server was not reached or takes nothing just now,
    whatever is sent, so that nothing else need be tried there for a while.
    """

    def __init__(self, reason: str, *, permanent: bool, away: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.away = away
