"""Logging in with e-ID, before one knocks: never needed, always offered where it is set up."""

from .views import blueprint

__all__ = ["blueprint"]
