"""What puts a school's door on the school's own devices: profiles and policies, built from values.

No database and no request. Formats: Apple's ``com.apple.webClip.managed`` payload, and the policy
``WebAppInstallForceList`` of ChromeOS, Chrome and Edge.

For devices that several share there is a file more, so that nothing of one is offered to the next:
Apple's restrictions (``com.apple.applicationaccess``), and the browsers' policies about saved
passwords, filled in forms and the session before. Only saved passwords can be said of our address
alone; the rest is true of the whole device or browser, which is why it is a file of its own.
"""

import json
import plistlib
import struct
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from elevhalsa.core.errors import SettingError
from elevhalsa.core.i18n import _

from . import rules

IDENTIFIER = "online.elevhalsa.genvag"
SPACE = uuid5(NAMESPACE_URL, "https://elevhalsa.online/genvag")
"""Where our UUIDs come from. Never changes: a device knows a profile that it has by its UUID."""
PNG = b"\x89PNG\r\n\x1a\n"
MOST_PIXELS = 400
"""Of an icon's side: a larger one is not shown."""


@dataclass(frozen=True)
class Target:
    """The door that a shortcut leads to."""

    school_id: str
    """What stays the same when a school or an address changes its name."""
    school: str
    municipality: str
    url: str


@dataclass(frozen=True)
class Shared:
    """A municipality's devices that several share."""

    municipality_id: str
    municipality: str
    origin: str
    """Where its doors are: 'https://elevhalsa.exempel.se'."""


def address(public_url: str, slug: str, host: str | None = None) -> str:
    """The school's own door: at the municipality's own host name where it has one."""
    return f"{rules.origin(public_url, host)}/s/{slug}"


def spoken(url: str) -> str:
    """An address as it is written on paper, without https://."""
    return url.partition("://")[2]


def _uuid(whose: str, what: str) -> UUID:
    return uuid5(SPACE, f"{whose} {what}")


def web_clip(target: Target, icon: bytes) -> bytes:
    """An unsigned configuration profile with one web clip, as XML.

    The same school always gives the same UUIDs, so that a new export takes the place of the old.
    icon: PNG of at most 400 pixels a side. Raises SettingError for another picture.
    """
    _check_icon(icon)
    name = _("Elevhälsa – %(school)s", school=target.school)
    clip = {
        **_payload(target.school_id, "webclip", "com.apple.webClip.managed", name),
        "URL": target.url,
        "Label": _("Elevhälsa"),
        "Icon": icon,
        "Precomposed": True,
        "IsRemovable": False,
        "FullScreen": True,
    }
    about = _("Lägger en genväg till elevhälsan på hemskärmen.")
    return _profile(target.school_id, "profile", name, target.municipality, about, clip)


def restrictions(shared: Shared) -> bytes:
    """An unsigned configuration profile for iPads that several share: Safari fills in nothing and,
    where the iPad is supervised, no saved password is offered."""
    name = _("Elevhälsa – delade iPads")
    payload = {
        **_payload(shared.municipality_id, "restrictions", "com.apple.applicationaccess", name),
        "safariAllowAutoFill": False,
        "allowPasswordAutoFill": False,
    }
    about = _("Stänger av autofyll, så att den ena elevens uppgifter inte syns för den andra.")
    whose = shared.municipality_id
    return _profile(whose, "shared-profile", name, shared.municipality, about, payload)


def _profile(
    whose: str, what: str, name: str, organization: str, about: str, payload: dict[str, Any]
) -> bytes:
    profile = {
        **_payload(whose, what, "Configuration", name),
        "PayloadOrganization": organization,
        "PayloadDescription": about,
        "PayloadRemovalDisallowed": False,
        "PayloadContent": [payload],
    }
    return plistlib.dumps(profile)


def _payload(whose: str, what: str, kind: str, name: str) -> dict[str, Any]:
    own = _uuid(whose, what)
    return {
        "PayloadType": kind,
        "PayloadVersion": 1,
        "PayloadIdentifier": f"{IDENTIFIER}.{own}",
        "PayloadUUID": str(own).upper(),
        "PayloadDisplayName": name,
    }


def _check_icon(icon: bytes) -> None:
    if icon[:8] != PNG or icon[12:16] != b"IHDR":
        raise SettingError(_("Ikonen till genvägen är ingen PNG-bild."))
    width, height = struct.unpack(">II", icon[16:24])
    if max(width, height) > MOST_PIXELS:
        raise SettingError(
            _("Ikonen till genvägen är för stor: högst %(most)s bildpunkter.", most=MOST_PIXELS)
        )


def chromeos(target: Target) -> str:
    """The policy's value for ChromeOS and Chrome, as JSON."""
    return _policy(_forced(target))


def edge(target: Target) -> str:
    """The policy's value for Edge, as JSON: Edge can be told the app's name."""
    return _policy(_forced(target) | {"custom_name": _("Elevhälsa")})


def _forced(target: Target) -> dict[str, Any]:
    return {
        "url": target.url,
        "default_launch_container": "window",
        "create_desktop_shortcut": True,
        "fallback_app_name": _("Elevhälsa"),
    }


def _policy(app: dict[str, Any]) -> str:
    return _json([app])


NEW_TAB = 5
"""Of ``RestoreOnStartup``: a new tab, never the pages of before."""


def shared_browser(shared: Shared) -> str:
    """Policies of ChromeOS, Chrome and Edge, which have the same names, as one JSON object."""
    return _json(
        {
            "PasswordManagerBlocklist": [shared.origin],
            "AutofillAddressEnabled": False,
            "RestoreOnStartup": NEW_TAB,
        }
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
