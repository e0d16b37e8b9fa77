"""What people do again and again, in the words of the pages."""

import re
from datetime import timedelta

from elevhalsa.core import clock
from elevhalsa.core.calendar import closed_days
from elevhalsa.domain.people.models import Staff
from tools.oidc.provider import Provider

from .person import Person
from .site import Site

IS_CLOSED = closed_days()


def knocks_in_the_app(
    pupil: Person, *, who: str = "Kurator", text: str = "", school: str = "norrskogen"
) -> None:
    """From the school's door to the receipt."""
    pupil.opens(f"/s/{school}")
    pupil.follows("Knacka på utan att logga in")
    pupil.chooses(who)
    pupil.chooses("Här i appen")
    if text:
        pupil.types("Vill du berätta vad det gäller?", text)
    pupil.presses("Knacka på")


def code_on(pupil: Person) -> str:
    """The code as it stands on the receipt, without the dots between its words."""
    return " ".join(pupil.page.locator(".code").inner_text().replace("·", " ").split())


def signs_in(person: Person, site: Site, staff: Staff) -> None:
    person.opens(site.link_for(staff))
    person.presses("Logga in här")


def next_day_at(hour: int, *, days: int = 2) -> tuple[str, str]:
    """A date and a time, as date and time fields want them: on the first weekday from then."""
    day = clock.local(clock.now()).date() + timedelta(days=days)
    while IS_CLOSED(day):
        day += timedelta(days=1)
    return day.isoformat(), f"{hour:02}:00"


def is_led(person: Person, provider: Provider, button: str) -> None:
    """To the provider's page, by the page between."""
    person.may_ask.append(provider.issuer)
    with person.page.expect_navigation(url=re.compile(re.escape(provider.issuer))):
        person.page.get_by_role("button", name=button).click()


def logs_in(person: Person, who: str, leads_to: str) -> None:
    """There, and back: without a script one presses a button in between."""
    address = re.compile(leads_to if person.js else "/svar")
    person.page.get_by_role("button", name=who, exact=True).click()
    person.page.wait_for_url(address)
    if not person.js:
        person.looks()
        assert person.heading == "Nästan inloggad"
        person.presses("Fortsätt")
    person.looks()
