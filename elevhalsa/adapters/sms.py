"""SMS over the HTTP API of 46elks, and its null twin.

https://46elks.com/docs/send-sms: a form with from, to and message, HTTP Basic authentication.
"""

import logging
from urllib.parse import parse_qs, unquote, urlsplit

import httpx

from elevhalsa.core.ports import DeliveryFailed

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10.0
PATH = "/a1/sms"


class ElksTexter:
    def __init__(self, url: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        """url: 46elks://user:password@api.46elks.com?from=Sender, the user and password
        percent-encoded; '46elks+http://' for a server on this machine.

        timeout: seconds, to connect and for each piece of the answer.
        """
        kind, _separator, rest = url.partition("://")
        parts = urlsplit(f"//{rest}")  # a scheme that begins with a digit is none to urlsplit
        scheme = "http" if kind.endswith("+http") else "https"
        port = f":{parts.port}" if parts.port else ""
        self._address = f"{scheme}://{parts.hostname}{port}{PATH}"
        self._sender = parse_qs(parts.query)["from"][0]
        self._client = httpx.Client(
            auth=(unquote(parts.username or ""), unquote(parts.password or "")),
            timeout=timeout,
            follow_redirects=False,
            trust_env=False,
        )

    def send(self, *, to: str, text: str) -> None:
        """Raises DeliveryFailed. Not permanent only where nothing can have left: the server was
        not reached, or said that it was busy or broken."""
        form = {"from": self._sender, "to": to, "message": text}
        try:
            answer = self._client.post(self._address, data=form)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise DeliveryFailed("sms not reached", permanent=False, away=True) from None
        except httpx.HTTPError as error:
            # It may have been sent: a second try could be a second message.
            raise DeliveryFailed(f"sms {type(error).__name__}", permanent=True) from None
        if answer.is_success:
            return
        busy = answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error
        raise DeliveryFailed(f"sms {answer.status_code}", permanent=not busy, away=busy)


class NullTexter:
    """Sends nothing and says so, without number or content."""

    def send(self, *, to: str, text: str) -> None:
        log.info("sms is not set up: a message was not sent")
        raise DeliveryFailed("sms is off", permanent=True)
