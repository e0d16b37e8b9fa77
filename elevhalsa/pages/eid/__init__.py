"""Logging in with e-ID, before one knocks: never needed, always offered where it is set up."""

from . import providers, views
from .blueprint import blueprint

__all__ = ["blueprint", "providers", "views"]
