"""What one of the staff says of themselves, and writes to whoever covers."""

from wtforms import RadioField

from elevhalsa.domain.knocks.rules import MOST_TEXT
from elevhalsa.web.forms import Form, TextField, most

UNSAID = "unsaid"


class GenderForm(Form):
    gender = RadioField(validate_choice=False)
    """Anything but a word for it: it is not said."""


class NoteForm(Form):
    text = TextField(most(MOST_TEXT))
