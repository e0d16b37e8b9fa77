"""Whole sentences on the public pages that have one of our words in them: in another language the
word bends what stands around it."""

from elevhalsa.core import labels
from elevhalsa.core.i18n import _l
from elevhalsa.core.walls import Profession, Wall

labels.give(
    Profession,
    {
        Profession.NURSE: _l("Inte skolsköterskan på min skola"),
        Profession.DOCTOR: _l("Inte skolläkaren på min skola"),
        Profession.COUNSELLOR: _l("Inte kuratorn på min skola"),
        Profession.PSYCHOLOGIST: _l("Inte skolpsykologen på min skola"),
        Profession.SPECIAL_EDUCATOR: _l("Inte specialpedagogen på min skola"),
        Profession.SOCIAL_WORKER: _l("Inte personen från socialtjänsten på min skola"),
        Profession.HEALTH_WORKER: _l("Inte personen från vården på min skola"),
        Profession.PRESCHOOL_TEACHER: _l("Inte förskolläraren på min skola"),
        Profession.LEADER: _l("Inte ledaren på min skola"),
    },
    group="not",
)

labels.give(
    Profession,
    {
        Profession.NURSE: _l("Inte skolsköterskan på %(school)s"),
        Profession.DOCTOR: _l("Inte skolläkaren på %(school)s"),
        Profession.COUNSELLOR: _l("Inte kuratorn på %(school)s"),
        Profession.PSYCHOLOGIST: _l("Inte skolpsykologen på %(school)s"),
        Profession.SPECIAL_EDUCATOR: _l("Inte specialpedagogen på %(school)s"),
        Profession.SOCIAL_WORKER: _l("Inte personen från socialtjänsten på %(school)s"),
        Profession.HEALTH_WORKER: _l("Inte personen från vården på %(school)s"),
        Profession.PRESCHOOL_TEACHER: _l("Inte förskolläraren på %(school)s"),
        Profession.LEADER: _l("Inte ledaren på %(school)s"),
    },
    group="not at",
)

labels.give(
    Wall,
    {
        Wall.MEDICAL: _l("Skolsköterska och skolläkare"),
        Wall.PSYCHOSOCIAL: _l("Kurator, psykolog och specialpedagog"),
        Wall.SOCIAL_SERVICES: _l("De från socialtjänsten som är på skolan"),
        Wall.HEALTH_CARE: _l("De från vården som är på skolan"),
        Wall.PRESCHOOL: _l("Förskollärare"),
        Wall.LEISURE: _l("Ledare"),
    },
    group="who answer",
)

# Who may read what is said to somebody there.
labels.give(
    Wall,
    {
        Wall.MEDICAL: _l(
            "Det du säger till skolsköterskan eller skolläkaren stannar i den medicinska "
            "delen. Kurator, lärare och rektor kan inte läsa det."
        ),
        Wall.PSYCHOSOCIAL: _l(
            "Det du säger här stannar hos kurator, psykolog och specialpedagog. "
            "Skolsköterska, lärare och rektor kan inte läsa det."
        ),
        Wall.SOCIAL_SERVICES: _l(
            "Det du säger här stannar hos socialtjänsten. Ingen på skolan kan läsa det."
        ),
        Wall.HEALTH_CARE: _l("Det du säger här stannar hos vården. Ingen på skolan kan läsa det."),
        Wall.PRESCHOOL: _l("Det du säger här stannar hos förskolan. Ingen på skolan kan läsa det."),
        Wall.LEISURE: _l("Det du säger här läser bara ledaren. Ingen på skolan kan läsa det."),
    },
    group="stays",
)
