"""Disclosing what a knock holds: what would be given is drawn first, looked at, and then given as
it was drawn. Nothing of it stays here. Nothing here commits.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from elevhalsa import work
from elevhalsa.core import clock, labels
from elevhalsa.core.crypto import keyring, new_id
from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _
from elevhalsa.domain.about import About
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.knocks import thread
from elevhalsa.domain.knocks.asking import hash_code
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.rows import insert_once, lock

from . import law, queries, rules
from .law import Lines, Sort
from .models import Disclosure
from .rules import Choice, Part, Section
from .words import Asker, Outcome

REASON = "disclosure"
"""In the trace, of why a knock was shown or taken out as a file."""


@dataclass(frozen=True)
class Wish:
    """What she has chosen."""

    asker: Asker
    ground: str
    """Key of ``law``; empty while none is chosen."""
    withheld: Mapping[str, str]
    """Part's key -> key of the paragraph."""
    struck: Sequence[str]
    struck_by: str
    """Key of the paragraph."""
    checked: Collection[str]
    """Keys of the questions that she has weighed."""
    reason: str


@dataclass(frozen=True)
class Drawn:
    """Exactly what would be given."""

    title: str
    sections: Sequence[Section]
    outcome: Outcome
    masked: Collection[str]
    """Keys of the parts that are given with something struck out."""

    def as_text(self) -> str:
        parts = [self.title]
        for section in self.sections:
            parts.append("\n".join([section.heading.upper(), *section.lines]))
        return "\n\n".join(parts) + "\n"

    @property
    def mark(self) -> str:
        """The same for the same words."""
        return keyring.keyed_hash("disclosure", self.as_text())[:22]


def find_by_code(staff: Staff, typed: str) -> str | None:
    """The id of the knock whose code a pupil has given her, which is an event; None when she may
    disclose none such. The caller limits the rate."""
    found = queries.find(staff, Knock.code_hash == hash_code(typed))
    if found:
        audit.record(
            Action.SEARCHED,
            by=work.staff(staff.id),
            municipality_id=staff.municipality_id,
            about=About.knock(found) if found else None,
            reason="code",
        )
    return found


def draw(staff: Staff, parts: Sequence[Part], wish: Wish) -> Drawn:
    """What would be given of a knock's parts.

    Raises InvalidInput, with the field: for a paragraph that is none of those, for a passage that
    stands nowhere, and for a reason that says what is kept back.
    """
    lines = law.of(staff, wish.asker)
    paragraphs = {one.key: one.law for one in lines[Sort.SECRECY]}
    if not set(wish.withheld.values()) <= paragraphs.keys():
        raise InvalidInput(_("Välj en paragraf i listan."), "parts")
    of_struck = paragraphs.get(wish.struck_by)
    if wish.struck and of_struck is None:
        raise InvalidInput(_("Välj enligt vilken paragraf du stryker."), "struck_by")
    choice = Choice(
        {key: paragraphs[by] for key, by in wish.withheld.items()},
        wish.struck,
        _("[Struket: %(law)s]", law=of_struck) if of_struck else _("[Struket]"),
    )
    lost = rules.not_found(parts, wish.struck)
    if lost:
        raise InvalidInput(
            _("Rad %(number)s står ingenstans. Skriv den precis som i texten, en rad för varje.",
              number=list(wish.struck).index(lost[0]) + 1),
            "struck",
        )  # fmt: skip
    if rules.says_struck(wish.reason, parts, choice):
        raise InvalidInput(_("Skälen säger något som inte lämnas ut. Skriv om dem."), "reason")
    outcome = rules.outcome(parts, choice)
    document = [
        *_said_first(staff, wish, outcome, lines),
        *rules.sections(parts, choice),
        *_said_last(wish, outcome, lines, rules.paragraphs(choice, parts, of_struck)),
    ]
    title = _("Beslut om utlämnande") if outcome is not Outcome.GIVEN else _("Utlämnande")
    return Drawn(title, document, outcome, rules.masked(parts, choice))


def require_weighed(staff: Staff, wish: Wish, outcome: Outcome) -> None:
    """Raises InvalidInput, with the field, while something has not been weighed or said."""
    lines = law.of(staff, wish.asker)
    if wish.ground not in {one.key for one in lines[Sort.GROUND]}:
        raise InvalidInput(_("Välj på vilken grund det begärs."), "ground")
    if {one.key for one in lines[Sort.QUESTION]} - set(wish.checked):
        raise InvalidInput(_("Gå igenom alla frågor, och kryssa i dem."), "checked")
    if outcome is not Outcome.GIVEN and not wish.reason.strip():
        raise InvalidInput(_("Skriv varför allt inte lämnas ut."), "reason")


def decide(
    staff: Staff, knock: Knock, wish: Wish, drawn: Drawn, *, pupil_sees: bool, form_id: str
) -> bool:
    """Keep that it was decided, never what was given. The same form again adds nothing and gives
    False; that a file is taken is an event each time.

    Raises InvalidInput as ``require_weighed``.
    """
    require_weighed(staff, wish, drawn.outcome)
    lock(knock)
    row = Disclosure(
        id=new_id(),
        knock_id=knock.id,
        form_hash=thread.hash_form(form_id),
        staff_id=staff.id,
        asker=wish.asker,
        outcome=drawn.outcome,
        ground=wish.ground,
        reason=wish.reason.strip() or None,
        pupil_sees=pupil_sees,
        at=clock.now(),
    )
    is_new = insert_once(row)
    if is_new:
        _record(Action.DISCLOSED, staff, knock, queries.word_of(wish.asker, drawn.outcome))
    _record(Action.EXPORTED, staff, knock, REASON)
    return is_new


def _said_first(staff: Staff, wish: Wish, outcome: Outcome, lines: Lines) -> Iterator[Section]:
    """Who decided, when, and what. Not a word of the pupil: who is refused learns not even whether
    there is one."""
    ground = [one.law for one in lines[Sort.GROUND] if one.key == wish.ground]
    yield Section(
        _("Beslutet"),
        [
            labels.of(outcome),
            _("%(place)s, %(day)s", place=staff.municipality.name, day=clock.today()),
            _("Begärt av: %(who)s", who=labels.of(wish.asker)),
            *(_("På grund av: %(law)s", law=one) for one in ground),
            _("Beslutat av: %(who)s", who=staff.name),
        ],
    )


def _said_last(
    wish: Wish, outcome: Outcome, lines: Lines, paragraphs: Sequence[str]
) -> Iterator[Section]:
    if outcome is Outcome.GIVEN:
        return
    yield Section(_("Lämnas inte ut enligt"), paragraphs)
    if wish.reason.strip():
        yield Section(_("Skäl"), wish.reason.strip().splitlines())
    appeal = [f"{one.says} {one.law}." for one in lines[Sort.APPEAL]]
    yield Section(_("Så överklagar du"), appeal)


def _record(action: Action, staff: Staff, knock: Knock, reason: str) -> None:
    audit.record(
        action,
        by=work.staff(staff.id),
        municipality_id=knock.municipality_id,
        about=knock.about,
        reason=reason,
    )
