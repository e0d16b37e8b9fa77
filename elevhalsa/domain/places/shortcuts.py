"""What puts a school's door on the school's own devices: profiles and policies, built from values.

No database and no request. Formats: Apple's ``com.apple.webClip.managed`` payload, and the policy
``WebAppInstallForceList`` of ChromeOS, Chrome and Edge.
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


def address(public_url: str, slug: str, host: str | None = None) -> str:
    """The school's own door: at the municipality's own host name where it has one."""
    return f"{rules.origin(public_url, host)}/s/{slug}"


def spoken(url: str) -> str:
    """An address as it is written on paper, without https://."""
    return url.partition("://")[2]


def _uuid(target: Target, what: str) -> UUID:
    return uuid5(SPACE, f"{target.school_id} {what}")


def web_clip(target: Target, icon: bytes) -> bytes:
    """An unsigned configuration profile with one web clip, as XML.

    The same school always gives the same UUIDs, so that a new export takes the place of the old.
    icon: PNG of at most 400 pixels a side. Raises SettingError for another picture.
    """
    _check_icon(icon)
    name = _("Elevhälsa – %(school)s", school=target.school)
    clip = {
        **_payload(target, "webclip", "com.apple.webClip.managed", name),
        "URL": target.url,
        "Label": _("Elevhälsa"),
        "Icon": icon,
        "Precomposed": True,
        "IsRemovable": False,
        "FullScreen": True,
    }
    profile = {
        **_payload(target, "profile", "Configuration", name),
        "PayloadOrganization": target.municipality,
        "PayloadDescription": _("Lägger en genväg till elevhälsan på hemskärmen."),
        "PayloadRemovalDisallowed": False,
        "PayloadContent": [clip],
    }
    return plistlib.dumps(profile)


def _payload(target: Target, what: str, kind: str, name: str) -> dict[str, Any]:
    own = _uuid(target, what)
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
    return json.dumps([app], ensure_ascii=False, indent=2) + "\n"
