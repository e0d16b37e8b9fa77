"""What a municipality decides for itself: its promise, the rungs on the way there."""

from .views import blueprint

__all__ = ["blueprint"]
