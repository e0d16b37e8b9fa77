"""keys of staff (WebAuthn), and what they open

Revision: 0043
Follows: 0042
"""

import sqlalchemy as sa
from alembic import op


revision = '0043'
down_revision = '0042'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'passkey',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('staff_id', sa.String(length=22), nullable=False),
        sa.Column('credential_id', sa.String(length=1400), nullable=False),
        sa.Column('public_key', sa.LargeBinary(), nullable=False),
        sa.Column('sign_count', sa.BigInteger(), nullable=False),
        sa.Column('transports', sa.String(length=100), nullable=False),
        sa.Column('host', sa.String(length=253), nullable=False),
        sa.Column('name', sa.Text(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_passkey_staff_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_passkey')),
        sa.UniqueConstraint('credential_id', name=op.f('uq_passkey_credential_id')),
    )
    op.create_index(op.f('ix_passkey_staff_id'), 'passkey', ['staff_id'])
    op.create_table(
        'spent_challenge',
        sa.Column('challenge_hash', sa.String(length=64), nullable=False),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('challenge_hash', name=op.f('pk_spent_challenge')),
    )
    op.add_column('staff_session', sa.Column('way', sa.String(length=40), nullable=True))
    op.add_column(
        'staff_session', sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True)
    )
    for table, column in FLAGS:
        flag = sa.Column(column, sa.Boolean(), nullable=False, server_default=sa.false())
        op.add_column(table, flag)


def downgrade():
    op.execute("DELETE FROM notice WHERE kind IN ('key_added', 'keys_revoked')")
    for table, column in FLAGS:
        op.execute(f'ALTER TABLE {table} DROP COLUMN {column}')
    op.execute('ALTER TABLE staff_session DROP COLUMN confirmed_at')
    op.execute('ALTER TABLE staff_session DROP COLUMN way')
    op.drop_table('spent_challenge')
    op.drop_table('passkey')


FLAGS = (
    ('staff_session', 'needs_key'),
    ('staff', 'key_offered'),
    ('municipality', 'requires_passkey'),
)
