"""The municipalities' keys, unwrapped, in this process; made where there is none.

They are read again each minute, and when a text names one that is not known here: another process
may have made it. What this transaction has made is nobody else's until it is committed.
"""

import time
from dataclasses import dataclass
from typing import Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Table, event, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from elevhalsa.core import clock
from elevhalsa.core.crypto import DataKey, keyring, new_data_key, new_key_id
from elevhalsa.core.errors import SettingError
from elevhalsa.core.i18n import _
from elevhalsa.extensions import db

from .models import WrappedKey

FRESH_SECONDS = 60.0
"""How long a process may go on sealing with a key that has been retired meanwhile."""
_MADE = "data_keys_made"
_TABLE = cast(Table, WrappedKey.__table__)


@dataclass(frozen=True)
class _Keys:
    by_id: dict[str, DataKey]
    current: dict[str, DataKey]
    """By municipality."""
    lost: frozenset[str]
    """Those wrapped by a key that is not among this process's."""
    damaged: frozenset[str]
    """Those that the right key does not open."""
    until: float
    """By ``time.monotonic``."""


_known: WeakKeyDictionary[Engine, _Keys] = WeakKeyDictionary()
"""By database: tests have several."""


def find(key_id: str) -> DataKey | None:
    """The key of that id; None when there is none (any more).

    Raises SettingError when it cannot be opened.
    """
    found = _fresh().by_id.get(key_id) or _made().get(key_id)
    if found is None:
        known = load()
        found = known.by_id.get(key_id)
        if key_id in known.lost | known.damaged:
            raise SettingError(cannot_be_opened())
    return found


def current(municipality_id: str) -> DataKey:
    """What new text of a municipality is sealed with. Raises SettingError when it cannot be
    opened."""
    made = [key for key in _made().values() if key.municipality_id == municipality_id]
    if made:
        return made[-1]
    found = _fresh().current.get(municipality_id) or load().current.get(municipality_id)
    return found or make(municipality_id)


def cannot_be_opened() -> str:
    """Of a key, for the operator."""
    return _("En av kommunernas nycklar (tabellen data_key) går inte att öppna med "
             "ENCRYPTION_KEYS. Hämta tabellen ur en säkerhetskopia.")  # fmt: skip


def make(municipality_id: str) -> DataKey:
    """A new key, unless another process has just made one: then that."""
    key_id, secret = new_key_id(), new_data_key()
    made = db.session.connection().execute(
        _insert_once(),
        {
            "id": key_id,
            "municipality_id": municipality_id,
            "current_of": municipality_id,
            "wrapped": keyring.wrap(secret, key_id, municipality_id),
            "wrapped_by": keyring.encryption_marks[0],
            "created_at": clock.now(),
        },
    )
    if made.first() is None:
        theirs = load().current.get(municipality_id)
        if theirs is None:
            raise SettingError(cannot_be_opened())
        return theirs
    key = DataKey(key_id, municipality_id, secret)
    db.session().info.setdefault(_MADE, {})[key_id] = key
    return key


def _insert_once() -> Any:
    new: Any = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
    insert = new[db.session.get_bind().dialect.name]
    return insert(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.id)


def forget() -> None:
    """Read them anew the next time one is needed."""
    _known.pop(db.engine, None)


def load() -> _Keys:
    """Every key, from the database. One that is damaged is its own municipality's trouble alone."""
    by_id: dict[str, DataKey] = {}
    now: dict[str, DataKey] = {}
    lost: set[str] = set()
    damaged: set[str] = set()
    for row in db.session.connection().execute(select(_TABLE)):
        if row.wrapped_by not in keyring.encryption_marks:
            lost.add(row.id)
            continue
        try:
            secret = keyring.unwrap(row.wrapped, row.wrapped_by, row.id, row.municipality_id)
        except SettingError:
            damaged.add(row.id)
            continue
        key = by_id[row.id] = DataKey(row.id, row.municipality_id, secret)
        if row.current_of is not None:
            now[row.current_of] = key
    until = time.monotonic() + FRESH_SECONDS
    keys = _Keys(by_id, now, frozenset(lost), frozenset(damaged), until)
    if _MADE not in db.session().info:
        _known[db.engine] = keys
    return keys


def _fresh() -> _Keys:
    known = _known.get(db.engine)
    return known if known and time.monotonic() < known.until else load()


def _made() -> dict[str, DataKey]:
    """By this transaction."""
    made: dict[str, DataKey] = db.session().info.get(_MADE, {})
    return made


@event.listens_for(Session, "after_soft_rollback")
def _undone(session: Session, _transaction: Any) -> None:
    """A part of the transaction or all of it: what is left of them is read again."""
    if _MADE in session.info:
        session.info[_MADE] = {}


@event.listens_for(Session, "after_transaction_end")
def _ended(session: Session, transaction: Any) -> None:
    if transaction.parent is None:
        session.info.pop(_MADE, None)
