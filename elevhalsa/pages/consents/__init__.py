"""A guardian's own page, behind a link and a code."""

from .views import blueprint

__all__ = ["blueprint"]
