"""Staff sign in by a one-time link and look after their sessions."""

from .views import blueprint

__all__ = ["blueprint"]
