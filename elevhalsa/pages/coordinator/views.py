"""A coordinator's page: how the promise is kept, school by school. Counts, never content.

Nothing here leads to a knock; what may be told of a count is decided in domain/statistics.
"""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from elevhalsa.core.i18n import _
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.words import Audience
from elevhalsa.domain.operations.queries import guessed_seconds_ago
from elevhalsa.domain.statistics import queries
from elevhalsa.domain.statistics.rules import FEWEST_SHOWN, Shown, Telling
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.signed_in import me

blueprint = Blueprint("coordinator", __name__)

NOTICES_SHOWN = 10
DAY = 24 * 3600.0


@blueprint.get("/samordnare/")
@open_to(Who.COORDINATOR)
def index() -> ResponseReturnValue:
    rows, total = queries.overview(me())
    return render_template(
        "coordinator/index.html",
        rows=rows,
        total=total,
        knocks=knocks,
        kept=kept,
        fewest=FEWEST_SHOWN,
        guessed=(guessed_seconds_ago() or DAY) < DAY,
        notices=notices.for_staff(me(), limit=NOTICES_SHOWN, only_as=Audience.COORDINATOR),
    )


def knocks(figures: Shown) -> str:
    """'8', 'minst 8', 'färre än 5' or 'visas inte'."""
    if figures.telling is Telling.FEW:
        return _("färre än %(number)s", number=FEWEST_SHOWN)
    if figures.telling is Telling.HIDDEN:
        return _("visas inte")
    if figures.telling is Telling.AT_LEAST:
        return _("minst %(number)s", number=figures.knocks)
    return str(figures.knocks)


def kept(figures: Shown) -> str:
    """'98 %', 'visas inte', or '–' of nothing."""
    if figures.telling is Telling.FEW:
        return _("visas inte")
    if figures.percent_kept is None:
        return "–"
    return _("%(share)s %%", share=figures.percent_kept)
