"""The pupil's own knocks: receipt, clock, thread, meeting, withdraw."""

from . import lock, meeting, page, views
from .blueprint import blueprint

__all__ = ["blueprint", "lock", "meeting", "page", "views"]
