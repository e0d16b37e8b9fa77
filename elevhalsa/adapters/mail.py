"""E-mail over SMTP, and its null twin."""

import logging
import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from functools import cached_property
from urllib.parse import unquote, urlsplit

from elevhalsa.core import typed
from elevhalsa.core.ports import DeliveryFailed

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10
"""For each answer of the server."""
SMTP_PORT = 587
SMTPS_PORT = 465
PERMANENT = 500


class SmtpMailer:
    """One connection a letter. ``smtp://`` upgrades with STARTTLS where the server offers it and
    refuses to send a password without; ``smtps://`` is encrypted from the start."""

    def __init__(self, url: str, sender: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        """url: smtp[s]://[user:password@]host[:port], user and password percent-encoded.

        sender: an address, with or without a name. timeout: seconds for each answer.
        """
        parts = urlsplit(url)
        self._implicit_tls = parts.scheme == "smtps"
        self._host = parts.hostname or "localhost"
        self._port = parts.port or (SMTPS_PORT if self._implicit_tls else SMTP_PORT)
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password or "")
        self._sender = sender
        # What we call ourselves; else smtplib asks the network for a name, which can take long.
        self._hello = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
        self._timeout = timeout

    def send(
        self, *, to: str, subject: str, text: str, message_id: str, sender: str | None = None
    ) -> None:
        """Raises DeliveryFailed; permanent for a 5xx answer about the letter itself (RFC 5321
        4.2.1), and for an address that the server cannot be told. ``message_id`` is the same at
        every try, so that a mailbox can drop a double."""
        try:
            to = typed.in_ascii(to)
            letter = self._letter(sender or self._sender, to, subject, text, message_id)
            server = self._reach()
            try:
                if not to.isascii() and not _takes_any_letters(server):
                    raise DeliveryFailed("smtp without smtputf8", permanent=True)
                server.send_message(letter)
            finally:
                # Said after the letter was accepted or refused: no answer here changes that.
                with suppress(OSError, smtplib.SMTPException):
                    server.quit()
        except smtplib.SMTPDataError as error:
            raise DeliveryFailed(
                f"smtp {error.smtp_code}", permanent=error.smtp_code >= PERMANENT
            ) from None
        except smtplib.SMTPResponseException as error:  # about us, not about the letter
            raise DeliveryFailed(f"smtp {error.smtp_code}", permanent=False, away=True) from None
        except smtplib.SMTPRecipientsRefused as error:
            code = max(code for code, _text in error.recipients.values())
            raise DeliveryFailed(f"smtp {code} recipient", permanent=code >= PERMANENT) from None
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryFailed(type(error).__name__, permanent=False) from None
        except ValueError:  # an address that cannot stand in a header
            raise DeliveryFailed("address", permanent=True) from None

    def _letter(
        self, sender: str, to: str, subject: str, text: str, message_id: str
    ) -> EmailMessage:
        letter = EmailMessage()
        letter["From"] = sender
        letter["To"] = to
        letter["Subject"] = subject
        letter["Date"] = formatdate()
        letter["Message-ID"] = message_id
        letter["Auto-Submitted"] = "auto-generated"  # RFC 3834
        letter["X-Auto-Response-Suppress"] = "All"  # the same to Exchange
        letter.set_content(text)
        return letter

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Whom to trust. Reading the system's authorities takes four times as long as a letter, so
        it is done once, by the first letter: the web never sends one."""
        return ssl.create_default_context()

    def _reach(self) -> smtplib.SMTP:
        """As ``_connect``. Raises DeliveryFailed when nobody is there."""
        try:
            return self._connect()
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            raise DeliveryFailed(type(error).__name__, permanent=False, away=True) from None

    def _connect(self) -> smtplib.SMTP:
        if self._implicit_tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, self._hello, timeout=self._timeout, context=self._tls
            )
        else:
            server = smtplib.SMTP(self._host, self._port, self._hello, timeout=self._timeout)
        try:
            if not self._implicit_tls:
                self._upgrade(server)
            if self._user:
                server.login(self._user, self._password)
        except BaseException:
            server.close()
            raise
        return server

    def _upgrade(self, server: smtplib.SMTP) -> None:
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=self._tls)
            server.ehlo()
        elif self._user:
            raise DeliveryFailed("smtp without tls", permanent=False, away=True)


def _takes_any_letters(server: smtplib.SMTP) -> bool:
    """True when the server can be told an address with other letters before the @ (RFC 6531)."""
    server.ehlo_or_helo_if_needed()
    return server.has_extn("smtputf8")


class NullMailer:
    """Sends nothing and says so in the log, without address or content."""

    def send(
        self, *, to: str, subject: str, text: str, message_id: str, sender: str | None = None
    ) -> None:
        log.info("mail is not set up: a letter was not sent")
