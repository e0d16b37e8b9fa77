"""The public door: find the school, knock, crisis help, what happens if I tell."""

from . import texts
from .views import blueprint

__all__ = ["blueprint", "texts"]
