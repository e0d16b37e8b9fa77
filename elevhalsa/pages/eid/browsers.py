"""Which way BankID's app is opened on this device, and how it leads back. By what the browser says
of itself, which is looked at and not kept."""

import re
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

DESKTOP_APP = "bankid:///"


@dataclass(frozen=True)
class Browser:
    is_phone: bool
    chrome_on_ios: bool
    firefox_on_ios: bool

    @classmethod
    def of(cls, agent: str) -> "Browser":
        return cls(
            is_phone=bool(re.search(r"iPhone|iPad|iPod|Android", agent)),
            chrome_on_ios="CriOS/" in agent,
            firefox_on_ios="FxiOS/" in agent,
        )

    def way_back(self, address: str, *, installed: bool) -> str | None:
        """Where the app is to lead back to. None: an address would open another browser than the
        one that waits, so one goes back by hand: from an app on the home screen of iOS, whose
        cookies are its own, and from Firefox there."""
        if installed or self.firefox_on_ios:
            return None
        if self.chrome_on_ios:  # https would open Safari
            parts = urlsplit(address)
            scheme = "googlechromes" if parts.scheme == "https" else "googlechrome"
            return urlunsplit(parts._replace(scheme=scheme))
        return address

    def start(self, app: str, token: str) -> str:
        """The link that opens the app. app: the address where phones open it; ``redirect`` is
        overridden by the way back that BankID was given."""
        simulated = urlsplit(app).hostname != "app.bankid.com"
        opens = app if self.is_phone or simulated else DESKTOP_APP
        return f"{opens}?{urlencode({'autostarttoken': token, 'redirect': 'null'})}"
