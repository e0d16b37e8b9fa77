"""Reminders on this phone: turned on by a tap, seen, changed and removed."""

from .views import blueprint

__all__ = ["blueprint"]
