"""A meeting as a file for a calendar (RFC 5545). Whoever shares the calendar sees a time and the
word "Möte": never whom it is with, where, or what it is about.
"""

from datetime import datetime, timedelta

from flask import Response
from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard

from elevhalsa.core import clock
from elevhalsa.core.errors import NotFound
from elevhalsa.core.i18n import _
from elevhalsa.domain.meetings.queries import Entry

MAKER = "-//Kalender//SV"
"""Every calendar file says what made it; so does this one, and no more."""


def answer(entry: Entry | None) -> Response:
    """The file, to be saved or opened. Raises NotFound where there is none."""
    if entry is None:
        raise NotFound(_("Det finns inget möte att lägga i kalendern."))
    response = Response(_file_of(entry), mimetype="text/calendar")
    response.headers["Content-Disposition"] = "attachment; filename=mote.ics"
    return response


def _file_of(entry: Entry) -> bytes:
    """The same uid again is the same meeting, and the file that was fetched last is right: it is
    moved by that, or taken away (RFC 5546 2.1.4 and 3.2.5)."""
    now = clock.now()
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", int(now.timestamp() // 60))
    event.add("dtstamp", now)
    event.add("summary", _("Möte"))
    event.add("dtstart", clock.local(entry.span.starts_at))
    event.add("dtend", clock.local(entry.span.ends_at))
    event.add("class", "PRIVATE")
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    file = Calendar()
    file.add("prodid", MAKER)
    file.add("version", "2.0")
    file.add("method", "CANCEL" if entry.is_cancelled else "PUBLISH")
    file.add_component(_zone())
    file.add_component(event)
    return file.to_ical()


def _zone() -> Timezone:
    """Swedish clocks (directive 2000/84/EC): an hour ahead from the last Sunday of March to that of
    October. The library's own has the first hour of summer time wrong."""
    zone = Timezone()
    zone.add("tzid", clock.STOCKHOLM.key)
    normal, summer = timedelta(hours=1), timedelta(hours=2)
    for part, begins, before, after in (
        (TimezoneDaylight(), datetime(1996, 3, 31, 2), normal, summer),  # noqa: DTZ001 (of its own)
        (TimezoneStandard(), datetime(1996, 10, 27, 3), summer, normal),  # noqa: DTZ001
    ):
        part.add("dtstart", begins)
        part.add("rrule", {"freq": "yearly", "bymonth": begins.month, "byday": "-1SU"})
        part.add("tzoffsetfrom", before)
        part.add("tzoffsetto", after)
        zone.add_component(part)
    return zone
