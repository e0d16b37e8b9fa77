"""The pupil's words: Swedish that a ten-year-old reads."""

import re

import pytest

from .browser import Browser

PUPIL_PAGES = ("/", "/s/norrskogen", "/knacka?skola=norrskogen", "/hjalp-nu", "/sa-funkar-det",
               "/integritet", "/mitt", "/mitt/kod",
               "/flytta", "/flytta/hit", "/flytta/klart")  # fmt: skip
NEVER = ("ärende", "felaktig", "ogiltig", "anmälan misslyckades", "obligatorisk")
EASY = 30


def lix(text: str) -> float:
    """Björnsson's readability index: words a sentence plus the share of words over six letters.

    Under 30 is very easy, as in children's books.
    """
    words = re.findall(r"[a-zåäöé]+", text.lower())
    sentences = len(re.findall(r"[.!?:](?:\s|$)", text)) or 1
    long = sum(len(word) > 6 for word in words)
    return len(words) / sentences + 100 * long / len(words)


def sentences_of(html: str) -> str:
    """The running text of a page: its paragraphs and list items, one sentence at least each."""
    main = re.search(r"<main.*?</main>", html, re.S).group()
    parts = re.findall(r"<(?:p|li|h1|h2|h3)\b[^>]*>(.*?)</(?:p|li|h1|h2|h3)>", main, re.S)
    texts = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", part)).strip() for part in parts]
    return " ".join(
        text if text.endswith((".", "?", ":")) else text + "." for text in texts if text
    )


@pytest.fixture
def pupil(client, make):
    school = make.school(slug="norrskogen", name="Norrskogens skola")
    make.nurse(school)
    make.counsellor(school)
    return Browser(client)


@pytest.mark.parametrize("address", PUPIL_PAGES)
def test_a_ten_year_old_can_read_every_page(pupil, address):
    text = sentences_of(pupil.get(address).html)
    assert lix(text) < EASY, f"{address}: LIX {lix(text):.0f}"


@pytest.mark.parametrize("address", PUPIL_PAGES)
def test_no_page_speaks_like_an_authority(pupil, address):
    text = pupil.get(address).text.lower()
    assert not [word for word in NEVER if word in text]


def test_the_receipt_can_be_read_too(pupil):
    pupil.get("/knacka?skola=norrskogen")
    page = pupil.submit("/knacka", who="nurse", way="app")
    assert lix(sentences_of(page.html)) < EASY


def test_lix_tells_hard_from_easy():
    assert lix("Vi hör av oss. Du kan knacka på.") < 20
    assert (
        lix("Elevhälsans verksamhetsutvecklingsprogram förutsätter samverkansöverenskommelser") > 60
    )
