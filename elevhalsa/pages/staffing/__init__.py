"""Staff's own pages about where they are, when they are away and who answers instead."""

from .views import blueprint

__all__ = ["blueprint"]
