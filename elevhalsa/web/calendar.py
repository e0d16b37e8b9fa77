"""Meetings as a file for a calendar (RFC 5545). Whoever shares the calendar sees a time and the
word "Möte": never whom it is with, where, or what it is about.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flask import Response, request

from elevhalsa.core import clock
from elevhalsa.core.errors import NotFound
from elevhalsa.core.i18n import _
from elevhalsa.domain.meetings.feed import Event as Row
from elevhalsa.domain.meetings.queries import Entry
from elevhalsa.domain.meetings.rules import Span

if TYPE_CHECKING:
    from icalendar import Calendar, Event, Timezone

MAKER = "-//Kalender//SV"
"""Every calendar file says what made it; so does this one, and no more."""
ASK_AGAIN = timedelta(minutes=30)
"""How often a calendar program is asked to fetch a feed (RFC 7986 5.7)."""


def answer(entry: Entry | None) -> Response:
    """The file, to be saved or opened. Raises NotFound where there is none."""
    if entry is None:
        raise NotFound(_("Det finns inget möte att lägga i kalendern."))
    response = Response(_file_of(entry), mimetype="text/calendar")
    response.headers["Content-Disposition"] = "attachment; filename=mote.ics"
    return response


def feed(rows: Sequence[Row]) -> Response:
    """All of somebody's, for a program that asks again and again: what has not changed is not sent
    again (RFC 9110 13.1.2)."""
    file = _calendar()
    file.add("refresh-interval", ASK_AGAIN, parameters={"value": "DURATION"})
    file.add("x-published-ttl", "PT30M")
    for row in rows:
        title = _("Bokbar tid") if row.is_free else _("Möte")
        event = _event(row.uid, row.changed_at, title, row.span)
        event.add("transp", "TRANSPARENT" if row.is_free else "OPAQUE")
        if row.school:
            event.add("location", row.school)
        file.add_component(event)
    response = Response(file.to_ical(), mimetype="text/calendar")
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


def _file_of(entry: Entry) -> bytes:
    """The same uid again is the same meeting, and the file that was fetched last is right: it is
    moved by that, or taken away (RFC 5546 2.1.4 and 3.2.5)."""
    now = clock.now()
    event = _event(entry.uid, now, _("Möte"), entry.span)
    event.add("sequence", int(now.timestamp() // 60))
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    file = _calendar()
    file.add("method", "CANCEL" if entry.is_cancelled else "PUBLISH")
    file.add_component(event)
    return file.to_ical()


def _calendar() -> "Calendar":
    from icalendar import Calendar  # 3 MB that most processes never need

    file = Calendar()
    file.add("prodid", MAKER)
    file.add("version", "2.0")
    file.add_component(_zone())
    return file


def _event(uid: str, stamp: datetime, title: str, span: Span) -> "Event":
    from icalendar import Event

    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", stamp)
    event.add("summary", title)
    event.add("dtstart", clock.local(span.starts_at))
    event.add("dtend", clock.local(span.ends_at))
    event.add("class", "PRIVATE")
    return event


def _zone() -> "Timezone":
    """Swedish clocks (directive 2000/84/EC): an hour ahead from the last Sunday of March to that of
    October. The library's own has the first hour of summer time wrong."""
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

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
