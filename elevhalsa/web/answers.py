"""Who answers a knock, in words: on the form before it is sent, and on the receipt then."""

from dataclasses import dataclass
from datetime import datetime

from elevhalsa.core import labels
from elevhalsa.core.i18n import _l
from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks.prospect import Prospect
from elevhalsa.domain.people.directory import MunicipalityView

GETS_IN_TOUCH = "gets in touch"
COVER_DOES = "a cover gets in touch"
ANYBODY_DOES = "somebody of the municipality gets in touch"
CANNOT = "cannot answer in time"

labels.give(
    Profession,
    {
        Profession.NURSE: _l("Skolsköterskan på %(school)s hör av sig"),
        Profession.DOCTOR: _l("Skolläkaren på %(school)s hör av sig"),
        Profession.COUNSELLOR: _l("Kuratorn på %(school)s hör av sig"),
        Profession.PSYCHOLOGIST: _l("Skolpsykologen på %(school)s hör av sig"),
        Profession.SPECIAL_EDUCATOR: _l("Specialpedagogen på %(school)s hör av sig"),
        Profession.SOCIAL_WORKER: _l("Personen från socialtjänsten på %(school)s hör av sig"),
        Profession.HEALTH_WORKER: _l("Personen från vården på %(school)s hör av sig"),
        Profession.PRESCHOOL_TEACHER: _l("Förskolläraren på %(school)s hör av sig"),
        Profession.LEADER: _l("Ledaren på %(school)s hör av sig"),
        None: _l("Skolsköterskan eller kuratorn på %(school)s hör av sig"),
    },
    group=GETS_IN_TOUCH,
)

labels.give(
    Profession,
    {
        Profession.NURSE: _l("En ersättare för skolsköterskan på %(school)s hör av sig"),
        Profession.DOCTOR: _l("En ersättare för skolläkaren på %(school)s hör av sig"),
        Profession.COUNSELLOR: _l("En ersättare för kuratorn på %(school)s hör av sig"),
        Profession.PSYCHOLOGIST: _l("En ersättare för skolpsykologen på %(school)s hör av sig"),
        Profession.SPECIAL_EDUCATOR: _l(
            "En ersättare för specialpedagogen på %(school)s hör av sig"
        ),
        Profession.SOCIAL_WORKER: _l(
            "En ersättare för personen från socialtjänsten på %(school)s hör av sig"
        ),
        Profession.HEALTH_WORKER: _l(
            "En ersättare för personen från vården på %(school)s hör av sig"
        ),
        Profession.PRESCHOOL_TEACHER: _l(
            "En ersättare för förskolläraren på %(school)s hör av sig"
        ),
        Profession.LEADER: _l("En ersättare för ledaren på %(school)s hör av sig"),
        None: _l("En ersättare på %(school)s hör av sig"),
    },
    group=COVER_DOES,
)

labels.give(
    Profession,
    {
        Profession.NURSE: _l("En skolsköterska i kommunen hör av sig"),
        Profession.DOCTOR: _l("En skolläkare i kommunen hör av sig"),
        Profession.COUNSELLOR: _l("En kurator i kommunen hör av sig"),
        Profession.PSYCHOLOGIST: _l("En skolpsykolog i kommunen hör av sig"),
        Profession.SPECIAL_EDUCATOR: _l("En specialpedagog i kommunen hör av sig"),
        Profession.SOCIAL_WORKER: _l("Någon från socialtjänsten i kommunen hör av sig"),
        Profession.HEALTH_WORKER: _l("Någon från vården i kommunen hör av sig"),
        Profession.PRESCHOOL_TEACHER: _l("En förskollärare i kommunen hör av sig"),
        Profession.LEADER: _l("En ledare i kommunen hör av sig"),
        None: _l("Någon av oss i kommunen hör av sig"),
    },
    group=ANYBODY_DOES,
)

labels.give(
    Profession,
    {
        Profession.NURSE: _l("Skolsköterskan på %(school)s kan inte svara i tid"),
        Profession.DOCTOR: _l("Skolläkaren på %(school)s kan inte svara i tid"),
        Profession.COUNSELLOR: _l("Kuratorn på %(school)s kan inte svara i tid"),
        Profession.PSYCHOLOGIST: _l("Skolpsykologen på %(school)s kan inte svara i tid"),
        Profession.SPECIAL_EDUCATOR: _l("Specialpedagogen på %(school)s kan inte svara i tid"),
        Profession.SOCIAL_WORKER: _l(
            "Personen från socialtjänsten på %(school)s kan inte svara i tid"
        ),
        Profession.HEALTH_WORKER: _l("Personen från vården på %(school)s kan inte svara i tid"),
        Profession.PRESCHOOL_TEACHER: _l("Förskolläraren på %(school)s kan inte svara i tid"),
        Profession.LEADER: _l("Ledaren på %(school)s kan inte svara i tid"),
        None: _l("Ingen på %(school)s kan svara i tid"),
    },
    group=CANNOT,
)


@dataclass(frozen=True)
class Answers:
    """Who is said to be in touch."""

    who: Profession | None
    says: str
    """The group of the label that says it."""
    name: str | None = None
    """Of a single one, where the municipality shows names."""
    missing: str | None = None
    """The name of who was asked for and cannot answer in time."""
    reads_at: datetime | None = None
    """When somebody reads it at the earliest; None: somebody is at work, or nobody is in time."""

    @property
    def is_cover(self) -> bool:
        return self.says == COVER_DOES

    @property
    def is_nobody(self) -> bool:
        return self.says == CANNOT


def answers(
    prospect: Prospect, place: MunicipalityView | None, now: datetime, asked_for: str | None = None
) -> Answers:
    """place: whose pupils see it. asked_for: the id of the one whom the pupil asks for by name."""
    if prospect.is_nobody:
        return Answers(prospect.wanted, CANNOT)
    ids = {person.id for person in prospect.people}
    is_missing = asked_for is not None and asked_for not in ids
    single = asked_for if asked_for in ids else prospect.people[0].id if len(ids) == 1 else None
    return Answers(
        who=prospect.who,
        says=COVER_DOES if prospect.is_cover else GETS_IN_TOUCH,
        name=_name(single, place),
        missing=_name(asked_for, place) if is_missing else None,
        reads_at=prospect.reads_at if prospect.reads_at and prospect.reads_at > now else None,
    )


def _name(staff_id: str | None, place: MunicipalityView | None) -> str | None:
    """As the doors of a municipality say it."""
    if staff_id is None or place is None or not place.show_names:
        return None
    people = (person for school in place.schools for person in school.people)
    return next((person.name for person in people if person.id == staff_id), None)
