"""One of the staff reads a threat to life: what to do now is one press away, and what was done is
kept."""

from elevhalsa.core.crypto import new_id
from elevhalsa.domain.knocks import asking
from elevhalsa.domain.knocks.words import Triage

from .conftest import Device
from .site import Site
from .steps import signs_in

SERVICE_WORKERS = "block"


def test_what_to_do_is_one_press_away_and_what_was_done_is_there_for_the_colleague(
    site: Site, device: Device, js: bool
) -> None:
    me, colleague = site.make.counsellor(site.school), site.make.counsellor(site.school)
    knock = site.make.knock(site.school, text="Jag orkar inte mer.").knock
    person = device(js=js)
    signs_in(person, site, me)
    person.opens(f"/personal/arende/{knock.id}")
    person.follows("Fara för liv")
    first = person.page.get_by_role("link", name="Ring 112").bounding_box()
    assert first and first["y"] + first["height"] < 740, "not on the first screen"
    person.sees("Ring 0176-000 00")
    person.sees("Vi har inget nummer till eleven.")
    person.sees("Jag orkar inte mer.")
    if js:
        with site.meanwhile():
            asking.write(knock, "Jag är vid bron.", form_id=new_id())
        person.page.evaluate("htmx.trigger('#det-vi-vet', 'refresh')")
        person.sees("Jag är vid bron.")
    person.page.get_by_label("Ringde 112").check()
    person.types("Med egna ord", "De är på väg.")
    person.page.get_by_label("Säg till kollegorna nu").check()
    person.presses("Spara noteringen")
    person.sees("Noteringen är sparad. 1 kollega får veta det nu.")
    assert site.knocks()[0].triage is Triage.URGENT

    other = device(js=js, width=1280)
    signs_in(other, site, colleague)
    other.opens("/personal/notiser")
    other.follows("En kollega har noterat fara för liv")
    other.sees("De är på väg.")
