"""What the form says before it is sent: when contact comes at the latest, who is in touch, when
somebody reads it first, and who cannot answer in time."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks import guarantees, promised, queries
from elevhalsa.domain.knocks.promised import Promised
from elevhalsa.domain.knocks.prospect import look
from elevhalsa.domain.people.directory import SchoolView
from elevhalsa.domain.places import queries as places
from elevhalsa.domain.places.queries import BreakView, CrisisLineView
from elevhalsa.domain.promise.policy import policy_of
from elevhalsa.web import tenant
from elevhalsa.web.answers import Answers, answers

from .forms import ANYBODY


@dataclass(frozen=True)
class Before:
    promise: Promised
    by_choice: Mapping[str, Answers]
    """By what the form sends of whom the pupil wants."""
    due_at: Mapping[str, datetime]
    """Likewise: the promise's, or the nearest of the guarantees' that hold for it."""
    can: tuple[Profession, ...]
    """Those who can answer in time."""
    school_break: BreakView | None
    lines: tuple[CrisisLineView, ...]
    """To call meanwhile."""


def before(
    school: SchoolView,
    now: datetime,
    *,
    shown: Promised | None = None,
    avoided: Collection[str] = (),
) -> Before | None:
    """By the rules that decide what a knock made now is given and who is told of it. None when the
    school has closed.

    shown: what the form has shown already, as long as that holds. avoided: ids of those ticked.
    """
    work.at(school.municipality.id)
    found = places.open_school(school.id)
    if found is None:
        return None
    policy = policy_of(found.municipality)
    directory, today = tenant.directory(), clock.local(now).date()
    promise = shown or promised.at(policy, now)
    shown_on = clock.local(promise.since).date()
    roster = queries.roster_between(school.id, found.municipality_id, policy, now, promise.due_at)

    def asked(wanted: Profession | None, person: str | None = None) -> Answers:
        wall = wanted.wall if wanted else None
        prospect = look(
            roster, school.id, wall, wanted, start=now, end=promise.due_at, avoided=avoided
        )
        return answers(prospect, school.municipality, now, person)

    by_choice = {profession.value: asked(profession) for profession in school.professions}
    by_choice |= {p.id: asked(p.profession, p.id) for p in school.people if p.name}
    by_choice[ANYBODY] = asked(None)

    def due(wanted: Profession | None) -> datetime:
        of_it = directory.guarantees_for(school.municipality, wanted, shown_on)
        dated = guarantees.dates(of_it, promise.since, policy)
        return min([promise.due_at, *(at for _one, at in dated)])

    due_at = {profession.value: due(profession) for profession in school.professions}
    due_at |= {p.id: due(p.profession) for p in school.people if p.name}
    due_at[ANYBODY] = due(None)
    lines = directory.crisis_lines(school.municipality, now)
    return Before(
        promise=promise,
        by_choice=by_choice,
        due_at=due_at,
        can=tuple(p for p in school.professions if by_choice[p.value].who is p
                  and not by_choice[p.value].is_nobody),
        school_break=places.current_break(school.id, school.municipality.id, today),
        lines=tuple(line for line in lines if line.urgent and line.phone),
    )  # fmt: skip
