"""A coordinator's figures: counts, never content."""

from .views import blueprint

__all__ = ["blueprint"]
