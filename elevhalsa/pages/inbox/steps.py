"""Which rungs of the ladder a knock has climbed, who was told, and what comes next, as lines. By
profession and number: a colleague's name is nobody's business here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from elevhalsa.core import clock, labels
from elevhalsa.core.i18n import _, day_and_time
from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks import plans
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.plans import Step
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.promise.models import ClimbedRung, Wait
from elevhalsa.domain.promise.rules import Audience
from elevhalsa.domain.promise.service import climbed_of
from elevhalsa.domain.promise.words import Awaited


@dataclass(frozen=True)
class Rung:
    what: str
    at: datetime
    told: str
    """'skolsköterska (2), samordnare (1)'."""


@dataclass(frozen=True)
class Ladder:
    climbed: list[Rung]
    next: str | None
    """What comes next, and when; None when nothing is waited for."""


def ladder_of(knock: Knock, others: Sequence[Wait]) -> Ladder:
    """others: its clocks besides the promise, the nearest first."""
    first = notices.told_of_new(knock.about)
    found = [Rung(_("Knackningen kom"), knock.knocked_at, told(first))] if first else []
    rows = climbed_of(knock.about)
    found += [Rung(_what(row, wait), row.at, told(row.told)) for row, wait in rows]
    return Ladder(found, _next(knock, others))


def told(counts: Mapping[str, int]) -> str:
    if not counts:
        return _("ingen ny: de som kan svara fick veta det samtidigt som steget före")
    in_order = sorted(counts.items(), key=lambda one: (one[0] == Audience.COORDINATOR, one[0]))
    names = ((_name(word), number) for word, number in in_order)
    return ", ".join(f"{name} ({number})" for name, number in names)


def _name(word: str) -> str:
    if word == Audience.COORDINATOR:
        return _("samordnare")
    return labels.of(Profession(word), "with")


def _what(row: ClimbedRung, wait: Wait) -> str:
    if wait.awaited is Awaited.GUARANTEE:
        return _("Sen: garantins tid har gått") if row.is_late else _("Påminnelse om garantin")
    if wait.awaited is Awaited.NEW_ATTEMPT:
        return _("Sen: ett nytt försök") if row.is_late else _("Påminnelse om ett nytt försök")
    if row.is_late:
        return (
            _("Sen: %(hours)s timmar utan svar", hours=row.hours)
            if wait.awaited is Awaited.ANSWER
            else _("Sen: %(hours)s timmar utan kontakt", hours=row.hours)
        )
    return _("Påminnelse, steget för %(hours)s timmar", hours=row.hours)


def _next(knock: Knock, others: Sequence[Wait]) -> str | None:
    watched = plans.watched(knock)
    found = [
        (wait.next_rung_at, wait)
        for wait in ([watched] if watched else []) + list(others)
        if wait.next_rung_at
    ]
    if not found:
        return None
    at, wait = min(found, key=lambda one: one[0])
    if wait.awaited is Awaited.GUARANTEE:
        what = _("påminnelse om garantin")
    else:
        what = what_comes(plans.following(knock, wait))
    return _("%(when)s: %(what)s", when=day_and_time(max(at, clock.now())), what=what)


def what_comes(step: Step) -> str:
    """What a rung does, as part of a sentence."""
    if step.is_late and step.rung.opens_wide:
        return _(
            "alla bakom sekretessgränsen i kommunen kan svara, samordnaren och eleven får veta"
        )
    if step.is_late:
        return _("ny påminnelse till alla, och en ny tid för eleven")
    if step.rung.opens_wide:
        return _(
            "påminnelse, alla bakom sekretessgränsen i kommunen kan svara, samordnaren får veta"
        )
    if Audience.TAKER in step.rung.audience:
        return _("påminnelse till den som har den och till ersättaren")
    return _("påminnelse till dem som kan svara")
