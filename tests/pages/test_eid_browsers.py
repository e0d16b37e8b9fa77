"""How BankID's app is opened from each browser, and where it leads back to."""

import pytest

from elevhalsa.core.bankid import APP
from elevhalsa.pages.eid.browsers import Browser

BACK = "https://dorr.exempel.se/logga-in/bankid/vantar?svar=abc"
IOS = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 {} Safari/604"
AGENTS = {
    "safari": IOS.format("Version/18.0"),
    "chrome on ios": IOS.format("CriOS/130.0"),
    "firefox on ios": IOS.format("FxiOS/130.0"),
    "android": "Mozilla/5.0 (Linux; Android 15) Chrome/130.0 Mobile Safari/537.36",
    "desk": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/130.0",
    "nothing": "",
}


@pytest.mark.parametrize(
    ("agent", "back"),
    [
        ("safari", BACK),
        ("chrome on ios", BACK.replace("https", "googlechromes")),
        ("firefox on ios", None),
        ("android", BACK),
        ("desk", BACK),
        ("nothing", BACK),
    ],
)
def test_the_app_leads_back_to_the_browser_that_waits_or_nowhere(agent, back):
    browser = Browser.of(AGENTS[agent])
    assert browser.way_back(BACK, installed=False) == back
    assert browser.way_back(BACK, installed=True) is None


@pytest.mark.parametrize(
    ("agent", "opens"),
    [("safari", APP), ("android", APP), ("desk", "bankid:///"), ("nothing", "bankid:///")],
)
def test_phones_open_the_app_by_an_address_and_desks_by_a_scheme(agent, opens):
    start = Browser.of(AGENTS[agent]).start(APP, "a b&c")
    assert start == f"{opens}?autostarttoken=a+b%26c&redirect=null"
