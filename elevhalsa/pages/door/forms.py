"""The knock form: what a pupil may say, and what it takes for it to be usable."""

from typing import Any

from wtforms import BooleanField, Field, RadioField, SelectMultipleField
from wtforms.validators import StopValidation, ValidationError

from elevhalsa.core.i18n import _, _l
from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks.rules import MOST_TEXT, Asked
from elevhalsa.domain.knocks.words import Way
from elevhalsa.domain.people.directory import SchoolView
from elevhalsa.web.forms import (
    EmailField,
    Form,
    FormIdField,
    LineField,
    Only,
    PhoneField,
    TextField,
    most,
)

ANYBODY = "any"
MOST_LINE = 200


def by(way: Way, *validators: Any) -> Only:
    """Checks of a field that is read only when the pupil wants to be contacted in this way."""
    return Only(lambda form: form.way.data == way, *validators)


def _given(message: Any) -> Any:
    def check(form: Form, field: Field) -> None:
        if not field.data:
            raise StopValidation(str(message))

    return check


LINE = most(MOST_LINE)
PHONE = _given(_l("Skriv ditt nummer, så att vi kan nå dig."))
EMAIL = _given(_l("Skriv din adress, så att vi kan nå dig."))
NAME = _given(_l("Skriv vad du heter, så att vi hittar dig."))
SCHOOL_CLASS = _given(_l("Skriv din klass, så att vi hittar dig."))


class KnockForm(Form):
    """Only the chosen way's fields are read; the others may hold anything."""

    who = RadioField(validate_choice=False)
    avoid = SelectMultipleField(choices=[], validate_choice=False)
    way = RadioField(validate_choice=False)
    sms_phone = PhoneField(by(Way.SMS, LINE, PHONE), sms=True)
    sms_neutral = BooleanField()
    call_phone = PhoneField(by(Way.CALL, LINE, PHONE))
    call_when = LineField(by(Way.CALL, LINE))
    call_voicemail = BooleanField()
    call_neutral = BooleanField()
    email = EmailField(by(Way.EMAIL, LINE, EMAIL))
    email_neutral = BooleanField()
    meet_name = LineField(by(Way.MEET, LINE, NAME))
    meet_class = LineField(by(Way.MEET, LINE, SCHOOL_CLASS))
    meet_where = LineField(by(Way.MEET, LINE))
    text = TextField(most(MOST_TEXT))
    name = LineField(LINE)
    school_class = LineField(LINE)
    form_id = FormIdField()
    own = BooleanField()
    """Sent by the service worker for who said, without a net, that the phone is theirs."""

    def __init__(self, school: SchoolView, formdata: Any = None) -> None:
        super().__init__(formdata)
        self.school = school

    def validate_who(self, field: RadioField) -> None:
        people = (person.id for person in self.school.people if person.name)
        if field.data not in {ANYBODY, *self.school.professions, *people}:
            raise ValidationError(_("Välj vem du vill ha kontakt med."))

    def validate_way(self, field: RadioField) -> None:
        if field.data not in list(Way):
            raise ValidationError(_("Välj hur vi ska kontakta dig."))

    def asked(self) -> Asked:
        """What was said, for ``knocks.asking.knock``. Only of a form that validated."""
        school = self.school
        person = next((p for p in school.people if p.name and p.id == self.who.data), None)
        profession = person.profession if person else None
        if person is None and self.who.data != ANYBODY:
            profession = Profession(self.who.data)
        way = Way(self.way.data)
        at_school = way is Way.MEET
        phone = {Way.SMS: self.sms_phone.data, Way.CALL: self.call_phone.data}.get(way)
        neutral = {
            Way.SMS: self.sms_neutral.data,
            Way.CALL: self.call_neutral.data,
            Way.EMAIL: self.email_neutral.data,
        }
        when_and_where = {Way.CALL: self.call_when.data, Way.MEET: self.meet_where.data}
        return Asked(
            form_id=self.form_id.data,
            wanted=profession,
            wanted_staff_id=person.id if person else None,
            avoid_staff_ids=self._avoided(besides=person.id if person else None),
            way=way,
            phone=phone or None,
            email=self.email.data if way is Way.EMAIL else None,
            safe_times=when_and_where.get(way) or None,
            voicemail_ok=way is Way.CALL and self.call_voicemail.data,
            neutral_sender=bool(neutral.get(way)),
            text=self.text.data or None,
            name=(self.meet_name.data if at_school else self.name.data) or None,
            school_class=(self.meet_class.data if at_school else self.school_class.data) or None,
        )

    def _avoided(self, *, besides: str | None) -> tuple[str, ...]:
        """Persons ticked by name, or everybody here of a profession that was ticked."""
        ticked = set(self.avoid.data or ())
        return tuple(
            sorted(
                person.id
                for person in self.school.people
                if person.id != besides
                and (person.profession in ticked or (person.name and person.id in ticked))
            )
        )
