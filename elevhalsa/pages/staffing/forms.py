"""What one of the staff says of themselves."""

from wtforms import RadioField

from elevhalsa.web.forms import Form

UNSAID = "unsaid"


class GenderForm(Form):
    gender = RadioField(validate_choice=False)
    """Anything but a word for it: it is not said."""
