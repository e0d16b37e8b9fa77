"""Staff's inbox and one knock."""

from .views import blueprint

__all__ = ["blueprint"]
