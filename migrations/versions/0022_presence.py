"""who has a knock's page open

Revision: 0022
Follows: 0021
"""

import sqlalchemy as sa
from alembic import op


revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'presence',
        sa.Column('knock_id', sa.String(length=22), nullable=False),
        sa.Column('staff_id', sa.String(length=22), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['knock_id'], ['knock.id'], name=op.f('fk_presence_knock_id'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(
            ['staff_id'], ['staff.id'], name=op.f('fk_presence_staff_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('knock_id', 'staff_id', name=op.f('pk_presence')),
    )
    op.create_index(op.f('ix_presence_at'), 'presence', ['at'])


def downgrade():
    op.drop_table('presence')
