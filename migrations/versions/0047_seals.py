"""the trace is sealed, and may be purged where a marked row says so

Revision: 0047
Follows: 0046
"""

import sqlalchemy as sa
from alembic import op


revision = '0047'
down_revision = '0046'
branch_labels = None
depends_on = None

# An index of another shape, and a rule that allows more: no code minds.
oldest_code = '0021'

INDEX, INDEX_BEFORE = 'ix_audit_event_municipality_id_at', 'ix_audit_event_municipality_id'
BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')

COVERED = """EXISTS (SELECT 1 FROM audit_purge AS allowed
    WHERE allowed.chain = coalesce(OLD.municipality_id, '-')
    AND OLD.id <= allowed.reach AND OLD.at < allowed.before)"""
REFUSES = "RAISE EXCEPTION 'audit_event is append-only'"
FUNCTION = """CREATE OR REPLACE FUNCTION audit_event_append_only() RETURNS trigger
    LANGUAGE plpgsql AS $$ BEGIN {body} END $$"""
TRIGGER = """CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event {when}
    BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END"""


def upgrade():
    op.create_table(
        'audit_chain',
        sa.Column('chain', sa.String(length=22), nullable=False),
        sa.Column('municipality_id', sa.String(length=22), nullable=True),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('mark', sa.String(length=64), nullable=False),
        sa.Column('next_number', sa.Integer(), nullable=False),
        sa.Column('faults', sa.Integer(), nullable=False),
        sa.Column('found', sa.Integer(), nullable=False),
        sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('chain', name=op.f('pk_audit_chain')),
    )
    op.create_table(
        'audit_seal',
        sa.Column('chain', sa.String(length=22), nullable=False),
        sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('municipality_id', sa.String(length=22), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('previous', sa.String(length=64), nullable=False),
        sa.Column('sealed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('up_to', sa.DateTime(timezone=True), nullable=False),
        sa.Column('reach', BIG, nullable=False),
        sa.Column('members', sa.Text(), nullable=False),
        sa.Column('mark', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('chain', 'number', name=op.f('pk_audit_seal')),
    )
    op.create_table(
        'audit_purge',
        sa.Column('chain', sa.String(length=22), nullable=False),
        sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('municipality_id', sa.String(length=22), nullable=True),
        sa.Column('before', sa.DateTime(timezone=True), nullable=False),
        sa.Column('reach', BIG, nullable=False),
        sa.Column('purged_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('mark', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('chain', 'number', name=op.f('pk_audit_purge')),
    )
    for table in ('audit_chain', 'audit_seal', 'audit_purge'):
        op.create_index(op.f(f'ix_{table}_municipality_id'), table, ['municipality_id'])
    op.add_column('municipality', sa.Column('log_days', sa.Integer(), nullable=True))
    op.create_index(INDEX, 'audit_event', ['municipality_id', 'at'])
    op.drop_index(INDEX_BEFORE, table_name='audit_event')
    if op.get_bind().dialect.name == 'postgresql':
        allowed = f"IF TG_OP = 'DELETE' THEN IF {COVERED} THEN RETURN OLD; END IF; END IF;"
        op.execute(FUNCTION.format(body=f'{allowed} {REFUSES};'))
    else:
        op.execute('DROP TRIGGER audit_event_no_delete')
        op.execute(TRIGGER.format(when=f'WHEN NOT {COVERED}'))


def downgrade():
    if op.get_bind().dialect.name == 'postgresql':
        op.execute(FUNCTION.format(body=f'{REFUSES};'))
    else:
        op.execute('DROP TRIGGER audit_event_no_delete')
        op.execute(TRIGGER.format(when=''))
    op.create_index(INDEX_BEFORE, 'audit_event', ['municipality_id'])
    op.drop_index(INDEX, table_name='audit_event')
    op.execute('ALTER TABLE municipality DROP COLUMN log_days')
    for table in ('audit_purge', 'audit_seal', 'audit_chain'):
        op.drop_table(table)
