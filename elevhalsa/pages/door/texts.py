"""Whole sentences on the form that have one of our words in them: in another language the word
bends what stands around it."""

from elevhalsa.core import labels
from elevhalsa.core.i18n import _l
from elevhalsa.core.walls import Profession

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
