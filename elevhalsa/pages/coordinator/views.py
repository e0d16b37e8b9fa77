"""A coordinator's page: how the promise is kept, school by school. Counts, never content.

Nothing here leads to a knock, and no figure over a period may point at a single pupil.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from elevhalsa.core.i18n import _
from elevhalsa.domain.knocks import queries
from elevhalsa.domain.knocks.queries import SchoolFigures
from elevhalsa.domain.notices import service as notices
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.signed_in import me

blueprint = Blueprint("coordinator", __name__)

FEWEST_SHOWN = 5
"""A count over 30 days below this is not told. What is open and late right now is told as it is:
somebody must see to it today, and a number of waiting knocks says nothing of who or why."""
NOTICES_SHOWN = 10


@dataclass(frozen=True)
class Row:
    """Figures of a school, or of all, in words."""

    name: str
    open: int
    late: int
    knocks: str
    kept: str


@blueprint.get("/samordnare/")
@open_to(Who.COORDINATOR)
def index() -> ResponseReturnValue:
    figures = queries.school_figures(me())
    return render_template(
        "coordinator/index.html",
        rows=[_row(one) for one in figures],
        total=_total(figures),
        notices=notices.for_staff(me(), limit=NOTICES_SHOWN),
    )


def _is_shown(figures: SchoolFigures) -> bool:
    return figures.knocks_30_days == 0 or figures.knocks_30_days >= FEWEST_SHOWN


def _row(figures: SchoolFigures) -> Row:
    if _is_shown(figures):
        knocks = str(figures.knocks_30_days)
        kept = _share(figures.kept_30_days, figures.knocks_30_days)
    else:
        knocks, kept = _("färre än %(number)s", number=FEWEST_SHOWN), _("visas inte")
    return Row(figures.school.name, figures.open, figures.late, knocks, kept)


def _total(figures: Iterable[SchoolFigures]) -> Row:
    """Sums. The schools that are not told are left out of the 30 days: a full sum less the others
    would tell their count."""
    figures = list(figures)
    shown = [one for one in figures if _is_shown(one)]
    knocks = sum(one.knocks_30_days for one in shown)
    at_least = len(shown) < len(figures)
    told = str(knocks)
    if at_least:
        told = _("minst %(number)s", number=knocks) if knocks else _("visas inte")
    return Row(
        _("Alla skolor"),
        sum(one.open for one in figures),
        sum(one.late for one in figures),
        told,
        _share(sum(one.kept_30_days for one in shown), knocks),
    )


def _share(part: int, whole: int) -> str:
    """'98 %', rounded down so that a broken promise never shows as 100 %; '–' of nothing."""
    return _("%(share)s %%", share=100 * part // whole) if whole else "–"
