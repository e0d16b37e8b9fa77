"""moving from one device to another

Revision: 0003
Follows: 0002
"""

import sqlalchemy as sa
from alembic import op


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('handoff',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('device_id', sa.String(length=22), nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('forget', sa.Boolean(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['device_id'], ['device.id'], name=op.f('fk_handoff_device_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_handoff')),
    sa.UniqueConstraint('code_hash', name=op.f('uq_handoff_code_hash')),
    sa.UniqueConstraint('device_id', name=op.f('uq_handoff_device_id')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_handoff_token_hash')),
    )
    op.create_index(op.f('ix_handoff_expires_at'), 'handoff', ['expires_at'], unique=False)


def downgrade():
    op.drop_index(op.f('ix_handoff_expires_at'), table_name='handoff')
    op.drop_table('handoff')
