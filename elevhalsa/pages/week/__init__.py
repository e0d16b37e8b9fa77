"""One's own week: the times that pupils can book."""

from . import times
from .blueprint import blueprint

__all__ = ["blueprint", "times"]
