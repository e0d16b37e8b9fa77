"""The two areas of secrecy within elevhälsan, and which profession stands behind which.

Offentlighets- och sekretesslagen (2009:400): 25 kap. 1 § for the medical part, 23 kap. 2 § for the
psychosocial. They are independent of each other and have secrecy from each other (8 kap. 2 §).
"""

from enum import StrEnum

from . import labels
from .i18n import _l


class Wall(StrEnum):
    MEDICAL = "medical"
    PSYCHOSOCIAL = "psychosocial"

    @property
    def other(self) -> "Wall":
        return Wall.PSYCHOSOCIAL if self is Wall.MEDICAL else Wall.MEDICAL


labels.give(
    Wall,
    {
        Wall.MEDICAL: _l("Medicinska delen"),
        Wall.PSYCHOSOCIAL: _l("Psykosociala delen"),
    },
)


class Profession(StrEnum):
    NURSE = "nurse"
    DOCTOR = "doctor"
    COUNSELLOR = "counsellor"
    PSYCHOLOGIST = "psychologist"
    SPECIAL_EDUCATOR = "special_educator"

    @property
    def wall(self) -> Wall:
        return Wall.MEDICAL if self in (Profession.NURSE, Profession.DOCTOR) else Wall.PSYCHOSOCIAL


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
