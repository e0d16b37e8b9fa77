"""The two small forms of moving."""

from wtforms import BooleanField, StringField
from wtforms.validators import ValidationError

from elevhalsa.core import codes
from elevhalsa.core.i18n import _
from elevhalsa.web.forms import CodeField, Form, SecretField


class MakeForm(Form):
    forget = BooleanField()
    """The old device is to forget."""


class ReceiveForm(Form):
    """A code that was typed, or a token that the QR code's address held (static/js/move.js)."""

    code = CodeField(opens=codes.Kind.MOVE)
    token = SecretField()

    def validate_code(self, field: StringField) -> None:
        if not field.data and not self.token.data:
            raise ValidationError(_("Skriv koden som står på den andra mobilen."))
