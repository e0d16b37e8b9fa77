"""One's own meetings in a calendar program: an address of one's own, which is a key."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from elevhalsa.core.errors import NotFound
from elevhalsa.core.i18n import _
from elevhalsa.domain.meetings import feed as feeds
from elevhalsa.web import calendar, limits, tenant
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.signed_in import me

from .blueprint import blueprint
from .forms import FeedForm


@blueprint.route("/personal/kalender", methods=["GET", "POST"])
@open_to(Who.PROFESSIONAL, takes=FeedForm)
def my_calendar() -> ResponseReturnValue:
    """The answer to a post has the address: it is shown nowhere else, and never again."""
    form, address = FeedForm(request.form), None
    if request.method == "POST":
        token = feeds.make(me(), shows_school=form.school.data, shows_times=form.times.data)
        address = url_for(".calendar_feed", token=token, _external=True)
    known = feeds.of(me())
    if known:
        form = FeedForm(data={"school": known.shows_school, "times": known.shows_times})
    return render_template("week/calendar.html", known=known, form=form, address=address)


@blueprint.post("/personal/kalender/ta-bort")
@open_to(Who.PROFESSIONAL, page="week.my_calendar")
def revoke_calendar() -> ResponseReturnValue:
    feeds.revoke(me())
    return redirect(url_for(".my_calendar"), 303)


@blueprint.get("/kalender/<token>.ics")
@open_to(Who.VISITOR)
@limits.wrong_addresses(limits.FEED)
def calendar_feed(token: str) -> ResponseReturnValue:
    """No session, and nothing is noted: a program asks several times an hour."""
    found = feeds.find(token)
    if found is None or not tenant.is_at_home(found.staff.municipality_id):
        raise NotFound(_("Adressen leder ingenstans längre."))
    return calendar.feed(feeds.events_of(found))
