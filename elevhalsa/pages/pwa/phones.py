"""Which installation steps to show first. The browser's word about itself is read and forgotten."""

from enum import StrEnum


class Phone(StrEnum):
    """A kind of browser whose steps differ from the others'. The order is the usual one."""

    IOS = "iphone"
    CHROME = "chrome"
    SAMSUNG = "samsung"
    FIREFOX = "firefox"
    COMPUTER = "dator"


def guess(user_agent: str) -> Phone:
    """The likeliest. An iPad says that it is a Mac; the page's script knows better."""
    if "iPhone" in user_agent or "iPad" in user_agent:
        return Phone.IOS
    if "SamsungBrowser" in user_agent:
        return Phone.SAMSUNG
    if "Firefox" in user_agent and "Android" in user_agent:
        return Phone.FIREFOX
    return Phone.CHROME if "Android" in user_agent else Phone.COMPUTER


def in_order(first: Phone) -> list[Phone]:
    return [first, *(phone for phone in Phone if phone is not first)]
