"""The coordinator's page of shortcuts for the schools' own devices, posters and cards."""

from .views import blueprint

__all__ = ["blueprint"]
