"""Host names and the addresses that they give."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.domain.places import rules

LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
HOST = st.lists(LABEL, min_size=2, max_size=4).map(".".join)
PORT = st.sampled_from(["", ":80", ":8000"])


@given(HOST, PORT, st.sampled_from(["", "."]), st.booleans())
def test_a_host_is_the_same_in_capitals_with_a_port_and_with_a_dot_at_its_end(
    host, port, dot, shouted
):
    header = f"{host.upper() if shouted else host}{dot}{port}"
    assert rules.hostname(header) == host


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("[::1]", "[::1]"),
        ("[::1]:8000", "[::1]"),
        ("[2001:DB8::1]", "[2001:db8::1]"),
        ("127.0.0.1:8000", "127.0.0.1"),
        ("", ""),
        (":8000", ""),
    ],
)
def test_a_host_may_be_a_number(header, name):
    assert rules.hostname(header) == name


@given(st.text())
def test_whatever_a_stranger_sends_as_host_is_read_to_an_end(header):
    once = rules.hostname(header)
    assert once == once.casefold()
    assert ":" not in once or once.startswith("[")


def test_a_municipality_with_a_host_name_is_reached_there_and_another_at_the_public_address():
    assert rules.origin("https://elevhalsa.se/", "dorr.kommun.se") == "https://dorr.kommun.se"
    assert rules.origin("https://elevhalsa.se/", None) == "https://elevhalsa.se"
    assert rules.origin("http://127.0.0.1:8000", "dorr.kommun.se") == "http://dorr.kommun.se:8000"


@given(HOST)
def test_the_public_host_named_as_a_municipality_s_own_gives_the_same_address(host):
    assert rules.origin(f"https://{host}", host) == rules.origin(f"https://{host}", None)
