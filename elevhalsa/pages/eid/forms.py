"""What the pages of e-ID send."""

from wtforms import RadioField

from elevhalsa.core.i18n import _l
from elevhalsa.domain.identity.words import App
from elevhalsa.web.forms import Form, OneOf, TokenField


class StartForm(Form):
    app = RadioField(
        validate_choice=False,
        validators=[OneOf(list(App), _l("Välj var ditt BankID finns."))],
    )
    skola = TokenField()
    installed = TokenField()
    """A script says '1' in an app on the home screen, where no address leads back to."""


class HearForm(Form):
    svar = TokenField()
    """The nonce of the return address, on the page that it led to."""
    told = TokenField()
    """What the page says already."""


class SchoolForm(Form):
    skola = TokenField()


class ConfirmForm(SchoolForm):
    hide = TokenField()
    """'1' by the button of whoever does not want staff to see the name."""
