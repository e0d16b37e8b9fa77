"""The areas of secrecy, under which authority and paragraph each stands, and who stands behind it.

Offentlighets- och sekretesslagen (2009:400, OSL). Independent branches of one authority have
secrecy from each other as authorities have (8 kap. 1 and 2 §§): so the medical and the
psychosocial part of elevhälsan. Another authority's area is one more row.
"""

from dataclasses import dataclass
from enum import StrEnum

from . import labels
from .i18n import _l


class Authority(StrEnum):
    SCHOOL = "school"
    """The huvudman's elevhälsa."""


class Wall(StrEnum):
    MEDICAL = "medical"
    PSYCHOSOCIAL = "psychosocial"


labels.give(
    Wall,
    {
        Wall.MEDICAL: _l("Medicinska delen"),
        Wall.PSYCHOSOCIAL: _l("Psykosociala delen"),
    },
)


IN_DATA = {"medicinska": Wall.MEDICAL, "psykosociala": Wall.PSYCHOSOCIAL}
"""What the files of laws call them."""


class Profession(StrEnum):
    NURSE = "nurse"
    DOCTOR = "doctor"
    COUNSELLOR = "counsellor"
    PSYCHOLOGIST = "psychologist"
    SPECIAL_EDUCATOR = "special_educator"

    @property
    def wall(self) -> Wall:
        return _WALL_OF[self]

    @property
    def keeps_records(self) -> bool:
        """Must what they do be in a patient record? Patientdatalagen (2008:355) 3 kap. 3 §: who has
        a licence in health care; the wording has not been seen."""
        return self in KEEPS_RECORDS


KEEPS_RECORDS = (Profession.NURSE, Profession.DOCTOR, Profession.PSYCHOLOGIST)

labels.give(
    Profession,
    {
        Profession.NURSE: _l("Skolsköterska"),
        Profession.DOCTOR: _l("Skolläkare"),
        Profession.COUNSELLOR: _l("Kurator"),
        Profession.PSYCHOLOGIST: _l("Skolpsykolog"),
        Profession.SPECIAL_EDUCATOR: _l("Specialpedagog"),
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
        None: _l("Den som är ledig först"),
    },
    group="about",
)


@dataclass(frozen=True)
class Area:
    """One area of secrecy."""

    wall: Wall
    authority: Authority
    paragraph: str
    professions: tuple[Profession, ...]


AREAS = (
    Area(Wall.MEDICAL, Authority.SCHOOL, "OSL 25 kap. 1 §", (Profession.NURSE, Profession.DOCTOR)),
    Area(
        Wall.PSYCHOSOCIAL,
        Authority.SCHOOL,
        "OSL 23 kap. 2 §",
        (Profession.COUNSELLOR, Profession.PSYCHOLOGIST, Profession.SPECIAL_EDUCATOR),
    ),
)
_AREA = {area.wall: area for area in AREAS}
_WALL_OF = {profession: area.wall for area in AREAS for profession in area.professions}


def area(wall: Wall) -> Area:
    return _AREA[wall]


def professions_behind(wall: Wall | None) -> tuple[Profession, ...]:
    """Who may stand on that side; with None, for a knock that is behind no wall yet, anybody."""
    return area(wall).professions if wall else tuple(Profession)


def across(wall: Wall) -> tuple[Wall, ...]:
    """Where a knock may be moved from behind ``wall``: the other areas of the same authority."""
    return tuple(
        other.wall
        for other in AREAS
        if other.wall is not wall and other.authority is area(wall).authority
    )
