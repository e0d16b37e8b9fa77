"""Every form of every page, from the app's own map of routes, filled in as a person does; and what
has happened before somebody stands at it. A form that is added is found; where it does not stand on
its page by itself, ``BEFORE`` says what must have happened."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from elevhalsa import create_app
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.vapid import new_key
from elevhalsa.core.walls import Profession
from elevhalsa.domain.consents import service as consents
from elevhalsa.domain.consents.words import Role
from elevhalsa.domain.consultations import links as consultation_links
from elevhalsa.domain.consultations import service as consultations
from elevhalsa.domain.consultations.models import Consultation
from elevhalsa.domain.consultations.rules import Asked
from elevhalsa.domain.consultations.words import Concerns, Theme
from elevhalsa.domain.consultations.words import Form as Wish
from elevhalsa.domain.consultations.words import Role as Asking
from elevhalsa.domain.cover import mending
from elevhalsa.domain.cover import queries as batons
from elevhalsa.domain.cover import service as covering
from elevhalsa.domain.cover.ahead import look
from elevhalsa.domain.identity import service as logins
from elevhalsa.domain.identity.rules import Said
from elevhalsa.domain.identity.words import BANKID, AgeBand
from elevhalsa.domain.knocks import (
    answering,
    asking,
    concern,
    devices,
    floods,
    handoff,
    known,
    pins,
    undoing,
)
from elevhalsa.domain.knocks.floods import Flood
from elevhalsa.domain.knocks.models import Device, DeviceKnock, Knock
from elevhalsa.domain.knocks.words import AttemptKind, PupilTold, ReportedBy
from elevhalsa.domain.meetings import feed, standing
from elevhalsa.domain.meetings import service as meetings
from elevhalsa.domain.meetings.service import Offer
from elevhalsa.domain.meetings.words import MeetingWay
from elevhalsa.domain.method import steps
from elevhalsa.domain.notices.models import Channel, Notice
from elevhalsa.domain.people import duties
from elevhalsa.domain.people import service as people
from elevhalsa.domain.people.models import Staff, StaffSession
from elevhalsa.domain.people.rules import Seat
from elevhalsa.domain.people.words import Duty
from elevhalsa.domain.places import service as placing
from elevhalsa.domain.places.models import Break
from elevhalsa.domain.places.words import OrganisationKind
from elevhalsa.domain.referrals.words import FormKey
from elevhalsa.domain.reminders import service as reminders
from elevhalsa.domain.reveals import service as reveals
from elevhalsa.domain.reveals.words import Ground, Hidden
from elevhalsa.domain.serving import service as serving
from elevhalsa.domain.serving.models import Absence
from elevhalsa.extensions import db
from elevhalsa.web import access, kept, leaving
from elevhalsa.web.kept import Kind
from elevhalsa.work import OPERATOR
from tests import bankid, oidc
from tests.authenticator import a_key
from tests.bankid import TEEN
from tests.conftest import settings_for
from tests.domain.consents.helpers import asked, found_out
from tests.domain.helpers import digits_count_until, propose
from tests.domain.referrals.helpers import an_offer
from tests.factories import Make

from .browser import Browser, Form
from .test_push import a_browsers_words

HERE = {"Origin": "http://localhost"}
DIGITS = "25809147"
TEXT = "Det här får inte försvinna."
SETTINGS: dict[str, Any] = {
    "vapid_keys": [new_key()],
    "vapid_subject": "mailto:drift@exempel.invalid",
    "mail_url": "smtp://127.0.0.1:1",
    "mail_from": "dorr@exempel.invalid",
    **bankid.settings_of_nobody(),
    **oidc.settings_of_nobody(),
}
"""With which every form is there."""

NO_FORM = {
    "inbox.draft": "a script brings what is being typed; static/js/cover.js holds it till it can",
    "mine.leave": "nobody waits for the answer",
    "push.subscribe": "a script brings what the browser says",
    "push.check": "as above",
    "push.staff_subscribe": "as above",
    "push.staff_check": "as above",
    "signin.key": "a script brings what a key answers",
    "signin.confirm": "as above",
    "signin.add_key": "as above",
}
"""Posted to by scripts alone."""
ONLY_COOKIES = {"consultations.forget", "pwa.discreet", "mine.again", "consents.close"}
"""What changes nothing but the browser."""


def an_app() -> Flask:
    return create_app(settings_for("sqlite:////nowhere/x.db"))


def posted() -> list[str]:
    """The endpoints that a form of a page leads to."""
    routes = an_app().url_map.iter_rules()
    return sorted({r.endpoint for r in routes if "POST" in (r.methods or ())} - set(NO_FORM))


def with_texts() -> list[str]:
    """Those whose form takes a text."""
    rules = access.rules(an_app())
    return [name for name in posted()
            if (form := rules[name].takes) and Kind.TEXT in kept.kinds(form).values()]  # fmt: skip


class House:
    """A pupil and two of staff, in the midst of all that can be done."""

    def __init__(
        self,
        app: Flask,
        make: Make,
        text: str = "Får jag prata med dig?",
        *,
        slug: str = "norrskogen",
        profession: Profession = Profession.COUNSELLOR,
    ) -> None:
        """profession: of ``me`` and the colleague."""
        self.app = app
        self.school = make.school(slug=slug, name="Norrskogens exempelskola")
        self.me = make.staff(profession, [self.school], coordinates=True)
        self.colleague = make.staff(profession, [self.school])
        make.nurse(self.school)
        make.school()
        self.values: dict[str, str] = {}
        self.query = ""
        """Of the address where the form stands."""
        self.chosen: dict[str, list[str]] = {}
        """Instead of what was chosen before."""
        self.pupil, self.staff = Browser(app.test_client()), Browser(app.test_client())
        self.staff.arrives_as(self.me)
        self.receipt = make.knock(self.school, text=text, wanted=profession)
        self._opens(self.pupil)
        self.pupil.get(f"/s/{slug}")
        app.extensions["elevhalsa"].bankid = bankid.Waiting()
        app.extensions["elevhalsa"].oidc = oidc.Friendly()
        self.make = make
        self.typed = {
            "code": self.receipt.code, "pin": DIGITS, "again": DIGITS, "old": DIGITS,
            "current": DIGITS, "text": TEXT, "note": "Läs detta.",
            "reason": "Eleven mår sämre och behöver mer hjälp.", "email": "elev@exempel.se",
            "phone": "070-174 06 05", "tid1-date": "2026-11-30", "tid1-time": "10:00",
            "tid1-place": "Rum 1", "day": "2026-12-18",
            "place": "Rum 1", "number": "070-174 06 05", "starts_at": "10:00", "ends_at": "11:00",
        }  # fmt: skip

    @property
    def knock(self) -> Knock:
        return db.session.get_one(Knock, self.receipt.knock.id)

    @property
    def device(self) -> Device:
        opened = select(DeviceKnock.device_id).where(DeviceKnock.knock_id == self.knock.id)
        return db.session.scalars(select(Device).where(Device.id.in_(opened))).one()

    def _opens(self, browser: Browser) -> None:
        browser.get("/mitt/kod")
        browser.submit("/mitt/kod", code=self.receipt.code)

    def comes_to(self, endpoint: str) -> None:
        """What has happened before somebody stands at the form."""
        db.session.rollback()
        self.values = {"knock_id": self.knock.id, "slug": self.school.slug}
        self.query = ""
        before = BEFORE.get(endpoint)
        if endpoint.startswith("inbox.") and endpoint not in ("inbox.take", "inbox.take_over"):
            answering.take(self.me, self.knock)
        if before:
            before(self)
        db.session.commit()

    def browser(self, endpoint: str) -> Browser:
        who = access.rules(self.app)[endpoint].who
        return self.staff if who in access.NEEDS_SIGN_IN else self.pupil

    def address(self, endpoint: str, **others: str) -> str:
        """others: instead of the ids that are there."""
        routes, values = self.app.url_map.bind("localhost"), self.values | others
        return routes.build(endpoint, values).partition("?")[0]

    def texts(self, endpoint: str) -> list[str]:
        """The names of what is written at length in its form."""
        takes = access.rules(self.app)[endpoint].takes
        return [n for n, kind in kept.kinds(takes).items() if kind is Kind.TEXT] if takes else []

    def page_of(self, endpoint: str) -> str:
        """The address of the page that its form stands on."""
        page = access.rules(self.app)[endpoint].page
        if page is None:  # its own
            query = "?skola=norrskogen" if endpoint == "door.knock" else self.query
            return self.address(endpoint) + query
        arguments = next(self.app.url_map.iter_rules(page)).arguments
        values = {name: value for name, value in self.values.items() if name in arguments}
        return self.app.url_map.bind("localhost").build(page, values, method="GET")

    def fills_in(self, form: Form) -> dict[str, list[str]]:
        """As whoever has something to say does: what is empty gets a word, of several the first."""
        data = form.data
        for control in form.controls:
            if control.kind == "radio" and control.name not in data:
                data[control.name] = control.options[:1]
            elif control.kind == "select" and not any(data.get(control.name, [""])):
                data[control.name] = [next(filter(None, control.options))]
            elif control.name in self.typed and not any(data.get(control.name, [""])):
                data[control.name] = [self.typed[control.name]]
        return data | self.chosen

    def rows(self) -> dict[str, list[Any]]:
        """Every row of every table."""
        db.session.rollback()
        return {
            name: sorted(map(repr, db.session.execute(select(table)).all()))
            for name, table in db.metadata.tables.items()
        }


def locked(house: House) -> None:
    pins.choose(house.knock, DIGITS)
    digits_count_until(clock.now() + timedelta(minutes=15))


def to_be_unlocked(house: House) -> None:
    pins.choose(house.knock, DIGITS)


def with_times(house: House) -> None:
    answering.take(house.me, house.knock)
    propose(
        house.me, house.knock, [Offer(clock.now() + timedelta(days=2), 30, MeetingWay.PHONE, None)]
    )


def with_a_meeting(house: House) -> None:
    answering.take(house.me, house.knock)
    offer = Offer(clock.now() + timedelta(days=2), 30, MeetingWay.WALK, "grinden")
    proposal = propose(house.me, house.knock, [offer])
    meetings.pick(house.knock, proposal.id, proposal.slots[0].id)


def of_a_colleague_who_is_gone(house: House) -> None:
    answering.take(house.colleague, house.knock)
    house.colleague.active = False


def written_after_an_answer(house: House) -> None:
    answering.answer(house.me, house.knock, "Hej.", form_id=new_id())
    asking.write(house.knock, "Tack!", form_id=new_id())


def attempted(house: House) -> None:
    answering.log_attempt(house.me, house.knock, AttemptKind.CALLED_NO_ANSWER)
    db.session.flush()
    house.values["undo_id"] = undoing.open_to(house.me)[0].id


def left_quickly(house: House) -> None:
    db.session.execute(update(Device).values(remembered=True))
    db.session.commit()
    house.pupil.send("POST", "/lamna", headers=HERE)


def with_a_link(house: House) -> None:
    house.values["token"] = people.make_link(house.colleague)


def on_two_desks(house: House) -> None:
    db.session.commit()
    Browser(house.app.test_client()).sign_in(house.me)


def with_a_code_from_elsewhere(house: House) -> None:
    other, _token = devices.make()
    devices.show(other, house.knock, pin_given=False)
    row = handoff.make(other, forget=False)
    house.typed["code"] = handoff.secrets_of(row).code


def reminded(house: House) -> None:
    _reminded(house, house.device)


def reminded_staff(house: House) -> None:
    _reminded(house, house.me)


def _reminded(house: House, owner: Any) -> None:
    words: dict[str, Any] = a_browsers_words(house.school.slug)
    session = people.sessions_of(owner)[0] if owner is house.me else None
    row = reminders.subscribe(
        owner,
        endpoint=words["endpoint"],
        p256dh=words["keys"]["p256dh"],
        auth=words["keys"]["auth"],
        key_id=words["key_id"],
        before=None,
        origin="http://localhost",
        session=session,
    )
    db.session.flush()
    house.chosen["kinds"] = []
    house.values["subscription_id"] = row.id


def told(house: House) -> None:
    house.make.knock(house.school, wanted=house.me.profession)


def set_aside(house: House) -> None:
    number = house.values["number"] = new_id()
    for _one in range(2):
        asked = house.make.asked(text="Samma text", wanted=house.me.profession)
        asking.knock(house.school, asked, flood=Flood(number, [], begins=False))


def dismissed(house: House) -> None:
    set_aside(house)
    number = house.values["number"]
    floods.dismiss(house.me, number, newest=floods.newest(house.me, number))
    db.session.flush()
    house.values["dismissal_id"] = floods.dismissed(house.me)[0].row.id


def another_way(house: House) -> None:
    house.chosen["way"] = ["email"]


def to_be_protected(house: House) -> None:
    house.chosen["is_protected"] = ["1"]


def with_another_promise(house: House) -> None:
    house.chosen["hours"] = ["23"]


def open_elsewhere(house: House) -> None:
    other, _token = devices.make()
    devices.show(other, house.knock, pin_given=False)


def to_be_decided(house: House) -> None:
    house.chosen["kind"], house.chosen["days"] = ["knock"], ["365"]
    house.chosen["reference"], house.chosen["decided_by"] = ["EX 2026/9 § 2"], ["Exempelnämnden"]
    house.chosen["decided_on"] = [str(clock.today())]


def to_be_named(house: House) -> None:
    house.chosen["seat"], house.chosen["who"] = ["disclosure_psychosocial"], [house.colleague.id]


def with_a_letter_that_was_refused(house: House) -> None:
    db.session.execute(
        update(Notice)
        .where(Notice.channel == Channel.EMAIL)
        .values(given_up_at=clock.now(), error="smtp 550 recipient")
    )


def a_man(house: House) -> None:
    house.chosen["gender"] = ["man"]


def answered(house: House) -> None:
    answering.answer(house.me, house.knock, "Hej.", form_id=new_id())


def with_a_week(house: House) -> None:
    house.chosen["starts_at"], house.chosen["ends_at"] = ["08:00"], ["15:00"]
    house.chosen["starts_on"] = house.chosen["ends_on"] = []
    house.chosen["weekdays"] = ["1"]
    house.values["staff_id"] = house.me.id
    serving.add_places(house.me, house.me, house.school, [0], starts_at=time(9), ends_at=time(12))
    db.session.flush()
    house.values["place_id"] = serving.places_of(house.me)[0].id


def away(house: House) -> None:
    house.values["staff_id"] = house.me.id
    house.chosen["soon"] = []
    house.chosen["first"] = house.chosen["last"] = [str(clock.today())]
    day = clock.today() + timedelta(days=7)
    serving.be_away(house.me, house.me, day, day)
    db.session.flush()
    house.values["absence_id"] = serving.absences_of(house.me)[-1].id


def to_be_handed_over(house: House) -> None:
    house.values["staff_id"] = house.me.id
    house.chosen["to"], house.chosen["schools"] = [house.colleague.id], []
    house.chosen["begins"] = house.chosen["ends"] = [str(clock.today() + timedelta(days=3))]


def with_a_baton(house: House) -> None:
    handed_over(house, house.me, house.colleague)
    house.chosen["last"] = [str(clock.today() + timedelta(days=9))]


def asked_to_cover(house: House) -> None:
    handed_over(house, house.colleague, house.me)


def handed_over(house: House, giver: Staff, cover: Staff) -> None:
    day = clock.today() + timedelta(days=3)
    covering.hand_over(giver, giver, [cover], None, day, day, is_away=True)
    db.session.flush()
    baton_id = batons.given_by(giver)[0].baton_id
    house.values |= {"staff_id": giver.id, "baton_id": baton_id, "cover_id": cover.id}


def reported(house: House) -> None:
    concern.report(
        house.me,
        house.knock,
        is_adult=False,
        ticked=[],
        way=ReportedBy.FORM,
        reported_on=clock.today(),
        reference="",
        told=PupilTold.BEFORE,
        follow_up_on=clock.today(),
        form_id=new_id(),
    )
    house.values["report_id"] = concern.reports_of(house.knock)[0].id


def to_be_recorded(house: House) -> None:
    house.me.profession = Profession.PSYCHOLOGIST
    answering.answer(house.me, house.knock, "Hej.", form_id=new_id())
    asking.withdraw(house.knock, shown=house.knock.newest)


def to_disclose(house: House) -> None:
    """She is named to it behind her wall, and has looked at what would be given."""
    seat = Seat(Duty.DISCLOSURE, house.me.wall)
    duties.name(house.school.municipality, seat, house.me, by=OPERATOR)
    house.values["asker"] = "guardian"
    house.chosen["struck"] = []
    house.typed["struck"] = ""


def held(house: House) -> None:
    answering.take(house.me, house.knock)


def with_a_break(house: House) -> None:
    today = clock.today()
    house.typed["name"] = "Sportlov"
    house.chosen["starts_on"] = house.chosen["ends_on"] = [str(today)]
    placing.put_break(house.school.municipality, None, "Höstlov", today, today)
    db.session.flush()
    own = Break.municipality_id == house.school.municipality_id
    house.values["break_id"] = db.session.scalars(select(Break.id).where(own)).one()


def with_an_address_of_ours(house: House) -> None:
    house.typed["email"] = house.me.email


def with_a_gap(house: House) -> None:
    """A counsellor of another school could answer instead."""
    school = house.make.school()
    away = house.make.counsellor(school)
    today = clock.today()
    db.session.add(Absence(staff_id=away.id, starts_on=today, ends_on=today + timedelta(days=9)))


def with_a_gap_that_is_as_it_should_be(house: House) -> None:
    with_a_gap(house)
    ahead = look(house.school.municipality)
    gap = next(one for one in ahead.gaps if one.alone)
    mending.accept(house.make.coordinator(), gap.school_ids[0], gap.profession, *ahead.days(gap))


def with_standing_times(house: House) -> None:
    answering.take(house.me, house.knock)
    a_standing_time(house)


def a_standing_time(house: House) -> None:
    wanted = standing.Wanted(
        school_id=house.school.id,
        weekday=2,
        starts_at=10 * 60,
        ends_at=12 * 60,
        minutes=20,
        way=MeetingWay.ROOM,
        place="Rum 1",
        starts_on=None,
        ends_on=None,
    )
    house.values["standing_id"] = standing.put(house.me, wanted).id
    house.chosen["place"] = ["Rum 2"]


def away_on_a_day_with_a_meeting(house: House) -> None:
    with_a_meeting(house)
    day = clock.today() + timedelta(days=2)
    db.session.add(Absence(staff_id=house.me.id, starts_on=day, ends_on=day))
    house.values["staff_id"] = house.me.id


def with_a_feed(house: House) -> None:
    feed.make(house.me, shows_school=False, shows_times=False)


def with_a_key(house: House) -> None:
    """Of hers, who has just confirmed with it; and of the colleague."""
    mine = a_key(house.me)
    db.session.add_all([mine, a_key(house.colleague)])
    db.session.flush()
    house.values |= {"key_id": mine.id, "staff_id": house.colleague.id}
    db.session.execute(update(StaffSession).values(confirmed_at=clock.now()))
    house.chosen["name"] = ["Jobbmobilen"]


def with_an_order(house: House) -> None:
    house.pupil.client.set_cookie(leaving.LOGIN.name, bankid.an_order(house.school))


def to_be_confirmed(house: House) -> None:
    house.pupil.client.set_cookie(leaving.LOGIN.name, bankid.a_login(house.school))


def logged_in(house: House) -> None:
    house.pupil.client.set_cookie(leaving.LOGIN.name, bankid.a_login(house.school, confirmed=True))


def logged_in_with_a_knock(house: House) -> None:
    """And about to confirm it, in a knock that was anonymous."""
    logged_in(house)
    house.typed["name"] = "Exa Exempelson"


def has_said_a_name(house: House) -> None:
    known.say_name(house.knock, "Exa Exempelson", "6B")


def led_away(house: House) -> None:
    """A pupil, to a provider and back."""
    house.values["key"] = "skolkonto"
    token, house.query = oidc.begun("skolkonto", school_id=house.school.id)
    house.pupil.client.set_cookie(leaving.LOGIN.name, f"{token}.")


def staff_led_away(house: House) -> None:
    """Of staff, before anybody is signed in."""
    oidc.tied(house.me)
    house.values["key"] = "arbete"
    token, house.query = oidc.begun("arbete")
    with house.pupil.client.session_transaction() as session:
        session["konto"] = token


def at_a_school_with_providers(house: House) -> None:
    house.values["key"] = "skolkonto"


def with_providers(house: House) -> None:
    house.values["key"] = "arbete"


def with_an_account(house: House) -> None:
    house.values["account_id"] = oidc.tied(house.me).id


def hide(knock: Knock) -> None:
    """Who knocked is known by e-ID, and kept from staff."""
    said = Said(BANKID, "BankID", TEEN.number, TEEN.name, TEEN.number, AgeBand.FROM_12)
    knock.login = logins.note(said, knock.municipality_id)
    knock.hides_identity, knock.age_band = True, AgeBand.FROM_12


def open_hidden(staff: Staff, knock: Knock) -> None:
    hide(knock)
    reveals.reveal(staff, knock, [Hidden.NAME], Ground.OWN_LIFE, TEXT, form_id=new_id())


def hidden(house: House) -> None:
    hide(house.knock)
    house.chosen["what"] = [Hidden.NAME.value]


def opened(house: House) -> None:
    """By the colleague."""
    open_hidden(house.colleague, house.knock)


def to_be_told(house: House) -> None:
    opened(house)
    house.chosen["when"], house.chosen["day"] = ["later"], [str(clock.today() + timedelta(days=3))]


def opened_and_nobody_else_is_there(house: House) -> None:
    """But whoever oversees."""
    opened(house)
    house.me.profession = None
    duties.name(house.school.municipality, Seat(Duty.OVERSIGHT), house.me, by=OPERATOR)


def with_an_organisation(house: House) -> None:
    house.values["organisation_id"] = house.make.organisation().id
    house.chosen["contact"] = ["exempel@exempel.invalid"]


def to_be_added(house: House) -> None:
    house.chosen["kind"] = [OrganisationKind.PRESCHOOL.value]
    house.chosen["name"] = ["Exempelförskolan"]


def leading(house: House) -> None:
    house.me.organisation_id, house.me.leads = house.make.organisation().id, True


def asked_to_agree(house: House) -> None:
    """One guardian, by a link whose code nobody has typed yet."""
    consent = asked(found_out(house.school.municipality), Role.GUARDIAN_ONE)
    door = consents.open_door(consent)
    house.values["token"], house.typed["told_code"] = door.token, door.code


def has_shown_the_code(house: House) -> None:
    asked_to_agree(house)
    db.session.commit()
    address = f"/samtycke/{house.values['token']}"
    house.pupil.get(address)
    house.pupil.submit(address, told_code=house.typed["told_code"])


def has_agreed(house: House) -> None:
    has_shown_the_code(house)
    house.pupil.submit(f"/samtycke/{house.values['token']}/svar", answer="ja")


def to_be_published(house: House) -> None:
    house.chosen["body"] = ["Du bestämmer."]


def with_a_link_for_staff(house: House) -> None:
    """Of the school, for whoever asks for a talk."""
    house.values["token"] = consultation_links.renew(house.me, house.school).token or ""


def a_consultation(wanted: Profession | None = None) -> Asked:
    return Asked(
        form_id=new_id(), role=Asking.TEACHER, theme=Theme.CALM, concerns=Concerns.GROUP,
        form=Wish.PHONE, wanted=wanted, phone="0701740605", call_when=None, text=TEXT,
    )  # fmt: skip


def consulted(house: House) -> None:
    """Somebody at the school has asked, from the browser that is not signed in."""
    row = consultations.ask(house.school, a_consultation(house.me.profession)).row
    house.values["consultation_id"] = row.id
    house.typed["code"] = consultations.code_of(row.id)
    house.pupil.client.set_cookie(
        leaving.ASKED.name, consultations.token_of(row.id), path=leaving.ASKED.path
    )


def taken_consultation(house: House) -> None:
    consulted(house)
    row = db.session.get_one(Consultation, house.values["consultation_id"])
    consultations.take(house.me, row)
    house.chosen["outcome"] = ["advice"]


def consultation_of_a_colleague(house: House) -> None:
    consulted(house)
    row = db.session.get_one(Consultation, house.values["consultation_id"])
    consultations.take(house.colleague, row)


def with_steps(house: House) -> None:
    for what in ("Ring vården.", "Träffas."):
        steps.say(house.me, None, what=what, who="Skolsköterskan", by_when="Samma dag")
    db.session.flush()


def with_steps_to_change(house: House) -> None:
    with_steps(house)
    house.chosen["by_whom"] = ["Kuratorn"]


def with_words_to_change(house: House) -> None:
    house.chosen["we_say"] = ["Säg det så här."]


def with_an_offer(house: House) -> None:
    house.typed |= {
        "name": "Råd om vardagen", "about": "Ni får prata med en familjebehandlare.",
        "age_from": "6", "age_to": "12", "decision": "SN 2026/1 § 2", "decided_on": "2026-01-07",
        "label": "Vad fungerar bra?",
    }  # fmt: skip
    house.values["offer_id"] = an_offer(house.me).id


def with_a_question(house: House) -> None:
    house.values["which"] = FormKey.BRON.value
    house.chosen |= {"label": ["Vad vill ni ha hjälp med?"], "options": ["Ja\nNej"]}


def with_other_hours(house: House) -> None:
    house.chosen["sent"] = ["48"]


BEFORE: dict[str, Callable[[House], None]] = {
    "municipality.consents": to_be_published,
    "consents.door": asked_to_agree,
    "consents.answer": has_shown_the_code,
    "consents.take_back": has_agreed,
    "consents.close": has_shown_the_code,
    "consultations.ask": with_a_link_for_staff,
    "consultations.index": consulted,
    "consultations.answer": consulted,
    "consultations.forget": consulted,
    "consultations.withdraw": consulted,
    "consultations.case": consulted,
    "consultations.take": consulted,
    "consultations.take_over": consultation_of_a_colleague,
    "consultations.release": taken_consultation,
    "consultations.reply": taken_consultation,
    "consultations.note": taken_consultation,
    "consultations.settings": with_another_promise,
    "consultations.renew": with_a_link_for_staff,
    "consultations.close": with_a_link_for_staff,
    "consultations.sheet": with_a_link_for_staff,
    "referrals.new_offer": with_an_offer,
    "referrals.offer": with_an_offer,
    "referrals.form": with_a_question,
    "referrals.hours": with_other_hours,
    "eid.lead": at_a_school_with_providers,
    "eid.answered": led_away,
    "signin.account": with_providers,
    "signin.account_answered": staff_led_away,
    "signin.tie": with_providers,
    "signin.untie": with_an_account,
    "coordinator.shut_out": with_a_key,
    "signin.rename_key": with_a_key,
    "signin.remove_key": with_a_key,
    "eid.wait": with_an_order,
    "eid.cancel": with_an_order,
    "eid.confirm": to_be_confirmed,
    "eid.out": logged_in,
    "door.knock_known": logged_in,
    "staffing.gender": a_man,
    "municipality.promise": with_another_promise,
    "municipality.responsible": to_be_named,
    "municipality.retention": to_be_decided,
    "partners.index": leading,
    "partners.listed": to_be_added,
    "partners.organisation": with_an_organisation,
    "method.words": with_words_to_change,
    "method.steps": with_steps_to_change,
    "method.move_step": with_steps,
    "method.remove_step": with_steps,
    "mine.close_elsewhere": open_elsewhere,
    "coordinator.retry": with_a_letter_that_was_refused,
    "coordinator.ask": with_a_gap,
    "coordinator.accept_gap": with_a_gap,
    "coordinator.mind_gap": with_a_gap_that_is_as_it_should_be,
    "mine.change_pin": locked,
    "mine.remove_pin": locked,
    "mine.unlock": to_be_unlocked,
    "mine.change": another_way,
    "mine.seen": answered,
    "mine.known": logged_in_with_a_knock,
    "mine.hide": has_said_a_name,
    "signin.index": with_an_address_of_ours,
    "inbox.unlock": to_be_unlocked,
    "mine.pick": with_times,
    "mine.book": with_standing_times,
    "week.one_time": a_standing_time,
    "week.remove_time": a_standing_time,
    "week.cannot_come": away_on_a_day_with_a_meeting,
    "coordinator.cannot_come": away_on_a_day_with_a_meeting,
    "week.revoke_calendar": with_a_feed,
    "mine.none_fits": with_times,
    "mine.another_time": with_a_meeting,
    "mine.cancel": with_a_meeting,
    "inbox.cancel_meeting": with_a_meeting,
    "inbox.protect": to_be_protected,
    "inbox.take_over": of_a_colleague_who_is_gone,
    "inbox.no_answer": written_after_an_answer,
    "inbox.followed_up": reported,
    "disclosure.find": to_disclose,
    "disclosure.ask": to_disclose,
    "disclosure.hold": to_disclose,
    "disclosure.weigh": to_disclose,
    "inbox.reveal": hidden,
    "inbox.review_reveal": opened,
    "inbox.tell_reveal": to_be_told,
    "municipality.reveals": opened_and_nobody_else_is_there,
    "inbox.journal": to_be_recorded,
    "inbox.undo": attempted,
    "inbox.alike": set_aside,
    "inbox.calendar": with_a_meeting,
    "mine.calendar": with_a_meeting,
    "coordinator.person": away,
    "inbox.dismiss": set_aside,
    "inbox.take_back": dismissed,
    "inbox.seen": told,
    "staffing.schedule": with_a_week,
    "staffing.place": with_a_week,
    "staffing.remove_place": with_a_week,
    "staffing.absence": away,
    "staffing.come_back": away,
    "staffing.cover": to_be_handed_over,
    "staffing.accept": asked_to_cover,
    "staffing.decline": asked_to_cover,
    "staffing.take_back": with_a_baton,
    "staffing.extend": with_a_baton,
    "staffing.note": held,
    "coordinator.cover": to_be_handed_over,
    "coordinator.take_back": with_a_baton,
    "coordinator.extend": with_a_baton,
    "coordinator.add_place": with_a_week,
    "coordinator.place": with_a_week,
    "coordinator.remove_place": with_a_week,
    "coordinator.absence": away,
    "coordinator.come_back": away,
    "coordinator.breaks": with_a_break,
    "coordinator.remove_break": with_a_break,
    "mine.again": left_quickly,
    "signin.link": with_a_link,
    "signin.revoke": on_two_desks,
    "move.receive": with_a_code_from_elsewhere,
    "push.settings": reminded,
    "push.remove": reminded,
    "push.staff_settings": reminded_staff,
    "push.staff_remove": reminded_staff,
}
