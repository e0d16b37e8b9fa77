"""What several services do with rows: change them by condition, lock one before it is changed."""

from typing import Any, cast

from sqlalchemy import CursorResult, Delete, Update

from elevhalsa.extensions import Base, db


def changed(statement: Update | Delete) -> int:
    """Run it. Returns how many rows it met: of two at once that race for a row, one gets 1."""
    return int(cast(CursorResult[Any], db.session.execute(statement)).rowcount)


def lock(row: Base) -> None:
    """Hold one row until the transaction ends, and read it anew: what was read before the lock
    may have been changed by another since. (SQLite locks the whole file, see work.Scope.)"""
    db.session.flush()  # or a change made earlier in the transaction would be read over
    db.session.refresh(row, with_for_update=True)
