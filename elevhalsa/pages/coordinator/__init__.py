"""A coordinator's pages: counts, never content; who works here, and when nobody does."""

from . import gaps, sending, views
from .views import blueprint

__all__ = ["blueprint", "gaps", "sending", "views"]
