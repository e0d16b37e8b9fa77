"""Flytta min dörr: from one of the pupil's devices to another."""

from .views import blueprint

__all__ = ["blueprint"]
