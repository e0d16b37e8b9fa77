"""What the service is about, without requests and HTML.

Lowest first; a package imports only those before it:
audit, places, people, promise, notices, knocks, meetings, reminders,
statistics.
"""
