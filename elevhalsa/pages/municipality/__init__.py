"""What a municipality decides for itself: its promise, the rungs on the way there, what its staff
read when they report a concern, how long what is kept is kept."""

from . import ages, concern, log, retention
from .views import blueprint

__all__ = ["ages", "blueprint", "concern", "log", "retention"]
