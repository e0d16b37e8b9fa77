"""a key for each municipality, and a device's links to knocks that nobody else can write

Revision: 0046
Follows: 0045
"""

from datetime import UTC

import sqlalchemy as sa
from alembic import op

from elevhalsa.core.crypto import DataKey, Place, key_id_of, keyring
from elevhalsa.core.errors import NotItsOwn
from elevhalsa.domain.sealing.columns import encrypted_columns


revision = '0046'
down_revision = '0045'
branch_labels = None
depends_on = None

oldest_code = '0046'
# What is written from now on the code before cannot read. Going back writes it as that code does.

links = sa.table(
    'device_knock',
    sa.column('device_id', sa.String), sa.column('knock_id', sa.String),
    sa.column('pin_until', sa.DateTime(timezone=True)), sa.column('mac', sa.String),
)
marks = sa.table('key_mark', sa.column('mark', sa.String), sa.column('use', sa.String))
keys = sa.table(
    'data_key',
    *(sa.column(name, sa.String) for name in ('id', 'municipality_id', 'wrapped', 'wrapped_by')),
)


def upgrade():
    op.create_table(
        'data_key',
        sa.Column('id', sa.String(length=11), nullable=False),
        sa.Column('municipality_id', sa.String(length=22), nullable=False),
        sa.Column('current_of', sa.String(length=22), nullable=True),
        sa.Column('wrapped', sa.Text(), nullable=False),
        sa.Column('wrapped_by', sa.String(length=64), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_data_key')),
        sa.UniqueConstraint('current_of', name=op.f('uq_data_key_current_of')),
    )
    op.create_index(op.f('ix_data_key_municipality_id'), 'data_key', ['municipality_id'])
    op.add_column('device_knock', sa.Column('mac', sa.String(length=64), nullable=True))
    connection = op.get_bind()
    _sign(connection)
    _mark(connection)


def _sign(connection):
    """Those that are there have been shown the code. None is taken without it from now on."""
    signed = [
        {'device': row.device_id, 'knock': row.knock_id, 'sign': _mac(row)}
        for row in connection.execute(sa.select(links)).all()
    ]
    if signed:
        connection.execute(
            sa.update(links)
            .where(
                links.c.device_id == sa.bindparam('device'),
                links.c.knock_id == sa.bindparam('knock'),
            )
            .values(mac=sa.bindparam('sign')),
            signed,
        )


def _mac(row):
    until = row.pin_until
    if until is not None:
        known = until.replace(tzinfo=UTC) if until.tzinfo is None else until.astimezone(UTC)
        until = known.isoformat()
    return keyring.keyed_hash('device-knock', f'{row.device_id} {row.knock_id} {until or ""}')


def _mark(connection):
    """What is stored may be under any of ENCRYPTION_KEYS, until it has been sealed anew."""
    if connection.scalar(sa.text('SELECT count(*) FROM municipality')):
        known = set(connection.scalars(sa.select(marks.c.mark)))
        newest = keyring.encryption_marks[0]
        if newest not in known:
            connection.execute(sa.insert(marks), {'mark': newest, 'use': 'ENCRYPTION_KEYS'})


def downgrade():
    connection = op.get_bind()
    known = {
        row.id: DataKey(
            row.id,
            row.municipality_id,
            keyring.unwrap(row.wrapped, row.wrapped_by, row.id, row.municipality_id),
        )
        for row in connection.execute(sa.select(keys)).all()
    }
    here = sa.inspect(connection)
    for table, columns in encrypted_columns().items():
        if not here.has_table(table.name):
            continue
        stored = {column['name'] for column in here.get_columns(table.name)}
        for column in columns:
            if column.name in stored:
                _as_before(connection, table, column, known)
    _mark(connection)
    op.drop_column('device_knock', 'mac')
    op.drop_table('data_key')


def _as_before(connection, table, column, known):
    (key,) = table.primary_key
    token = sa.type_coerce(column, sa.Text)
    after = ''
    while rows := connection.execute(
        sa.select(key, token).where(key > after, token.is_not(None)).order_by(key).limit(500)
    ).all():
        after = rows[-1][0]
        opened = []
        for row_id, sealed in rows:
            data_key = known.get(key_id_of(sealed) or '')
            if data_key is None:
                continue
            try:
                text = data_key.open(sealed, Place(table.name, column.name, row_id))
            except NotItsOwn:
                continue
            opened.append({'row': row_id, 'text': keyring.write_older(text)})
        if opened:
            connection.execute(
                sa.update(table)
                .where(key == sa.bindparam('row'))
                .values({column: sa.bindparam('text', type_=sa.Text)}),
                opened,
            )
