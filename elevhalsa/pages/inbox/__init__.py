"""Staff's inbox and one knock."""

from . import actions, case, danger, views, week
from .blueprint import blueprint

__all__ = ["actions", "blueprint", "case", "danger", "views", "week"]
