"""What the service is about, without requests and HTML.

Lowest first; a package imports only those before it:
sealing, about, rows, audit, places, people, promise, serving, notices, knocks, meetings, reminders,
statistics, operations (docs/decisions/0002).
"""

from .sealing import columns  # noqa: F401  (before any table is mapped)
