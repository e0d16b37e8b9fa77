"""Profiles and policies for the schools' own devices."""

import json
import plistlib
import struct
from dataclasses import replace

import pytest

from elevhalsa.core.errors import SettingError
from elevhalsa.domain.places import shortcuts
from elevhalsa.domain.places.shortcuts import Target

TARGET = Target(
    "skola-1", "Norrskogens exempelskola", "Exempelkommun", "https://elevhalsa.exempel.invalid/s/n"
)


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", width, height)


@pytest.fixture(autouse=True)
def words(app):
    """Texts come from the catalogue, which belongs to an app."""


def profile(target: Target = TARGET) -> dict:
    return plistlib.loads(shortcuts.web_clip(target, png(180, 180)))


def test_the_profile_is_a_configuration_with_one_managed_web_clip():
    whole = profile()
    assert (whole["PayloadType"], whole["PayloadVersion"]) == ("Configuration", 1)
    assert whole["PayloadOrganization"] == "Exempelkommun"
    [clip] = whole["PayloadContent"]
    assert (clip["PayloadType"], clip["PayloadVersion"]) == ("com.apple.webClip.managed", 1)
    assert clip["URL"] == TARGET.url
    assert clip["Label"] == "Elevhälsa"
    assert clip["Icon"] == png(180, 180)
    assert (clip["FullScreen"], clip["IsRemovable"]) == (True, False)
    for payload in (whole, clip):
        assert payload["PayloadIdentifier"].endswith(payload["PayloadUUID"].lower())
        assert "Norrskogens exempelskola" in payload["PayloadDisplayName"]


def test_a_new_export_takes_the_place_of_the_old_even_when_name_and_address_have_changed():
    renamed = replace(TARGET, school="Nya skolan", url="https://ny.exempel.invalid/s/ny")
    before, after = profile(), profile(renamed)
    for field in ("PayloadUUID", "PayloadIdentifier"):
        assert before[field] == after[field]
        assert before["PayloadContent"][0][field] == after["PayloadContent"][0][field]
    assert after["PayloadContent"][0]["URL"] == renamed.url


def test_no_two_schools_and_no_two_payloads_are_mistaken_for_each_other():
    one, other = profile(), profile(replace(TARGET, school_id="skola-2"))
    ids = {p["PayloadUUID"] for w in (one, other) for p in (w, w["PayloadContent"][0])}
    assert len(ids) == 4


def test_the_profiles_id_is_what_it_was_when_the_first_ones_were_handed_out():
    assert profile()["PayloadUUID"] == "7222B180-11DD-5135-B292-E13EF71F75AB"


@pytest.mark.parametrize("icon", [b"", b"GIF89a" + b"\0" * 30, png(401, 10), png(10, 512)])
def test_an_icon_that_an_ipad_would_not_show_is_refused(icon):
    with pytest.raises(SettingError):
        shortcuts.web_clip(TARGET, icon)


def test_chromeos_installs_the_door_in_a_window_of_its_own():
    assert json.loads(shortcuts.chromeos(TARGET)) == [
        {
            "url": TARGET.url,
            "default_launch_container": "window",
            "create_desktop_shortcut": True,
            "fallback_app_name": "Elevhälsa",
        }
    ]


def test_edge_is_told_the_name_too():
    [app] = json.loads(shortcuts.edge(TARGET))
    assert app["custom_name"] == "Elevhälsa"
    assert app["url"] == TARGET.url


def test_a_door_is_at_the_municipalitys_own_host_name_if_it_has_one():
    assert shortcuts.address("https://a.se/", "n") == "https://a.se/s/n"
    assert shortcuts.address("https://a.se", "n", "b.se") == "https://b.se/s/n"
    assert shortcuts.address("http://a.se:8000", "n", "b.se") == "http://b.se:8000/s/n"
    assert shortcuts.spoken("https://a.se/s/n") == "a.se/s/n"
