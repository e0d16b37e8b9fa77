"""A knock's clocks besides the promise, for the pages that show it. Where no guarantee is known,
the database is not asked."""

from elevhalsa.domain.knocks import guarantees
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.promise.models import Wait

from . import tenant


def others(knock: Knock) -> list[Wait]:
    """What its pupil still waits for by a guarantee, the nearest first."""
    return guarantees.open_of(knock) if tenant.directory().guarantees and knock.is_open else []
