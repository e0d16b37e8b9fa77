"""Bron: what a municipality offers and the forms it is asked for on, for its coordinator."""

from . import catalogue, fields
from .blueprint import blueprint

__all__ = ["blueprint", "catalogue", "fields"]
