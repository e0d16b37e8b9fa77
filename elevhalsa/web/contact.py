"""How a pupil wants to be contacted, as fields of a form: said when knocking, and changed later.

Drawn by templates/components/contact.html. Only the chosen way's fields are read; the others may
hold anything.
"""

from collections.abc import Collection
from typing import Any

from wtforms import BooleanField, RadioField
from wtforms.validators import ValidationError

from elevhalsa.core import phones
from elevhalsa.core.i18n import _l
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.rules import Contact
from elevhalsa.domain.knocks.words import Way

from .forms import EmailField, Form, Given, LineField, OneOf, Only, PhoneField, most

MOST_LINE = 200
LINE = most(MOST_LINE)


class By(Only):
    """Checks of a field that is read only when the pupil wants to be contacted in this way."""

    def __init__(self, way: Way, *validators: Any) -> None:
        super().__init__(lambda form: form.way.data == way, *validators)
        self.way = way

    def told(self, form: Form) -> dict[str, Any]:
        found: dict[str, Any] = {"only": ["way", self.way.value]}
        for validator in self.validators:
            found |= validator.told(form)
        return found


def by(way: Way, *validators: Any) -> By:
    return By(way, *validators)


PHONE = Given(_l("Skriv ditt nummer, så att vi kan nå dig."))
EMAIL = Given(_l("Skriv din adress, så att vi kan nå dig."))
NAME = Given(_l("Skriv vad du heter, så att vi hittar dig."))
SCHOOL_CLASS = Given(_l("Skriv din klass, så att vi hittar dig."))


class SmsCountry:
    """A validator: the municipality sends SMS to the number's country."""

    def __call__(self, form: "ContactForm", field: PhoneField) -> None:
        if not phones.may_get_sms(field.data, form.sms_countries):
            raise ValidationError(phones.refused_sms(form.sms_countries))

    def told(self, form: "ContactForm") -> dict[str, Any]:
        countries = list(form.sms_countries)
        return {"countries": countries, "other_country": phones.refused_sms(countries)}


class ContactForm(Form):
    way = RadioField(
        validators=[OneOf(Way, _l("Välj hur vi ska kontakta dig."))], validate_choice=False
    )
    sms_phone = PhoneField(by(Way.SMS, LINE, PHONE, SmsCountry()), sms=True)
    sms_neutral = BooleanField()
    call_phone = PhoneField(by(Way.CALL, LINE, PHONE))
    call_when = LineField(by(Way.CALL, LINE))
    call_voicemail = BooleanField()
    call_neutral = BooleanField()
    email = EmailField(by(Way.EMAIL, LINE, EMAIL))
    email_neutral = BooleanField()
    meet_name = LineField(by(Way.MEET, LINE, NAME))
    meet_class = LineField(by(Way.MEET, LINE, SCHOOL_CLASS))
    meet_protected = BooleanField()
    meet_where = LineField(by(Way.MEET, LINE))

    def __init__(
        self,
        formdata: Any = None,
        *,
        sms_countries: Collection[str] = (phones.SWEDEN,),
        **values: Any,
    ) -> None:
        """sms_countries: codes of those whose numbers the municipality sends SMS to."""
        super().__init__(formdata, **values)
        self.sms_countries = sms_countries

    @classmethod
    def of(cls, knock: Knock) -> "ContactForm":
        """As it was last chosen; a number serves both ways that need one."""
        is_meeting = knock.way is Way.MEET
        return cls(
            sms_countries=knock.municipality.sms_countries.split(),
            data={
                "way": knock.way.value,
                "sms_phone": knock.phone,
                "call_phone": knock.phone,
                "sms_neutral": knock.neutral_sender,
                "call_neutral": knock.neutral_sender,
                "email_neutral": knock.neutral_sender,
                "call_when": None if is_meeting else knock.safe_times,
                "call_voicemail": knock.voicemail_ok,
                "email": knock.email,
                "meet_name": knock.name,
                "meet_class": knock.school_class,
                "meet_protected": knock.is_protected,
                "meet_where": knock.safe_times if is_meeting else None,
            },
        )

    def contact(self) -> Contact:
        """What was chosen. Only of a form that validated."""
        way = Way(self.way.data)
        at_school = way is Way.MEET
        phone = {Way.SMS: self.sms_phone.data, Way.CALL: self.call_phone.data}.get(way)
        neutral = {
            Way.SMS: self.sms_neutral.data,
            Way.CALL: self.call_neutral.data,
            Way.EMAIL: self.email_neutral.data,
        }
        when_and_where = {Way.CALL: self.call_when.data, Way.MEET: self.meet_where.data}
        return Contact(
            way=way,
            phone=phone or None,
            email=self.email.data if way is Way.EMAIL else None,
            safe_times=when_and_where.get(way) or None,
            voicemail_ok=way is Way.CALL and self.call_voicemail.data,
            neutral_sender=bool(neutral.get(way)),
            name=self.meet_name.data if at_school else None,
            school_class=self.meet_class.data if at_school else None,
            is_protected=at_school and self.meet_protected.data,
        )
