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
    },
    group="not at",
)

labels.give(
    Wall,
    {
        Wall.MEDICAL: _l("Skolsköterska och skolläkare"),
        Wall.PSYCHOSOCIAL: _l("Kurator, psykolog och specialpedagog"),
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
    },
    group="stays",
)
