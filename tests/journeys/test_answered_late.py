"""Nobody answers in time: the pupil is told so, what has been done and until when; then is answered
and still told the truth."""

import re
from datetime import timedelta

from elevhalsa.core import clock
from tests.domain.helpers import sweep

from .conftest import Device
from .site import Site
from .steps import signs_in

SERVICE_WORKERS = "block"
WHOSE_FAULT = "Det är vårt fel, inte ditt."
ANSWER = "Hej! Förlåt att du fick vänta. Ska vi ses i morgon?"


def test_a_pupil_is_answered_late_and_told(site: Site, device: Device, js: bool) -> None:
    counsellor = site.make.counsellor(site.school)
    site.make.coordinator()
    with clock.frozen(clock.now() - timedelta(days=9)):
        receipt = site.make.knock(site.school, text="Jag sover dåligt.")
    with site.meanwhile():
        sweep()

    pupil = device(js=js)
    pupil.opens("/mitt/kod")
    pupil.types("Koden du fick", receipt.code)
    pupil.presses("Visa svar")
    pupil.sees(f"Vi är sena. {WHOSE_FAULT}")
    pupil.sees(re.compile(r"Vi lovade att höra av oss senast [a-zåäö]+dag \d+ "))
    pupil.sees(re.compile(r"Nu kan fler av oss svara\. Vår chef har fått veta det\."))
    pupil.sees("Vår nya tid:")
    assert re.match(r"senast \w+dag \d+ ", pupil.page.locator(".alarm strong").inner_text())
    pupil.sees("Vi är sena. Nu kan fler av oss svara")

    desk = device(js=js, width=1280)
    signs_in(desk, site, counsellor)
    desk.opens(f"/personal/arende/{receipt.knock.id}")
    desk.types("Svar", ANSWER)
    desk.presses("Ta emot och skicka svar")

    pupil.reloads()
    pupil.sees(ANSWER)
    pupil.sees(re.compile(rf"Vi hörde av oss i dag \d\d\.\d\d\. Det var senare .* {WHOSE_FAULT}"))
    pupil.sees("Kontakt, senare än vi lovade")
    pupil.does_not_see(re.compile("Vi är sena. Det"))
    pupil.opens("/mitt")
    pupil.sees("Vi har hört av oss.")
