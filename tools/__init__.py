"""Checks of the project's own rules, run by ``make check``."""
