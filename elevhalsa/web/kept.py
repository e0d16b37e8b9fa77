"""What was typed in a POST that was refused: given back in a form that can be sent again.

Whoever refuses a POST asks here: the error pages (``errors``), and what asks for a sign-in, a code
or a PIN first. Must never give back a secret (a PIN, a key, a token against forgery), and nothing
at all of a form that another site sent.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from flask import current_app, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from wtforms import FormField
from wtforms.fields.core import UnboundField

from . import access, same_origin
from .forms import Form, SecretField, TextField, TokenField, Typed

MOST_GIVEN_BACK = 1_000_000
"""Bytes of a form that is too long to be taken in, but is read so that it can be given back."""
TOKEN = "csrf_token"  # noqa: S105
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class Kind(Enum):
    """What becomes of a field that is given back."""

    TEXT = "shown, and can be changed"
    LINE = "shown, and sent again as it was"
    CARRIED = "sent again as it was"
    SECRET = "left out"  # noqa: S105


@dataclass(frozen=True)
class Kept:
    """A form as it was posted, without its secrets."""

    action: str
    """Its address, with its query."""
    texts: list[tuple[str, str]]
    """Name and value of what a person wrote at length."""
    carried: list[tuple[str, str]]
    lines: list[str]
    """What else a person wrote: values of ``carried``."""

    @property
    def is_typed(self) -> bool:
        return bool(self.texts or self.lines)

    @property
    def fields(self) -> list[tuple[str, str]]:
        return [*self.carried, *self.texts]

    @property
    def form_id(self) -> str | None:
        return dict(self.carried).get("form_id")


def of_request() -> Kept | None:
    """Of the present request. None when it posted no form, or another site sent it."""
    if request.method != "POST" or request.mimetype not in FORMS:
        return None
    if same_origin.is_from_elsewhere():
        return None
    query = request.query_string.decode("ascii", "replace")
    return of(request.endpoint, f"{request.path}?{query}" if query else request.path, _posted())


def of(endpoint: str | None, action: str, fields: Iterable[tuple[str, str]]) -> Kept:
    """As ``of_request``, of a form whose fields have come in another way.

    endpoint: of ``action``; None when no page takes it, and nothing is known of its fields.
    """
    takes = access.rules(current_app)[endpoint].takes if endpoint else None
    known = kinds(takes) if takes else {}
    texts: list[tuple[str, str]] = []
    carried: list[tuple[str, str]] = []
    lines: list[str] = []
    for name, value in fields:
        kind = known.get(name, Kind.CARRIED)
        if name == TOKEN or kind is Kind.SECRET:
            continue
        clean = value.replace("\0", "")
        if kind is not Kind.TEXT:
            carried.append((name, clean))
            if kind is Kind.LINE and clean.strip():
                lines.append(clean)
        elif clean.strip():
            texts.append((name, clean.replace("\r\n", "\n")))
    return Kept(action, texts, carried, lines)


def _posted() -> Iterable[tuple[str, str]]:
    try:
        form = request.form
    except RequestEntityTooLarge:
        request.max_content_length = request.max_form_memory_size = MOST_GIVEN_BACK
        try:
            form = request.form
        except HTTPException:
            return ()
    except HTTPException:
        return ()
    return form.items(multi=True)


def kinds(form: type[Form]) -> Mapping[str, Kind]:
    """The kind of each field of a form, by the name that it is posted under."""
    return {name: _kind(cls) for name, cls in fields(form)}


def _kind(cls: type[Any]) -> Kind:
    if issubclass(cls, SecretField):
        return Kind.SECRET
    if issubclass(cls, TextField):
        return Kind.TEXT
    return Kind.LINE if issubclass(cls, Typed) and not issubclass(cls, TokenField) else Kind.CARRIED


def fields(form: type[Form], prefix: str = "") -> Iterator[tuple[str, type[Any]]]:
    """The name that each field is posted under, and its class."""
    for name in dir(form):
        field: Any = getattr(form, name)
        if not isinstance(field, UnboundField):
            continue
        cls: type[Any] = field.field_class
        if issubclass(cls, FormField):
            separator = field.kwargs.get("separator", "-")
            yield from fields(field.args[0], f"{prefix}{name}{separator}")
        else:
            yield prefix + name, cls
