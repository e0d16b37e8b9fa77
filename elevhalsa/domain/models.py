"""Every table, imported so that the metadata is whole for migrations and tests."""

from .audit import models as audit
from .consents import models as consents
from .consultations import models as consultations
from .cover import models as cover
from .disclosure import models as disclosure
from .identity import models as identity
from .knocks import models as knocks
from .meetings import models as meetings
from .method import models as method
from .notices import models as notices
from .operations import models as operations
from .people import models as people
from .places import models as places
from .promise import models as promise
from .referrals import models as referrals
from .reminders import models as reminders
from .retention import models as retention
from .reveals import models as reveals
from .sealing import models as sealing
from .serving import models as serving
from .statistics import models as statistics

__all__ = [
    "audit", "consents", "consultations", "cover", "disclosure", "identity", "knocks",
    "meetings", "method", "notices", "operations", "people", "places", "promise", "referrals",
    "reminders", "retention", "reveals", "sealing", "serving", "statistics",
]  # fmt: skip
