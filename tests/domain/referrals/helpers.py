"""What tests of Bron are about. Names are obviously made up."""

from datetime import date
from typing import Any

from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places import service
from elevhalsa.domain.places.models import Organisation
from elevhalsa.domain.places.words import OrganisationKind
from elevhalsa.domain.referrals import catalogue
from elevhalsa.domain.referrals.models import Offer
from elevhalsa.domain.referrals.words import Assessment, Documented, FormKey


def a_receiver(staff: Staff) -> Organisation:
    """Social services' open help in the municipality, one and the same. Not committed."""
    place, name = staff.municipality, "Öppna hjälpen i Exempel"
    return service.put_organisation(
        place, name, OrganisationKind.OPEN_HELP, contact=None, at_door=False
    )[0]


def an_offer(staff: Staff, **values: Any) -> Offer:
    """Advice without an assessment, for 6 to 12 years. Not committed."""
    usual: dict[str, Any] = {
        "name": "Råd om vardagen", "about": "Ni får prata med en familjebehandlare.",
        "age_from": 6, "age_to": 12, "assessment": Assessment.UNASSESSED,
        "documented": Documented.NOTHING, "decision": "EX 2026/1 § 2",
        "decided_on": date(2026, 1, 7), "form": FormKey.BRON, "active": True,
        "receiver": a_receiver(staff).id,
    }  # fmt: skip
    return catalogue.put(staff, None, **usual | values)
