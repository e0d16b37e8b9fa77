"""What a form asks of what is typed in it, as data: with it a phone that cannot reach the server
says the same of a knock as the server would (static/js/check.js). Never anything of a person.
"""

from typing import Any

from flask_babel import LazyString
from wtforms import Field

from elevhalsa.core import phones, typed

from .forms import EmailField, Form, LineField, PhoneField, TextField, TokenField, Typed

WHY = LazyString(lambda: "{}")
"""Where a sentence of what is wrong stands in what the field says of it."""
KINDS: dict[type[Typed], str] = {
    LineField: "line",
    TextField: "text",
    PhoneField: "phone",
    EmailField: "email",
}


def of(form: Form) -> dict[str, Any]:
    """Each field that can be wrong, in the order of the page, and how what is typed is read.

    Raises TypeError for a field or a validator that cannot be told.
    """
    return {
        "fields": [_told(form, field) for field in form if _can_be_wrong(field)],
        "signs": typed.told(),
        "phone": phones.told(),
        "email": typed.told_of_email(),
    }


def _can_be_wrong(field: Field) -> bool:
    if type(field) is TokenField:  # what the page wrote itself
        return False
    return isinstance(field, Typed) or bool(field.validators)


def _told(form: Form, field: Field) -> dict[str, Any]:
    found: dict[str, Any] = {"id": field.id, "name": field.name}
    if isinstance(field, Typed):
        found |= {"kind": _kind(field), "says": field.tell(typed.Refused(WHY))}
        if isinstance(field, PhoneField) and field.sms:
            found["sms"] = True
    for validator in field.validators:
        if not hasattr(validator, "told"):
            raise TypeError(f"{type(form).__name__}.{field.name}: {type(validator).__name__}")
        found |= validator.told(form)
    if hasattr(form, f"validate_{field.name}"):
        raise TypeError(f"{type(form).__name__}.validate_{field.name}")
    return found


def _kind(field: Typed) -> str:
    if type(field) not in KINDS:
        raise TypeError(f"{field.name}: {type(field).__name__}")
    return KINDS[type(field)]
