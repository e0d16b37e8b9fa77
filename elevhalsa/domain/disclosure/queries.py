"""Finding what may be disclosed, and what has been. The acting person comes first."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, select

from elevhalsa import work
from elevhalsa.core import labels
from elevhalsa.core.errors import NotFound
from elevhalsa.core.i18n import _
from elevhalsa.domain.knocks import queries as knocks
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.people import duties
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.people.words import Duty
from elevhalsa.domain.serving import queries as serving
from elevhalsa.extensions import db

from .models import Disclosure
from .words import Asker, Outcome


def answers_for(staff: Staff) -> bool:
    """Is this the one who is named to disclose what is behind her own wall?"""
    return staff.wall is not None and duties.holds(staff, Duty.DISCLOSURE, staff.wall)


def _may_disclose(staff: Staff) -> ColumnElement[bool]:
    """All that is behind her wall in her municipality, or behind none yet, at whatever school;
    nothing of a pupil who avoids her."""
    return and_(
        Knock.municipality_id == staff.municipality_id,
        serving.stands(Knock.wall, staff.wall),
        ~knocks.avoids(staff.id),
    )


def get_for(staff: Staff, knock_id: str) -> Knock:
    """One knock that she may disclose. Raises NotFound otherwise, without saying why."""
    found = find(staff, Knock.id == knock_id)
    if found is None:
        raise NotFound(_("Knackningen finns inte, eller ligger bakom en sekretessgräns."))
    work.hold(found)
    return db.session.get_one(Knock, found)


def find(staff: Staff, which: ColumnElement[bool]) -> str | None:
    """The id of a knock that she may disclose."""
    if not answers_for(staff):
        return None
    with work.beyond(work.Beyond.DISCLOSURE):  # she need not serve its school
        return db.session.scalar(select(Knock.id).where(which, _may_disclose(staff)))


def of(knock: Knock) -> Sequence[Disclosure]:
    """What has been decided, the newest first. Read by whoever may read the knock."""
    query = select(Disclosure).where(Disclosure.knock_id == knock.id)
    return db.session.scalars(query.order_by(Disclosure.at.desc(), Disclosure.id)).all()


def for_pupil(knock: Knock) -> list[Disclosure]:
    """What its pupil is told of."""
    return [one for one in of(knock) if one.pupil_sees]


def word_of(asker: Asker, outcome: Outcome) -> str:
    """For the trace."""
    return f"{asker}_{outcome}"


def told(word: str | None) -> list[str]:
    """Of the trace's word: who asked, and what came of it."""
    asker, _line, outcome = (word or "").partition("_")
    return [
        *(labels.of(one) for one in Asker if one == asker),
        *(labels.of(one) for one in Outcome if one == outcome),
    ]
