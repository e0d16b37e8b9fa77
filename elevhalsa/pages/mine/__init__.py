"""The pupil's own knocks: receipt, clock, thread, meeting, withdraw."""

from . import lock, page, views
from .blueprint import blueprint

__all__ = ["blueprint", "lock", "page", "views"]
