"""texts that were not sent

Revision: 0015
Follows: 0014
"""

import sqlalchemy as sa
from alembic import op


revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'draft',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('staff_id', sa.String(length=22), nullable=True),
        sa.Column('device_id', sa.String(length=22), nullable=True),
        sa.Column('knock_id', sa.String(length=22), nullable=False),
        sa.Column('form', sa.String(length=40), nullable=False),
        sa.Column('fields', sa.Text(), nullable=False),
        sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_draft_staff_id')),
        sa.ForeignKeyConstraint(
            ['device_id'], ['device.id'], name=op.f('fk_draft_device_id'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(
            ['knock_id'], ['knock.id'], name=op.f('fk_draft_knock_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_draft')),
        sa.UniqueConstraint('staff_id', 'knock_id', 'form', name=op.f('uq_draft_staff_id_knock_id_form')),
        sa.UniqueConstraint('device_id', 'knock_id', 'form', name=op.f('uq_draft_device_id_knock_id_form')),
    )
    op.create_index(op.f('ix_draft_knock_id'), 'draft', ['knock_id'])
    op.create_index(op.f('ix_draft_expires_at'), 'draft', ['expires_at'])


def downgrade():
    op.drop_table('draft')
