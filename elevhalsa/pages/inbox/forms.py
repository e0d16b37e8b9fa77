"""What staff type and choose on a knock's page."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    Form,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import (
    InputRequired,
    Length,
    NumberRange,
    StopValidation,
    ValidationError,
)

from elevhalsa.core import clock, labels
from elevhalsa.core.i18n import _, _l
from elevhalsa.domain.knocks.rules import MOST_TEXT, is_form_id
from elevhalsa.domain.knocks.words import AttemptKind, Outcome, Triage
from elevhalsa.domain.meetings.service import Offer
from elevhalsa.domain.meetings.words import MOST_SLOTS, MeetingWay
from elevhalsa.domain.people.models import Staff

NO_TRIAGE = "ingen"
TOO_LONG = _l("Texten är för lång: högst %(max)d tecken.")

# An answer in the app is noted when it is sent, never by hand.
BY_HAND = [kind for kind in AttemptKind if kind is not AttemptKind.ANSWERED_IN_APP]


def one_line_feed(text: str | None) -> str | None:
    """Browsers send CRLF; we keep LF. Space around a text is not part of it."""
    return text.replace("\r\n", "\n").strip() if text else text


def _labelled(words: Iterable[Any]) -> list[tuple[str, str]]:
    return [(word.value, labels.of(word)) for word in words]


class AnswerForm(FlaskForm):  # type: ignore[misc]
    form_id = StringField()
    text = TextAreaField(
        filters=[one_line_feed],
        validators=[
            InputRequired(_l("Skriv ett svar innan du skickar.")),
            Length(max=MOST_TEXT, message=TOO_LONG),
        ],
    )
    template = SelectField(validate_choice=False)

    def validate_text(self, field: TextAreaField) -> None:
        if not field.data:
            raise ValidationError(_("Skriv ett svar innan du skickar."))

    def validate_form_id(self, field: StringField) -> None:
        if not is_form_id(field.data or ""):
            raise ValidationError(_("Ladda om sidan och skicka igen."))


class AttemptForm(FlaskForm):  # type: ignore[misc]
    kind = RadioField(
        choices=lambda: _labelled(BY_HAND),
        validators=[InputRequired(_l("Välj vad du gjorde."))],
    )


class TriageForm(FlaskForm):  # type: ignore[misc]
    triage = RadioField(
        choices=lambda: [*_labelled(Triage), (NO_TRIAGE, _("Ingen markering"))],
        validators=[InputRequired(_l("Välj en markering."))],
    )


class HandOverForm(FlaskForm):  # type: ignore[misc]
    to = SelectField(validate_choice=False, validators=[InputRequired(_l("Välj en kollega."))])

    def offer(self, colleagues: Iterable[Staff]) -> None:
        self.to.choices = [(c.id, f"{c.name} · {labels.of(c.profession)}") for c in colleagues]


class CrossForm(FlaskForm):  # type: ignore[misc]
    consent = BooleanField()
    reason = TextAreaField(
        filters=[one_line_feed], validators=[Length(max=MOST_TEXT, message=TOO_LONG)]
    )


class CloseForm(FlaskForm):  # type: ignore[misc]
    outcome = RadioField(
        choices=lambda: _labelled(Outcome),
        validators=[InputRequired(_l("Välj hur det gick."))],
    )


def _required(text: Any) -> Any:
    """A field that must be filled in, readably, in a row that has been begun."""

    def check(form: "SlotForm", field: Any) -> None:
        field.errors.clear()  # what WTForms says of an empty or unreadable value
        if form.is_begun and field.data is None:
            raise StopValidation(str(text))
        if field.data is None:
            raise StopValidation

    return check


class SlotForm(Form):  # type: ignore[misc]
    """One proposed time. A row without day, time and place counts as left out."""

    date = DateField(validators=[_required(_l("Välj dag."))])
    time = TimeField(validators=[_required(_l("Välj klockslag."))])
    minutes = IntegerField(
        default=30,
        validators=[
            _required(_l("Skriv antal minuter med siffror.")),
            NumberRange(5, 240, message=_l("Skriv 5 till 240 minuter.")),
        ],
    )
    way = SelectField(choices=lambda: _labelled(MeetingWay), default=MeetingWay.ROOM.value)
    place = StringField(
        filters=[one_line_feed],
        validators=[Length(max=200, message=_l("Skriv högst %(max)d tecken."))],
    )

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
        if self.is_begun and self.date.data and field.data and self.starts_at <= clock.now():
            raise ValidationError(_("Välj en tid som inte har varit."))

    def validate_place(self, field: StringField) -> None:
        if not self.is_begun:
            return
        if self.way.data == MeetingWay.VIDEO:
            if urlsplit(field.data or "").scheme != "https":
                raise ValidationError(_("Skriv länken till videomötet. Den börjar med https://"))
        elif self.way.data != MeetingWay.PHONE and not field.data:
            raise ValidationError(_("Skriv var ni ska ses."))

    def offer(self) -> Offer:
        return Offer(
            self.starts_at, self.minutes.data, MeetingWay(self.way.data), self.place.data or None
        )


class ProposeForm:
    """Up to three rows of a proposal."""

    def __init__(self, formdata: Any = None) -> None:
        self.slots = [
            SlotForm(formdata, prefix=f"tid{number}-") for number in range(1, MOST_SLOTS + 1)
        ]
        self.error: str | None = None

    def validate(self) -> bool:
        # All rows, so that every fault shows at once.
        checked = [slot.validate() for slot in self.slots]
        fine = all(checked)
        if fine and not any(slot.is_begun for slot in self.slots):
            self.error = _("Fyll i minst en tid.")
        return fine and self.error is None

    @property
    def offers(self) -> list[Offer]:
        return [slot.offer() for slot in self.slots if slot.is_begun]


def phone_digits(number: str) -> str:
    """A number as it stands in a tel: or sms: address."""
    return re.sub(r"[^\d+]", "", number)
