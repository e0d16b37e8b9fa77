"""The words that the columns of places may hold."""

from collections.abc import Mapping
from enum import StrEnum

from elevhalsa.core import labels
from elevhalsa.core.i18n import _l
from elevhalsa.core.walls import SCHOOL_PROFESSIONS, Profession


class Need(StrEnum):
    """Why somebody looks for help, in the order in which it is shown."""

    UNWELL = "unwell"
    HARMED = "harmed"
    FRIEND = "friend"
    BODY = "body"


labels.give(
    Need,
    {
        Need.UNWELL: _l("Jag mår dåligt"),
        Need.HARMED: _l("Någon gör mig illa"),
        Need.FRIEND: _l("Jag är orolig för en vän"),
        Need.BODY: _l("Jag undrar något om kroppen"),
    },
)


class Unit(StrEnum):
    """What the time of a guarantee is counted in."""

    HOURS = "hours"
    """Counted hours (promise.rules.due_at)."""
    WEEKDAYS = "weekdays"
    """Days that count, after that of the knock: to the end of the last."""
    CALENDAR_DAYS = "calendar_days"


labels.give(
    Unit,
    {
        Unit.HOURS: _l("räknade timmar"),
        Unit.WEEKDAYS: _l("helgfria vardagar"),
        Unit.CALENDAR_DAYS: _l("dagar, helger med"),
    },
)


class OrganisationKind(StrEnum):
    """What stands beside the schools."""

    OPEN_HELP = "open_help"
    """Social services' help that needs no assessment, or the way into it."""
    FIRST_LINE = "first_line"
    """For mental ill health: of the region, or of region and social services together."""
    CHILD_HEALTH = "child_health"
    FAMILY_CENTRE = "family_centre"
    """Several under one roof, each with the secrecy of its own."""
    PRESCHOOL = "preschool"
    OPEN_PRESCHOOL = "open_preschool"
    ARTS = "arts"
    ASSOCIATION = "association"


labels.give(
    OrganisationKind,
    {
        OrganisationKind.OPEN_HELP: _l("Socialtjänstens öppna hjälp"),
        OrganisationKind.FIRST_LINE: _l("Första linjen"),
        OrganisationKind.CHILD_HEALTH: _l("BVC eller MVC"),
        OrganisationKind.FAMILY_CENTRE: _l("Familjecentral"),
        OrganisationKind.PRESCHOOL: _l("Förskola"),
        OrganisationKind.OPEN_PRESCHOOL: _l("Öppen förskola"),
        OrganisationKind.ARTS: _l("Kulturskola"),
        OrganisationKind.ASSOCIATION: _l("Förening"),
    },
)

PROFESSIONS_AT: Mapping[OrganisationKind, tuple[Profession, ...]] = {
    OrganisationKind.OPEN_HELP: (Profession.SOCIAL_WORKER,),
    OrganisationKind.FIRST_LINE: (Profession.HEALTH_WORKER, Profession.SOCIAL_WORKER),
    OrganisationKind.CHILD_HEALTH: (Profession.HEALTH_WORKER,),
    OrganisationKind.FAMILY_CENTRE: (
        Profession.SOCIAL_WORKER, Profession.HEALTH_WORKER, Profession.PRESCHOOL_TEACHER,
    ),
    OrganisationKind.PRESCHOOL: (Profession.PRESCHOOL_TEACHER,),
    OrganisationKind.OPEN_PRESCHOOL: (Profession.PRESCHOOL_TEACHER,),
    OrganisationKind.ARTS: (Profession.LEADER,),
    OrganisationKind.ASSOCIATION: (Profession.LEADER,),
}  # fmt: skip
"""Who may work there: the wall follows from the profession and from nothing else."""


def may_work_at(kind: OrganisationKind | None, profession: Profession | None) -> bool:
    """At an organisation of that kind; None: at the schools. Without a profession one coordinates,
    and may wherever it is."""
    professions = PROFESSIONS_AT[kind] if kind else SCHOOL_PROFESSIONS
    return profession is None or profession in professions
