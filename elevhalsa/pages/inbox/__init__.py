"""Staff's inbox and one knock."""

from . import actions, case, views
from .blueprint import blueprint

__all__ = ["actions", "blueprint", "case", "views"]
