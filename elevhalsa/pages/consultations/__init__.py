"""Quick talks for those who work at a school: to ask (/rad), to answer, and the coordinator's."""

from . import answering, asking, settings
from .blueprint import blueprint

__all__ = ["answering", "asking", "blueprint", "settings"]
