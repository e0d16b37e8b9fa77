"""E-mail over SMTP, and its null twin."""

import logging
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import unquote, urlsplit

from elevhalsa.core.ports import DeliveryFailed

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 15
SMTP_PORT = 587
SMTPS_PORT = 465


class SmtpMailer:
    """One connection a letter. ``smtp://`` upgrades with STARTTLS where the server offers it and
    refuses to send a password without; ``smtps://`` is encrypted from the start."""

    def __init__(self, url: str, sender: str) -> None:
        """url: smtp[s]://[user:password@]host[:port], user and password percent-encoded."""
        parts = urlsplit(url)
        self._implicit_tls = parts.scheme == "smtps"
        self._host = parts.hostname or "localhost"
        self._port = parts.port or (SMTPS_PORT if self._implicit_tls else SMTP_PORT)
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password or "")
        self._sender = sender

    def send(self, *, to: str, subject: str, text: str, message_id: str) -> None:
        """Raises DeliveryFailed; permanent for a 5xx answer about the letter itself (RFC 5321
        4.2.1). ``message_id`` is the same at every try, so that a mailbox can drop a double."""
        letter = EmailMessage()
        letter["From"] = self._sender
        letter["To"] = to
        letter["Subject"] = subject
        letter["Date"] = formatdate()
        letter["Message-ID"] = message_id
        letter["Auto-Submitted"] = "auto-generated"  # RFC 3834
        letter.set_content(text)
        try:
            with self._connect() as server:
                server.send_message(letter)
        except smtplib.SMTPResponseException as error:
            raise DeliveryFailed(
                f"smtp {error.smtp_code}", permanent=isinstance(error, smtplib.SMTPDataError)
                and error.smtp_code >= 500,
            ) from None  # fmt: skip
        except smtplib.SMTPRecipientsRefused as error:
            worst = max(code for code, _text in error.recipients.values())
            raise DeliveryFailed(f"smtp {worst} recipient", permanent=worst >= 500) from None
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryFailed(type(error).__name__, permanent=False) from None

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._implicit_tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=TIMEOUT_SECONDS, context=context
            )
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT_SECONDS)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
            elif self._user:
                server.close()
                raise DeliveryFailed("smtp without tls", permanent=False)
        if self._user:
            server.login(self._user, self._password)
        return server


class NullMailer:
    """Sends nothing and says so in the log, without address or content."""

    def send(self, *, to: str, subject: str, text: str, message_id: str) -> None:
        log.info("mail is not set up: a letter was not sent")
