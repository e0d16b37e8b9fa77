"""The two small forms of moving."""

from wtforms import BooleanField, Form, StringField


class MakeForm(Form):
    forget = BooleanField()
    """The old device is to forget."""


class ReceiveForm(Form):
    """A code that was typed, or a token that the QR code's address held (static/js/move.js)."""

    code = StringField()
    token = StringField()
