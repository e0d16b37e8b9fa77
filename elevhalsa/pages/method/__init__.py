"""The local way of working: what a coordinator writes, and what everybody signed in reads."""

from .views import blueprint

__all__ = ["blueprint"]
