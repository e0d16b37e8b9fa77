"""The words that the columns of people may hold."""

from enum import StrEnum

from elevhalsa.core import labels
from elevhalsa.core.i18n import _l


class Gender(StrEnum):
    """Of one of the staff who has said so, and of whom a pupil would rather meet."""

    WOMAN = "woman"
    MAN = "man"


labels.give(Gender, {Gender.WOMAN: _l("Kvinna"), Gender.MAN: _l("Man")})
labels.give(Gender, {Gender.WOMAN: _l("Helst en kvinna"), Gender.MAN: _l("Helst en man")},
            group="wished")  # fmt: skip
labels.give(Gender, {Gender.WOMAN: _l("Önskar en kvinna"), Gender.MAN: _l("Önskar en man")},
            group="wished, to staff")  # fmt: skip
