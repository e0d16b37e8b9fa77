"""The two areas of secrecy within elevhälsan, and which profession stands behind which.

Offentlighets- och sekretesslagen (2009:400): 25 kap. 1 § for the medical part, 23 kap. 2 § for the
psychosocial. They are independent of each other and have secrecy from each other (8 kap. 2 §).
"""

from enum import StrEnum


class Wall(StrEnum):
    MEDICAL = "medical"
    PSYCHOSOCIAL = "psychosocial"

    @property
    def other(self) -> "Wall":
        return Wall.PSYCHOSOCIAL if self is Wall.MEDICAL else Wall.MEDICAL


class Profession(StrEnum):
    NURSE = "nurse"
    DOCTOR = "doctor"
    COUNSELLOR = "counsellor"
    PSYCHOLOGIST = "psychologist"
    SPECIAL_EDUCATOR = "special_educator"

    @property
    def wall(self) -> Wall:
        return Wall.MEDICAL if self in (Profession.NURSE, Profession.DOCTOR) else Wall.PSYCHOSOCIAL
