"""What has happened with a knock, as the steps that its pupil sees."""

from dataclasses import dataclass
from datetime import datetime

from elevhalsa.core import clock, labels
from elevhalsa.core.crypto import keyring
from elevhalsa.core.i18n import _
from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import AttemptKind
from elevhalsa.domain.meetings.models import Proposal

from . import words


@dataclass(frozen=True)
class Step:
    """One line: what, when (None when it has no time of its own), and whether it has happened."""

    text: str
    at: datetime | None
    done: bool


@dataclass(frozen=True)
class Track:
    steps: list[Step]
    late: bool
    """The promise's date has passed and nobody has been in touch."""
    contacted: bool
    who: Profession | None
    """The profession that has it or was asked for; None for any."""


def track_of(row: Knock, proposals: list[Proposal]) -> Track:
    profession = row.taken_by.profession if row.taken_by else row.wanted
    contact = row.contacted_at
    steps = [Step(_("Du knackade på"), row.knocked_at, True)]
    read = labels.of(row.read_by or profession, words.HAS_READ)
    steps.append(Step(read, row.read_at, row.read_at is not None))
    taken = labels.of(profession, words.HAS_TAKEN)
    steps.append(Step(taken, row.taken_at, row.taken_by_id is not None))
    steps.append(_contact_step(row, contact))
    steps.append(_meeting_step(proposals))
    return Track(
        steps=steps,
        late=row.is_late(clock.now()),
        contacted=contact is not None,
        who=profession,
    )


def _contact_step(row: Knock, contact: datetime | None) -> Step:
    last = row.attempts[-1] if row.attempts else None
    if row.retry_due and last and last.kind is AttemptKind.CALLED_NO_ANSWER:
        return Step(_("Vi ringde men fick inget svar. Vi försöker igen"), last.at, True)
    return Step(_("Kontakt"), contact, contact is not None)


def _meeting_step(proposals: list[Proposal]) -> Step:
    picked = next((p.picked for p in proposals if p.picked), None)
    if picked:
        return Step(_("Möte"), picked.starts_at, True)
    return Step(_("Möte, om du vill"), None, False)


def version_of(row: Knock, track: Track, proposals: list[Proposal], code: str | None) -> str:
    """Changes when something on the pupil's page does, or when today becomes yesterday."""
    facts = [
        clock.local(clock.now()).date(),
        row.state,
        row.deadline_at,
        row.retry_due,
        track,
        code,
    ]
    facts += [m.id for m in row.messages]
    facts += [(p.id, p.state) for p in proposals]
    return keyring.keyed_hash("page-version", repr(facts))[:16]
