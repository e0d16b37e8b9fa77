"""Staff's inbox and one knock."""

from . import actions, case, concern, danger, journal, reveal, views, week
from .blueprint import blueprint

__all__ = [
    "actions",
    "blueprint",
    "case",
    "concern",
    "danger",
    "journal",
    "reveal",
    "views",
    "week",
]
