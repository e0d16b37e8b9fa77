"""days without anybody that are as they should be, by the word of a coordinator

Revision: 0045
Follows: 0044
"""

import sqlalchemy as sa
from alembic import op


revision = '0045'
down_revision = '0044'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'gap_accepted',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('school_id', sa.String(length=22), nullable=False),
        sa.Column('wall', sa.String(length=40), nullable=False),
        sa.Column('weekdays', sa.Integer(), nullable=False),
        sa.Column('first_on', sa.Date(), nullable=False),
        sa.Column('last_on', sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ['school_id'], ['school.id'], name=op.f('fk_gap_accepted_school_id')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_gap_accepted')),
    )
    op.create_index(op.f('ix_gap_accepted_school_id'), 'gap_accepted', ['school_id'])


def downgrade():
    op.drop_table('gap_accepted')
