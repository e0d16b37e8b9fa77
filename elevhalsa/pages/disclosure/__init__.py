"""Disclosing what a knock holds, and who answers for it."""

from .views import blueprint

__all__ = ["blueprint"]
