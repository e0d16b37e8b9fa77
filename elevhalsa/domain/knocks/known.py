"""The pupil says who they are, in a knock that was made without it; and takes it back from then on.

What has been read has been read: to take it back hides it from whoever comes after. Only ever from
a device that has the thread open: an e-ID by itself opens none. Nothing here commits.
"""

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict, InvalidInput
from elevhalsa.core.i18n import _
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.identity import service as logins
from elevhalsa.domain.identity.models import Identity
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.rows import lock

from . import floods, moves
from .models import Knock
from .words import Way

TYPED, BY_EID = "typed", "eid"
"""In the trace, by which way it was said."""


def is_known(knock: Knock) -> bool:
    """Do staff see who it is?"""
    return knock.name is not None or knock.identity is not None


def say_name(knock: Knock, name: str, school_class: str | None) -> None:
    """In the pupil's own words. What is the same changes nothing.

    Raises InvalidInput without a name, Conflict when it has ended.
    """
    if not name:
        raise InvalidInput(_("Skriv vad du heter."), "name")
    lock(knock)
    moves.require_open(knock)
    said = (name, school_class or knock.school_class)
    if (knock.name, knock.school_class) == said:
        return
    knock.name, knock.school_class = said
    _became_known(knock, TYPED)


def say_by_eid(knock: Knock, identity: Identity | None) -> None:
    """Whoever is logged in here is its pupil; with None, whoever was when they knocked, and kept it
    hidden. The login is over. What is the same changes nothing.

    Raises Conflict when it has ended, when nobody is logged in, or when it is of somebody else.
    """
    lock(knock)
    moves.require_open(knock)
    if identity is None and knock.login is None:
        raise Conflict(_("Du är inte inloggad längre. Logga in en gång till."))
    if identity and identity.municipality_id != knock.municipality_id:
        raise Conflict(_("Du är inloggad i en annan kommun."))
    if identity and knock.login and identity.subject_hash != knock.login.subject_hash:
        raise Conflict(
            _("Du loggade in på ett annat sätt när du knackade på. Logga ut, och visa det namnet.")
        )
    if knock.identity:
        return
    if identity and knock.login is None:
        logins.confirm(identity)
        knock.login, knock.age_band = identity, identity.age_band
    knock.hides_identity = False
    _became_known(knock, BY_EID)


def _became_known(knock: Knock, how: str) -> None:
    audit.record(
        Action.BECAME_KNOWN,
        by=work.PUPIL,
        municipality_id=knock.municipality_id,
        about=knock.about,
        reason=how,
    )
    floods.stand_alone(knock)
    _tell_taker(knock, Kind.BECAME_KNOWN)


def _tell_taker(knock: Knock, kind: Kind) -> None:
    if knock.taken_by:
        notices.post(
            kind,
            [knock.taken_by],
            cause=f"known:{new_id()}",
            about=knock.about,
            due_at=knock.deadline_at,
        )


def hide(knock: Knock) -> None:
    """From now on nobody sees who it is: a name that was typed is deleted, an e-ID locked. Also of
    what has ended. Whom nobody knows nobody can meet at school: that is answered in the app.
    Hiding twice is hiding once."""
    lock(knock)
    if not is_known(knock):
        return
    knock.name = knock.school_class = None
    knock.hides_identity = knock.login is not None
    if knock.way is Way.MEET:
        knock.way, knock.safe_times, knock.contact_changed_at = Way.APP, None, clock.now()
        _tell_taker(knock, Kind.CONTACT_CHANGED)
    audit.record(
        Action.HIDDEN_AGAIN,
        by=work.PUPIL,
        municipality_id=knock.municipality_id,
        about=knock.about,
    )
