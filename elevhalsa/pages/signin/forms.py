"""What is typed and pressed when signing in."""

from flask_wtf import FlaskForm
from wtforms import EmailField, StringField
from wtforms.validators import InputRequired, Length, Regexp

from elevhalsa.core.i18n import _l


class EmailForm(FlaskForm):  # type: ignore[misc]
    email = EmailField(
        filters=[lambda text: (text or "").strip()],
        validators=[
            InputRequired(_l("Skriv din e-postadress.")),
            Length(max=254, message=_l("Adressen är för lång.")),
            Regexp(r"[^@\s]+@[^@\s]+$", message=_l("Skriv hela adressen, med @ i mitten.")),
        ],
    )


class RevokeForm(FlaskForm):  # type: ignore[misc]
    OTHERS = "andra"
    session = StringField()
