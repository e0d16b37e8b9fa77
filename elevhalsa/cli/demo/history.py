"""Sixty days of knocks, played through the real services with the clock set to each moment.

So every date, attempt, closing and audit event is of the same make as in daily use. Letters are
marked as sent when they are written: none is left for a worker. The same day gives the same play.
"""

import heapq
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import count
from random import Random

import click

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.calendar import closed_days
from elevhalsa.core.crypto import keyring, new_id
from elevhalsa.core.i18n import _
from elevhalsa.core.walls import Profession
from elevhalsa.domain.cover import queries as baton_queries
from elevhalsa.domain.cover import service as batons
from elevhalsa.domain.knocks import answering, asking, rungs
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.rules import Asked
from elevhalsa.domain.knocks.words import AttemptKind, Outcome, Triage, Way
from elevhalsa.domain.meetings import service as meetings
from elevhalsa.domain.meetings.service import Offer
from elevhalsa.domain.meetings.words import MeetingWay
from elevhalsa.domain.notices import outbox
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.people import staffing
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import Municipality, School
from elevhalsa.domain.places.queries import schools as schools_of
from elevhalsa.domain.promise import rules as promise
from elevhalsa.domain.promise import service as waits
from elevhalsa.extensions import db

from . import texts
from .setting import MAIL_DOMAIN

DAYS = 60
A_WEEKDAY = (3, 4, 4, 5)
SEED = 1177
LATE_SHARE = 0.06
WITHDRAWN_SHARE = 0.04
WAYS = (Way.APP,) * 5 + (Way.CALL,) * 2 + (Way.MEET,) * 2 + (Way.SMS, Way.EMAIL)
WANTED = (Profession.NURSE,) * 9 + (Profession.COUNSELLOR,) * 9 + (None,) * 2


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def hours(number: int) -> timedelta:
    return timedelta(hours=number)


def play(municipality: Municipality) -> int:
    """Play the history up to now. Returns how many knocks were made."""
    return Play(municipality).run()


def open_code() -> str:
    """The code of the knock that has an answer and an open meeting proposal."""
    return asking.receipt_code(_open_form())


def _open_form() -> str:
    # Follows from the deployment's own hash key: unguessable, and the same each time.
    return keyring.keyed_hash("demo-form", "thread")[:43]


def _a_number(last: int) -> str:
    """PTS keeps these free for fiction."""
    return f"070174061{last}"


def _propose(staff: Staff, knock: Knock, offers: list[Offer]) -> None:
    """Whoever is busy then proposes all the same."""
    try:
        meetings.propose(staff, knock, offers)
    except meetings.OddTimes as odd:
        meetings.propose(staff, knock, offers, yes_to=odd.yes)


class Play:
    """The events that are to come, in order of time, and the people who act in them."""

    def __init__(self, municipality: Municipality) -> None:
        self.municipality = municipality
        self.now = clock.now().replace(second=0, microsecond=0)
        self.random = Random(SEED)  # noqa: S311  (a play, not a secret)
        self.is_closed = closed_days(eves_closed=municipality.eves_closed)
        self.schools = schools_of(municipality)
        self.staff = [s for s in staffing.everyone(municipality) if s.profession]
        self.made = 0
        self._order = count()
        self._events: list[tuple[datetime, int, Callable[[], None]]] = []

    # --- the play itself ---

    def run(self) -> int:
        self._past_weeks()
        self._right_now()
        self._a_baton()
        start = self.now - timedelta(days=DAYS)
        with click.progressbar(length=DAYS, label=_("Spelar upp 60 dagar")) as progress:
            while self._events:
                moment, _number, act = heapq.heappop(self._events)
                with clock.frozen(moment):
                    act()
                    self._letters_are_sent()
                progress.update((moment - start).days - progress.pos)
            progress.update(DAYS - progress.pos)
        with clock.frozen(self.now):  # what waited until somebody was at work
            for channel in outbox.SENT_BY:
                while notice := outbox.claim_next(channel):
                    outbox.sent(notice.id)
        return self.made

    def at(self, moment: datetime, act: Callable[[], None]) -> None:
        """Let ``act`` happen at ``moment``; what would happen later than now never does."""
        if moment <= self.now:
            heapq.heappush(self._events, (moment, next(self._order), act))

    def _letters_are_sent(self) -> None:
        for notice_id in work.waiting_jobs().pop(notices.JOB, []):
            notice = outbox.claim(notice_id)
            if notice:
                outbox.sent(notice.id)

    # --- who and when ---

    def _somebody(self, knock: Knock) -> Staff:
        """Who answers: of the wanted profession, or either, at that school."""
        here = [
            person
            for person in self.staff
            if knock.school_id in {a.school_id for a in person.assignments}
            and knock.wanted in (None, person.profession)
        ]
        return self.random.choice(here)

    def _worktime(self, earliest: datetime, latest: datetime) -> datetime | None:
        """Some moment from 8 to 16 on the first open day within the bounds; None without one."""
        fitting: list[tuple[datetime, datetime]] = []
        day = clock.local(earliest).date()
        while day <= clock.local(latest).date():
            if not self.is_closed(day):
                opens = datetime(day.year, day.month, day.day, 8, tzinfo=clock.STOCKHOLM)
                begin, end = max(opens, earliest), min(opens + hours(8), latest)
                if begin < end:
                    fitting.append((begin, end))
            day += timedelta(days=1)
        if not fitting:
            return None
        begin, end = fitting[0]
        share: float = self.random.random() ** 1.5
        return begin + (end - begin) * share

    def _next_worktime(self, after: datetime, *, least: timedelta) -> datetime:
        moment = self._worktime(after + least, after + least + timedelta(days=10))
        if moment is None:
            raise RuntimeError("ten closed days in a row")
        return moment

    # --- the baton ---

    def _a_baton(self) -> None:
        """One nurse has asked another for next week, and has been told yes."""
        giver, cover = (self._named(name) for name in ("Skolsköterska Fyra", "Skolsköterska Två"))
        day = self._days_back(1)
        asks = datetime(day.year, day.month, day.day, 10, tzinfo=clock.STOCKHOLM)
        today = clock.local(self.now).date()
        monday = today + timedelta(days=7 - today.weekday())
        friday = monday + timedelta(days=4)
        self.at(
            asks,
            lambda: batons.hand_over(giver, giver, [cover], None, monday, friday, is_away=True),
        )
        self.at(asks + hours(1), lambda: self._says_yes(cover))

    def _named(self, name: str) -> Staff:
        return next(person for person in self.staff if person.name == name)

    def _says_yes(self, cover: Staff) -> None:
        for asked in baton_queries.asked_of(cover):
            batons.accept(cover, asked.baton_id)

    # --- the past weeks ---

    def _past_weeks(self) -> None:
        # The last open days are laid by hand, so that what is open now is told in advance.
        last = self._days_back(2)
        day = clock.local(self.now).date() - timedelta(days=DAYS)
        while day < last:
            if not self.is_closed(day):
                number = self.random.choice(A_WEEKDAY)
            else:
                number = self.random.choice((0, 0, 0, 1))
            for _index in range(number):
                hour = self.random.choice((8, 9, 10, 11, 12, 12, 13, 14, 15, 17, 19, 21))
                moment = datetime(
                    day.year, day.month, day.day, hour, self.random.randrange(60),
                    tzinfo=clock.STOCKHOLM,
                )  # fmt: skip
                self._common_knock(moment)
            day += timedelta(days=1)

    def _days_back(self, number: int) -> date:
        """The date so many open days before today."""
        day = clock.local(self.now).date()
        while number:
            day -= timedelta(days=1)
            if not self.is_closed(day):
                number -= 1
        return day

    def _common_knock(self, moment: datetime) -> None:
        school = self.random.choice(self.schools)
        wanted = self.random.choice(WANTED)
        way = self.random.choice(WAYS)
        self.at(moment, lambda: self._knock_and_plan(school, wanted, way))

    def _knock_and_plan(self, school: School, wanted: Profession | None, way: Way) -> None:
        knock = self.knock(school, wanted, way)
        now = clock.now()
        if self.random.random() < WITHDRAWN_SHARE:
            self.at(now + minutes(50), lambda: asking.withdraw(knock, shown=knock.newest))
            return
        answered = self._worktime(now + minutes(20), knock.due_at)
        if self.random.random() < LATE_SHARE or answered is None:
            answered = self._next_worktime(knock.due_at, least=minutes(45))
        staff = self._somebody(knock)
        self.at(answered, lambda: self._contact(staff, knock))

    def knock(
        self,
        school: School,
        wanted: Profession | None,
        way: Way,
        *,
        text: str | None = None,
        form_id: str | None = None,
    ) -> Knock:
        number = self.random.randrange(10)
        asked = Asked(
            form_id=form_id or new_id(),
            wanted=wanted,
            wanted_staff_id=None,
            avoid_staff_ids=(),
            way=way,
            phone=_a_number(number) if way in (Way.CALL, Way.SMS) else None,
            email=f"elev{number}@{MAIL_DOMAIN}" if way is Way.EMAIL else None,
            safe_times=(
                self.random.choice(texts.SAFE_TIMES) if way in (Way.CALL, Way.MEET) else None
            ),
            voicemail_ok=way is Way.CALL and number < 4,
            text=text or self.random.choice(texts.PUPIL[wanted]),
            school_class=self.random.choice(texts.CLASSES) if number < 5 else None,
        )
        knock = asking.knock(school, asked).knock
        self.made += 1
        self._watch(knock)
        return knock

    def _watch(self, knock: Knock) -> None:
        """What the sweep does with it, when it is due."""
        wait = db.session.scalars(waits.open_about(knock.about)).first()
        if wait and wait.next_rung_at:
            self.at(wait.next_rung_at, lambda: self._climb(knock))

    def _climb(self, knock: Knock) -> None:
        while rungs.climb(knock, clock.now()):
            pass
        self._watch(knock)

    def _contact(self, staff: Staff, knock: Knock) -> None:
        if not knock.is_open:
            return
        now = clock.now()
        answering.read(staff, knock)
        if knock.way is Way.APP:
            self._talk_in_app(staff, knock)
        elif knock.way is Way.CALL and self.random.random() < 0.3:
            answering.log_attempt(staff, knock, AttemptKind.CALLED_NO_ANSWER)
            again = self._next_worktime(now, least=hours(3))
            self.at(again, lambda: self._talked(staff, knock, AttemptKind.TALKED))
        elif knock.way is Way.CALL:
            self._talked(staff, knock, AttemptKind.TALKED)
        elif knock.way is Way.MEET:
            self._talked(staff, knock, AttemptKind.MET)
        else:
            sent = AttemptKind.SMS_SENT if knock.way is Way.SMS else AttemptKind.EMAIL_SENT
            answering.log_attempt(staff, knock, sent)
            later = self._next_worktime(now, least=hours(20))
            self.at(later, lambda: self._talked(staff, knock, AttemptKind.TALKED))

    def _talk_in_app(self, staff: Staff, knock: Knock) -> None:
        now = clock.now()
        answering.answer(staff, knock, self.random.choice(texts.ANSWERS), form_id=new_id())
        self.at(now + hours(2), lambda: asking.saw(knock))
        if self.random.random() < 0.4:
            self.at(now + minutes(10), lambda: self._propose(staff, knock))
            self.at(now + hours(3), lambda: self._pick(knock))
            return
        reply = self.random.choice(texts.PUPIL_REPLIES)
        self.at(now + minutes(125), lambda: asking.write(knock, reply, form_id=new_id()))
        later = self._next_worktime(now, least=hours(4))
        again = self.random.choice(texts.STAFF_REPLIES)
        self.at(later, lambda: answering.answer(staff, knock, again, form_id=new_id()))
        self.at(later + hours(1), lambda: asking.saw(knock))
        self.at(
            later + hours(22),
            lambda: answering.close(staff, knock, Outcome.TALKED, shown=knock.newest),
        )

    def _talked(self, staff: Staff, knock: Knock, kind: AttemptKind) -> None:
        if not knock.is_open:
            return
        answering.log_attempt(staff, knock, kind)
        ends = [Outcome.MET if kind is AttemptKind.MET else Outcome.TALKED] * 5
        outcome = self.random.choice([*ends, Outcome.REFERRED])
        self.at(
            clock.now() + minutes(15),
            lambda: answering.close(staff, knock, outcome, shown=knock.newest),
        )

    def _propose(self, staff: Staff, knock: Knock) -> None:
        now = clock.now()
        first = self._next_worktime(now, least=hours(20)).replace(minute=0, second=0, microsecond=0)
        ways = (MeetingWay.ROOM, MeetingWay.WALK, MeetingWay.PHONE)
        offers = [
            Offer(
                starts_at=first + hours(index),
                minutes=30,
                way=way,
                place=None if way is MeetingWay.PHONE else texts.ROOMS[index],
            )
            for index, way in enumerate(ways)
        ]
        _propose(staff, knock, offers)

    def _pick(self, knock: Knock) -> None:
        proposal = meetings.proposals_of(knock)[0]
        slot = self.random.choice(proposal.slots)
        meetings.pick(knock, proposal.id, slot.id, phone=_a_number(self.random.randrange(10)))
        staff = proposal.staff
        kind = AttemptKind.TALKED if slot.way is MeetingWay.PHONE else AttemptKind.MET
        self.at(slot.starts_at + minutes(30), lambda: self._talked(staff, knock, kind))

    # --- what is open right now ---

    def _right_now(self) -> None:
        """One late, one soon due, one with a thread and an open proposal, and some that wait."""
        schools = self.schools
        known = list(self._daytime_knocks())
        late = max(moment for moment, due in known if due < self.now - hours(1))
        self.at(late, lambda: self._open(schools[0], Profession.COUNSELLOR, Way.CALL))
        soon = min(moment for moment, due in known if due > self.now + hours(2))
        self.at(soon, lambda: self._open(schools[1], Profession.NURSE, Way.APP))
        self._thread(schools[2])
        fresh = self.now - hours(1)
        self.at(fresh - minutes(40), lambda: self._open(schools[3], None, Way.APP))
        self.at(fresh, lambda: self._open(schools[4], Profession.NURSE, Way.MEET))
        self.at(fresh + minutes(35), lambda: self._open(schools[9], Profession.COUNSELLOR, Way.SMS))
        self.at(self.now - timedelta(days=3), self._old_news_is_seen)

    def _open(self, school: School, wanted: Profession | None, way: Way) -> None:
        self.knock(school, wanted, way)

    def _daytime_knocks(self) -> Iterator[tuple[datetime, datetime]]:
        """Moments of the last ten days when pupils are awake, each with the date of its promise."""
        for step in range(10 * 24 * 6):
            moment = self.now - timedelta(days=10) + minutes(10 * step)
            if 7 <= clock.local(moment).hour < 22:
                yield (
                    moment,
                    promise.due_at(
                        moment, self.municipality.promise_hours, is_closed=self.is_closed
                    ),
                )

    def _thread(self, school: School) -> None:
        day = self._days_back(2)
        knocked = datetime(day.year, day.month, day.day, 9, 10, tzinfo=clock.STOCKHOLM)

        def begin() -> None:
            knock = self.knock(
                school,
                Profession.COUNSELLOR,
                Way.APP,
                text="Jag sover dåligt och tänker för mycket. Jag vill prata med någon.",
                form_id=_open_form(),
            )
            staff = self._somebody(knock)
            self.at(knocked + hours(2), lambda: answering.read(staff, knock))
            self.at(
                knocked + minutes(125),
                lambda: answering.answer(staff, knock, texts.ANSWERS[1], form_id=new_id()),
            )
            self.at(knocked + minutes(126), lambda: answering.triage(staff, knock, Triage.CAN_WAIT))
            self.at(knocked + hours(4), lambda: asking.saw(knock))
            self.at(
                knocked + minutes(245),
                lambda: asking.write(knock, texts.PUPIL_REPLIES[0], form_id=new_id()),
            )
            self.at(knocked + hours(5), lambda: self._propose_ahead(staff, knock))

        self.at(knocked, begin)

    def _propose_ahead(self, staff: Staff, knock: Knock) -> None:
        """Times that have not been when somebody looks at the demo, whatever the hour."""
        with clock.frozen(self.now):
            first = self._next_worktime(self.now, least=hours(30)).replace(
                minute=0, second=0, microsecond=0
            )
        ways = (MeetingWay.ROOM, MeetingWay.WALK, MeetingWay.PHONE)
        _propose(
            staff,
            knock,
            [
                Offer(
                    first + hours(i), 30, way, None if way is MeetingWay.PHONE else texts.ROOMS[i]
                )
                for i, way in enumerate(ways)
            ],
        )

    def _old_news_is_seen(self) -> None:
        for person in staffing.everyone(self.municipality):
            notices.mark_seen(person)
