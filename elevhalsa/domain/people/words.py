"""The words that the columns of people may hold."""

from enum import StrEnum

from elevhalsa.core import labels
from elevhalsa.core.i18n import _l


class Duty(StrEnum):
    """What somebody is named to answer for, besides what they work as."""

    OVERSIGHT = "oversight"
    """The municipality's responsible person: reviews the log of all of it. Never content."""
    DISCLOSURE = "disclosure"
    """One behind each wall: what is disclosed from there, and the log of there."""


class Gender(StrEnum):
    """Of one of the staff who has said so, and of whom a pupil would rather meet."""

    WOMAN = "woman"
    MAN = "man"


labels.give(
    Duty,
    {
        Duty.OVERSIGHT: _l("Granskar loggen för hela kommunen"),
        Duty.DISCLOSURE: _l("Svarar för utlämnande och logg"),
    },
)


class SignIn(StrEnum):
    """The ways in which staff sign in. A new one begins its sessions with ``service.begin``."""

    LINK = "link"
    PASSKEY = "passkey"
    ACCOUNT = "account"
    """At a provider of OpenID Connect (``accounts``)."""


labels.give(
    SignIn,
    {
        SignIn.LINK: _l("Med länk"),
        SignIn.PASSKEY: _l("Med nyckel"),
        SignIn.ACCOUNT: _l("Med konto"),
    },
)
labels.give(Duty, {Duty.OVERSIGHT: _l("Granskare")}, group="as", only=[Duty.OVERSIGHT])
labels.give(Gender, {Gender.WOMAN: _l("Kvinna"), Gender.MAN: _l("Man")})
labels.give(Gender, {Gender.WOMAN: _l("Helst en kvinna"), Gender.MAN: _l("Helst en man")},
            group="wished")  # fmt: skip
labels.give(Gender, {Gender.WOMAN: _l("Önskar en kvinna"), Gender.MAN: _l("Önskar en man")},
            group="wished, to staff")  # fmt: skip
