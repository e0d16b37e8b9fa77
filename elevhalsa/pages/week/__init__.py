"""One's own time: what pupils can book, the meetings of days when one is away, one's calendar."""

from . import absent, feed, times
from .blueprint import blueprint

__all__ = ["absent", "blueprint", "feed", "times"]
