"""Organisations beside the schools: what a coordinator decides of them, and who leads one."""

from .views import blueprint

__all__ = ["blueprint"]
