"""What is typed and pressed when signing in."""

from wtforms.validators import InputRequired

from elevhalsa.core import typed
from elevhalsa.core.i18n import _, _l
from elevhalsa.web.forms import EmailField, Form, Given, LineField, SecretField, TokenField, most


class StaffEmailField(EmailField):
    anywhere = True

    def tell(self, fault: typed.Refused) -> str:
        return _("Skriv hela adressen. %(why)s", why=fault)


class EmailForm(Form):
    email = StaffEmailField(InputRequired(_l("Skriv din e-postadress.")), most(typed.MOST_EMAIL))


class RevokeForm(Form):
    OTHERS = "andra"
    session = TokenField()


class KeyForm(Form):
    anchor = "credential"
    credential = SecretField(Given(_l("En nyckel behöver JavaScript.")))
    """What a key has answered, as a script brings it (static/js/passkeys.js)."""


class KeyNameForm(Form):
    name = LineField(Given(_l("Skriv vad nyckeln ska heta.")), most(60))


class NewKeyForm(KeyNameForm, KeyForm):
    pass
