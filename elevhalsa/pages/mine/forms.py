"""The small forms around a pupil's own knock."""

from collections.abc import Collection, Sequence

from wtforms import RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, ValidationError

from elevhalsa.core import codes
from elevhalsa.core.i18n import _, _l
from elevhalsa.domain.knocks.rules import MOST_TEXT, is_pin
from elevhalsa.domain.places.models import School
from elevhalsa.domain.places.rules import named_like
from elevhalsa.web.contact import LINE, MOST_LINE, PHONE
from elevhalsa.web.forms import (
    CodeField,
    Form,
    FormIdField,
    LineField,
    Only,
    PhoneField,
    PinField,
    TextField,
    TokenField,
    most,
)

MOST_LISTED = 15
"""Schools; of more one is found by typing, as at the door."""


class CodeForm(Form):
    code = CodeField(opens=codes.Kind.RECEIPT)
    text = TextField()
    """What was typed in a thread that this device had forgotten: it waits behind the code."""
    form_id = FormIdField()


class PinForm(Form):
    pin = PinField()


class NewPinForm(Form):
    """Digits that are chosen, typed twice: nobody can tell the pupil which they were."""

    heading = _l("Siffrorna är inte ändrade än.")

    pin = PinField()
    again = PinField()

    def validate_pin(self, field: StringField) -> None:
        if not is_pin(field.data):
            raise ValidationError(_("Välj 4 till 8 siffror."))

    def validate_again(self, field: StringField) -> None:
        if is_pin(self.pin.data) and field.data != self.pin.data:
            raise ValidationError(_("Det blev inte samma siffror. Skriv dem en gång till."))


class LockForm(NewPinForm):
    code = CodeField(opens=codes.Kind.RECEIPT)
    """Read when the page no longer shows it: who locks a knock must be able to open it again."""


class ChangePinForm(NewPinForm):
    old = PinField()


class RemovePinForm(Form):
    heading = _l("Siffrorna är inte ändrade än.")

    current = PinField()


class WriteForm(Form):
    """A text in the thread."""

    text = TextField(most(MOST_TEXT))
    form_id = FormIdField()

    def validate_text(self, field: StringField) -> None:
        if not field.data:
            raise ValidationError(_("Skriv något först."))


class UnlockForm(WriteForm, PinForm):
    """A PIN, and a text that was refused for the want of it."""


class KnownForm(Form):
    """Who the pupil is: shown first as it will be told, and told when that has been confirmed."""

    EID = "eid"

    how = TokenField(default="")
    """``EID``, or the name as it is typed."""
    name = LineField(most(MOST_LINE))
    school_class = LineField(most(MOST_LINE))
    sure = TokenField()
    """'1' from the page that shows what will be told."""
    login = TokenField()
    """Whose name that page showed: another tab may have logged in somebody else since."""

    @property
    def is_by_eid(self) -> bool:
        return bool(self.how.data == self.EID)

    def validate(self, extra_validators: object = None) -> bool:
        fine = super().validate(extra_validators)
        if fine and not self.is_by_eid and not self.name.data:
            self.refuse(_("Skriv vad du heter."), "name")
            return False
        return fine


class SchoolForm(Form):
    """Which school the pupil goes to."""

    to = SelectField(validate_choice=False)
    name = LineField(most(MOST_LINE))
    """Of many schools one is found by typing."""
    by_name = False
    listed: Sequence[School] = ()
    """Those to choose among."""

    def offer(self, schools: Sequence[School]) -> None:
        self.by_name = len(schools) > MOST_LISTED
        self.listed = named_like(self.name.data, schools) if self.by_name else schools
        self.to.choices = [
            SelectChoice("", _("Välj skola")),
            *(SelectChoice(school.id, school.name) for school in self.listed),
        ]

    def chosen(self) -> School | None:
        """None, and the fault at its field, when none has been chosen."""
        named = next((school for school in self.listed if school.id == self.to.data), None)
        if named or (self.by_name and len(self.listed) == 1):
            return named or self.listed[0]
        if self.by_name and not self.listed:
            self.refuse(_("Vi hittar ingen skola som heter så. Skriv en del av namnet."), "name")
        else:
            self.refuse(_("Välj din skola."), "to")
        return None


class WithdrawForm(Form):
    heading = _l("Vi tog inte tillbaka den än.")
    anchor = "samtal"

    shown = TokenField()
    """The id of the last text that was on the page."""


class PickForm(Form):
    """A time that was picked; NONE_FITS, from a page of before NoneFitsForm."""

    heading = _l("Ditt svar är inte skickat än.")
    anchor = "lage"

    NONE_FITS = "ingen"

    proposal = TokenField()
    slot = RadioField(
        validate_choice=False,
        validators=[InputRequired(_l("Välj en tid, eller säg att ingen passar."))],
    )
    phone = PhoneField(Only(lambda form: form.slot.data in form.by_phone, LINE, PHONE))

    by_phone: Collection[str] = ()
    """Ids of the times for which a number is asked for."""


class AboutMeetingForm(Form):
    """Something about a meeting, and the pupil's own words if there are any."""

    heading = _l("Ditt svar är inte skickat än.")
    anchor = "lage"

    proposal = TokenField()
    form_id = FormIdField()


class NoneFitsForm(AboutMeetingForm):
    text = TextField(most(MOST_TEXT), id="ingen-text")


class AnotherTimeForm(AboutMeetingForm):
    text = TextField(most(MOST_TEXT), id="annan-tid-text")


class CancelForm(AboutMeetingForm):
    text = TextField(most(MOST_TEXT), id="avboka-text")


class BookForm(Form):
    """One of the times that somebody has set for pupils to book."""

    heading = _l("Tiden är inte bokad än.")
    anchor = "mote"

    time = RadioField(validate_choice=False, validators=[InputRequired(_l("Välj en tid."))])
    number = PhoneField(Only(lambda form: form.time.data in form.by_phone, LINE, PHONE))

    by_phone: Collection[str] = ()
    """The times for which a number is asked for."""
