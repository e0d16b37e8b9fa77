"""times each week that pupils can book

Revision: 0032
Follows: 0031
"""

import sqlalchemy as sa
from alembic import op


revision = '0032'
down_revision = '0031'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'standing_time',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('staff_id', sa.String(length=22), nullable=False),
        sa.Column('school_id', sa.String(length=22), nullable=False),
        sa.Column('weekday', sa.Integer(), nullable=False),
        sa.Column('starts_at', sa.Integer(), nullable=False),
        sa.Column('ends_at', sa.Integer(), nullable=False),
        sa.Column('minutes', sa.Integer(), nullable=False),
        sa.Column('way', sa.String(length=40), nullable=False),
        sa.Column('place', sa.Text(), nullable=True),
        sa.Column('starts_on', sa.Date(), nullable=True),
        sa.Column('ends_on', sa.Date(), nullable=True),
        sa.CheckConstraint('weekday BETWEEN 0 AND 6', name=op.f('ck_standing_time_weekday')),
        sa.CheckConstraint('starts_at < ends_at', name=op.f('ck_standing_time_hours')),
        sa.ForeignKeyConstraint(
            ['staff_id'], ['staff.id'], name=op.f('fk_standing_time_staff_id')
        ),
        sa.ForeignKeyConstraint(
            ['school_id'], ['school.id'], name=op.f('fk_standing_time_school_id')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_standing_time')),
    )
    op.create_index(op.f('ix_standing_time_staff_id'), 'standing_time', ['staff_id'])
    op.create_index(op.f('ix_standing_time_school_id'), 'standing_time', ['school_id'])
    op.create_index(op.f('ix_meeting_proposal_staff_id'), 'meeting_proposal', ['staff_id'])


def downgrade():
    op.drop_index(op.f('ix_meeting_proposal_staff_id'), table_name='meeting_proposal')
    op.drop_table('standing_time')
