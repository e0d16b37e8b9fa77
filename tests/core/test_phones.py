"""A number that can be called is taken in however it is written; what is certain is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.core import phones
from elevhalsa.core.typed import Refused

from .test_typed import SCRIPTS, in_script, strewing, strewn

mobiles = st.from_regex(r"7[02369][0-9]{7}", fullmatch=True)
landlines = st.from_regex(r"(8[1-9]|31|90|650)[1-9][0-9]{4,5}", fullmatch=True)
foreign = st.from_regex(r"\+(47[49]|35840|4930|1415)[0-9]{7}", fullmatch=True)
DASHES = st.sampled_from("-‐‑‒–—−― . /")


def grouped(number: str, dash: str) -> str:
    return f"{number[:3]}{dash}{number[3:6]} {number[6:8]}\u00a0{number[8:]}"


@given(mobiles | landlines, DASHES, st.sampled_from(SCRIPTS), strewing)
def test_a_swedish_number_is_the_same_in_every_way_it_is_pasted(rest, dash, zero, marks):
    national = "0" + rest
    shown = grouped(national, dash)[1:]
    for said in (
        national, grouped(national, dash), f"+46{rest}", f"+46 (0){shown}", f"+46(0) {shown}",
        f"+46 0{shown}", f"+460{rest}", f"0046{rest}", f"0046 (0){shown}", f"(+46) {shown}",
        f"tel:+46{dash}{shown}", f"tel:+46{rest};phone-context=+46",
        f"{national};", f" {national}, ",
        f"\u202a{national}\u202c", f"＋46{rest}",
    ):  # fmt: skip
        assert phones.read(strewn(in_script(said, zero), marks)) == national, said


@given(mobiles)
def test_a_mobile_number_needs_neither_plus_nor_zero(rest):
    for said in (f"46{rest}", f"46 0{rest}", rest):
        assert phones.read(said, sms=True) == f"0{rest}"


@given(foreign, st.sampled_from(SCRIPTS), strewing)
def test_a_number_abroad_keeps_its_country(number, zero, marks):
    for said in (number, f"00{number[1:]}", f"{number[:3]} (0) {number[3:]}"):
        assert phones.read(strewn(in_script(said, zero), marks)) == number


@given(mobiles | landlines | foreign.map(lambda number: number[1:]))
def test_what_is_kept_reads_the_same_again_and_is_called_with_its_country(rest):
    kept = phones.read(
        "0" + rest if not rest.startswith(("47", "358", "49", "1415")) else "+" + rest
    )
    assert phones.read(kept) == kept
    assert phones.read(phones.international(kept)) == kept
    assert phones.read(phones.grouped(kept)) == kept
    assert phones.international(kept).startswith("+")


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ("0701740605", "070-174 06 05"),
        ("+46701740605", "070-174 06 05"),
        ("084650040", "08-465 00 40"),
        ("0317061234", "031-706 12 34"),
        ("031123456", "031-12 34 56"),
        ("065012345", "0650-123 45"),
        ("+4790123456", "+47 90 12 34 56"),
        ("ring mig", "ring mig"),
    ],
)
def test_a_number_is_grouped_as_it_is_written_here(kept, shown):
    assert phones.grouped(kept) == shown


@pytest.mark.parametrize(
    "kept", ["+46070 174 06 05", "0046 (0)701740605", "46701740605", "+46٠٧٠١٧٤٠٦٠٥"]
)
def test_a_number_that_was_kept_before_it_was_read_like_this_is_called_all_the_same(kept):
    assert phones.international(kept) == "+46701740605"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("12", "Det är för kort"),
        ("070-123 45 6", "Det är för kort"),
        ("070-123 45 678", "Det är för långt"),
        ("070-1234567 / 070-7654321", "Det är för långt"),
        ("+47 1", "Det är för kort"),
        ("+999 123 456 789", "Vi känner inte igen landet"),
        ("ring mig", "Det får bara ha siffror i sig"),
        ("070-12345O7", "Det får bara ha siffror i sig"),
        ("4790123456", "Det ska börja med 0"),
    ],
)
def test_what_is_wrong_with_a_number_is_said(said, why):
    with pytest.raises(Refused) as refused:
        phones.read(said)
    assert refused.value.why._args[0].startswith(why)


@given(landlines)
def test_no_sms_is_promised_to_a_landline(rest):
    with pytest.raises(Refused):
        phones.read(f"0{rest}", sms=True)
