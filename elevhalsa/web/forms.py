"""How every form is written: a class of fields that says what is wrong, in our words.

A view makes it of what was posted, asks ``validate()``, calls one verb, and on a fault shows the
same form again: what was typed is always given back. What a service refuses is put at its field
(``refuse``). templates/components/forms.html draws a field with its label, hint and fault. A token
against forgery is checked before any view (flask_wtf.CSRFProtect), never by a form.
"""

from collections.abc import Callable
from typing import Any

import wtforms
from flask import g, has_request_context
from flask_babel import LazyString
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import Length, StopValidation

from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _l
from elevhalsa.domain.knocks.rules import is_form_id

_OUR_WORDS: dict[str, LazyString] = {
    "Not a valid choice.": _l("Välj något av det som står här."),
    "This field is required.": _l("Det här behöver fyllas i."),
}
"""What the library says by itself where a validator of ours says nothing."""
_USELESS = _l("Det här går inte att använda.")


class _Words:
    """WTForms' messages: ours, never the library's own English."""

    def gettext(self, text: str) -> LazyString:
        """Looked up when shown: WTForms asks for a label of each field, which nobody reads."""
        return _OUR_WORDS.get(text, _USELESS)

    def ngettext(self, singular: str, plural: str, number: int) -> LazyString:
        return self.gettext(singular)


class Form(wtforms.Form):  # type: ignore[misc]
    class Meta(wtforms.meta.DefaultMeta):  # type: ignore[misc]
        def get_translations(self, form: "Form") -> _Words:
            return _Words()

    def validate(self, extra_validators: Any = None) -> bool:
        fine: bool = super().validate(extra_validators)
        if not fine:
            _faulty()
        return fine

    def refuse(self, error: InvalidInput | str, field: str | None = None) -> None:
        """Note what was found wrong after ``validate``, at a field or at the form as a whole."""
        _faulty()
        name = getattr(error, "field", None) or field
        if name:
            self[name].errors = [*self[name].errors, str(error)]
        else:
            self.form_errors.append(str(error))

    @property
    def problems(self) -> dict[str, str]:
        """The first fault of each field, by the id of the field, in the order of the page; a fault
        of the whole form by the empty id."""
        found: dict[str, str] = {"": str(self.form_errors[0])} if self.form_errors else {}
        for field in self:
            inner = getattr(field, "form", None)
            if isinstance(inner, Form):
                found |= inner.problems
            elif field.errors:
                found[field.id] = str(field.errors[0])
        return found


def _faulty() -> None:
    if has_request_context():
        g.form_is_faulty = True


def is_faulty() -> bool:
    """True when a form of this request was found to be wrong: then the page's title says so."""
    return has_request_context() and "form_is_faulty" in g


def strip(value: str | None) -> str:
    """Browsers send CRLF; we keep LF. Space around a text, and NUL, are no part of it."""
    return (value or "").replace("\r\n", "\n").replace("\0", "").strip()


def most(number: int) -> Length:
    """At most so many characters; the browser is told too (maxlength)."""
    return Length(
        max=number, message=_l("Texten är lite för lång. Högst %(max)d tecken får plats.")
    )


def line(*validators: Any) -> StringField:
    return StringField(filters=[strip], validators=validators)


def text(*validators: Any) -> TextAreaField:
    return TextAreaField(filters=[strip], validators=validators)


def hidden(*validators: Any) -> HiddenField:
    """What the page wrote itself."""
    return HiddenField(filters=[strip], validators=validators)


class SecretField(StringField):  # type: ignore[misc]
    """A PIN or a key: never given back, whatever came in the way of it."""


def secret(*validators: Any) -> SecretField:
    return SecretField(filters=[strip], validators=validators)


class FormIdField(StringField):  # type: ignore[misc]
    """The id that makes a double post one thing. A form that came without a usable one gets a new
    one, so that nothing typed is refused."""

    def __init__(self, **options: Any) -> None:
        super().__init__(default=new_id, **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        given = strip(valuelist[0]) if valuelist else ""
        self.data = given if is_form_id(given) else new_id()


class Only:
    """A validator that is asked only when the form is in a certain state."""

    def __init__(self, when: Callable[[Any], bool], *validators: Any) -> None:
        self.when = when
        self.validators = validators
        self.field_flags = {
            name: value
            for validator in validators
            for name, value in getattr(validator, "field_flags", {}).items()
            if name != "required"  # by the browser only what is always so
        }

    def __call__(self, form: Form, field: wtforms.Field) -> None:
        if not self.when(form):
            raise StopValidation  # nor are those that stand after it
        for validator in self.validators:
            validator(form, field)
