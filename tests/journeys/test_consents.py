"""A guardian is asked on her own phone, says yes or no, and takes it back, with and without a
script."""

import pytest

from elevhalsa.domain.consents import service as consents
from elevhalsa.domain.consents.models import Consent
from elevhalsa.domain.consents.words import Role, State
from elevhalsa.extensions import db
from tests.domain.consents.helpers import asked, found_out

from .conftest import Device
from .site import Site

SERVICE_WORKERS = "block"


@pytest.mark.parametrize(
    ("width", "js"),
    [
        (360, False),
        (1280, True),
        pytest.param(360, True, marks=pytest.mark.trial),
        pytest.param(1280, False, marks=pytest.mark.trial),
    ],
)
def test_she_agrees_and_takes_it_back_and_the_other_says_no(
    site: Site, device: Device, width: int, js: bool
) -> None:
    basis = found_out(site.school.municipality)
    one, two = asked(basis, Role.GUARDIAN_ONE), asked(basis, Role.GUARDIAN_TWO)
    mine, others = consents.open_door(one), consents.open_door(two)
    db.session.commit()

    her = device(width=width, js=js)
    her.opens(f"/samtycke/{mine.token}")
    her.types("Din kod", others.code)  # another's
    her.presses("Öppna")
    her.sees("Koden stämmer inte")
    her.types("Din kod", mine.code)
    her.presses("Öppna")
    her.sees("Familjebehandlarna på Öppna hjälpen")
    her.chooses("Ring mig först")
    her.presses("Skicka mitt svar")
    her.sees("Vi ringer dig först")
    her.chooses("Ja, jag samtycker")
    her.presses("Skicka mitt svar")
    her.sees("Ditt ja räknas när vi har nått dig")
    her.presses("Stäng sidan")
    her.opens(f"/samtycke/{mine.token}")  # the link has been used: it leads to what was said
    her.types("Din kod", mine.code)
    her.presses("Öppna")
    her.presses("Ta tillbaka mitt ja")
    her.sees("Vi lämnar inget mer")

    his = device(width=width, js=js)
    his.opens(f"/samtycke/{others.token}")
    his.types("Din kod", others.code)
    his.presses("Öppna")
    his.chooses("Nej, jag samtycker inte")
    his.presses("Skicka mitt svar")
    his.sees("Du sa nej")

    db.session.rollback()
    states = [db.session.get_one(Consent, row.id).state for row in (one, two)]
    assert states == [State.TAKEN_BACK, State.REFUSED]
