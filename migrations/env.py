"""Runs migrations on the app's own database, SQLite or PostgreSQL."""

from typing import Any

from alembic import context

from elevhalsa.core.columns import EncryptedText, UtcDateTime, Word
from elevhalsa.extensions import db


def plain_type(kind: str, item: Any, autogen_context: Any) -> str | bool:
    """Write our column types as the plain ones they store, so that a migration needs no code."""
    if kind == "type":
        if isinstance(item, UtcDateTime):
            return "sa.DateTime(timezone=True)"
        if isinstance(item, EncryptedText):
            return "sa.Text()"
        if isinstance(item, Word):
            return "sa.String(length=40)"
    return False


with db.engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_item=plain_type,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
