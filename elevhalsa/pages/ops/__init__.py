"""Probes and figures for the platform."""

from .views import blueprint

__all__ = ["blueprint"]
