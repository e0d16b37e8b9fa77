"""The small forms around a pupil's own knock."""

from wtforms import Form, RadioField, StringField, TextAreaField

from elevhalsa.core.crypto import new_id
from elevhalsa.core.i18n import _
from elevhalsa.domain.knocks.rules import MOST_TEXT, is_form_id


def _strip(value: str | None) -> str:
    return (value or "").strip()


class CodeForm(Form):
    code = StringField(filters=[_strip])


class PinForm(Form):
    pin = StringField(filters=[_strip])


class WriteForm(Form):
    """A text in the thread. The form's id makes a double post one message."""

    text = TextAreaField(filters=[_strip])
    form_id = StringField(filters=[_strip])

    def problem(self) -> str | None:
        if not self.text.data:
            return _("Skriv något först.")
        if len(self.text.data) > MOST_TEXT:
            return _("Texten är lite för lång. Högst %(most)s tecken får plats.", most=MOST_TEXT)
        return None

    def usable_form_id(self) -> str:
        return self.form_id.data if is_form_id(self.form_id.data) else new_id()


class PickForm(Form):
    """A time that was picked, or NONE_FITS."""

    NONE_FITS = "ingen"

    proposal = StringField(filters=[_strip])
    slot = RadioField(choices=[], validate_choice=False)
