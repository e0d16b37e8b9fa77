"""BankID's Relying Party API v6.0 over mutual TLS, and its null twin.

https://developers.bankid.com/api-references. ``pybankid`` has neither return address, risk nor the
word of the browser, so this is our own. Nothing of an answer is logged but the API's error code.
"""

import logging
import ssl
from typing import Any

import httpx

from elevhalsa.core.ports import EidAsker, EidFailed, EidNews, EidOrdered, EidPerson

from .gate import AWAY, TIMEOUT, Closed, Gate

log = logging.getLogger(__name__)

PATH = "/rp/v6.0/"
MOST_AGENT = 200
"""Characters of the browser's own word that are passed on."""


class BankIdClient:
    def __init__(self, address: str, context: ssl.SSLContext) -> None:
        """address: e.g. 'https://appapi2.bankid.com'. context: as of ``core.bankid.context``."""
        self._client = httpx.Client(
            base_url=address + PATH,
            verify=context,
            timeout=TIMEOUT,
            follow_redirects=False,
            trust_env=False,
        )
        self._gate = Gate()

    def start(self, asker: EidAsker, *, return_url: str | None) -> EidOrdered:
        asked: dict[str, Any] = {
            "endUserIp": asker.address,
            "returnRisk": True,
            "web": {
                "referringDomain": asker.domain,
                "userAgent": asker.user_agent[:MOST_AGENT],
                "deviceIdentifier": asker.mark,
            },
        }
        if return_url:
            asked["returnUrl"] = return_url
        given = self._call("auth", asked)
        try:
            return EidOrdered(
                given["orderRef"],
                given["autoStartToken"],
                given["qrStartToken"],
                given["qrStartSecret"],
            )
        except KeyError:
            raise self._away("auth", "another answer") from None

    def collect(self, order_ref: str) -> EidNews:
        # Who only asks how it goes waits for nobody's call, and asks again.
        told = self._call("collect", {"orderRef": order_ref}, wait=False)
        try:
            if told["status"] != "complete":
                return EidNews(told["status"], told.get("hintCode"))
            done = told["completionData"]
            person = EidPerson(
                number=done["user"]["personalNumber"],
                name=done["user"]["name"],
                address=done["device"]["ipAddress"],
                risk=done.get("risk"),
            )
        except (KeyError, TypeError):
            raise self._away("collect", "another answer") from None
        return EidNews("complete", None, person)

    def cancel(self, order_ref: str) -> None:
        self._call("cancel", {"orderRef": order_ref})

    def _call(self, what: str, asked: dict[str, Any], *, wait: bool = True) -> dict[str, Any]:
        try:
            with self._gate.entered(wait=wait):
                answer = self._client.post(what, json=asked)
                said = answer.json()
        except Closed as closed:
            raise EidFailed(closed.code) from None
        except (httpx.HTTPError, ValueError) as error:
            raise self._away(what, type(error).__name__) from None
        if not isinstance(said, dict):
            raise self._away(what, "another answer")
        if answer.is_success:
            return said
        code = str(said.get("errorCode", AWAY))[:40]
        log.warning("bankid %s: %s %s", what, answer.status_code, code)
        raise EidFailed(code)

    @staticmethod
    def _away(what: str, why: str) -> EidFailed:
        log.warning("bankid %s: %s", what, why)
        return EidFailed(AWAY)


class NullBankId:
    """Where BankID is not set up: no page asks, and who asks all the same gets nothing."""

    def start(self, asker: EidAsker, *, return_url: str | None) -> EidOrdered:
        raise EidFailed(AWAY)

    def collect(self, order_ref: str) -> EidNews:
        raise EidFailed(AWAY)

    def cancel(self, order_ref: str) -> None:
        raise EidFailed(AWAY)
