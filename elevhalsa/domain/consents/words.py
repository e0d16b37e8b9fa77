"""The words of consents."""

from enum import StrEnum

from elevhalsa.core import labels
from elevhalsa.core.i18n import _l
from elevhalsa.core.walls import Wall


class Role(StrEnum):
    """Who agrees."""

    CHILD = "child"
    """Whom it is about, of any age."""
    GUARDIAN_ONE = "guardian_one"
    GUARDIAN_TWO = "guardian_two"


labels.give(
    Role,
    {
        Role.CHILD: _l("Barnet"),
        Role.GUARDIAN_ONE: _l("Vårdnadshavare 1"),
        Role.GUARDIAN_TWO: _l("Vårdnadshavare 2"),
    },
)

GUARDIANS = (Role.GUARDIAN_ONE, Role.GUARDIAN_TWO)


class Purpose(StrEnum):
    """What an agreement is for."""

    LIFT = "lift"
    """Secrecy is lifted, so that what the sender knows may be told to the receiver."""
    RECEIVE = "receive"
    """The effort is received."""


labels.give(
    Purpose,
    {
        Purpose.LIFT: _l("Att uppgifter lämnas"),
        Purpose.RECEIVE: _l("Att ta emot hjälpen"),
    },
)


class Offered(StrEnum):
    """What kind of effort it is about."""

    ASSESSED = "assessed"
    """After an assessment of the needs (socialtjänstlagen 2025:400, 21 kap. 1 §)."""
    UNASSESSED = "unassessed"
    """Without (11 kap. 5 §, 21 kap. 2 §)."""
    NONE = "none"
    """Nothing is offered by this: something is told, and no more."""


labels.give(
    Offered,
    {
        Offered.ASSESSED: _l("Efter behovsprövning"),
        Offered.UNASSESSED: _l("Utan behovsprövning"),
        Offered.NONE: _l("Ingen insats"),
    },
)


class Side(StrEnum):
    """Where one who sends or receives stands: an area of secrecy, or none."""

    MEDICAL = "medical"
    """The medical part of elevhälsan (EMI)."""
    PSYCHOSOCIAL = "psychosocial"
    SCHOOL = "school"
    """Teachers and others at a school, outside elevhälsan."""
    PRESCHOOL = "preschool"
    SOCIAL_SERVICES = "social_services"
    HEALTH_CARE = "health_care"
    """Of the region."""
    INDEPENDENT = "independent"
    """Elevhälsan of an independent school (friskola): no authority."""
    LEISURE = "leisure"
    """A school of arts, an association: no secrecy of its own by law is known."""
    FAMILY = "family"
    """The guardian, or the young person: tells of their own."""


labels.give(
    Side,
    {
        Side.MEDICAL: _l("Elevhälsans medicinska del"),
        Side.PSYCHOSOCIAL: _l("Elevhälsans psykosociala del"),
        Side.SCHOOL: _l("Skolan"),
        Side.PRESCHOOL: _l("Förskolan"),
        Side.SOCIAL_SERVICES: _l("Socialtjänsten"),
        Side.HEALTH_CARE: _l("Vården"),
        Side.INDEPENDENT: _l("Fristående skola"),
        Side.LEISURE: _l("Fritid och kultur"),
        Side.FAMILY: _l("Familjen"),
    },
)


def side_of(wall: Wall) -> Side:
    """The side of an area of secrecy: of the same word."""
    return Side(wall.value)


class Maturity(StrEnum):
    """What somebody who knows the child has noted of whether it can decide this by itself."""

    NOT_NOTED = "not_noted"
    NOT_YET = "not_yet"
    MATURE = "mature"
    """It can, and it is suitable that it does."""


labels.give(
    Maturity,
    {
        Maturity.NOT_NOTED: _l("Inte bedömt"),
        Maturity.NOT_YET: _l("Kan inte bestämma det här själv än"),
        Maturity.MATURE: _l("Kan bestämma det här själv, och det är lämpligt"),
    },
)


class OneGuardian(StrEnum):
    """On what ground one guardian suffices. The other is never contacted by us."""

    SOLE = "sole"
    """Sole custody."""
    PREVENTED = "prevented"
    """The other cannot take part, and it cannot wait (föräldrabalken 6 kap. 13 §)."""
    DECIDED = "decided"
    """The committee has decided so (föräldrabalken 6 kap. 13 a §)."""
    PROTECTED = "protected"
    """The child or the one guardian has protected identity."""


labels.give(
    OneGuardian,
    {
        OneGuardian.SOLE: _l("Ensam vårdnad"),
        OneGuardian.PREVENTED: _l("Den andra går inte att nå, och det kan inte vänta"),
        OneGuardian.DECIDED: _l("Socialnämnden har beslutat att en räcker"),
        OneGuardian.PROTECTED: _l("Skyddade personuppgifter"),
    },
)


class Law(StrEnum):
    """The keys of ``data/consent_law.csv``, where each paragraph stands with what it says."""

    OWN_SECRECY = "egen"
    """OSL 12:2: whom secrecy protects disposes over it."""
    GUARDIAN_SECRECY = "vardnadshavare"
    """OSL 12:3, second part."""
    NOT_HOME = "hemma"
    """OSL 12:3, first part: secrecy toward the guardian."""
    ADULT = "vuxen"
    PRESCHOOL_SECRECY = "forskola"
    PSYCHOSOCIAL_SECRECY = "psykosocial"
    SCHOOL_SECRECY = "skola"
    HEALTH_SECRECY = "halsa"
    SOCIAL_SECRECY = "social"
    INDEPENDENT_SECRECY = "friskola"
    NO_SECRECY = "ingen"
    MEDICAL_NEEDED = "undantag_medicinsk"
    """OSL 25:12."""
    MEDICAL_WITHIN = "undantag_inom"
    """OSL 25:13 a."""
    SOCIAL_NEEDED = "undantag_social"
    """OSL 26:9."""
    ASSESSED_CHILD = "provad_under12"
    ASSESSED_TEEN = "provad_12_14"
    ASSESSED_YOUTH = "provad_15"
    UNASSESSED_CHILD = "oprovad"
    UNASSESSED_YOUTH = "oprovad_15"
    CUSTODY = "vardnad"
    """FB 6:11: the guardian decides, with more and more regard to the child."""
    OWN_SAY = "egna_ord"
    """The child is asked too, from twelve: FB 6:11."""
    SOLE = "ensam"
    PREVENTED = "forhindrad"
    DECIDED = "beslut"
    PROTECTED = "skyddad"
    NOT_GDPR = "dataskydd"


class State(StrEnum):
    """How one agreement stands (HL7 FHIR ``Consent.status``: draft, active, not-done, inactive)."""

    NEEDED = "needed"
    """Nobody has asked yet."""
    ASKED = "asked"
    GIVEN = "given"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"
    EXPIRED = "expired"


labels.give(
    State,
    {
        State.NEEDED: _l("Inte frågad än"),
        State.ASKED: _l("Frågad"),
        State.GIVEN: _l("Ja"),
        State.REFUSED: _l("Nej"),
        State.TAKEN_BACK: _l("Återtaget"),
        State.EXPIRED: _l("Tiden har gått ut"),
    },
)


class Given(StrEnum):
    """How an answer was given."""

    LINK = "link"
    """By a link and a code."""
    EID = "eid"
    OWN_PAGE = "own_page"
    """By the child, on the child's own page."""
    PAPER = "paper"
    PHONE = "phone"
    """To one of the staff, who noted it."""


labels.give(
    Given,
    {
        Given.LINK: _l("Med länk och kod"),
        Given.EID: _l("Med e-legitimation"),
        Given.OWN_PAGE: _l("På sin egen sida"),
        Given.PAPER: _l("På papper"),
        Given.PHONE: _l("På telefon"),
    },
)

BY_STAFF = (Given.PAPER, Given.PHONE)
"""Noted by one of the staff."""


class Reader(StrEnum):
    """To whom a text speaks."""

    GUARDIAN = "guardian"
    CHILD = "child"


labels.give(
    Reader,
    {
        Reader.GUARDIAN: _l("Till vårdnadshavare"),
        Reader.CHILD: _l("Till barnet, från 12 år"),
    },
)
