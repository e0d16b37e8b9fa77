"""Column types: moments in UTC, text that is encrypted in the row, enums stored as words."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlalchemy import DateTime, String, Text
from sqlalchemy.types import TypeDecorator

E = TypeVar("E", bound=StrEnum)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in and out, kept in UTC. Naive ones are refused with ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Sealed:
    """A text as it is stored. What it says is known to whoever has sealed it, or has opened it for
    the place where it was found (``domain/sealing``); nobody else, and no log, can have it said."""

    __slots__ = ("plain", "token")

    def __init__(self, token: str, plain: str | None = None) -> None:
        self.token = token
        self.plain = plain

    def __repr__(self) -> str:
        return f"<sealed {self.token[-12:]}>"

    def __str__(self) -> str:
        raise TypeError("it has not been opened")


class EncryptedText(TypeDecorator[Any]):
    """Text that is only readable with a key, in its own row. Cannot be searched.

    On a row of the ORM it reads and is written as any text: it is sealed when it is written, and
    opened when somebody asks for it (``domain/sealing/columns.py``). A query of the column alone
    gives a ``Sealed``, which ``sealing.open_at`` opens.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sealed | None, dialect: Any) -> str | None:
        if value is None:
            return None
        if not isinstance(value, Sealed):
            raise TypeError("text must be sealed to its row before it is written")
        return value.token

    def process_result_value(self, value: str | None, dialect: Any) -> Sealed | None:
        return None if value is None else Sealed(value)


class Word(TypeDecorator[E], Generic[E]):
    """A StrEnum kept as its word, so that a new member needs no change of the table."""

    impl = String(40)
    cache_ok = True

    def __init__(self, enum: type[E]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: E | str | None, dialect: Any) -> str | None:
        return None if value is None else self.enum(value).value

    def process_result_value(self, value: str | None, dialect: Any) -> E | None:
        return None if value is None else self.enum(value)
