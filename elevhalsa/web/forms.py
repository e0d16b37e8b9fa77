"""How every form is written: a class of fields that says what is wrong, in our words.

A view makes it of what was posted, asks ``validate()``, calls one verb, and on a fault shows the
same form again: what was typed is always given back. What a service refuses is put at its field
(``refuse``). templates/components/forms.html draws a field with its label, hint and fault. A token
against forgery is checked before any view (flask_wtf.CSRFProtect), never by a form.

A field that somebody can type in says its kind (``Typed``): what was pasted is read as it was
meant, in one place for all pages (core/typed.py, phones.py, codes.py). One without a kind fails the
build.
"""

from collections.abc import Callable, Iterable
from datetime import date, time
from typing import Any, ClassVar

import wtforms
from flask import g, has_request_context
from flask_babel import LazyString
from wtforms import StringField
from wtforms.validators import Length, StopValidation, ValidationError

from elevhalsa.core import codes, phones, typed
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _, _l
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
    heading: ClassVar[Any] = None
    """What stands over its faults, if not what the layout says."""
    anchor = ""
    """Where on the page a fault of the whole form leads."""

    class Meta(wtforms.meta.DefaultMeta):  # type: ignore[misc]
        def get_translations(self, form: "Form") -> _Words:
            return _Words()

    def validate(self, extra_validators: Any = None) -> bool:
        fine: bool = super().validate(extra_validators)
        if not fine:
            self._is_faulty()
        return fine

    def _is_faulty(self) -> None:
        if has_request_context():
            found: list[Form] = g.setdefault("faulty_forms", [])
            found[:] = [*(form for form in found if form is not self), self]

    def refuse(self, error: InvalidInput | str, field: str | None = None) -> None:
        """Note what was found wrong after ``validate``, at a field or at the form as a whole."""
        self._is_faulty()
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


def faulty_forms() -> list[Form]:
    """Those of this request that were found to be wrong: the page's title says so, and its first
    words are what (layouts, components/faults.html)."""
    found: list[Form] = g.get("faulty_forms", []) if has_request_context() else []
    inner = [field.form for form in found for field in form if hasattr(field, "form")]
    return [form for form in found if not any(form is one for one in inner)]


class Most(Length):  # type: ignore[misc]
    """At most so many characters. The browser is not told: it would cut a text without a word."""

    def __init__(self, number: int) -> None:
        super().__init__(
            max=number, message=_l("Texten är lite för lång. Högst %(max)d tecken får plats.")
        )

    def told(self, form: Form) -> dict[str, Any]:
        return {"most": self.max, "too_long": str(self.message) % {"max": self.max}}


def most(number: int) -> Most:
    return Most(number)


class Given:
    """A validator: something must be said."""

    def __init__(self, why: LazyString) -> None:
        self.why = why

    def __call__(self, form: Form, field: wtforms.Field) -> None:
        if not field.data:
            raise StopValidation(str(self.why))

    def told(self, form: Form) -> dict[str, Any]:
        return {"not_given": str(self.why)}


class OneOf:
    """A validator: one of these words must be chosen."""

    def __init__(self, words: Iterable[str], why: LazyString) -> None:
        self.words = tuple(words)
        self.why = why

    def __call__(self, form: Form, field: wtforms.Field) -> None:
        if field.data not in self.words:
            raise ValidationError(str(self.why))

    def told(self, form: Form) -> dict[str, Any]:
        return {"among": list(self.words), "not_chosen": str(self.why)}


class Typed(StringField):  # type: ignore[misc]
    """A field that somebody types in. ``data``: what it says, or as it was typed when that cannot
    be read; the fault is told unless an ``Only`` says that the field is not asked for."""

    NOTHING: Any = ""
    """``data`` of what is left empty."""
    data: Any

    def __init__(self, *validators: Any, begins: LazyString | None = None, **options: Any) -> None:
        """begins: a sentence before the one that says what is wrong."""
        super().__init__(validators=validators, **options)
        self.begins = begins
        self.fault: typed.Refused | None = None

    def read(self, given: str) -> Any:
        """Of a text that is not empty. Raises ``typed.Refused``."""
        return typed.line(given)

    def tell(self, fault: typed.Refused) -> str:
        """What is wrong, in sentences for whoever typed it."""
        return f"{self.begins} {fault}" if self.begins else str(fault)

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist and self.data is not None:
            return  # not on the page: as it was
        given = valuelist[0] if valuelist else ""
        self.data = self.NOTHING
        if typed.line(given):
            try:
                self.data = self.read(given)
            except typed.Refused as fault:
                self.fault = fault
                self.data = typed.line(given)

    def pre_validate(self, form: Any) -> None:
        if any(isinstance(v, Only) and not v.when(form) for v in self.validators):
            raise StopValidation
        if self.fault:
            raise StopValidation(self.tell(self.fault))


class LineField(Typed):
    """A name, a class, a place: one line."""


class TextField(Typed):
    """A message of several lines."""

    widget = wtforms.widgets.TextArea()

    def read(self, given: str) -> str:
        return typed.text(given)


class TokenField(Typed):
    """What the page wrote itself, such as an id."""

    widget = wtforms.widgets.HiddenInput()

    def read(self, given: str) -> str:
        return typed.token(given)


class SecretField(TokenField):
    """A key: never given back, whatever came in the way of it."""


class PinField(SecretField):
    def read(self, given: str) -> str:
        return typed.pin(given)


class PhoneField(Typed):
    def __init__(self, *validators: Any, sms: bool = False, **options: Any) -> None:
        super().__init__(*validators, **options)
        self.sms = sms

    def read(self, given: str) -> str:
        return phones.read(given, sms=self.sms)

    def tell(self, fault: typed.Refused) -> str:
        return _("Titta på numret en gång till. %(why)s Det ska se ut så här: 070 123 45 67",
                 why=fault)  # fmt: skip


class EmailField(Typed):
    anywhere = False
    """The address is only looked up: it need not be one that a letter can reach."""

    def read(self, given: str) -> str:
        if "@" not in given and codes.kind_of(given):
            raise typed.Refused(_l("Det här är en kod till svaret på en knackning."))
        return typed.email(given, anywhere=self.anywhere)

    def tell(self, fault: typed.Refused) -> str:
        return _("Titta på adressen en gång till. %(why)s Den ska se ut så här: namn@exempel.se",
                 why=fault)  # fmt: skip


class CodeField(Typed):
    """A code of words and digits. One of the other kind is known by its shape."""

    OTHERS: ClassVar = {
        codes.Kind.RECEIPT: _l("Det här är koden till ett svar. Skriv den under Mina svar."),
        codes.Kind.MOVE: _l(
            "Det här är en kod för att flytta. Skriv den under Hämta mina svar hit."
        ),
    }

    def __init__(self, *validators: Any, opens: codes.Kind, **options: Any) -> None:
        super().__init__(*validators, **options)
        self.opens = opens

    def read(self, given: str) -> str:
        kind = codes.kind_of(given)
        if kind in self.OTHERS and kind is not self.opens:
            raise typed.Refused(self.OTHERS[kind])
        return typed.line(given)


class TimeField(Typed):
    """A time of day; ``data`` is a ``datetime.time``, or the text when it is none."""

    NOTHING = None

    def read(self, given: str) -> time:
        return typed.time_of_day(given)

    def _value(self) -> str:
        return f"{self.data:%H:%M}" if isinstance(self.data, time) else self.data or ""


class DayField(Typed):
    """A day; ``data`` is a ``datetime.date``, or the text when it is none."""

    NOTHING = None

    def read(self, given: str) -> date:
        return typed.day(given)

    def _value(self) -> str:
        return self.data.isoformat() if isinstance(self.data, date) else self.data or ""


class NumberField(Typed):
    """A whole number; ``data`` is an ``int``, or the text when it is none."""

    NOTHING = None

    def read(self, given: str) -> int:
        return typed.number(given)

    def _value(self) -> str:
        return "" if self.data is None else str(self.data)


class FormIdField(StringField):  # type: ignore[misc]
    """The id that makes a double post one thing. A form that came without a usable one gets a new
    one, so that nothing typed is refused."""

    def __init__(self, **options: Any) -> None:
        super().__init__(default=new_id, **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        given = typed.token(valuelist[0]) if valuelist else ""
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
