"""What staff type and choose on a knock's page."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from wtforms import (
    BooleanField,
    Field,
    FormField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import (
    InputRequired,
    NumberRange,
    StopValidation,
    ValidationError,
)

from elevhalsa.core import clock, labels, walls
from elevhalsa.core.i18n import _, _l
from elevhalsa.core.walls import Wall
from elevhalsa.domain.identity.words import AgeBand
from elevhalsa.domain.knocks import passing
from elevhalsa.domain.knocks.concern import USUALLY_AFTER, Step
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.rules import MOST_TEXT
from elevhalsa.domain.knocks.words import (
    AttemptKind,
    Journal,
    Measure,
    Outcome,
    PupilTold,
    ReportedBy,
    TakeOverReason,
    Triage,
)
from elevhalsa.domain.meetings.rules import LEAST_MINUTES, MOST_MINUTES, lacks
from elevhalsa.domain.meetings.service import OddTimes, Offer
from elevhalsa.domain.meetings.words import MeetingWay
from elevhalsa.domain.places.models import ReplyTemplate, School
from elevhalsa.domain.reveals.words import Ground, Hidden
from elevhalsa.domain.serving.queries import Colleague
from elevhalsa.web.forms import (
    DayField,
    Form,
    FormIdField,
    Given,
    LineField,
    NumberField,
    Only,
    TextField,
    TimeField,
    TokenField,
    most,
)

NO_TRIAGE = "ingen"

# An answer in the app is noted when it is sent, never by hand.
BY_HAND = [kind for kind in AttemptKind if kind is not AttemptKind.ANSWERED_IN_APP]


def _labelled(words: Iterable[Any]) -> list[SelectChoice]:
    return [SelectChoice(word.value, labels.of(word)) for word in words]


class DismissForm(Form):
    newest = TokenField()
    """The id of the last of them that was on the page: what has come since is not dismissed."""


class Seeing(Form):
    """A form that must not be sent past a text that was not on the page."""

    shown = TokenField()
    """The id of the last text of the thread that was. It stands in the part that htmx refreshes."""


class AnswerForm(Seeing):
    form_id = FormIdField()
    text = TextField(most(MOST_TEXT))
    template = SelectField(validate_choice=False)

    def offer(self, templates: Iterable[ReplyTemplate]) -> None:
        self.template.choices = [
            SelectChoice("", _("Ingen mall")),
            *(SelectChoice(template.id, template.title) for template in templates),
        ]

    def validate_text(self, field: StringField) -> None:
        if not field.data:
            raise ValidationError(_("Skriv ett svar innan du skickar."))


class AttemptForm(Seeing):
    kind = RadioField(
        choices=lambda: _labelled(BY_HAND),
        validators=[InputRequired(_l("Välj vad du gjorde."))],
    )


class TriageForm(Form):
    triage = RadioField(
        choices=lambda: [*_labelled(Triage), SelectChoice(NO_TRIAGE, _("Ingen markering"))],
        validators=[InputRequired(_l("Välj en markering."))],
    )


class HandOverForm(Seeing):
    to = SelectField(validate_choice=False, validators=[InputRequired(_l("Välj en kollega."))])
    note = TextField(most(MOST_TEXT))

    def offer(self, colleagues: Iterable[Colleague], knock: Knock) -> None:
        """Nobody is chosen beforehand."""
        self.to.choices = [
            SelectChoice("", _("Välj kollega")),
            *(SelectChoice(c.staff.id, _described(c, knock)) for c in colleagues),
        ]


def _described(colleague: Colleague, knock: Knock) -> str:
    parts = [colleague.staff.name, labels.of(colleague.staff.profession)]
    if passing.is_wished(knock, colleague.staff):
        parts.append(_("som eleven önskar"))
    if not colleague.serves_school:
        parts.append(_("annan skola"))
    if colleague.is_away:
        parts.append(_("borta i dag"))
    return " · ".join(parts)


class TakeOverForm(Form):
    reason = RadioField(
        choices=lambda: _labelled(TakeOverReason),
        validators=[InputRequired(_l("Välj varför du tar över."))],
    )


ASKED_OF_JOURNAL = (Journal.RECORDED, Journal.NOTHING)


def _asks_of_journal(form: Form, field: Field) -> bool:
    """After it, whoever must keep records may not reach what they were in contact about."""
    if field.data in ASKED_OF_JOURNAL:
        return True
    form.refuse(_("Välj om det är journalfört."), field.name)
    return False


class CrossForm(Seeing):
    to = TokenField()
    consent = BooleanField()
    reason = TextField(most(MOST_TEXT))
    recorded = RadioField(choices=lambda: _labelled(ASKED_OF_JOURNAL), validate_choice=False)
    """Asked of who must keep records, when there is something to."""

    def validate_with(self, *, asks_journal: bool) -> bool:
        fine = self.validate()
        return (not asks_journal or _asks_of_journal(self, self.recorded)) and fine

    def side(self, wall: Wall | None) -> Wall:
        """Where it is to be moved: the named side, or the only one there is. Its own where there
        is no other, and so nowhere."""
        sides = [*walls.across(wall), *([wall] if wall else [])]
        return next((side for side in sides if side == self.to.data), sides[0])


class TransferForm(Seeing):
    """To another school of the municipality."""

    school = SelectField(validate_choice=False, validators=[InputRequired(_l("Välj en skola."))])
    keeps = BooleanField()

    def offer(self, schools: Iterable[School]) -> None:
        self.school.choices = [
            SelectChoice("", _("Välj skola")),
            *(SelectChoice(school.id, school.name) for school in schools),
        ]


class ProtectForm(Form):
    is_protected = BooleanField()


class NoAnswerForm(Seeing):
    """That nothing is to be said to the pupil's text."""


class JournalForm(Form):
    journal = RadioField(
        choices=lambda: _labelled(ASKED_OF_JOURNAL),
        validators=[InputRequired(_l("Välj om det är journalfört."))],
    )


class ExtractForm(Form):
    form = RadioField(choices=lambda: [SelectChoice("text", ""), SelectChoice("pdf", "")])


class CloseForm(Seeing):
    outcome = RadioField(
        choices=lambda: _labelled(Outcome),
        validators=[InputRequired(_l("Välj hur det gick."))],
    )
    journal = RadioField(choices=lambda: _labelled(ASKED_OF_JOURNAL), validate_choice=False)
    """Asked of who must keep records."""

    def validate_with(self, *, asks_journal: bool) -> bool:
        fine = self.validate()
        return (not asks_journal or _asks_of_journal(self, self.journal)) and fine


def _required(text: Any, *validators: Any) -> Only:
    """A field that must be filled in in a row that has been begun."""

    def check(form: "SlotForm", field: Any) -> None:
        if field.data is None:
            raise StopValidation(str(text))

    return Only(lambda form: form.is_begun, check, *validators)


DAY = _l("Välj dag.")
TIME = _l("Välj klockslag.")


class SlotForm(Form):
    """One proposed time. A row without day, time and place counts as left out."""

    date = DayField(_required(DAY), begins=DAY)
    time = TimeField(_required(TIME), begins=TIME)
    minutes = NumberField(
        _required(
            _l("Skriv antal minuter med siffror."),
            NumberRange(LEAST_MINUTES, MOST_MINUTES, message=_l("Skriv 5 till 240 minuter.")),
        ),
        default=30,
    )
    way = SelectField(choices=lambda: _labelled(MeetingWay), default=MeetingWay.ROOM.value)
    place = LineField(most(200))

    @property
    def is_begun(self) -> bool:
        return any(
            raw for field in (self.date, self.time, self.place) for raw in field.raw_data or ()
        )

    @property
    def starts_at(self) -> datetime:
        """Aware. Only for a row that validated."""
        return datetime.combine(self.date.data, self.time.data, tzinfo=clock.STOCKHOLM)

    def validate_time(self, field: TimeField) -> None:
        if not isinstance(self.date.data, date) or field.data is None:
            return  # told already
        found = len(clock.moments(self.date.data, field.data))
        if not found:
            raise ValidationError(
                _("Den natten ställs klockan om, och tiden finns inte. Välj en annan.")
            )
        if found > 1:
            raise ValidationError(
                _("Den natten ställs klockan om, och tiden kommer två gånger. Välj en annan.")
            )
        if self.starts_at <= clock.now():
            raise ValidationError(_("Välj en tid som inte har varit."))

    def validate_place(self, field: StringField) -> None:
        if not self.is_begun or self.way.errors:
            return
        lacking = lacks(MeetingWay(self.way.data), field.data)
        if lacking:
            raise ValidationError(labels.of(lacking))

    def offer(self) -> Offer:
        return Offer(
            self.starts_at, self.minutes.data, MeetingWay(self.way.data), self.place.data or None
        )


class ProposeForm(Seeing):
    """Up to three rows of a proposal, and a yes to what was odd about them."""

    yes_to = TokenField()

    tid1 = FormField(SlotForm, separator="-")
    tid2 = FormField(SlotForm, separator="-")
    tid3 = FormField(SlotForm, separator="-")

    @property
    def slots(self) -> list[SlotForm]:
        return [self.tid1.form, self.tid2.form, self.tid3.form]

    odd: Sequence[str] = ()
    """What is asked about, as sentences."""
    yes = ""
    """What a yes to it says."""

    def ask(self, error: OddTimes) -> None:
        self.odd, self.yes = error.said, error.yes
        self.refuse(error, "yes_to")

    def validate(self, extra_validators: Any = None) -> bool:
        fine = super().validate(extra_validators)
        if fine and not self.offers:
            self.refuse(_("Fyll i minst en tid."))
        return fine and not self.form_errors

    @property
    def offers(self) -> list[Offer]:
        return [slot.offer() for slot in self.slots if slot.is_begun]


class DangerForm(Form):
    """What was done when a pupil's life was in danger."""

    form_id = FormIdField()
    measures = SelectMultipleField(choices=lambda: _labelled(Measure))
    text = TextField(most(MOST_TEXT), id="fara-text")
    time = TimeField(begins=_l("Titta på klockslaget en gång till."), id="fara-tid")
    """Left empty: just now."""
    tells = BooleanField()

    @property
    def done_at(self) -> datetime:
        """The last time that the clock showed what was typed. Aware."""
        now = clock.now()
        if self.time.data is None:
            return now
        today = clock.local(now).date()
        shown = [
            moment
            for day in (today, today - timedelta(days=1), today - timedelta(days=2))
            for moment in clock.moments(day, self.time.data)
            if moment <= now
        ]
        return max(shown)


YOUNG, ADULT = "under18", "over18"
LONGEST_REFERENCE = 120


class ConcernForm(Form):
    """That a concern was reported: never what the report says."""

    form_id = FormIdField()
    age = RadioField(
        choices=lambda: [
            SelectChoice(YOUNG, _("Under 18 år, eller vet inte")),
            SelectChoice(ADULT, _("18 år eller äldre")),
        ],
        validators=[InputRequired(_l("Välj elevens ålder."))],
    )
    steps = SelectMultipleField(choices=[], validate_choice=False)
    way = RadioField(
        choices=lambda: _labelled(ReportedBy),
        validators=[InputRequired(_l("Välj hur du anmälde."))],
    )
    reported_on = DayField(Given(_l("Välj vilken dag du anmälde.")), id="oro-dag")
    reference = LineField(most(LONGEST_REFERENCE), id="oro-kvitto")
    told = RadioField(
        choices=lambda: _labelled(PupilTold),
        validators=[InputRequired(_l("Välj vad eleven vet."))],
    )
    follow_up_on = DayField(Given(_l("Välj när du följer upp.")), id="oro-uppfoljning")

    @classmethod
    def begun(cls, band: AgeBand | None) -> "ConcernForm":
        """band: how old the pupil is by their e-ID, where it is known."""
        today = clock.today()
        age = None if band is None else ADULT if band is AgeBand.ADULT else YOUNG
        return cls(data={"age": age, "reported_on": today, "follow_up_on": today + USUALLY_AFTER})

    def offer(self, steps: Iterable[Step]) -> None:
        self.steps.choices = [SelectChoice(step.key, step.says) for step in steps]


class RevealForm(Form):
    """What of the hidden is opened, and why."""

    form_id = FormIdField()
    what = SelectMultipleField(choices=[], validate_choice=False)
    ground = RadioField(
        choices=lambda: _labelled(Ground),
        validators=[InputRequired(_l("Välj vad du är rädd för."))],
    )
    reason = TextField(most(MOST_TEXT), id="dolt-skal")

    def offer(self, hidden: Iterable[Hidden]) -> None:
        self.what.choices = [SelectChoice(one.value, labels.of(one)) for one in hidden]

    def chosen(self) -> list[Hidden]:
        return [one for one in Hidden if one.value in (self.what.data or [])]


NOW, LATER = "now", "later"


class TellForm(Form):
    """When the pupil is told that something hidden was opened."""

    reveal = TokenField()
    """Which."""

    when = RadioField(
        choices=lambda: [
            SelectChoice(NOW, _("Berätta nu")),
            SelectChoice(LATER, _("Vänta till en dag")),
        ],
        validators=[InputRequired(_l("Välj när eleven får veta det."))],
    )
    day = DayField(Only(lambda form: form.when.data == LATER, Given(_l("Välj en dag."))))
    reason = TextField(most(MOST_TEXT), id="vanta-skal")


@dataclass(frozen=True)
class Opening:
    """A time to propose, as an address has it."""

    way: MeetingWay
    starts_at: datetime
    minutes: int
    place: str | None = None
    """Never in an address."""

    def __str__(self) -> str:
        return f"{self.way.value}~{self.starts_at.timestamp():.0f}~{self.minutes}"

    @classmethod
    def read(cls, said: str) -> "Opening | None":
        found = re.fullmatch("([a-z]{1,9})~([0-9]{9,11})~([0-9]{1,3})", said)
        if not found or found[1] not in list(MeetingWay):
            return None
        starts_at = datetime.fromtimestamp(int(found[2]), UTC)
        return cls(MeetingWay(found[1]), starts_at, int(found[3]))


def proposal_of(
    openings: Sequence[Opening], places: Mapping[MeetingWay, str | None]
) -> ProposeForm:
    """The form filled in. places: where one usually meets, by way."""
    rows = (
        {
            "date": clock.local(one.starts_at).date(),
            "time": clock.local(one.starts_at).time(),
            "minutes": one.minutes,
            "way": one.way.value,
            "place": one.place or places.get(one.way),
        }
        for one in openings
    )
    return ProposeForm(data=dict(zip(("tid1", "tid2", "tid3"), rows, strict=False)))


class CancelMeetingForm(Form):
    """The agreed meeting is called off, with a text to the pupil or without."""

    proposal = TokenField()
    form_id = FormIdField()
    text = TextField(most(MOST_TEXT), id="stall-in-text")


def phone_digits(number: str) -> str:
    """A number as it stands in a tel: or sms: address."""
    return re.sub(r"[^\d+]", "", number)
