"""What is typed and pressed when signing in."""

from wtforms.validators import InputRequired

from elevhalsa.core import typed
from elevhalsa.core.i18n import _, _l
from elevhalsa.web.forms import EmailField, Form, TokenField, most


class StaffEmailField(EmailField):
    anywhere = True

    def tell(self, fault: typed.Refused) -> str:
        return _("Skriv hela adressen. %(why)s", why=fault)


class EmailForm(Form):
    email = StaffEmailField(InputRequired(_l("Skriv din e-postadress.")), most(typed.MOST_EMAIL))


class RevokeForm(Form):
    OTHERS = "andra"
    session = TokenField()
