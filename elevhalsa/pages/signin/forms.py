"""What is typed and pressed when signing in."""

from wtforms import EmailField
from wtforms.validators import InputRequired, Length, Regexp

from elevhalsa.core.i18n import _l
from elevhalsa.web.forms import Form, hidden, strip


class EmailForm(Form):
    email = EmailField(
        filters=[strip],
        validators=[
            InputRequired(_l("Skriv din e-postadress.")),
            Length(max=254, message=_l("Adressen är för lång.")),
            Regexp(r"[^@\s]+@[^@\s]+$", message=_l("Skriv hela adressen, med @ i mitten.")),
        ],
    )


class RevokeForm(Form):
    OTHERS = "andra"
    session = hidden()
