"""The 90 days ahead, as a coordinator sees them: on which nobody answers, and whom to ask.

Names here are of staff; nothing comes from a knock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from elevhalsa.core import i18n
from elevhalsa.core.errors import NotFound
from elevhalsa.core.i18n import _, alphabetical, ngettext
from elevhalsa.core.walls import Profession
from elevhalsa.domain.cover import ahead, mending
from elevhalsa.domain.cover.ahead import Ahead
from elevhalsa.domain.people import staffing
from elevhalsa.domain.places import queries as places
from elevhalsa.domain.places.models import Municipality
from elevhalsa.domain.serving.gaps import AHEAD_DAYS, Bits, Cell, Post, Together, cells
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.signed_in import me

from .forms import NOT_THERE, AskForm, GapForm
from .views import blueprint

MOST_GAPS = 12
"""The nearest of each sort; the others are found by their school."""
MOST_ROWS = 30
"""Of the picture, unless all are asked for."""
MOST_NAMED = 6
"""Of those who fit; all can be asked together."""


@dataclass(frozen=True)
class Week:
    """A column of the picture."""

    number: int
    """As ISO 8601 counts."""
    month: str | None
    """Where one begins."""
    is_break: bool
    """Of all schools."""


@dataclass(frozen=True)
class Row:
    """A row of the picture."""

    school: str
    profession: Profession
    squares: list[tuple[Cell, bool]]
    """Of each week its days, and whether a break falls in it."""


@dataclass(frozen=True)
class Fits:
    """Somebody who may be asked."""

    id: str
    name: str
    profession: Profession | None
    days: int
    """Of the gap, on which she works."""
    until: date | None
    """The last day of a cover of hers that may go on."""


@dataclass(frozen=True)
class Gap:
    profession: Profession
    schools: list[str]
    days: str
    count: int
    times: int
    alone: int
    missing: list[str]
    """Names of those who are assigned and not there."""
    asked: list[str]
    said_no: list[str]
    fits: list[Fits]
    form: AskForm

    @property
    def go_on(self) -> list[Fits]:
        return [one for one in self.fits if one.until]

    @property
    def named(self) -> list[Fits]:
        """The best of the others."""
        return [one for one in self.fits if not one.until][:MOST_NAMED]


@dataclass(frozen=True)
class Nearest:
    """Gaps of one sort."""

    gaps: list[Gap]
    count: int
    """Of them all."""


@blueprint.get("/samordnare/luckor")
@open_to(Who.COORDINATOR)
def gaps() -> ResponseReturnValue:
    """The picture of the days ahead, and the gaps, the nearest first; of one school if named."""
    rows = None if "alla" in request.args else MOST_ROWS
    page = _Page(me().municipality, request.args.get("skola"), rows)
    return render_template("coordinator/gaps.html", page=page, days=AHEAD_DAYS)


@blueprint.post("/samordnare/luckor/fraga")
@open_to(Who.COORDINATOR, takes=AskForm, page="coordinator.gaps")
def ask() -> ResponseReturnValue:
    """Ask one who fits, or all of them."""
    form = AskForm(request.form)
    asked = mending.ask(me(), *_named_by(form), who=[form.who.data] if form.who.data else None)
    if asked:
        names = sorted((one.name for one in asked), key=alphabetical)
        flash(ngettext("%(who)s är tillfrågad.", "%(num)s kollegor är tillfrågade.", len(names),
                       who=names[0]))  # fmt: skip
    else:
        flash(_("Alla som kan är redan tillfrågade."))
    return redirect(url_for(".gaps"), 303)


@blueprint.post("/samordnare/luckor/som-det-ska")
@open_to(Who.COORDINATOR, takes=GapForm, page="coordinator.gaps")
def accept_gap() -> ResponseReturnValue:
    """Nobody is told of it any more."""
    mending.accept(me(), *_named_by(GapForm(request.form)))
    flash(_("Noterat. Inga fler brev om den luckan."))
    return redirect(url_for(".gaps"), 303)


@blueprint.post("/samordnare/luckor/sag-till")
@open_to(Who.COORDINATOR, takes=GapForm, page="coordinator.gaps")
def mind_gap() -> ResponseReturnValue:
    mending.mind(me(), *_named_by(GapForm(request.form)))
    flash(_("Du får brev om luckan igen."))
    return redirect(url_for(".gaps"), 303)


def _named_by(form: GapForm) -> tuple[str, Profession, date, date]:
    if not form.validate():
        raise NotFound(NOT_THERE)
    profession = Profession(form.profession.data)
    return form.school.data, profession, form.first.data, form.last.data


class _Page:
    def __init__(self, municipality: Municipality, slug: str | None, rows: int | None) -> None:
        """slug: only that school. rows: of the picture; None: all."""
        self._ahead: Ahead = ahead.look(municipality)
        self._horizon = self._ahead.outlook.horizon
        self._people = {one.id: one for one in staffing.at_work(municipality.id)}
        schools = [school for school in places.schools(municipality) if school.active]
        self._names = {school.id: school.name for school in schools}
        self._breaks = [
            (one, self._horizon.within(one.starts_on, one.ends_on))
            for one in places.breaks(municipality)
        ]
        missing = {gap.post for gap in self._ahead.outlook.gaps}
        accepted = {gap for gap in self._ahead.gaps if self._ahead.is_accepted(gap)}
        self.total = sum(1 for gap in self._ahead.gaps if gap.alone and gap not in accepted)
        self.full, self.posts = len(self._ahead.holders) - len(missing), len(self._ahead.holders)
        staffed = {post.school_id for post in self._ahead.holders}
        self.unstaffed = [school.name for school in schools if school.id not in staffed]
        self.schools = [school for school in schools if school.id in staffed]
        self.school = next((one for one in self.schools if one.slug == slug), None)
        shown = {self.school.id} if self.school else set(self._names)
        posts = [post for post in missing if post.school_id in shown]
        self.rows_count = len(posts)
        self.rows = [self._row(post) for post in sorted(posts, key=self._by_name)[:rows]]
        self.weeks = self._weeks()
        gaps = [gap for gap in self._ahead.gaps if not shown.isdisjoint(gap.school_ids)]
        self.accepted = self._nearest([gap for gap in gaps if gap in accepted])
        gaps = [gap for gap in gaps if gap not in accepted]
        asked = {gap for gap in gaps if gap.alone and self._ahead.asked_for(gap)}
        self.nobody = self._nearest([gap for gap in gaps if gap.alone and gap not in asked])
        self.asked = self._nearest([gap for gap in gaps if gap in asked])
        self.others = self._nearest([gap for gap in gaps if not gap.alone])

    @property
    def breaks(self) -> list[tuple[str, str, str | None]]:
        """Those that fall within the days: name, days, and school if it is not of all."""
        return [
            (one.name, i18n.days(one.starts_on, one.ends_on), self._names.get(one.school_id or ""))
            for one, days in self._breaks
            if days
        ]

    @property
    def who(self) -> list[tuple[Profession, list[tuple[str, list[str]]]]]:
        """Of one school: who answers on each day, by profession."""
        if self.school is None:
            return []
        posts = [post for post in self._ahead.holders if post.school_id == self.school.id]
        return [
            (
                post.profession,
                [
                    (i18n.days(first, last), self._named(who))
                    for first, last, who in self._ahead.outlook.stretches(post)
                ],
            )
            for post in sorted(posts, key=self._by_name)
        ]

    def _nearest(self, gaps: Sequence[Together]) -> "Nearest":
        return Nearest([self._gap(gap) for gap in gaps[:MOST_GAPS]], len(gaps))

    def _by_name(self, post: Post) -> tuple[tuple[str, str], int]:
        return alphabetical(self._names[post.school_id]), list(Profession).index(post.profession)

    def _gap(self, gap: Together) -> Gap:
        first, last = self._ahead.days(gap)
        fitting = self._ahead.fitting(gap)
        go_on = {who: one.days.last for who, one in self._ahead.may_go_on(gap, fitting)}
        return Gap(
            profession=gap.profession,
            schools=sorted((self._names[one] for one in gap.school_ids), key=alphabetical),
            days=i18n.days(first, last),
            count=gap.days.bit_count(),
            times=gap.times,
            alone=gap.alone.bit_count(),
            missing=self._named(gap.holders),
            asked=self._named([one.cover_id for one in self._ahead.asked_for(gap)]),
            said_no=self._named([one.cover_id for one in self._ahead.said_no_to(gap)]),
            fits=[self._fits(one, gap.days, go_on) for one in fitting],
            form=AskForm(
                data={
                    "school": gap.school_ids[0],
                    "profession": gap.profession.value,
                    "first": first,
                    "last": last,
                }
            ),
        )

    def _named(self, ids: Sequence[str]) -> list[str]:
        names = {self._people[one].name for one in ids if one in self._people}
        return sorted(names, key=alphabetical)

    def _fits(self, staff_id: str, days: Bits, go_on: dict[str, date | None]) -> Fits:
        person = self._people[staff_id]
        works = self._ahead.outlook.at_work[staff_id] & days
        return Fits(
            staff_id, person.name, person.profession, works.bit_count(), go_on.get(staff_id)
        )

    def _weeks(self) -> list[Week]:
        found, month = [], None
        for monday, days in self._horizon.weeks:
            begins = max(monday, self._horizon.first)
            found.append(
                Week(
                    monday.isocalendar().week,
                    i18n.month(begins) if begins.month != month else None,
                    self._is_break(days, None),
                )
            )
            month = begins.month
        return found

    def _row(self, post: Post) -> Row:
        squares = [
            (cell, self._is_break(days, post.school_id))
            for cell, (_monday, days) in zip(
                cells(self._ahead.outlook, post), self._horizon.weeks, strict=True
            )
        ]
        return Row(self._names[post.school_id], post.profession, squares)

    def _is_break(self, days: Bits, school_id: str | None) -> bool:
        return any(days & during for one, during in self._breaks
                   if one.school_id in (None, school_id))  # fmt: skip
