"""The pupil's own knocks: receipt, clock, thread, meeting, withdraw."""

from .views import blueprint

__all__ = ["blueprint"]
