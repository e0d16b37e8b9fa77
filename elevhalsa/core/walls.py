"""The areas of secrecy, under which authority and paragraph each stands, and who stands behind it.

Offentlighets- och sekretesslagen (2009:400, OSL). Independent branches of one authority have
secrecy from each other as authorities have (8 kap. 1 and 2 §§): so the medical and the
psychosocial part of elevhälsan. The areas of the organisations beside the schools are each of an
authority of its own; under which paragraph an area stands is data (``places.areas``).
"""

from dataclasses import dataclass
from enum import StrEnum

from . import labels
from .i18n import _l


class Authority(StrEnum):
    SCHOOL = "school"
    """The huvudman's elevhälsa."""
    SOCIAL_SERVICES = "social_services"
    """The committee (nämnd) that answers for social services."""
    REGION = "region"
    """Health care that is not the schools' own."""
    PRESCHOOL = "preschool"
    """Preschool, and what complements it: an independent branch beside elevhälsan, also where one
    committee answers for both."""
    LEISURE = "leisure"
    """A school of arts, or an association, which is no authority."""


class Wall(StrEnum):
    MEDICAL = "medical"
    PSYCHOSOCIAL = "psychosocial"
    SOCIAL_SERVICES = "social_services"
    HEALTH_CARE = "health_care"
    PRESCHOOL = "preschool"
    LEISURE = "leisure"
    """No secrecy of its own by law is known. It is a wall all the same: nobody else reads it."""


labels.give(
    Wall,
    {
        Wall.MEDICAL: _l("Medicinska delen"),
        Wall.PSYCHOSOCIAL: _l("Psykosociala delen"),
        Wall.SOCIAL_SERVICES: _l("Socialtjänsten"),
        Wall.HEALTH_CARE: _l("Vården"),
        Wall.PRESCHOOL: _l("Förskolan"),
        Wall.LEISURE: _l("Fritid och kultur"),
    },
)


IN_DATA = {
    "medicinska": Wall.MEDICAL,
    "psykosociala": Wall.PSYCHOSOCIAL,
    "socialtjänsten": Wall.SOCIAL_SERVICES,
    "vården": Wall.HEALTH_CARE,
    "förskolan": Wall.PRESCHOOL,
    "fritiden": Wall.LEISURE,
}
"""What the files of laws call them."""


class Profession(StrEnum):
    NURSE = "nurse"
    DOCTOR = "doctor"
    COUNSELLOR = "counsellor"
    PSYCHOLOGIST = "psychologist"
    SPECIAL_EDUCATOR = "special_educator"
    SOCIAL_WORKER = "social_worker"
    """A social-services person."""
    HEALTH_WORKER = "health_worker"
    """A health-care person, of the region."""
    PRESCHOOL_TEACHER = "preschool_teacher"
    LEADER = "leader"
    """Of a group or an activity."""

    @property
    def wall(self) -> Wall:
        return _WALL_OF[self]

    @property
    def keeps_records(self) -> bool:
        """Must what they do be in a patient record? Patientdatalagen (2008:355) 3 kap. 3 §: who has
        a licence in health care; the wording has not been seen. Whether a health-care person of the
        region has one is not known here, so it is taken for granted."""
        return self in KEEPS_RECORDS


KEEPS_RECORDS = (
    Profession.NURSE, Profession.DOCTOR, Profession.PSYCHOLOGIST, Profession.HEALTH_WORKER,
)  # fmt: skip

labels.give(
    Profession,
    {
        Profession.NURSE: _l("Skolsköterska"),
        Profession.DOCTOR: _l("Skolläkare"),
        Profession.COUNSELLOR: _l("Kurator"),
        Profession.PSYCHOLOGIST: _l("Skolpsykolog"),
        Profession.SPECIAL_EDUCATOR: _l("Specialpedagog"),
        Profession.SOCIAL_WORKER: _l("Person från socialtjänsten"),
        Profession.HEALTH_WORKER: _l("Person från vården"),
        Profession.PRESCHOOL_TEACHER: _l("Förskollärare"),
        Profession.LEADER: _l("Ledare"),
        None: _l("Spelar ingen roll"),
    },
)

labels.give(
    Profession,
    {
        Profession.NURSE: _l("Skolsköterskan"),
        Profession.DOCTOR: _l("Skolläkaren"),
        Profession.COUNSELLOR: _l("Kuratorn"),
        Profession.PSYCHOLOGIST: _l("Skolpsykologen"),
        Profession.SPECIAL_EDUCATOR: _l("Specialpedagogen"),
        Profession.SOCIAL_WORKER: _l("Personen från socialtjänsten"),
        Profession.HEALTH_WORKER: _l("Personen från vården"),
        Profession.PRESCHOOL_TEACHER: _l("Förskolläraren"),
        Profession.LEADER: _l("Ledaren"),
        None: _l("Skolsköterskan eller kuratorn"),
    },
    group="the",
)

# Whom one is in contact with: "Du får kontakt med skolsköterska eller kurator".
labels.give(
    Profession,
    {
        Profession.NURSE: _l("skolsköterska"),
        Profession.DOCTOR: _l("skolläkare"),
        Profession.COUNSELLOR: _l("kurator"),
        Profession.PSYCHOLOGIST: _l("skolpsykolog"),
        Profession.SPECIAL_EDUCATOR: _l("specialpedagog"),
        Profession.SOCIAL_WORKER: _l("någon från socialtjänsten"),
        Profession.HEALTH_WORKER: _l("någon från vården"),
        Profession.PRESCHOOL_TEACHER: _l("förskollärare"),
        Profession.LEADER: _l("ledare"),
    },
    group="with",
)

labels.give(
    Profession,
    {
        Profession.NURSE: _l("Om kropp, hälsa, sömn, sex, mediciner"),
        Profession.DOCTOR: _l("Om sjukdom och medicin"),
        Profession.COUNSELLOR: _l("Om hur du mår, vänner, familj, skolan"),
        Profession.PSYCHOLOGIST: _l("Om tankar och känslor som är svåra"),
        Profession.SPECIAL_EDUCATOR: _l("Om att plugga och lära sig"),
        Profession.SOCIAL_WORKER: _l("Om du eller din familj behöver stöd hemma"),
        Profession.HEALTH_WORKER: _l("Om kropp och hälsa, eller hur du mår"),
        Profession.PRESCHOOL_TEACHER: _l("Om små barn i familjen"),
        Profession.LEADER: _l("Om det du vill göra på fritiden"),
        None: _l("Den som är ledig först"),
    },
    group="about",
)


@dataclass(frozen=True)
class Area:
    """One area of secrecy."""

    wall: Wall
    authority: Authority
    professions: tuple[Profession, ...]


AREAS = (
    Area(Wall.MEDICAL, Authority.SCHOOL, (Profession.NURSE, Profession.DOCTOR)),
    Area(
        Wall.PSYCHOSOCIAL,
        Authority.SCHOOL,
        (Profession.COUNSELLOR, Profession.PSYCHOLOGIST, Profession.SPECIAL_EDUCATOR),
    ),
    Area(Wall.SOCIAL_SERVICES, Authority.SOCIAL_SERVICES, (Profession.SOCIAL_WORKER,)),
    Area(Wall.HEALTH_CARE, Authority.REGION, (Profession.HEALTH_WORKER,)),
    Area(Wall.PRESCHOOL, Authority.PRESCHOOL, (Profession.PRESCHOOL_TEACHER,)),
    Area(Wall.LEISURE, Authority.LEISURE, (Profession.LEADER,)),
)
_AREA = {area.wall: area for area in AREAS}
_WALL_OF = {profession: area.wall for area in AREAS for profession in area.professions}

SCHOOL_WALLS = tuple(one.wall for one in AREAS if one.authority is Authority.SCHOOL)
"""Of elevhälsan: a pupil who asks for anybody asks for somebody there."""
SCHOOL_PROFESSIONS = tuple(
    profession for profession in Profession if _WALL_OF[profession] in SCHOOL_WALLS
)


def area(wall: Wall) -> Area:
    return _AREA[wall]


def professions_behind(wall: Wall | None) -> tuple[Profession, ...]:
    """Who may stand on that side; with None, for a knock that is behind no wall yet, anybody of
    elevhälsan and nobody of another authority."""
    return area(wall).professions if wall else SCHOOL_PROFESSIONS


def reads_what_has_no_wall(wall: Wall | None) -> bool:
    """May one who stands behind ``wall`` read and take what is behind no wall yet?"""
    return wall in SCHOOL_WALLS


def across(wall: Wall | None) -> tuple[Wall, ...]:
    """Where a knock may be moved from behind ``wall``: the other areas of the same authority; from
    behind none, those of elevhälsan."""
    if wall is None:
        return SCHOOL_WALLS
    return tuple(
        other.wall
        for other in AREAS
        if other.wall is not wall and other.authority is area(wall).authority
    )
