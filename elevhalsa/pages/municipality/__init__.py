"""What a municipality decides for itself: its promise, the rungs on the way there, what its staff
read when they report a concern or disclose something, what those who are asked to agree read, how
long what is kept is kept."""

from . import ages, concern, consents, disclosure, log, retention, reveals
from .views import blueprint

__all__ = ["ages", "blueprint", "concern", "consents", "disclosure", "log", "retention", "reveals"]
